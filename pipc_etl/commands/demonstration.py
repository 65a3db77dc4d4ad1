"""`pipc demo` and `pipc figures`: the reconstruction through the real scheduler, its figures beside the published ones, its reports."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import typer

from pipc_etl.commands.console import out, progress_printer
from pipc_etl.commands.installation import print_addresses
from pipc_etl.settings import Settings, load_settings

if TYPE_CHECKING:
    from pipc_etl.orchestration.airflow_api import AirflowApi

INGESTS = ("ingest_submissions", "ingest_form_responses")
BUILD = "build_warehouse"
REFRESH = "refresh_dashboards"
_RUN_SECONDS = 900.0
_ASSET_SECONDS = 60.0


def demo() -> None:
    """Send the samples (a reconstruction) through Airflow, put the figures beside the published ones, and publish the reports."""
    settings = load_settings()
    step = progress_printer()
    run_demo(settings, step)
    print_figures(settings)
    publish_reports(settings, step)
    print_addresses(settings, with_servers=True)


def figures() -> None:
    """Print the computed figures beside the published ones; exit code 1 if one differs."""
    print_figures(load_settings())


def run_demo(settings: Settings, step: Callable[[str], None]) -> None:
    """Samples into the landing folder, both ingests by the scheduler, and what their Assets start: builds, then the dashboards."""
    from pipc_etl.dashboards import server
    from pipc_etl.demo.sender import send
    from pipc_etl.orchestration import services
    from pipc_etl.warehouse.dbt import is_up_to_date

    sent = send(settings)
    step(f"{len(sent)} sample files put into {settings.landing}" if sent else "every sample file was received before: nothing to send")
    with services.connect(settings) as api:
        api.wait_for_dags([*INGESTS, BUILD, REFRESH])
        began = time.time()
        for dag_id in INGESTS:
            api.wait(api.trigger(dag_id), _RUN_SECONDS, lambda run: step(f"{run.dag_id}: {run.state}"))
        if _follow(api, BUILD, began, lambda: is_up_to_date(settings), step):
            _follow(api, REFRESH, began, lambda: server.has_dashboards(settings), step)


def publish_reports(settings: Settings, step: Callable[[str], None]) -> None:
    """The reports of the samples published as they were known then, their addresses printed, and the page that lists them."""
    from pipc_etl.demo.publications import publish_samples
    from pipc_etl.publish.ledger.freezing import HTML
    from pipc_etl.publish.listing.page import NAME
    from pipc_etl.publish.wording import counted, period_label, short_date

    published = publish_samples(settings, step)
    for one in published:
        address = one.address
        about = f"{period_label(address.period_code)}, corte {short_date(address.cutoff)}, {counted(one.figures_qty, 'cifra', 'cifras')}"
        out.print(f"{one.number}  {one.title} · {address.entity_code} · {about}", markup=False)
        out.print(f"{'':{len(one.number)}}  {one.folder(settings.publications) / HTML}", markup=False)
    out.print(f"Informes    {settings.publications / NAME}", markup=False)


def _follow(api: AirflowApi, dag_id: str, began: float, is_done: Callable[[], bool], step: Callable[[str], None]) -> int:
    """Wait for the runs that an Asset starts until none is left and `is_done`; returns how many there were."""
    from pipc_etl.orchestration.airflow_api import AirflowApiError

    seen: set[str] = set()
    deadline = time.monotonic() + _ASSET_SECONDS
    while True:
        runs = [run for run in api.runs(dag_id, since=began) if run.run_id not in seen]
        for run in runs:
            seen.add(run.run_id)
            api.wait(run, _RUN_SECONDS, lambda run: step(f"{run.dag_id} (by Asset): {run.state}"))
            deadline = time.monotonic() + _ASSET_SECONDS
        if not runs and is_done():
            return len(seen)
        if time.monotonic() > deadline:
            raise AirflowApiError(f"no {dag_id} run followed within {_ASSET_SECONDS:.0f} s")
        time.sleep(0.5)


def print_figures(settings: Settings) -> None:
    """The table of figures; raises typer.Exit(1) if one differs from what was published."""
    from pipc_etl.contracts import load_catalog
    from pipc_etl.publish.figures import compare
    from pipc_etl.publish.figures_table import figures_table
    from pipc_etl.warehouse.engine import role_engine

    catalog = load_catalog(settings.expectations)
    engine = role_engine(settings, "analyst")
    try:
        checks = compare(engine, settings.samples / "published_figures.csv", catalog)
    finally:
        engine.dispose()
    out.print(figures_table(checks, catalog))
    if not all(check.match for check in checks):
        raise typer.Exit(1)
