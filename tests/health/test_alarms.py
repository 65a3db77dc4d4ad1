"""Alarms over a real mail server and a real web server: told once, told again, told to be over, and never lost."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipc_etl.health.alarms import delivery_check, observe, open_alarms
from pipc_etl.health.check import Check, State
from pipc_etl.health.notices import TITLES, notice_of
from pipc_etl.settings import PROJECT_ROOT, Settings, load_settings
from tests.mail_server import MailServer
from tests.webhook_server import WebhookServer

BEGAN = datetime(2026, 3, 2, 13, 0, tzinfo=UTC)


@pytest.fixture
def hook() -> Iterator[WebhookServer]:
    with WebhookServer() as server:
        yield server


@pytest.fixture
def told(tmp_path: Path, mail: MailServer, hook: WebhookServer) -> Settings:
    """An installation whose alarms go to both servers after a minute."""
    return load_settings(
        {
            "PIPC_HOME": str(tmp_path),
            "PIPC_SMTP_URL": mail.url,
            "PIPC_ALERT_TO": "guardia@entidad.example, jefe@entidad.example",
            "PIPC_ALERT_WEBHOOK": hook.url,
            "PIPC_RUNBOOK_URL": "https://manual.example/operacion",
            "PIPC_ALERT_REPEAT_HOURS": "6",
        }
    )


def scheduler(state: State = "problem") -> Check:
    return Check("scheduler", state, "no sign of life", "pipc up", "" if state == "ok" else "No da señales desde hace 50 segundos.")


def events(hook: WebhookServer) -> list[tuple[str, str]]:
    return [(body["event"], body["alarm"]) for body in hook.received]


def look(settings: Settings, check: Check, minutes: float) -> list[str]:
    return [notice.event for notice in observe(settings, [check], now=BEGAN + timedelta(minutes=minutes))]


def test_trouble_is_told_once_again_and_to_be_over_when_it_comes_lasts_and_goes(
    told: Settings, mail: MailServer, hook: WebhookServer
) -> None:
    before = len(mail.received)
    assert look(told, scheduler(), 0) == []  # a restart takes less than the minute of grace
    assert look(told, scheduler(), 2) == ["raised"]
    assert [look(told, scheduler(), minutes) for minutes in (3, 60, 300)] == [[], [], []]
    assert look(told, scheduler(), 2 + 6 * 60) == ["again"]
    assert look(told, scheduler("ok"), 400) == ["resolved"]
    assert look(told, scheduler("ok"), 401) == []
    assert events(hook) == [("raised", "scheduler"), ("again", "scheduler"), ("resolved", "scheduler")]
    subjects = [message["Subject"] for _, message in mail.received[before:]]
    assert subjects == [
        "[Bodega de participación] El planificador de Airflow no da señales",
        "[Bodega de participación] Sigue: El planificador de Airflow no da señales",
        "[Bodega de participación] Ya se resolvió: El planificador de Airflow no da señales",
    ]
    recipients, message = mail.received[before]
    assert recipients == ["guardia@entidad.example", "jefe@entidad.example"]
    text = message.get_content()
    assert "No da señales desde hace 50 segundos." in text
    assert "Desde: 02/03/2026 a las 08:00" in text
    assert "Qué hacer: https://manual.example/operacion#alarma-scheduler" in text
    assert hook.received[0]["text"].splitlines() == text.splitlines()
    assert open_alarms(told) == {}


def test_nobody_hears_of_it_when_it_was_over_within_the_grace(told: Settings, hook: WebhookServer) -> None:
    assert [look(told, scheduler(), 0), look(told, scheduler("ok"), 0.5), look(told, scheduler("ok"), 2)] == [[], [], []]
    assert hook.received == []
    assert open_alarms(told) == {}


def test_it_is_told_at_once_when_a_warning_becomes_a_problem(told: Settings, hook: WebhookServer) -> None:
    disk = Check("disk", "warning", "2 GB free", "free some", "Quedan 2 GB libres.")
    assert [look(told, disk, minutes) for minutes in (0, 2, 1000)] == [[], ["raised"], []]  # a warning is not repeated
    assert look(told, replace(disk, state="problem"), 1001) == ["raised"]
    assert [body["state"] for body in hook.received] == ["warning", "problem"]
    assert hook.received[0]["text"].startswith("Queda poco disco (advertencia)")


def test_what_is_not_known_stays_as_it_was_when_other_checks_are_made(told: Settings) -> None:
    assert look(told, scheduler(), 0) + look(told, scheduler(), 2) == ["raised"]
    assert look(told, Check("disk", "ok", "9 GB free"), 3) == []
    assert set(open_alarms(told)) == {"scheduler"}


def test_the_failure_stays_on_record_and_is_sent_later_when_nothing_can_be_sent(
    told: Settings, mail: MailServer, hook: WebhookServer
) -> None:
    hook.status = 500
    mute = replace(told, smtp_url="smtp://127.0.0.1:9")
    assert [look(mute, scheduler(), minutes) for minutes in (0, 2, 3)] == [[], [], []]
    (line,) = [json.loads(text) for text in (told.logs / "alerts.jsonl").read_text(encoding="utf-8").splitlines()]
    assert (line["event"], line["alarm"], set(line["undelivered"])) == ("raised", "scheduler", {"mail", "webhook"})
    check = delivery_check(mute)
    assert check.state == "problem"
    assert "answered 500" in check.message
    assert "a-token" not in check.message
    # One way that works is enough, and the broken one is still said.
    hook.status = 200
    assert look(mute, scheduler(), 4) == ["raised"]
    assert delivery_check(mute).state == "problem"
    assert (look(told, scheduler(), 5), events(hook)) == ([], [("raised", "scheduler")])
    before = len(mail.received)
    assert look(told, scheduler("ok"), 6) == ["resolved"]
    assert len(mail.received) == before + 1
    assert delivery_check(told).state == "ok"


def test_a_run_that_fails_again_and_again_floods_nobody_when_each_failure_is_an_event(told: Settings, hook: WebhookServer) -> None:
    failed = Check(
        "run", "problem", "failed", "", "Falló la corrida.", subject="ingest_submissions", details={"run": "r1", "log": "http://x"}
    )
    for minute in range(0, 5 * 60, 15):
        observe(told, [failed], now=BEGAN + timedelta(minutes=minute), grace_seconds=0, is_event=True)
    assert events(hook) == [("raised", "run")]
    assert (hook.received[0]["subject"], hook.received[0]["log"], hook.received[0]["run"]) == ("ingest_submissions", "http://x", "r1")
    other = replace(failed, subject="build_warehouse")
    observe(told, [other], now=BEGAN, grace_seconds=0, is_event=True)
    assert [body["subject"] for body in hook.received] == ["ingest_submissions", "build_warehouse"]
    observe(told, [replace(failed, state="ok")], now=BEGAN + timedelta(hours=5))
    assert hook.received[-1]["event"] == "resolved"
    assert "Ocurrió 20 veces." in hook.received[-1]["text"]


def test_alarms_go_out_once_when_the_book_cannot_be_written(told: Settings, hook: WebhookServer) -> None:
    (told.home / "alarms" / "book.new").mkdir(parents=True)  # stands in the way, as a full disk does
    assert [look(told, scheduler(), minutes) for minutes in (0, 2, 3)] == [[], ["raised"], []]
    (told.home / "alarms" / "book.new").rmdir()
    assert look(told, scheduler("ok"), 4) == ["resolved"]
    assert events(hook) == [("raised", "scheduler"), ("resolved", "scheduler")]
    assert (told.home / "alarms" / "book.json").is_file()


def test_the_web_address_is_read_from_the_secrets_when_no_variable_names_it(tmp_path: Path, hook: WebhookServer) -> None:
    (tmp_path / "secrets").mkdir(mode=0o700)
    (tmp_path / "secrets" / "alert_webhook").write_text(hook.url + "\n")
    settings = load_settings({"PIPC_HOME": str(tmp_path)})
    observe(settings, [scheduler()], now=BEGAN, grace_seconds=0)
    assert events(hook) == [("raised", "scheduler")]


def test_nobody_is_told_and_the_doctor_says_so_when_no_way_is_set(tmp_path: Path) -> None:
    settings = load_settings({"PIPC_HOME": str(tmp_path)})
    assert [notice.event for notice in observe(settings, [scheduler()], now=BEGAN, grace_seconds=0)] == ["raised"]
    assert (settings.logs / "alerts.jsonl").read_text(encoding="utf-8").count("\n") == 1
    assert delivery_check(settings).state == "warning"


def test_every_alarm_has_its_page_when_the_runbook_is_read(tmp_path: Path) -> None:
    runbook = (PROJECT_ROOT / "docs" / "operacion.md").read_text(encoding="utf-8").splitlines()
    headings = {line.removeprefix("### alarma-") for line in runbook if line.startswith("### alarma-")}
    assert len(TITLES) >= 20
    assert headings == set(TITLES)
    notice = notice_of(load_settings({"PIPC_HOME": str(tmp_path)}), scheduler(), "raised", BEGAN)
    assert notice.runbook == f"{PROJECT_ROOT / 'docs' / 'operacion.md'}#alarma-scheduler"
