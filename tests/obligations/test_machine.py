"""Both state machines: every decision in every state of an obligation, and every change of state of a file, allowed and refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from pipc_etl.warehouse.reviews import (
    ACTIONS,
    ALLOWED,
    STATES,
    Action,
    Note,
    Obligation,
    ObligationState,
    RefusedError,
    history,
    open_observations,
    record,
    standing,
)
from tests.dbt.activity_scenario import Ledger

MAY = Obligation("maquina", "OAP", "execution_report", "2021-M05")
# definitions.md: expected -> received -> approved -> frozen, or waived, or reopened. What is not here is refused.
LEADS_TO: dict[tuple[str, str], str] = {
    ("received", "approve"): "approved",
    ("received", "return"): "expected",
    ("expected", "waive"): "waived",
    ("reopened", "approve"): "approved",
    ("reopened", "waive"): "waived",
    ("approved", "reopen"): "reopened",
    ("frozen", "reopen"): "reopened",
    ("waived", "reopen"): "reopened",
}


@pytest.fixture
def ledger(owner: Engine) -> Iterator[Ledger]:
    """A plan with an activity of OAP in May; whatever the test does is taken back."""
    with owner.connect() as connection:
        made = Ledger(connection, "maquina")
        made.registry("2021-01-04", [("OAP", "Planeación", "2020-01-01"), ("TIC", "Consejería TIC", "2020-01-01")])
        made.plan("2021-01-29", 2021, 1, "2021-01-28", [{"code": "A", "months": {5: 1}}])
        yield made
        connection.rollback()


def expected(_ledger: Ledger) -> None:
    """Nothing has come."""


def received(ledger: Ledger) -> None:
    ledger.report("2021-06-04", "OAP", "2021-05", {"A": 1})


def approved(ledger: Ledger) -> None:
    received(ledger)
    record(ledger.connection, MAY, "approve", "ana")


def frozen(ledger: Ledger) -> None:
    approved(ledger)
    ledger.close("2021-06-10", ["2021-05"])


def waived(ledger: Ledger) -> None:
    record(ledger.connection, MAY, "waive", "ana", "No funcionó ese mes")


def reopened(ledger: Ledger) -> None:
    approved(ledger)
    record(ledger.connection, MAY, "reopen", "ana", "Faltó un acta")


BRING: dict[ObligationState, Callable[[Ledger], None]] = {
    "expected": expected,
    "received": received,
    "approved": approved,
    "frozen": frozen,
    "waived": waived,
    "reopened": reopened,
}


def decisions(connection: Connection) -> int:
    return len(history(connection, MAY))


def test_the_table_of_decisions_is_the_one_of_the_definitions_when_it_is_read() -> None:
    assert set(BRING) == set(STATES)
    assert len(STATES) * len(ACTIONS) == 24
    assert dict(ALLOWED) == LEADS_TO


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("state", STATES)
def test_decision_is_taken_or_refused_when_the_obligation_is_in_a_state(ledger: Ledger, state: ObligationState, action: Action) -> None:
    BRING[state](ledger)
    connection, before = ledger.connection, decisions(ledger.connection)
    assert standing(connection, MAY).state == state
    leads_to = LEADS_TO.get((state, action))
    if leads_to is None:
        with pytest.raises(RefusedError, match="no se puede"):
            record(connection, MAY, action, "luis", "Una razón")
        assert (standing(connection, MAY).state, decisions(connection)) == (state, before)
        return
    decision = record(connection, MAY, action, "luis", "Una razón")
    assert (decision.state_before, decision.state_after, decision.actor, decision.reason) == (state, leads_to, "luis", "Una razón")
    assert standing(connection, MAY).state == leads_to
    assert decisions(connection) == before + 1


@pytest.mark.parametrize(("state", "action"), [pair for pair in LEADS_TO if pair[1] != "approve"])
@pytest.mark.parametrize("reason", [None, "  "])
def test_decision_is_refused_when_its_reason_is_missing(ledger: Ledger, state: ObligationState, action: Action, reason: str | None) -> None:
    BRING[state](ledger)
    with pytest.raises(RefusedError, match="hace falta la razón"):
        record(ledger.connection, MAY, action, "luis", reason)
    assert standing(ledger.connection, MAY).state == state


def test_reopened_is_not_approved_when_it_never_had_a_file(ledger: Ledger) -> None:
    waived(ledger)
    record(ledger.connection, MAY, "reopen", "ana", "Sí funcionó")
    with pytest.raises(RefusedError, match="sin archivo aceptado"):
        record(ledger.connection, MAY, "approve", "ana")


@pytest.mark.parametrize("state", STATES)
def test_obligation_is_received_when_a_file_is_accepted_after_the_decision(ledger: Ledger, state: ObligationState) -> None:
    BRING[state](ledger)
    number = ledger.report("2021-07-01", "OAP", "2021-05", {"A": 1})
    # The border returns files of closed periods; one that slipped past it while somebody decided is never taken for a reviewed one.
    now = standing(ledger.connection, MAY)
    assert (now.state, now.submission_id) == ("received", number)


def test_obligation_stays_when_a_correction_of_its_values_comes(ledger: Ledger) -> None:
    approved(ledger)
    number = standing(ledger.connection, MAY).submission_id
    why = {"A": {"executed_qty": 1, "on_behalf_of": "OAP", "corrected_by": "Jefe", "correction_reason": "Prueba"}}
    assert ledger.report("2021-07-01", "OAP", "2021-05", why, is_correction=True) != number
    now = standing(ledger.connection, MAY)
    assert (now.state, now.submission_id) == ("approved", number)


def test_approved_freezes_and_thaws_when_its_month_is_closed_and_reopened(ledger: Ledger) -> None:
    frozen(ledger)
    assert standing(ledger.connection, MAY).state == "frozen"
    ledger.close("2021-06-11", ["2021-05"], action="reopen")
    assert standing(ledger.connection, MAY).state == "approved"
    ledger.close("2021-06-12", ["2021-05"])
    assert standing(ledger.connection, MAY).state == "frozen"
    assert decisions(ledger.connection) == 1, "closing a month decides nothing about an obligation"


def test_approved_freezes_with_its_last_plan_when_the_dependency_is_in_two(ledger: Ledger) -> None:
    frozen(ledger)
    other = {"code": "R", "months": {5: 1}, "plan_code": "RDC"}
    ledger.submit("activity_plan", "OAP", "2021", "2021-01-30", [_plan_row(other)], key="maquina|RDC|2021|1")
    assert standing(ledger.connection, MAY).state == "approved"
    closing = {"plan_code": "RDC", "month": "2021-05-01", "action": "close", "decided_by": "Jefe", "decided_on": "2021-06-10"}
    ledger.submit("period_closing", "OAP", "2021", "2021-06-10", [closing], key="maquina|RDC|close")
    assert standing(ledger.connection, MAY).state == "frozen"


def _plan_row(activity: dict[str, object]) -> dict[str, object]:
    return {
        "plan_code": activity["plan_code"], "plan_name": "RdC 2021", "fiscal_year": 2021, "plan_version": 1, "approved_on": "2021-01-28",
        "effective_from": "2021-01-01", "activity_code": activity["code"], "activity_name": "Audiencia", "unit_of_measure": "Sesión",
        "target_rule": "exact", "dependency_code": "OAP", "month_05_qty": 1,
    }  # fmt: skip


def test_observations_are_open_until_the_office_decides_again_when_a_file_was_returned(ledger: Ledger) -> None:
    received(ledger)
    first = standing(ledger.connection, MAY).submission_id
    notes = [Note("No coincide con el acta", sheet="Hoja", cell="F12"), Note("Falta el soporte", activity_code="A"), Note("Sin firma")]
    record(ledger.connection, MAY, "return", "ana", "Revise", notes)
    ledger.report("2021-06-20", "OAP", "2021-05", {"A": 2})
    found = open_observations(ledger.connection, MAY)
    assert [(said.cell, said.activity_code, said.text) for said in found] == [
        ("F12", None, "No coincide con el acta"),
        (None, "A", "Falta el soporte"),
        (None, None, "Sin firma"),
    ]
    assert {(said.submission_id, said.actor) for said in found} == {(first, "ana")}
    record(ledger.connection, MAY, "approve", "luis")
    assert open_observations(ledger.connection, MAY) == []
    assert [len(decision.observations) for decision in history(ledger.connection, MAY)] == [3, 0]


def test_observations_are_refused_when_nothing_is_asked_for(ledger: Ledger) -> None:
    received(ledger)
    with pytest.raises(RefusedError, match="acompañan una devolución"):
        record(ledger.connection, MAY, "approve", "ana", None, [Note("Bien hecho")])
    assert decisions(ledger.connection) == 0


def test_history_only_grows_when_the_loader_works(loader: Engine) -> None:
    for statement in (
        "update audit.obligation_event set reason = 'otra'",
        "delete from audit.obligation_event",
        "delete from audit.observation",
    ):
        with loader.connect() as connection, pytest.raises(DBAPIError, match="permission denied"):
            connection.execute(text(statement))


FILE_STATES = ("unreadable", "returned", "accepted", "accepted_with_observations", "superseded")
MOVES = {("accepted", "superseded"), ("accepted_with_observations", "superseded")}


@pytest.mark.parametrize("after", FILE_STATES)
@pytest.mark.parametrize("before", FILE_STATES)
def test_file_changes_its_state_only_when_another_takes_its_place(ledger: Ledger, before: str, after: str) -> None:
    # How each verdict comes about stands in tests/warehouse/test_ingest.py; here, what may become of it.
    number = ledger.report("2021-06-04", "OAP", "2021-05", {"A": 1})
    connection = ledger.connection
    connection.execute(text("alter table audit.submission disable trigger submission_state_moves"))
    change = text(
        "update audit.submission set state = :state, superseded_by = case when :state = 'superseded' then submission_id end, "
        "rows_accepted = case when :state in ('unreadable', 'returned') then 0 else 1 end where submission_id = :id"
    )
    connection.execute(change, {"state": before, "id": number})
    connection.execute(text("alter table audit.submission enable trigger submission_state_moves"))
    if before == after or (before, after) in MOVES:
        assert connection.execute(change, {"state": after, "id": number}).rowcount == 1
        return
    with pytest.raises(DBAPIError, match=f"a file that is {before} does not become {after}"):
        connection.execute(change, {"state": after, "id": number})
