"""One number follows a file through every stage: the journal's lines and `pipc trail`, over what really took it in."""

from __future__ import annotations

import json
import logging
import os
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text

from pipc_etl import journal
from pipc_etl.answers.answering import answer_pending
from pipc_etl.answers.letters import send
from pipc_etl.contracts import load_catalog
from pipc_etl.errors import WarehouseError
from pipc_etl.health.trail import trail
from pipc_etl.orchestration.airflow_environment import mail_connection
from pipc_etl.settings import Settings, load_settings
from pipc_etl.warehouse.engine import role_engine
from pipc_etl.warehouse.ingest import ingest_paths
from tests.mail_server import MailServer
from tests.reconstruction import Reconstruction
from tests.warehouse.conftest import Sender

# Airflow reads its home when it is first imported: not the home of whoever runs the tests.
os.environ.setdefault("AIRFLOW_HOME", tempfile.mkdtemp(prefix="pipc-test-airflow-"))
ENVELOPE = ("file", "sha256", "kind", "entity", "dependency", "period")


def stages(settings: Settings, number: int) -> list[str]:
    return [line["stage"] for line in journal.lines(settings, submission_id=number) if "stage" in line]


def test_every_accepted_file_is_followed_into_the_marts_when_the_samples_were_taken_in(reconstruction: Reconstruction) -> None:
    outcomes = {outcome.submission_id: outcome for outcome in reconstruction.outcomes.values() if outcome.loaded}
    assert len(outcomes) > 80
    lines: dict[int, list[str]] = {}
    for line in journal.lines(reconstruction.settings):
        if "stage" in line:
            lines.setdefault(line.get("submission_id"), []).append(line["stage"])
    # The session's other databases write into the same journal, under the same numbers.
    for number in outcomes:
        assert number is not None
        assert {"archived", "read", "validated", "loaded", "built"} <= set(lines[number])
    number, outcome = next((number, outcome) for number, outcome in outcomes.items() if outcome.kind == "execution_report")
    told = trail(reconstruction.settings, number)
    place = str(outcome.path.relative_to(reconstruction.settings.landing))
    assert told.title.startswith(f"submission {number}: {place}\naccepted")
    assert [step.source for step in told.steps if step.source in ("ledger", "build")][-1] == "build"
    assert [step.at for step in told.steps] == sorted(step.at for step in told.steps)


def test_a_file_is_followed_to_its_letter_when_it_is_answered_and_mailed(warehouse: Settings, tmp_path: Path) -> None:
    from pipc_etl.orchestration.mail import SmtpDelivery

    settings = replace(warehouse, home=tmp_path, secrets=warehouse.secrets)
    common = {"entity_code": "sg", "entity_name": "Secretaría General", "valid_from": "2020-01-01", "reports_plan": "Sí"}
    office = {"dependency_code": "OAP", "dependency_name": "Planeación", "is_planning_office": "Sí", "contact_email": "oap@entidad.example"}
    path = Sender(settings, load_catalog(settings.expectations)).put(
        "sg/OAP/dependency_registry/2026/registro.csv", [common | office | {"head_name": "Ana Rojas", "head_email": "ana@entidad.example"}]
    )
    (outcome,) = ingest_paths([path], settings)
    number = outcome.submission_id
    assert number is not None
    assert answer_pending(settings).answered == 1
    with MailServer() as server, pytest.MonkeyPatch.context() as patch:
        mailed = replace(settings, smtp_url=server.url)
        for name, value in mail_connection(mailed).items():
            patch.setenv(name, value)
        with SmtpDelivery() as deliver:
            assert send(mailed, deliver).sent == 1
    assert stages(settings, number) == ["archived", "read", "validated", "loaded", "answered", "mailed"]
    archived, *_ = journal.lines(settings, submission_id=number)
    assert all(archived[field] for field in ENVELOPE)
    # Names, documents and addresses of persons are in no line.
    (day,) = journal.folder(settings).iterdir()
    assert day.stat().st_mode & 0o077 == 0
    assert not [word for word in ("Rojas", "@entidad") if word in day.read_text(encoding="utf-8")]
    told = [(step.source, step.what.split(":")[0]) for step in trail(settings, number).steps]
    assert {("journal", "archived size_bytes=" + str(archived["size_bytes"])), ("ledger", f"{outcome.state} ({_actor(settings)})")} <= set(
        told
    )
    assert [source for source, _ in told if source in ("answer", "letter")] == ["letter", "answer", "letter"]


def _actor(settings: Settings) -> str:
    engine = role_engine(settings, "watcher")
    with engine.connect() as connection:
        actor: str = connection.execute(text("select max(actor) from audit.submission_event")).scalar_one()
    engine.dispose()
    return actor


def test_complaints_bear_the_file_that_they_are_about_when_it_is_followed(tmp_path: Path) -> None:
    settings = load_settings({"PIPC_HOME": str(tmp_path)})
    logger = logging.getLogger("pipc_etl.somewhere")
    with journal.following(settings, file="sg/OAP/plan.xlsx") as story:
        story.stage("archived")
        logger.warning("the sheet is %s", "odd")
        story.know(submission_id=7)
    logger.warning("nobody's")
    lines = journal.lines(settings)
    assert [(line.get("stage"), line.get("message"), line.get("file"), line.get("submission_id")) for line in lines] == [
        ("archived", None, "sg/OAP/plan.xlsx", 7),
        (None, "the sheet is odd", "sg/OAP/plan.xlsx", None),
        (None, "nobody's", None, None),
    ]
    with pytest.raises(ZeroDivisionError):
        _fail_while_followed(settings)
    assert journal.lines(settings, submission_id=8)[0]["undone"] is True


def _fail_while_followed(settings: Settings) -> None:
    with journal.following(settings, file="b") as story:
        story.stage("answered", submission_id=8)
        story.know(rows=1 // 0)


def test_the_work_goes_on_when_the_journal_cannot_be_written(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    settings = load_settings({"PIPC_HOME": str(tmp_path)})
    settings.logs.mkdir()
    (settings.logs / "journal").write_text("a file where a folder should be")
    journal.note(settings, "mailed", submission_id=1)
    assert "cannot be written" in caplog.text


def test_a_torn_line_is_left_out_when_the_journal_is_read(tmp_path: Path) -> None:
    settings = load_settings({"PIPC_HOME": str(tmp_path)})
    journal.note(settings, "mailed", submission_id=1)
    (day,) = journal.folder(settings).iterdir()
    with day.open("a") as file:
        file.write('{"stage": "mai\n' + json.dumps({"stage": "built", "submission_id": 1}) + "\n")
    assert sorted(stages(settings, 1)) == ["built", "mailed"]


def test_a_number_that_does_not_exist_is_said_when_its_trail_is_asked_for(warehouse: Settings) -> None:
    with pytest.raises(WarehouseError, match="there is no submission 999999"):
        trail(warehouse, 999999)
