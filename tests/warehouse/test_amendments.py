"""Versions of a plan as they are taken in: with the requests that justify them, in the order of receipt, and never over a closed month."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from pipc_etl.contracts import Catalog
from pipc_etl.settings import Settings
from pipc_etl.warehouse.ingest import Outcome, ingest_paths
from tests.warehouse.conftest import Sender

Rows = Callable[..., list[tuple[Any, ...]]]
Take = Callable[..., list[Outcome]]
_entities = count(1)


@pytest.fixture
def warehouse(shared_warehouse: Settings) -> Settings:
    """One for the module: each test is an entity of its own."""
    return shared_warehouse


@pytest.fixture
def sender(warehouse: Settings, catalog: Catalog) -> Entity:
    return Entity(warehouse, catalog)


class Entity(Sender):
    """A sender whose files are all of one new entity."""

    def __init__(self, settings: Settings, catalog: Catalog) -> None:
        super().__init__(settings, catalog)
        self.entity = f"entidad-{next(_entities)}"


@pytest.fixture
def take(warehouse: Settings, sender: Entity) -> Take:
    """Take files in; the registry is there."""
    (registry,) = ingest_paths([sender.registry(sender.entity)], warehouse)
    assert registry.state == "accepted"

    def run(*paths: Path) -> list[Outcome]:
        outcomes = ingest_paths(paths, warehouse)
        assert [outcome.error for outcome in outcomes if outcome.error] == []
        return outcomes

    return run


def version(
    sender: Entity, number: int, approved: str, *, effective: str = "2021-02", dropped: str = "", **activities: dict[str, Any]
) -> Path:
    """A version of the plan with OAP_1 (one unit in May) and TIC_1 (one in June), and what `activities` change of them or add."""
    common = {
        "plan_code": "PIPC", "plan_name": f"PIPC {sender.entity}", "fiscal_year": 2021, "plan_version": number, "approved_on": approved,
        "effective_from": effective, "unit_of_measure": "Taller", "target_rule": "Exacta",
    }  # fmt: skip
    known: dict[str, dict[str, Any]] = {"OAP_1": {"month_05_qty": 1}, "TIC_1": {"month_06_qty": 1}}
    rows = [
        {**common, "activity_code": code.replace("_", "-"), "activity_name": f"Actividad {code[-1]}", "dependency_code": code[:3],
         **known.get(code, {}), **activities.get(code, {})}
        for code in {**known, **activities} if code != dropped
    ]  # fmt: skip
    return sender.put(f"{sender.entity}/OAP/activity_plan/2021/plan-{number}-{approved}.csv", rows)


def asked(sender: Entity, code: str, activity: str, change_type: str, **more: Any) -> Path:
    row = {
        "request_code": code, "plan_code": "PIPC", "activity_code": activity, "change_type": change_type, "requested_on": "2021-03-01",
        "justification": sender.entity, "request_status": "Aprobada", "decided_on": "2021-03-10", "target_version": 2, **more,
    }  # fmt: skip
    return sender.put(f"{sender.entity}/OAP/plan_change_request/2021/{code}.csv", [row])


def decided(sender: Entity, action: str, month: str, on: str) -> Path:
    row = {"plan_code": "PIPC", "month": month, "action": action, "decided_on": on, "decided_by": "Jefe", "reason": sender.entity}
    return sender.put(f"{sender.entity}/OAP/period_closing/{month.replace('-', '-M')}/{action}-{on}.csv", [row])


def rules(outcome: Outcome, severity: str = "error") -> list[str]:
    return sorted(finding.rule for finding in outcome.findings if finding.severity == severity)


def moved(sender: Entity, number: int = 2, approved: str = "2021-03-15") -> Path:
    """The version that moves the unit of OAP-1 from May to August."""
    return version(sender, number, approved, OAP_1={"month_05_qty": "", "month_08_qty": 1})


KINDS = "select kind from audit.submission where entity_code = :entity order by submission_id offset 1"
FINDINGS = "select cell, message from audit.finding where submission_id = :id and rule = 'amendment.justified' order by cell"
MOVE = {"month_from": "2021-05", "month_to": "2021-08", "change_qty": 1}


def test_version_is_accepted_and_says_its_differences_when_its_request_is_known(sender: Entity, take: Take, rows_of: Rows) -> None:
    take(version(sender, 1, "2021-01-29"))
    outcomes = take(asked(sender, "SC-1", "OAP-1", "Mover de mes", **MOVE), moved(sender))
    assert [outcome.state for outcome in outcomes] == ["accepted", "accepted"]
    assert rows_of(FINDINGS, id=outcomes[1].submission_id) == [
        ("L2", "OAP-1, «Mayo»: 1 → 0; lo justifica SC-1."),
        ("N2", "OAP-1, «Agosto»: 0 → 1; lo justifica SC-1."),
    ]


def test_version_is_returned_with_its_cells_when_nothing_justifies_it(sender: Entity, take: Take, rows_of: Rows) -> None:
    first, second = take(version(sender, 1, "2021-01-29"), moved(sender))
    assert (first.state, second.state) == ("accepted", "returned")
    assert rules(second) == ["amendment.unjustified", "amendment.unjustified", "file.rejected_whole"]
    assert rows_of("select count(*) from raw.activity_plan where _submission_id = :id", id=second.submission_id) == [(0,)]
    # The request arrives, and the same file with it.
    _, again = take(asked(sender, "SC-1", "OAP-1", "Mover de mes", **MOVE), moved(sender))
    assert again.state == "accepted"


def test_request_goes_before_its_version_when_they_land_together(sender: Entity, take: Take, rows_of: Rows) -> None:
    take(version(sender, 1, "2021-01-29"))
    second = moved(sender)
    outcomes = take(second, asked(sender, "SC-1", "OAP-1", "Mover de mes", **MOVE))
    assert [outcome.state for outcome in outcomes] == ["accepted", "accepted"]
    assert rows_of(KINDS, entity=sender.entity) == [
        ("activity_plan",), ("plan_change_request",), ("activity_plan",)
    ]  # fmt: skip


def test_plan_and_its_requests_go_in_order_of_receipt_when_they_wait_together(
    sender: Entity, take: Take, rows_of: Rows, owner: Engine
) -> None:
    received = {
        version(sender, 1, "2021-01-29"): "2021-02-01 12:00Z",
        asked(sender, "SC-1", "OAP-1", "Mover de mes", **MOVE): "2021-03-16 12:00Z",
        moved(sender): "2021-03-16 12:05Z",
        decided(sender, "Cerrar", "2021-08", "2021-09-10"): "2021-09-10 12:00Z",
        version(sender, 3, "2021-09-15", effective="2021-09", OAP_1={"month_05_qty": "", "month_08_qty": 2}): "2021-09-16 12:00Z",
    }
    with owner.begin() as connection:
        for path, at in received.items():
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
            query = "insert into audit.simulated_receipt (sha256, received_at, note) values (:digest, :at, 'prueba')"
            connection.execute(text(query), {"digest": digest, "at": at})
    outcomes = take(*reversed(received))
    assert [outcome.state for outcome in outcomes] == ["returned", "accepted", "accepted", "accepted", "accepted"]
    assert rules(outcomes[0]) == ["amendment.closed_month", "file.rejected_whole"]
    assert rows_of(KINDS, entity=sender.entity) == [
        ("activity_plan",), ("plan_change_request",), ("activity_plan",), ("period_closing",), ("activity_plan",)
    ]  # fmt: skip


def test_request_comes_too_late_when_its_version_was_already_judged(sender: Entity, take: Take) -> None:
    (_, second) = take(version(sender, 1, "2021-01-29"), moved(sender))
    (request,) = take(asked(sender, "SC-1", "OAP-1", "Mover de mes", **MOVE))
    assert (second.state, request.state) == ("returned", "accepted")


def test_rejected_request_justifies_nothing_when_it_is_the_only_one(sender: Entity, take: Take) -> None:
    request = asked(sender, "SC-1", "OAP-1", "Mover de mes", request_status="Rechazada", **MOVE)
    take(version(sender, 1, "2021-01-29"))
    assert [outcome.state for outcome in take(request, moved(sender))] == ["accepted", "returned"]


def test_closed_month_stays_until_it_is_reopened_when_a_plan_is_amended(sender: Entity, take: Take, rows_of: Rows) -> None:
    request = asked(sender, "SC-1", "OAP-1", "Mover de mes", **MOVE)
    take(version(sender, 1, "2021-01-29"), request, decided(sender, "Cerrar", "2021-05", "2021-06-10"))
    (refused,) = take(moved(sender))
    assert refused.state == "returned"
    assert rules(refused) == ["amendment.closed_month", "file.rejected_whole"]
    assert rules(refused, "info") == ["amendment.justified"]
    (message,) = [finding.message for finding in refused.findings if finding.rule == "amendment.closed_month"]
    assert message == "OAP-1, «Mayo»: 1 → 0, y ese mes está cerrado."
    take(decided(sender, "Reabrir", "2021-05", "2021-06-20"))
    (accepted,) = take(moved(sender))
    assert accepted.state == "accepted"


def test_dropped_activity_is_named_when_the_version_arrives_without_it(sender: Entity, take: Take) -> None:
    _, second = take(version(sender, 1, "2021-01-29"), version(sender, 2, "2021-03-15", dropped="TIC_1"))
    assert second.state == "returned"
    assert rules(second) == ["amendment.dropped_months", "amendment.dropped_unjustified"]
    (named,) = [finding for finding in second.findings if finding.rule == "amendment.dropped_unjustified"]
    assert (named.value, "«TIC-1» (Actividad 1)" in named.message) == ("TIC-1", True)


def test_large_plan_is_compared_too_when_files_of_its_size_go_another_way(sender: Entity, take: Take, warehouse: Settings) -> None:
    take(version(sender, 1, "2021-01-29"))
    (second,) = ingest_paths([moved(sender)], replace(warehouse, bulk_bytes=1))
    assert (second.state, rules(second)[0]) == ("returned", "amendment.unjustified")
