"""Reminders around the due days of the scenario `plazos`: queued once, to whom they are for, received by a real mail server."""

from __future__ import annotations

import smtplib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, text

from pipc_etl.answers import letters
from pipc_etl.contracts import load_catalog
from pipc_etl.obligations.calendar import calendar
from pipc_etl.obligations.reminders import purpose_on, remind
from pipc_etl.settings import Settings
from pipc_etl.warehouse.engine import superuser_engine
from pipc_etl.warehouse.reviews import Note, Obligation, record
from tests.mail_server import MailServer

Remind = Callable[[str], list[tuple[str, str, str, list[str]]]]
OF_ENTITY = "entity_code = 'plazos'"


@pytest.fixture
def office(activity_warehouse: Settings, tmp_path: Path) -> Iterator[tuple[Settings, Connection]]:
    """The warehouse with an empty outbox, and a connection that sees it; afterwards it is as it was, for the modules that share it."""
    engine = superuser_engine(activity_warehouse)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("create temporary table as_it_was as select submission_id, ingested_at from audit.submission"))
        yield replace(activity_warehouse, outbox=tmp_path / "outbox"), connection
        connection.execute(text("delete from audit.letter"))
        mine = f"select obligation_event_id from audit.obligation_event where {OF_ENTITY}"
        connection.execute(text(f"delete from audit.observation where obligation_event_id in ({mine})"))
        connection.execute(text(f"delete from audit.obligation_event where {OF_ENTITY}"))
        connection.execute(text("delete from audit.finding where rule = 'test.reminder'"))
        connection.execute(text("delete from private.dependency_registry"))
        moved = "as_it_was.submission_id = s.submission_id and as_it_was.ingested_at <> s.ingested_at"
        connection.execute(text(f"update audit.submission as s set ingested_at = as_it_was.ingested_at from as_it_was where {moved}"))
        connection.execute(text("drop table as_it_was"))
    engine.dispose()


@pytest.fixture
def remind_on(office: tuple[Settings, Connection]) -> Remind:
    """Queues the reminders of a day; returns what the entity was sent then: purpose, dependency, period, roles."""
    settings, connection = office
    catalog = load_catalog(settings.expectations)

    def run(day: str) -> list[tuple[str, str, str, list[str]]]:
        last = connection.scalar(text("select coalesce(max(letter_id), 0) from audit.letter"))
        remind(settings, catalog, date.fromisoformat(day))
        query = text(
            "select purpose, dependency_code, period_code, recipient_roles from audit.letter "
            f"where letter_id > :last and {OF_ENTITY} order by dependency_code, period_code"
        )
        return [tuple(row) for row in connection.execute(query, {"last": last})]

    return run


def said(office: tuple[Settings, Connection], purpose: str, dependency: str, period: str) -> str:
    """The plain text of a letter, as it stands in the outbox."""
    settings, connection = office
    query = text(
        f"select folder from audit.letter where {OF_ENTITY} "
        "and purpose = :purpose and dependency_code = :dependency and period_code = :period"
    )
    folder = connection.execute(query, {"purpose": purpose, "dependency": dependency, "period": period}).scalar_one()
    (path,) = (settings.outbox / folder).glob("*.txt")
    return path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("today", "purpose"),
    [
        # Due on Friday 9 April 2021, the week after Semana Santa.
        ("2021-04-05", None),
        ("2021-04-06", "reminder_before"),
        ("2021-04-09", "reminder_before"),
        ("2021-04-10", None),
        ("2021-04-12", "reminder_after"),
        ("2021-04-15", "reminder_after"),
        ("2021-04-16", "escalation"),
        ("2021-04-23", "escalation"),
        ("2021-04-26", None),
    ],
)
def test_reminder_has_its_day_when_business_days_are_counted(today: str, purpose: str | None) -> None:
    assert purpose_on(date.fromisoformat(today), date(2021, 4, 9)) == purpose


