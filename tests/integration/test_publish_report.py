"""`publish_report` as an operator runs it: Airflow's own scheduler, its page of required actions, and the register at the end."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, text

from pipc_etl.demo.sender import send
from pipc_etl.orchestration.airflow_api import AirflowApi, AirflowApiError, DagRun
from pipc_etl.publish import ledger
from pipc_etl.publish.ledger import GATES, Publication
from pipc_etl.settings import Settings
from pipc_etl.warehouse.dbt import build
from pipc_etl.warehouse.engine import role_engine, superuser_engine
from pipc_etl.warehouse.ingest import ingest_paths
from tests.conftest import Installation

pytestmark = pytest.mark.timeout(900)

DAG = "publish_report"
ENTITY = "secretaria-general"
WAIVERS = dict.fromkeys(GATES, "Reconstrucción: los archivos no pasaron por la revisión de la oficina")


@pytest.fixture(scope="module")
def office(installation: Installation) -> Settings:
    """The installation with the samples in it: those of the main job's test, or sent here when this file runs alone."""
    settings = installation.settings
    owner = superuser_engine(settings)
    with owner.connect() as connection:
        is_empty = connection.scalar(text("select count(*) from audit.submission where kind = 'execution_report'")) == 0
    owner.dispose()
    if is_empty:
        ingest_paths(send(settings), settings)
    build(settings)
    return settings


@pytest.fixture(scope="module")
def publisher(office: Settings) -> Iterator[Engine]:
    engine = role_engine(office, "publisher")
    yield engine
    engine.dispose()


def _asked(period: str, **values: object) -> dict[str, object]:
    return {"entity": ENTITY, "report": "pipc", "period": period, "known_at": "2021-10-04T09:00:00-05:00", **values}


def _until_asked(api: AirflowApi, run: DagRun) -> None:
    deadline = time.monotonic() + 300
    while (states := api.task_states(run)).get("ask_approval") != ["awaiting_input"]:
        assert not api.run(run.dag_id, run.run_id).is_finished, states
        assert time.monotonic() < deadline, states
        time.sleep(0.5)


def _answer(api: AirflowApi, run: DagRun, option: str, note: str) -> DagRun:
    """Answers as a person does, some seconds after the question, and once more if the task asks again.

    The scheduler takes a task that has its answer before its process was seen to end for one that was killed, and tries it again.
    """
    deadline = time.monotonic() + 300
    while not api.run(run.dag_id, run.run_id).is_finished:
        if api.task_states(run).get("ask_approval") == ["awaiting_input"]:
            time.sleep(5)
            if not api.question(run, "ask_approval")["response_received"]:
                api.answer(run, "ask_approval", option, note=note)
        assert time.monotonic() < deadline, api.task_states(run)
        time.sleep(1)
    return api.wait(run)


def _publications(publisher: Engine, period: str) -> list[Publication]:
    with publisher.connect() as connection:
        return ledger.publications(connection, entity=ENTITY, report="pipc", period=period)


def test_run_fails_with_the_reasons_when_the_gates_are_closed(installation: Installation, publisher: Engine) -> None:
    run = installation.api.trigger(DAG, _asked("2021-M05"))
    with pytest.raises(AirflowApiError, match=r"prepare_report.*\n(.*\n)*.*el informe no se puede publicar todavía"):
        installation.api.wait(run)
    states = installation.api.task_states(run)
    assert (states["build_marts"], states["prepare_report"]) == (["success"], ["failed"])
    assert states["settle_report"] == ["upstream_failed"]
    assert _publications(publisher, "2021-M05") == []


def test_report_is_published_in_the_name_of_whoever_answers_when_it_is_approved(
    installation: Installation, office: Settings, publisher: Engine
) -> None:
    api = installation.api
    run = api.trigger(DAG, _asked("2021-M06", waivers=WAIVERS))
    _until_asked(api, run)
    (draft,) = _publications(publisher, "2021-M06")
    assert (draft.state, draft.prepared_by) == ("draft", "admin")
    question = api.question(run, "ask_approval")
    assert question["subject"] == f"{draft.number}: {draft.title}"
    assert question["options"] == ["Aprobar", "Rechazar"]
    assert "* Corte: 30 de junio de 2021; con lo que se sabía el 4 de octubre de 2021 a las 9:00." in question["body"]
    assert WAIVERS["unreviewed_submissions"] in question["body"]

    assert _answer(api, run, "Aprobar", "Conforme").state == "success"
    (found,) = _publications(publisher, "2021-M06")
    assert (found.state, found.decided_by, found.decision_note) == ("published", "admin", "Conforme")
    assert {"informe.html", "informe.pdf"} < {file.name for file in found.files}
    assert ledger.altered_files(found, office.publications) == []

    again = api.wait(api.trigger(DAG, _asked("2021-M06", waivers=WAIVERS)))
    states = api.task_states(again)
    assert (states["prepare_report"], states["ask_approval"], states["settle_report"]) == (["skipped"], ["skipped"], ["skipped"])
    assert _publications(publisher, "2021-M06") == [found]


def test_refusal_is_written_down_with_its_reason_when_a_report_is_rejected(installation: Installation, publisher: Engine) -> None:
    api = installation.api
    run = api.trigger(DAG, _asked("2021-M07", waivers=WAIVERS))
    _until_asked(api, run)
    assert _answer(api, run, "Rechazar", "Revisar julio").state == "success"
    (found,) = _publications(publisher, "2021-M07")
    assert (found.state, found.decided_by, found.decision_note, found.files) == ("rejected", "admin", "Revisar julio", ())
