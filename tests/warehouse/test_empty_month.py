"""A month declared without activities: in the ledger without rows, replaced by a report, refused after one or against the plan."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
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
QUESTION = "¿Sin actividades este mes?"
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
    """Take files in; registry and plan (OAP-1 and TIC-1 in May and June) are there."""

    def run(*paths: Path) -> list[Outcome]:
        outcomes = ingest_paths(paths, warehouse)
        assert [outcome.error for outcome in outcomes if outcome.error] == []
        return outcomes

    assert [outcome.state for outcome in run(sender.registry(sender.entity), sender.plan(sender.entity))] == ["accepted", "accepted"]
    return run


def declared(sender: Entity, period: str = "2021-M07", name: str = "vacio.csv") -> Path:
    """TIC's declaration that it did nothing in the month."""
    path = sender.put(f"{sender.entity}/TIC/execution_report/{period}/{name}", [])
    path.write_text(f"{sender.entity};\n{QUESTION};Sí\n" + path.read_text("utf-8"), "utf-8")
    return path


def reported(sender: Entity, month: str = "2021-07", plan: str = "PIPC", **more: Any) -> Path:
    row = {"plan_code": plan, "activity_code": "TIC-1", "month": month, "executed_qty": 1, "evidence": "acta", **more}
    return sender.put(f"{sender.entity}/TIC/execution_report/{month.replace('-', '-M')}/reporte.csv", [row])


LEDGER = (
    "select replace(submission_key, entity_code, 'E'), state, rows_read, rows_accepted, known_to = 'infinity' from audit.submission "
    "where kind = 'execution_report' and entity_code = :entity"
)
KEY = "E|TIC|declaration:2021-M07"


def test_declaration_is_accepted_without_rows_when_nothing_is_programmed(sender: Entity, take: Take, rows_of: Rows) -> None:
    (outcome,) = take(declared(sender))
    assert (outcome.state, outcome.rows_read, outcome.loaded) == ("accepted", 0, True)
    assert rows_of(LEDGER, entity=sender.entity) == [(KEY, "accepted", 0, 0, True)]
    assert [(finding.rule, finding.cell) for finding in outcome.findings] == [("declaration.read", "B2")]
    (again,) = take(declared(sender))
    assert (again.how, again.submission_id) == ("duplicate", outcome.submission_id)


def test_report_replaces_the_declaration_when_it_comes_later(sender: Entity, take: Take, rows_of: Rows) -> None:
    (empty,) = take(declared(sender))
    (report,) = take(reported(sender))
    assert report.rows_accepted == 1
    assert rows_of(f"{LEDGER} order by submission_id", entity=sender.entity) == [
        (KEY, "superseded", 0, 0, False),
        ("E|TIC|PIPC|2021-07-01", "accepted_with_observations", 1, 1, True),
    ]
    assert rows_of("select superseded_by from audit.submission where submission_id = :id", id=empty.submission_id) == [
        (report.submission_id,)
    ]
    assert rows_of("select state from audit.submission_event where submission_id = :id order by event_id", id=empty.submission_id) == [
        ("received",), ("accepted",), ("superseded",)
    ]  # fmt: skip


def test_declaration_is_refused_with_the_report_when_one_is_there(sender: Entity, take: Take, rows_of: Rows) -> None:
    take(reported(sender))
    (empty,) = take(declared(sender))
    assert empty.state == "returned"
    (found,) = [finding for finding in empty.findings if finding.severity == "error"]
    assert found.rule == "declaration.after_report"
    assert "(reporte.csv, 1 filas, recibido el " in found.message
    assert rows_of(f"{LEDGER} and known_to = 'infinity' and state like 'accepted%'", entity=sender.entity) == [
        ("E|TIC|PIPC|2021-07-01", "accepted_with_observations", 1, 1, True)
    ]


def test_later_declaration_replaces_the_earlier_when_none_has_rows(sender: Entity, take: Take, rows_of: Rows) -> None:
    take(declared(sender))
    path = declared(sender, name="otra vez.csv")
    path.write_text(path.read_text("utf-8") + ";;\n", "utf-8")
    (second,) = take(path)
    assert second.how == "loaded"
    assert rows_of(f"{LEDGER} order by submission_id", entity=sender.entity) == [
        (KEY, "superseded", 0, 0, False),
        (KEY, "accepted", 0, 0, True),
    ]


def test_declaration_is_refused_with_the_activities_when_the_plan_programmes_the_month(sender: Entity, take: Take) -> None:
    (outcome,) = take(declared(sender, "2021-M05"))
    assert outcome.state == "returned"
    (found,) = [finding for finding in outcome.findings if finding.severity == "error"]
    assert (found.rule, found.scope) == ("declaration.programmed", "file")
    assert found.message.endswith("el plan programa en ese mes: TIC-1 (1).")


def test_declaration_is_refused_when_its_folder_is_no_month(sender: Entity, take: Take) -> None:
    (outcome,) = take(declared(sender, "2021-T3"))
    assert (outcome.state, [f.rule for f in outcome.findings if f.severity == "error"]) == ("returned", ["declaration.not_a_month"])


def test_report_without_rows_is_returned_when_nothing_is_declared(sender: Entity, take: Take) -> None:
    path = sender.put(f"{sender.entity}/TIC/execution_report/2021-M07/nada.csv", [])
    (outcome,) = take(path)
    assert (outcome.state, [finding.rule for finding in outcome.findings]) == ("returned", ["rows.none"])


def test_declaration_is_history_when_a_report_received_later_is_already_there(
    sender: Entity, take: Take, rows_of: Rows, owner: Engine
) -> None:
    take(reported(sender))
    empty = declared(sender)
    with owner.begin() as connection:
        connection.execute(
            text("insert into audit.simulated_receipt (sha256, received_at, note) values (:sha256, '2021-08-02 12:00Z', 'prueba')"),
            {"sha256": hashlib.sha256(empty.read_bytes()).hexdigest()},
        )
    (outcome,) = take(empty)
    assert outcome.how == "loaded"
    assert rows_of(f"{LEDGER} and rows_read = 0", entity=sender.entity) == [(KEY, "superseded", 0, 0, False)]
