"""Versions of a plan as they are taken in: with the requests that justify them, in the order of receipt, and never over a closed month."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import text

from pipc_etl.contracts import Catalog
from pipc_etl.settings import Settings
from pipc_etl.warehouse.engine import superuser_engine
from pipc_etl.warehouse.ingest import Outcome
from tests.warehouse.stories import Stories, rules

KNOWN: dict[str, dict[str, Any]] = {"OAP-1": {"month_05_qty": 1}, "TIC-1": {"month_06_qty": 1}}
TO_AUGUST = {"OAP-1": {"month_08_qty": 1}}


def version(stories: Stories, name: str, at: str, number: int, approved: str, activities: dict[str, dict[str, Any]]) -> None:
    common = {
        "plan_code": "PIPC", "plan_name": "PIPC 2021", "fiscal_year": 2021, "plan_version": number, "approved_on": approved,
        "effective_from": "2021-02", "unit_of_measure": "Taller", "target_rule": "Exacta",
    }  # fmt: skip
    rows = [
        {**common, "activity_code": code, "activity_name": f"Actividad {code}", "dependency_code": code[:3], **quantities}
        for code, quantities in activities.items()
    ]
    stories.add(name, at, "OAP/activity_plan/2021", rows)


def first(stories: Stories, story: str) -> None:
    """OAP-1 has a unit in May and TIC-1 one in June."""
    version(stories, f"{story}/v1", "2021-02-01 12:00", 1, "2021-01-29", KNOWN)


def second(stories: Stories, name: str, at: str, changes: dict[str, dict[str, Any]] = TO_AUGUST) -> None:
    """The version that moves the unit of OAP-1 from May to August, or what `changes` say."""
    version(stories, name, at, 2, "2021-03-15", {**KNOWN, **changes})


def asked(stories: Stories, name: str, at: str, **more: object) -> None:
    """The request that OAP-1 move from May to August."""
    row = {
        "request_code": "SC-1", "plan_code": "PIPC", "activity_code": "OAP-1", "change_type": "Mover de mes", "month_from": "2021-05",
        "month_to": "2021-08", "change_qty": 1, "requested_on": "2021-03-01", "justification": "Contingencia", "request_status": "Aprobada",
        "decided_on": "2021-03-10", "target_version": 2, **more,
    }  # fmt: skip
    stories.add(name, at, "OAP/plan_change_request/2021", [row])


def decided(stories: Stories, name: str, at: str, action: str, month: str) -> None:
    row = {"plan_code": "PIPC", "month": month, "action": action, "decided_on": at[:10], "decided_by": "Jefe", "reason": "Reportes"}
    stories.add(name, at, f"OAP/period_closing/{month.replace('-', '-M')}", [row])


@pytest.fixture(scope="module")
def outcomes(shared_warehouse: Settings, catalog: Catalog) -> dict[str, Outcome]:
    """All stories, handed to one call in the wrong order."""
    stories = Stories(shared_warehouse, catalog)
    for story in ("justified", "unjustified", "together", "rejected", "closed", "dropped", "ordered"):
        first(stories, story)
    asked(stories, "justified/request", "2021-03-16 12:00")
    second(stories, "justified/v2", "2021-03-16 12:05")
    second(stories, "unjustified/v2", "2021-03-16 12:00")
    asked(stories, "unjustified/request", "2021-03-17 12:00")
    second(stories, "unjustified/again", "2021-03-18 12:00")
    second(stories, "together/v2", "2021-03-16 12:00")
    asked(stories, "together/request", "2021-03-16 12:00")
    asked(stories, "rejected/request", "2021-03-16 12:00", request_status="Rechazada")
    second(stories, "rejected/v2", "2021-03-17 12:00")
    asked(stories, "closed/request", "2021-03-16 12:00")
    decided(stories, "closed/close", "2021-06-10 12:00", "Cerrar", "2021-05")
    second(stories, "closed/v2", "2021-06-15 12:00")
    decided(stories, "closed/reopen", "2021-06-20 12:00", "Reabrir", "2021-05")
    second(stories, "closed/again", "2021-06-21 12:00")
    version(stories, "dropped/v2", "2021-03-16 12:00", 2, "2021-03-15", {"OAP-1": KNOWN["OAP-1"]})
    asked(stories, "ordered/request", "2021-03-16 12:00")
    second(stories, "ordered/v2", "2021-03-17 12:00")
    decided(stories, "ordered/close", "2021-09-10 12:00", "Cerrar", "2021-08")
    version(stories, "ordered/v3", "2021-09-16 12:00", 3, "2021-09-15", {**KNOWN, "OAP-1": {"month_08_qty": 2}})
    return stories.take()


@pytest.fixture(scope="module")
def kinds(shared_warehouse: Settings, outcomes: dict[str, Outcome]) -> dict[str, list[str]]:
    """The kinds of each story in the order in which they were loaded."""
    engine = superuser_engine(shared_warehouse)
    with engine.connect() as connection:
        rows = connection.execute(text("select entity_code, array_agg(kind order by submission_id) from audit.submission group by 1")).all()
    engine.dispose()
    return {row[0]: row[1] for row in rows}


def states(outcomes: dict[str, Outcome], story: str) -> dict[str, str | None]:
    return {name.split("/")[1]: outcome.state for name, outcome in outcomes.items() if name.startswith(f"{story}/")}


def test_version_is_accepted_and_says_its_differences_when_its_request_is_known(outcomes: dict[str, Outcome]) -> None:
    assert states(outcomes, "justified") == dict.fromkeys(("registry", "v1", "request", "v2"), "accepted")
    found = [finding for finding in outcomes["justified/v2"].findings if finding.rule == "amendment.justified"]
    assert [(finding.cell, finding.message) for finding in found] == [
        ("G3", "OAP-1, «Mayo»: 1 → 0; lo justifica SC-1."),  # the file has no column for May: the activity's code
        ("M3", "OAP-1, «Agosto»: 0 → 1; lo justifica SC-1."),
    ]


def test_version_is_returned_with_its_cells_until_its_request_arrives(outcomes: dict[str, Outcome]) -> None:
    refused = outcomes["unjustified/v2"]
    assert (refused.state, refused.rows_accepted) == ("returned", 0)
    assert rules(refused) == ["amendment.unjustified", "amendment.unjustified", "file.rejected_whole"]
    assert outcomes["unjustified/again"].state == "accepted"


def test_request_goes_before_its_version_when_they_land_together(outcomes: dict[str, Outcome], kinds: dict[str, list[str]]) -> None:
    assert set(states(outcomes, "together").values()) == {"accepted"}
    assert kinds["together"] == ["dependency_registry", "activity_plan", "plan_change_request", "activity_plan"]


def test_plan_requests_and_closings_go_in_order_of_receipt_when_they_wait_together(
    outcomes: dict[str, Outcome], kinds: dict[str, list[str]]
) -> None:
    assert kinds["ordered"] == [
        "dependency_registry", "activity_plan", "plan_change_request", "activity_plan", "period_closing", "activity_plan"
    ]  # fmt: skip
    assert states(outcomes, "ordered")["v2"] == "accepted"
    assert rules(outcomes["ordered/v3"]) == ["amendment.closed_month", "file.rejected_whole"]


def test_rejected_request_justifies_nothing_when_it_is_the_only_one(outcomes: dict[str, Outcome]) -> None:
    assert states(outcomes, "rejected") == {"registry": "accepted", "v1": "accepted", "request": "accepted", "v2": "returned"}


def test_closed_month_stays_until_it_is_reopened_when_a_plan_is_amended(outcomes: dict[str, Outcome]) -> None:
    refused = outcomes["closed/v2"]
    assert refused.state == "returned"
    assert rules(refused) == ["amendment.closed_month", "file.rejected_whole"]
    assert rules(refused, "info") == ["amendment.justified"]
    (message,) = [finding.message for finding in refused.findings if finding.rule == "amendment.closed_month"]
    assert message == "OAP-1, «Mayo»: 1 → 0, y ese mes está cerrado."
    assert outcomes["closed/again"].state == "accepted"


def test_dropped_activity_is_named_when_the_version_arrives_without_it(outcomes: dict[str, Outcome]) -> None:
    refused = outcomes["dropped/v2"]
    assert refused.state == "returned"
    assert rules(refused) == ["amendment.dropped_months", "amendment.dropped_unjustified"]
    (named,) = [finding for finding in refused.findings if finding.rule == "amendment.dropped_unjustified"]
    assert (named.value, "«TIC-1» (Actividad TIC-1)" in named.message) == ("TIC-1", True)


def test_large_plan_is_compared_too_when_files_of_its_size_go_another_way(shared_warehouse: Settings, catalog: Catalog) -> None:
    stories = Stories(shared_warehouse, catalog)
    first(stories, "large")
    second(stories, "large/v2", "2021-03-16 12:00")
    outcomes = stories.take(bulk_bytes=1)
    assert states(outcomes, "large") == {"registry": "accepted", "v1": "accepted", "v2": "returned"}
    assert "amendment.unjustified" in rules(outcomes["large/v2"])
