"""The main job as `make run` does it: samples in the landing folder, Airflow's own scheduler, Assets, dbt, the published figures."""

from __future__ import annotations

import io
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import openpyxl
import pytest
from sqlalchemy import Connection, Engine, text

from pipc_etl.commands.demonstration import BUILD, INGESTS, run_demo
from pipc_etl.contracts import load_catalog
from pipc_etl.demo.manifest import read_manifest
from pipc_etl.orchestration.airflow_api import DagRun
from pipc_etl.publish.figures import FigureCheck, compare
from pipc_etl.settings import PROJECT_ROOT, Settings
from pipc_etl.warehouse.engine import role_engine, superuser_engine
from tests.conftest import Installation
from tests.lineage import graph

pytestmark = pytest.mark.timeout(900)
SAMPLE_FILES = len(read_manifest(PROJECT_ROOT / "samples"))


@dataclass(frozen=True)
class Demonstration:
    """The installation after `run_demo`, what it said, and the runs that it caused."""

    settings: Settings
    steps: list[str]
    runs: dict[str, list[DagRun]]


@pytest.fixture(scope="module")
def demonstration(installation: Installation, dashboards: Settings) -> Demonstration:
    """`make run` follows the builds to the dashboards: Superset must run too."""
    began, steps = time.time(), []
    run_demo(installation.settings, steps.append)
    # The clock's build may have taken in what was loaded, while the one that the load asks for is still to be queued.
    deadline = time.monotonic() + 120
    while not (builds := installation.api.runs(BUILD, since=began)) and time.monotonic() < deadline:
        time.sleep(0.5)
    runs = {dag_id: installation.api.runs(dag_id, since=began) for dag_id in INGESTS}
    runs[BUILD] = [installation.api.wait(build) for build in builds]
    return Demonstration(installation.settings, steps, runs)


@pytest.fixture(scope="module")
def owner(demonstration: Demonstration) -> Iterator[Connection]:
    engine = superuser_engine(demonstration.settings)
    with engine.connect() as connection:
        yield connection
    engine.dispose()


@pytest.fixture(scope="module")
def analyst(demonstration: Demonstration) -> Iterator[Engine]:
    engine = role_engine(demonstration.settings, "analyst")
    yield engine
    engine.dispose()


def _figures(settings: Settings, analyst: Engine) -> list[FigureCheck]:
    return compare(analyst, settings.samples / "published_figures.csv", load_catalog(settings.expectations))


def test_the_scheduler_runs_everything_when_the_demonstration_is_sent(demonstration: Demonstration) -> None:
    for dag_id in INGESTS:
        assert [run.state for run in demonstration.runs[dag_id] if run.run_type == "manual"] == ["success"], dag_id
    builds = demonstration.runs[BUILD]
    assert builds
    # In office hours the clock looks for something new twice an hour, too.
    assert {"asset_triggered"} <= {run.run_type for run in builds} <= {"asset_triggered", "scheduled"}
    assert {run.state for run in builds} == {"success"}
    assert any(f"{SAMPLE_FILES} sample files" in step for step in demonstration.steps)
    assert not [path for path in demonstration.settings.landing.rglob("*") if path.is_file()]


def test_lineage_leads_from_a_file_to_the_marts_when_everything_ran(demonstration: Demonstration) -> None:
    assert demonstration.settings.openlineage is not None
    events = graph.read(Path(demonstration.settings.openlineage))
    sent = demonstration.settings.landing / "secretaria-general/TIC/execution_report/2021-M08/ejecucion-2021-08.xlsx"
    names = {name.split(".", 1)[1] for name in graph.reached(events, str(sent))}
    assert {"raw.execution_report", "audit.submission", "marts.rpt_activity_compliance", "marts.rpt_board_activity"} <= names
    assert "raw.attendance_form" not in names
    assert "ingest_submissions.ingest_batch" in graph.parent_jobs(events, "load.execution_report")
    assert graph.parent_jobs(events, "pipc.marts.pipc.rpt_activity_compliance.build.run") == {"build_warehouse.build_marts"}


def test_published_figures_come_out_when_the_marts_are_built(demonstration: Demonstration, analyst: Engine) -> None:
    checks = _figures(demonstration.settings, analyst)
    assert len(checks) == 147
    assert [(check.subject, check.period, check.measure, check.value) for check in checks if not check.match] == []


