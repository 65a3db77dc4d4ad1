"""Task wrappers: they hand Airflow's values to the library's functions and its results back; nothing is decided here."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import Any

from airflow.sdk import task
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

from pipc_etl.orchestration.assets import LOADED_KINDS, MARTS, raw_asset
from pipc_etl.orchestration.lineage import present_run
from pipc_etl.settings import Settings

logger = logging.getLogger(__name__)
UNREACHABLE = "unreachable"
NEEDED = "needed"


@task
def new_file_batches(flow: str, params: dict[str, Any] | None = None, ti: Any = None) -> list[list[str]]:
    """The files that wait in the landing places for `flow`, in batches that several workers may load at once.

    What other files of a large entity need is not among them: it is loaded before them, by `ingest_needed` (XCom `needed`).
    What could not be looked at goes to `report_failures` (XCom `unreachable`): the other places' files are loaded all the same.
    """
    from pipc_etl.contracts import load_catalog
    from pipc_etl.intake.landing import LandingPlaces
    from pipc_etl.settings import load_settings
    from pipc_etl.warehouse.engine import role_engine
    from pipc_etl.warehouse.spreading import spread
    from pipc_etl.warehouse.waiting import batches, look

    settings = load_settings()
    catalog = load_catalog(settings.expectations)
    engine = role_engine(settings, "loader")
    with LandingPlaces(settings) as places:
        looked = look(places, engine)
        engine.dispose()
        found = batches(looked.files, settings.landing, flow, catalog)
        entity = (params or {}).get("entity")
        if entity:
            found = [batch for batch in found if batch[0].path.relative_to(settings.landing).parts[0] == entity]
        divided = spread(found, lambda file: file.path.relative_to(settings.landing).parts, catalog)
        needed = [places.written(file) for batch in divided.first for file in batch]
        chosen = [[places.written(file) for file in batch] for batch in divided.rest]
    logger.info("%d files first, then %d in %d batches", len(needed), sum(map(len, chosen)), len(chosen))
    for failure in looked.failures:
        logger.error("%s", failure)
    ti.xcom_push(key=UNREACHABLE, value=list(looked.failures))
    ti.xcom_push(key=NEEDED, value=needed)
    return chosen


@task(outlets=[LOADED_KINDS])
def ingest_batch(batch: list[str], outlet_events: Any = None) -> list[str]:
    """Loads the files of one batch and emits an Asset event per kind; returns the failures that are ours to mend.

    A returned file is an event too: the marts of quality and timeliness speak about it. Skipped where the batch is empty.
    """
    if not batch:
        raise AirflowSkipException("nothing has to be loaded before the rest")
    from pipc_etl.contracts import load_catalog
    from pipc_etl.intake.landing import LandingPlaces
    from pipc_etl.lineage.loads import tell_load
    from pipc_etl.settings import load_settings
    from pipc_etl.warehouse.ingest import ingest_files

    settings = load_settings()
    kinds = load_catalog(settings.expectations).contracts
    with LandingPlaces(settings) as places:
        files = [places.read(written) for written in batch]
        began = datetime.now(UTC)
        outcomes = ingest_files(files, places, settings, progress=lambda text: logger.info("%s", text))
        tell_load(settings, outcomes, began, present_run(settings))
    # Before the task ends and its Asset events start a build: that build must see what was decided.
    unjoined = _join_responses(settings)
    for kind in sorted({outcome.kind for outcome in outcomes if outcome.how == "loaded" and outcome.kind in kinds}):
        outlet_events[LOADED_KINDS].add(raw_asset(kind))
    return [f"{outcome.source}: {outcome.error}" for outcome in outcomes if outcome.error] + unjoined


def _join_responses(settings: Settings) -> list[str]:
    """Finds the session of the responses that came; what goes wrong is told at the end of the run, and the next load catches up."""
    from pipc_etl.errors import PipcError
    from pipc_etl.events.joining import join_after_load

    try:
        logger.info("%d decisions about the session of responses", join_after_load(settings))
    except Exception as error:  # the files are loaded: their events must not be lost
        logger.exception("the responses could not be joined with their sessions")
        said = str(error) if isinstance(error, PipcError) else type(error).__name__
        return [f"the sessions of responses: {said}; the log of ingest_batch says more"]
    return []


@task(retries=0, pool="default_pool", trigger_rule="none_failed")
def report_failures(needed: list[str] | None, failures: list[list[str]], unanswered: list[str], unreachable: list[str]) -> None:
    """Fails the run where a file could not be handled or answered because of us; its neighbours are, and it still waits for the next."""
    flat = [*(needed or []), *(failure for batch in failures for failure in batch), *unanswered]
    if flat or unreachable:
        said = [f"{len(flat)} files could not be handled:", *flat] if flat else []
        said += ["landing places that could not be looked at:", *unreachable] if unreachable else []
        raise AirflowFailException("\n".join(said))


@task(outlets=[MARTS])
def build_marts(params: dict[str, Any] | None = None, dag_run: Any = None) -> str:
    """One dbt command for the whole project; does nothing where nothing new is known.

    A run by the clock that finds nothing new is skipped: the dashboards have nothing to follow.
    """
    from pipc_etl.lineage.builds import told_build
    from pipc_etl.settings import load_settings
    from pipc_etl.warehouse.dbt import build

    settings = load_settings()
    with told_build(settings, present_run(settings)):
        result = build(settings, full_refresh=bool((params or {}).get("full_refresh")))
    logger.info("%s", result)
    if not result.built and dag_run is not None and dag_run.run_type == "scheduled":
        raise AirflowSkipException(str(result))
    return str(result)


@task
def push_dashboards(params: dict[str, Any] | None = None) -> str:
    """Brings the dashboards to Superset where they or the marts changed; a Superset that does not run is not asked twice."""
    from pipc_etl.dashboards.problems import NotRunningError
    from pipc_etl.dashboards.push import push
    from pipc_etl.dashboards.running import require_running
    from pipc_etl.settings import load_settings

    settings = load_settings()
    try:
        require_running(settings)
    except NotRunningError as error:
        raise AirflowFailException(f"{error}; then trigger refresh_dashboards again") from error
    pushed = push(settings, lambda text: logger.info("%s", text), only_changes=not (params or {}).get("always"))
    logger.info("%s", pushed)
    return str(pushed)


@task
def mail_picture(params: dict[str, Any] | None = None) -> str:
    """Draws a dashboard and mails it; skipped where nobody is named, not tried again where that would send it twice or is of no use."""
    from pipc_etl.dashboards.picture import PictureError, draw_picture
    from pipc_etl.dashboards.problems import NotRunningError
    from pipc_etl.settings import load_settings

    settings, given = load_settings(), params or {}
    recipients = tuple(filter(None, map(str.strip, (given.get("recipients") or "").split(",")))) or settings.picture_recipients
    if not recipients:
        raise AirflowSkipException("nobody is named: set PIPC_PICTURE_RECIPIENTS, or give recipients with Trigger")
    try:
        picture = draw_picture(settings, given["dashboard"], picture_format=given["format"], recipients=recipients)
    except NotRunningError as error:
        raise AirflowFailException(str(error)) from error
    except PictureError as error:
        if error.sent:
            raise AirflowFailException(str(error)) from error
        raise
    logger.info("%s", picture)
    return str(picture)
