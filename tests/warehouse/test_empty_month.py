"""A month declared without activities: in the ledger without rows, replaced by a report, refused after one or against the plan."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import text

from pipc_etl.contracts import Catalog
from pipc_etl.settings import Settings
from pipc_etl.warehouse.engine import superuser_engine
from pipc_etl.warehouse.ingest import Outcome
from tests.warehouse.stories import Stories, rules

Ledger = Callable[[str], list[tuple[Any, ...]]]
QUESTION = "¿Sin actividades este mes?"
# Key (its entity as E), state, rows read, whether it is current.
LEDGER = (
    "select replace(submission_key, entity_code, 'E'), state, rows_read, known_to = 'infinity' from audit.submission "
    "where kind = 'execution_report' and entity_code = :entity order by received_at"
)
EMPTY, REPORT = "E|TIC|declaration:2021-M07", "E|TIC|PIPC|2021-07-01"


def declared(stories: Stories, name: str, at: str, period: str = "2021-M07", answer: str = f"{QUESTION};Sí\n") -> None:
    """TIC says that it did nothing in the month."""
    stories.add(name, at, f"TIC/execution_report/{period}", [], above=answer)


def reported(stories: Stories, name: str, at: str) -> None:
    """TIC reports July, in which nothing is programmed."""
    row = {"plan_code": "PIPC", "activity_code": "TIC-1", "month": "2021-07", "executed_qty": 1, "evidence": "acta"}
    stories.add(name, at, "TIC/execution_report/2021-M07", [row])


def planned(stories: Stories, story: str) -> None:
    """TIC-1 has a unit in May."""
    row = {
        "plan_code": "PIPC", "plan_name": "PIPC 2021", "fiscal_year": 2021, "plan_version": 1, "approved_on": "2021-01-29",
        "effective_from": "2021-01", "activity_code": "TIC-1", "activity_name": "Talleres", "unit_of_measure": "Taller",
        "target_rule": "Exacta", "dependency_code": "TIC", "month_05_qty": 1,
    }  # fmt: skip
    stories.add(f"{story}/plan", "2021-02-01 12:00", "OAP/activity_plan/2021", [row])


@pytest.fixture(scope="module")
def stories(shared_warehouse: Settings, catalog: Catalog) -> Stories:
    return Stories(shared_warehouse, catalog)


@pytest.fixture(scope="module")
def outcomes(stories: Stories) -> dict[str, Outcome]:
    """All stories in one call, and what arrives after it in another."""
    for story in ("alone", "replaced", "refused", "twice", "programmed", "quarter", "silent", "late"):
        planned(stories, story)
    declared(stories, "alone/empty", "2021-08-03 12:00")
    declared(stories, "replaced/empty", "2021-08-03 12:00")
    reported(stories, "replaced/report", "2021-08-04 12:00")
    reported(stories, "refused/report", "2021-08-03 12:00")
    declared(stories, "refused/empty", "2021-08-04 12:00")
    declared(stories, "twice/empty", "2021-08-03 12:00")
    declared(stories, "twice/again", "2021-08-04 12:00")
    declared(stories, "programmed/empty", "2021-06-03 12:00", "2021-M05")
    declared(stories, "quarter/empty", "2021-08-03 12:00", "2021-T3")
    declared(stories, "silent/empty", "2021-08-03 12:00", answer=f"{QUESTION};\n")
    reported(stories, "late/report", "2021-08-04 12:00")
    taken = stories.take()
    declared(stories, "late/empty", "2021-08-03 12:00")
    return taken | stories.take()


@pytest.fixture
def ledger(shared_warehouse: Settings, outcomes: dict[str, Outcome]) -> Ledger:
    def read(story: str) -> list[tuple[Any, ...]]:
        engine = superuser_engine(shared_warehouse)
        with engine.connect() as connection:
            rows = [tuple(row) for row in connection.execute(text(LEDGER), {"entity": story})]
        engine.dispose()
        return rows

    return read


def test_declaration_is_accepted_without_rows_when_nothing_is_programmed(outcomes: dict[str, Outcome], ledger: Ledger) -> None:
    empty = outcomes["alone/empty"]
    assert (empty.state, empty.rows_read, empty.loaded) == ("accepted", 0, True)
    assert [(finding.rule, finding.cell) for finding in empty.findings] == [("declaration.read", "B2")]
    assert ledger("alone") == [(EMPTY, "accepted", 0, True)]


def test_report_replaces_the_declaration_when_it_comes_later(outcomes: dict[str, Outcome], ledger: Ledger) -> None:
    assert outcomes["replaced/report"].rows_accepted == 1
    assert ledger("replaced") == [(EMPTY, "superseded", 0, False), (REPORT, "accepted_with_observations", 1, True)]


def test_declaration_is_refused_with_the_report_when_one_is_there(outcomes: dict[str, Outcome], ledger: Ledger) -> None:
    empty = outcomes["refused/empty"]
    (found,) = [finding for finding in empty.findings if finding.severity == "error"]
    assert (empty.state, found.rule) == ("returned", "declaration.after_report")
    assert "(report.csv, 1 filas, recibido el 03/08/2021)" in found.message
    assert ledger("refused") == [(REPORT, "accepted_with_observations", 1, True), (None, "returned", 0, True)]


def test_later_declaration_replaces_the_earlier_when_none_has_rows(outcomes: dict[str, Outcome], ledger: Ledger) -> None:
    assert outcomes["twice/again"].how == "loaded"
    assert ledger("twice") == [(EMPTY, "superseded", 0, False), (EMPTY, "accepted", 0, True)]


def test_declaration_is_refused_with_the_activities_when_the_plan_programmes_the_month(outcomes: dict[str, Outcome]) -> None:
    empty = outcomes["programmed/empty"]
    (found,) = [finding for finding in empty.findings if finding.severity == "error"]
    assert (empty.state, found.rule, found.scope) == ("returned", "declaration.programmed", "file")
    assert found.message.endswith("el plan programa en ese mes: TIC-1 (1).")


def test_declaration_is_refused_when_its_folder_is_no_month(outcomes: dict[str, Outcome]) -> None:
    assert (outcomes["quarter/empty"].state, rules(outcomes["quarter/empty"])) == ("returned", ["declaration.not_a_month"])


def test_report_without_rows_is_returned_when_nothing_is_declared(outcomes: dict[str, Outcome]) -> None:
    assert (outcomes["silent/empty"].state, rules(outcomes["silent/empty"])) == ("returned", ["rows.none"])


def test_declaration_is_history_when_a_report_received_later_is_already_there(outcomes: dict[str, Outcome], ledger: Ledger) -> None:
    assert outcomes["late/empty"].how == "loaded"
    assert ledger("late") == [(EMPTY, "superseded", 0, False), (REPORT, "accepted_with_observations", 1, True)]


def test_same_declaration_is_a_duplicate_when_it_arrives_again(stories: Stories, outcomes: dict[str, Outcome]) -> None:
    declared(stories, "alone/empty", "2021-08-03 12:00")
    (again,) = stories.take().values()
    assert (again.how, again.submission_id) == ("duplicate", outcomes["alone/empty"].submission_id)