def test_nothing_is_loaded_twice_when_the_demonstration_runs_again(
    installation: Installation, demonstration: Demonstration, owner: Connection, analyst: Engine
) -> None:
    counted = text(
        "select (select count(*) from audit.submission), (select count(*) from raw.attendance_form), (select count(*) from audit.build)"
    )
    before, figures = owner.execute(counted).one(), _figures(demonstration.settings, analyst)
    assert before[0] == SAMPLE_FILES > 90
    steps: list[str] = []
    run_demo(installation.settings, steps.append)
    owner.rollback()
    assert owner.execute(counted).one() == before
    assert [check.value for check in _figures(demonstration.settings, analyst)] == [check.value for check in figures]
    assert "every sample file was received before: nothing to send" in steps


def test_rows_are_accounted_for_when_the_ledger_is_read(owner: Connection) -> None:
    accounts = owner.execute(
        text(
            "select count(*), count(*) filter (where rows_accepted + rows_quarantined + rows_already_known = rows_read) "
            "from audit.submission where state in ('accepted', 'accepted_with_observations', 'superseded')"
        )
    ).one()
    assert accounts[0] >= 80
    assert accounts[0] == accounts[1]
    located = owner.execute(
        text("select count(*), count(*) filter (where cell is not null and remedy <> '') from audit.finding where scope = 'cell'")
    ).one()
    assert located[0] >= 10
    assert located[0] == located[1]


def test_no_person_is_named_outside_private_when_the_forms_are_loaded(owner: Connection) -> None:
    people = owner.execute(text("select full_name, document_number, email, phone from private.attendance_form")).all()
    secrets = {str(value) for person in people for value in person if value is not None and len(str(value)) >= 7}
    assert len(secrets) > 500
    tables = owner.execute(
        text(
            "select table_schema, table_name from information_schema.tables "
            "where table_schema in ('raw', 'audit', 'marts', 'staging', 'intermediate')"
        )
    ).all()
    assert len(tables) > 40
    leaks = []
    for schema, table in tables:
        for (row,) in owner.execute(text(f'select "{table}"::text from {schema}."{table}"')):
            fields = set(re.split(r'[,"()\\{}:]+', row))
            if fields & secrets:
                leaks.append(f"{schema}.{table}: {fields & secrets}")
    assert leaks == []


def test_every_sample_is_answered_and_nobody_is_written_to_when_it_is_a_reconstruction(
    installation: Installation, demonstration: Demonstration, owner: Connection
) -> None:
    owner.rollback()
    answers = owner.execute(
        text(
            "select (select count(*) from audit.submission_event where state = 'received'), (select count(*) from audit.answer), "
            "(select array_agg(distinct state) from audit.letter)"
        )
    ).one()
    assert tuple(answers) == (SAMPLE_FILES, SAMPLE_FILES, ["withheld"])
    folders = list(owner.scalars(text("select folder from audit.answer")))
    assert len(set(folders)) == SAMPLE_FILES
    assert all((demonstration.settings.outbox / folder / "acuse.html").is_file() for folder in folders)
    assert installation.mail.received == []


def test_a_sender_gets_his_workbook_by_mail_when_his_file_is_returned(installation: Installation, demonstration: Demonstration) -> None:
    """Last in this file: it adds a submission to what the others count."""
    path = demonstration.settings.landing / "secretaria-general/OAP/execution_report/2023-M05/mayo.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("Código del plan;Código de la actividad;Mes reportado\nPIPC;GAB-01;2023-05\n", encoding="utf-8")
    run = installation.api.wait(installation.api.trigger(INGESTS[0]), seconds=300)
    states = installation.api.task_states(run)
    assert {task: states[task] for task in ("answer_senders", "send_letters", "report_failures")} == {
        "answer_senders": ["success"],
        "send_letters": ["success"],
        "report_failures": ["success"],
    }
    ((to, mail),) = installation.mail.received
    assert to == ["pipc.oap@ejemplo.gov.co"]
    assert mail["Subject"].endswith("· Devuelto · Reporte mensual de ejecución, mayo de 2023")
    (attachment,) = mail.iter_attachments()
    assert attachment.get_filename() == "mayo - revisado.xlsx"
    assert openpyxl.load_workbook(io.BytesIO(attachment.get_content())).sheetnames[0] == "Pendientes"