def test_each_reminder_goes_out_once_when_august_is_not_reported(remind_on: Remind) -> None:
    # August is due on 7 September. OAP has only sent a correction, TIC nothing: the plan has nothing for it that month.
    before = [("reminder_before", code, "2021-M08", ["contact"]) for code in ("OAP", "TIC")]
    assert remind_on("2021-09-01") == []
    assert remind_on("2021-09-02") == before
    assert remind_on("2021-09-03") == []
    assert remind_on("2021-09-08") == [("reminder_after", code, "2021-M08", ["contact"]) for code in ("OAP", "TIC")]
    assert remind_on("2021-09-14") == [("escalation", code, "2021-M08", ["head", "contact"]) for code in ("OAP", "TIC")]
    assert remind_on("2021-09-15") == []
    assert remind_on("2021-09-29") == []


def test_nobody_is_reminded_when_the_report_came_or_is_a_reconstruction(office: tuple[Settings, Connection], remind_on: Remind) -> None:
    settings, connection = office
    owed = calendar(settings)
    assert {item.obligation.period_code for item in owed if item.obligation.entity_code == "simulada"} == {"2021-M01", "2021-M02"}
    # OAP reported June; TIC's file was returned, so it still owes it. DSG does not report.
    assert [line[:3] for line in remind_on("2021-07-09")] == [("reminder_after", "TIC", "2021-M06")]
    assert remind_on("2021-02-04") == [("reminder_before", code, "2021-M01", ["contact"]) for code in ("OAP", "TIC")]
    assert connection.scalar(text("select count(*) from audit.letter where entity_code = 'simulada'")) == 0


def test_nobody_is_reminded_when_the_obligation_is_waived(office: tuple[Settings, Connection], remind_on: Remind) -> None:
    record(office[1], Obligation("plazos", "TIC", "execution_report", "2021-M08"), "waive", "ana", "La oficina no funcionó")
    assert remind_on("2021-09-02") == [("reminder_before", "OAP", "2021-M08", ["contact"])]


def test_letter_says_what_to_do_when_nothing_is_programmed_or_the_last_file_was_returned(
    office: tuple[Settings, Connection], remind_on: Remind
) -> None:
    remind_on("2021-09-02")
    empty = said(office, "reminder_before", "TIC", "2021-M08")
    assert "Hay plazo hasta el martes 7 de septiembre de 2021" in empty
    assert "responda Sí en «¿Sin actividades este mes?»" in empty
    assert "plazos/TIC/execution_report/2021-M08" in empty
    assert "Sin actividades" not in said(office, "reminder_before", "OAP", "2021-M08")
    remind_on("2021-07-09")
    returned = said(office, "reminder_after", "TIC", "2021-M06")
    assert "venció el jueves 8 de julio de 2021" in returned
    assert "se devolvió: falta la corregida" in returned


def test_letter_lists_what_the_last_period_left_open_when_it_goes_out(office: tuple[Settings, Connection], remind_on: Remind) -> None:
    _, connection = office
    june = Obligation("plazos", "OAP", "execution_report", "2021-M06")
    connection.execute(
        text(
            "insert into audit.finding (submission_id, rule, severity, scope, sheet, cell, message, remedy) "
            "select submission_id, 'test.reminder', severity, 'cell', 'Hoja', cell, message, 'Revise.' from audit.obligation_state, "
            "(values ('warning', 'D' || 2, 'Se ejecutó más.'), ('info', 'D3', 'Solo una nota.')) as f (severity, cell, message) "
            "where entity_code = 'plazos' and dependency_code = 'OAP' and kind = 'execution_report' and period_code = '2021-M06'"
        )
    )
    record(connection, june, "return", "ana", "Revise", [Note("No coincide con el acta", sheet="Hoja", cell="F12")])
    remind_on("2021-08-03")
    letter = said(office, "reminder_before", "OAP", "2021-M07")
    assert "LO QUE QUEDÓ SIN RESOLVER DE JUNIO DE 2021" in letter
    assert "* Hoja!F12: No coincide con el acta (ana, " in letter
    assert "* Advertencia, Hoja!D2: Se ejecutó más." in letter
    assert "Solo una nota" not in letter


