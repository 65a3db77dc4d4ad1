"""What stops a report: each gate says what is missing and how to go on, and nothing is registered while one is closed."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import Engine, text

from pipc_etl.contracts import Catalog
from pipc_etl.contracts.periods import parse_period
from pipc_etl.errors import PublicationError
from pipc_etl.publish import ledger
from pipc_etl.publish.document import Address, Note
from pipc_etl.publish.ledger import Request, Stop, StoppedError
from pipc_etl.publish.ledger.gates import Scope, stops
from pipc_etl.settings import Settings
from pipc_etl.warehouse.reviews import Obligation, record
from tests.publish.ledger.conftest import ENTITY, OCTOBER_2021, REASON, asked

# The first test waits for the samples, a load and a build; on a busy machine that is long.
pytestmark = pytest.mark.timeout(1200)

BEFORE_AUGUST_CAME = datetime(2021, 9, 1, 12, tzinfo=UTC)


def _scope(known_at: datetime, period_code: str = "2021-C2", plans: tuple[str, ...] = ("PIPC",)) -> Scope:
    period = parse_period(period_code)
    assert period is not None
    return Scope(Address(ENTITY, "pipc", period_code, period.end, known_at), period, plans)


def _gates(found: tuple[Stop, ...]) -> dict[str, int]:
    return {gate: sum(stop.gate == gate for stop in found) for gate in dict.fromkeys(stop.gate for stop in found)}


def test_every_reason_is_named_and_nothing_is_registered_when_the_gates_are_closed(office: Settings, publisher: Engine) -> None:
    with pytest.raises(StoppedError) as stopped:
        ledger.prepare(office, asked(known_at=BEFORE_AUGUST_CAME, gates=()))
    found = stopped.value.stops
    assert [str(stop) for stop in found if stop.gate == "unclosed_months"] == [
        "plan PIPC 2021: cerrado hasta el 30/04/2021; falta mayo a agosto de 2021"
    ]
    missing = {stop.subject for stop in found if stop.gate == "missing_submissions"}
    assert {f"Reporte mensual de ejecución de {code}, 2021-M08" for code in ("ACV", "OAP", "TIC")} <= missing
    assert any(stop.gate == "unreviewed_submissions" for stop in found)
    said = str(stopped.value)
    assert "--waive CLASE=RAZÓN" in said
    assert "meses sin cerrar (unclosed_months):" in said
    with publisher.connect() as connection:
        assert ledger.publications(connection) == []


def test_only_what_is_still_wrong_stops_it_when_the_files_came_and_the_months_closed(office: Settings) -> None:
    with pytest.raises(StoppedError) as stopped:
        ledger.prepare(office, asked(gates=()))
    assert set(_gates(stopped.value.stops)) == {"open_errors", "unreviewed_submissions"}
    (error,) = [stop for stop in stopped.value.stops if stop.gate == "open_errors"]
    assert error.subject == "Reporte mensual de ejecución de TIC, 2021-M08"
    assert error.detail.startswith("1 fila apartada por errores en «ejecucion-2021-08.xlsx» (entrega ")
    with pytest.raises(StoppedError) as partly:
        ledger.prepare(office, asked(gates=("unreviewed_submissions",)))
    assert set(_gates(partly.value.stops)) == {"open_errors"}


def test_an_obligation_stops_no_more_when_the_office_approves_or_waives_it(office: Settings, owner: Engine, catalog: Catalog) -> None:
    with owner.connect() as connection:
        before = _gates(stops(connection, catalog, _scope(OCTOBER_2021)))
        record(connection, Obligation(ENTITY, "TIC", "execution_report", "2021-M08"), "approve", "Ana Ruiz")
        approved = _gates(stops(connection, catalog, _scope(OCTOBER_2021)))
        assert approved["unreviewed_submissions"] == before["unreviewed_submissions"] - 1
        record(connection, Obligation(ENTITY, "TIC", "execution_report", "2021-M08"), "reopen", "Ana Ruiz", "Falta una unidad")
        reopened = stops(connection, catalog, _scope(OCTOBER_2021))
        assert [str(stop) for stop in reopened if stop.gate == "missing_submissions"] == [
            "Reporte mensual de ejecución de TIC, 2021-M08: se reabrió"
        ]
        record(connection, Obligation(ENTITY, "TIC", "execution_report", "2021-M08"), "waive", "Ana Ruiz", "Se cerró la oficina")
        assert _gates(stops(connection, catalog, _scope(OCTOBER_2021))) == approved
        # Approved now, but its file was not known then: it is not in the figures.
        then = stops(connection, catalog, _scope(BEFORE_AUGUST_CAME))
        assert "Reporte mensual de ejecución de OAP, 2021-M08" in {stop.subject for stop in then if stop.gate == "missing_submissions"}
        connection.rollback()


def test_a_refused_file_stops_until_another_one_came_when_it_was_returned(owner: Engine, catalog: Catalog) -> None:
    (refused,) = _times(owner, "state = 'returned' and kind = 'execution_report' and period_code = '2021-M05'")
    (replaced,) = _times(
        owner, "state = 'accepted' and kind = 'execution_report' and period_code = '2021-M05' and dependency_code = :code", refused[1]
    )
    with owner.connect() as connection:
        during = stops(connection, catalog, _scope(refused[0] + timedelta(minutes=1), "2021-M05"))
        after = stops(connection, catalog, _scope(replaced[0] + timedelta(minutes=1), "2021-M05"))
    assert [stop.subject for stop in during if stop.gate == "open_errors"] == [f"Reporte mensual de ejecución de {refused[1]}, 2021-M05"]
    assert "fue devuelto el 04/06/2021 y no ha llegado otro" in next(stop.detail for stop in during if stop.gate == "open_errors")
    assert [stop for stop in after if stop.gate == "open_errors"] == []


def _times(owner: Engine, where: str, code: str = "") -> list[tuple[datetime, str]]:
    query = f"select received_at, dependency_code from audit.submission where entity_code = '{ENTITY}' and {where}"
    with owner.connect() as connection:
        return [(row[0], row[1]) for row in connection.execute(text(query), {"code": code} if ":code" in query else {})]


def test_a_report_without_plans_has_no_months_to_close_when_its_gates_are_asked(owner: Engine, catalog: Catalog) -> None:
    with owner.connect() as connection:
        assert _gates(stops(connection, catalog, _scope(BEFORE_AUGUST_CAME))).get("unclosed_months") == 1
        assert "unclosed_months" not in _gates(stops(connection, catalog, _scope(BEFORE_AUGUST_CAME, plans=())))


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        (asked(gates=("open_doors",)), "no hay una clase «open_doors»"),
        (Request(ENTITY, "pipc", "2021-C2", waivers={"open_errors": "  "}, actor="Ana"), "hace falta la razón"),
        (Request(ENTITY, "pipc", "2021-C2"), "falta quién prepara"),
        (Request(ENTITY, "nada", "2021-C2", actor="Ana"), "no hay un informe «nada»"),
        (Request(ENTITY, "pipc", "2021-C9", actor="Ana"), "«2021-C9» no es un período"),
        (asked(known_at=datetime(2021, 10, 4, 14)), "con su zona horaria"),
        (asked(known_at=datetime(2121, 10, 4, tzinfo=UTC)), "está en el futuro"),
        (asked(cutoff=date(2021, 4, 30)), "anterior al período"),
        (asked("2016-2017"), "no se hace por un período como 2016-2017"),
        (Request("nadie", "pipc", "2021-C2", actor="Ana", waivers={}), "no hay una entidad «nadie»"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_request_is_refused_in_words_when_it_makes_no_sense(office: Settings, request_: Request, said: str) -> None:
    with pytest.raises(PublicationError, match=said):
        ledger.prepare(office, request_)


def test_what_was_passed_over_is_printed_and_kept_when_it_is_waived(office: Settings, publisher: Engine) -> None:
    draft = ledger.prepare(office, asked())
    assert {waiver.stop.gate for waiver in draft.waivers} == {"open_errors", "unreviewed_submissions"}
    assert {(waiver.reason, waiver.actor) for waiver in draft.waivers} == {(REASON, "Ana Ruiz")}
    with publisher.connect() as connection:
        document = ledger.load_document(connection, draft.number)
    notes = [block for section in document.sections for block in section.blocks if isinstance(block, Note) and block.kind == "waiver"]
    assert len(notes) == 2
    assert all(REASON in str(note.text[-1]) for note in notes)
    assert "errores sin corregir" in str(notes[0].text)


def test_a_refused_form_stops_the_report_though_another_form_of_its_folder_came_later(owner: Engine, catalog: Catalog) -> None:
    refuse = text(
        "update audit.submission set state = 'returned', rows_accepted = 0, rows_already_known = 0 "
        "where submission_id = (select min(submission_id) from audit.submission "
        "where kind = 'attendance_form' and period_code = '2023' and state like 'accepted%') returning file_name"
    )
    with owner.connect() as connection:
        # What is accepted never becomes returned: for this once, and only here, as if it had been.
        connection.execute(text("set local session_replication_role = replica"))
        name = connection.execute(refuse).scalar_one()
        found = stops(connection, catalog, _scope(datetime.now(UTC), "2023", ()))
        connection.rollback()
    assert [stop.gate for stop in found if f"«{name}» fue devuelto" in stop.detail] == ["open_errors"]