def test_letter_lists_what_was_wrong_when_no_file_of_the_last_period_was_accepted(
    office: tuple[Settings, Connection], remind_on: Remind
) -> None:
    _, connection = office
    connection.execute(
        text(
            "insert into audit.finding (submission_id, rule, severity, scope, sheet, cell, message, remedy) "
            "select submission_id, 'test.reminder', 'error', 'cell', 'Hoja', 'D4', 'No es un número.', 'Revise.' from audit.submission "
            f"where {OF_ENTITY} and dependency_code = 'TIC' and kind = 'execution_report' and period_code = '2021-M06'"
        )
    )
    remind_on("2021-08-03")
    assert "* Error, Hoja!D4: No es un número." in said(office, "reminder_before", "TIC", "2021-M07")


def test_reminder_stays_in_the_outbox_when_nothing_is_expected_any_more(office: tuple[Settings, Connection], remind_on: Remind) -> None:
    settings, connection = office
    remind_on("2021-09-02")
    record(connection, Obligation("plazos", "TIC", "execution_report", "2021-M08"), "waive", "ana", "La oficina no funcionó")
    # A correction by the office lies in the folder of its own report, and is none.
    connection.execute(
        text(
            f"update audit.submission set ingested_at = clock_timestamp() where {OF_ENTITY} and dependency_code = 'OAP' "
            "and period_code = '2021-M08' and accumulates"
        )
    )
    letters.send(settings, lambda message: {})
    query = text(f"select dependency_code, state, error from audit.letter where {OF_ENTITY} order by 1")
    assert [tuple(row) for row in connection.execute(query)] == [
        ("OAP", "no_address", "el registro no tiene correo para este destinatario"),
        ("TIC", "withheld", "se eximió: no se envía"),
    ]


def test_mail_reaches_the_contact_and_then_the_head_when_it_is_sent(office: tuple[Settings, Connection], remind_on: Remind) -> None:
    settings, connection = office
    connection.execute(
        text(
            "insert into private.dependency_registry (_submission_id, _sheet, _row, contact_email, head_email) "
            "select r._submission_id, r._sheet, r._row, 'enlace.' || lower(r.dependency_code) || '@entidad.example', "
            "'jefe.' || lower(r.dependency_code) || '@entidad.example' from raw.dependency_registry as r "
            "inner join audit.submission as s on r._submission_id = s.submission_id where s.entity_code = 'plazos'"
        )
    )
    remind_on("2021-09-02")
    remind_on("2021-09-14")
    with MailServer() as server:
        host, port = server.url.removeprefix("smtp://").split(":")

        def deliver(message: EmailMessage) -> Mapping[str, Any]:
            with smtplib.SMTP(host, int(port)) as client:
                return client.send_message(message)

        letters.send(settings, deliver)
        letters.send(settings, deliver)
        # A header is folded between words, and unfolded with the space of the fold.
        received = [(sorted(to), " ".join(message["Subject"].split())) for to, message in server.received]
    august = "Reporte mensual de ejecución, agosto de 2021"
    before = f"Vence el martes 7 de septiembre de 2021: {august}"
    assert sorted(received) == [
        (["enlace.oap@entidad.example"], before),
        (["enlace.oap@entidad.example", "jefe.oap@entidad.example"], f"Sin entregar: {august} · Planeación"),
        (["enlace.tic@entidad.example"], before),
        (["enlace.tic@entidad.example", "jefe.tic@entidad.example"], f"Sin entregar: {august} · Alta Consejería TIC"),
    ]
    (message,) = [item for to, item in server.received if to == ["enlace.tic@entidad.example"]]
    assert "martes 7 de septiembre" in message.get_body(("plain",)).get_content()
    html = message.get_body(("html",)).get_content()
    assert "¿Sin actividades este mes?" in html
    assert "http" not in html, "nothing from elsewhere"
