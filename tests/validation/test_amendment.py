"""A version of a plan held to the one before it: every difference at its cell, justified or not, closed months left alone."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from execution_rows import catalog
from sample_batch import FIRST_ROW, SampleBatch, sample_batch

from pipc_etl.contracts import Finding
from pipc_etl.validation.amendment import Activity, PlanHistory, Request, Version, differences
from pipc_etl.validation.amendment_findings import amendment_findings

NOTHING = (0,) * 12


def months(**quantities: int) -> tuple[int, ...]:
    """`m05=2` programmes two units in May."""
    return tuple(quantities.get(f"m{number:02d}", 0) for number in range(1, 13))


def version(number: int, **activities: tuple[int, ...]) -> Version:
    """A version approved on the tenth of its own month, in force from there on; activity A1 programmes `A1=months(...)`."""
    made = {code.replace("_", "-"): Activity(f"Talleres {code}", "Taller", "GAB", False, by_month) for code, by_month in activities.items()}
    return Version(number, 2021, date(2021, number, 10), date(2021, number, 1), made)


def request(code: str, activity: str, change_type: str, quantity: int | None = 1, **more: Any) -> Request:
    said: dict[str, Any] = {"month_from": None, "month_to": None, "target_version": 2, "decided_on": date(2021, 2, 5)}
    return Request(request_code=code, activity_code=activity, change_type=change_type, change_qty=quantity, **(said | more))


def history(*versions: Version, requests: tuple[Request, ...] = (), closed: tuple[int, ...] = ()) -> PlanHistory:
    return PlanHistory({each.number: each for each in versions}, requests, frozenset(date(2021, month, 1) for month in closed))


def matrix(new: Version, *, problems: dict[int, list[Any]] | None = None, **changes: dict[str, Any]) -> SampleBatch:
    """The version as a file, a row an activity; `changes` by activity code, as in `A1={"activity_name": "Otro"}`."""
    rows = [
        {
            "plan_code": "PIPC", "plan_name": "PIPC 2021", "fiscal_year": 2021, "plan_version": new.number, "approved_on": new.approved_on,
            "effective_from": new.effective_from, "activity_code": code, "activity_name": activity.activity_name,
            "unit_of_measure": activity.unit_of_measure, "target_rule": "exact", "dependency_code": activity.dependency_code,
            **{f"month_{number:02d}_qty": quantity or None for number, quantity in enumerate(activity.months, 1)},
            **changes.get(code, {}),
        }
        for code, activity in new.activities.items()
    ]  # fmt: skip
    return sample_batch(catalog().contracts["activity_plan"], rows, problems=problems)


def told(findings: list[Finding]) -> list[tuple[str, str, str | None]]:
    return [(finding.rule, finding.severity, finding.cell) for finding in findings]


BASE = version(1, A1=months(m05=2), A2=months(m03=1))


def test_nothing_is_said_when_the_first_version_arrives() -> None:
    assert amendment_findings(matrix(BASE), catalog(), history()) == []


def test_unit_that_moves_is_justified_at_both_cells_when_its_request_is_approved() -> None:
    batch = matrix(version(2, A1=months(m05=1, m08=1), A2=months(m03=1)))
    moved = request("SC-1", "A1", "move_month", month_from=date(2021, 5, 1), month_to=date(2021, 8, 1))
    found = amendment_findings(batch, catalog(), history(BASE, requests=(moved,)))
    may, august = (f"{batch.letters[name]}{FIRST_ROW}" for name in ("month_05_qty", "month_08_qty"))
    assert told(found) == [("amendment.justified", "info", may), ("amendment.justified", "info", august)]
    assert found[0].message == "A1, «Mayo»: 2 → 1; lo justifica SC-1."
    assert (found[1].column, found[1].row, found[1].value) == ("month_08_qty", FIRST_ROW, "1")


def test_difference_is_an_error_that_says_before_and_after_when_no_request_is_about_it() -> None:
    batch = matrix(version(2, A1=months(m05=2), A2=months(m03=4)))
    (found,) = amendment_findings(batch, catalog(), history(BASE, requests=(request("SC-1", "A1", "change_quantity"),)))
    assert (found.rule, found.severity, found.cell) == ("amendment.unjustified", "error", f"{batch.letters['month_03_qty']}{FIRST_ROW + 1}")
    assert found.message == "A2, «Marzo»: 1 → 4, sin solicitud de cambio aprobada que lo justifique."
    assert found.remedy == "Deje 1, como en la versión 1, o entregue antes la solicitud aprobada."


def test_request_is_named_when_its_quantity_does_not_reach() -> None:
    batch = matrix(version(2, A1=months(m05=5), A2=months(m03=1)))
    (found,) = amendment_findings(batch, catalog(), history(BASE, requests=(request("SC-7", "A1", "change_quantity", 2),)))
    assert found.rule == "amendment.unjustified"
    assert found.message.endswith("Las aprobadas (SC-7) no alcanzan.")


def test_requests_add_up_when_each_covers_a_part() -> None:
    batch = matrix(version(2, A1=months(m05=5), A2=months(m03=1)))
    requests = (request("SC-7", "A1", "change_quantity", 2), request("SC-8", "A1", "change_quantity", 1))
    (found,) = amendment_findings(batch, catalog(), history(BASE, requests=requests))
    assert (found.rule, found.message[-24:]) == ("amendment.justified", "lo justifica SC-7, SC-8.")


@pytest.mark.parametrize(
    ("change", "change_type", "column"),
    [
        ({"activity_name": "Talleres locales"}, "rename", "activity_name"),
        ({"unit_of_measure": "Sesión"}, "change_unit", "unit_of_measure"),
        ({"dependency_code": "TIC"}, "carry_to_next_year", "dependency_code"),
        ({"is_cancelled": True}, "remove", "is_cancelled"),
    ],
)
def test_attribute_needs_a_request_of_its_kind_when_it_changes(change: dict[str, Any], change_type: str, column: str) -> None:
    batch = matrix(version(2, A1=months(m05=2), A2=months(m03=1)), A1=change)
    cell = f"{batch.letters[column]}{FIRST_ROW}"
    assert told(amendment_findings(batch, catalog(), history(BASE))) == [("amendment.unjustified", "error", cell)]
    known = history(BASE, requests=(request("SC-1", "A1", change_type),))
    assert told(amendment_findings(batch, catalog(), known)) == [("amendment.justified", "info", cell)]
    if change_type in ("rename", "change_unit"):
        known = history(BASE, requests=(request("SC-1", "A1", "move_month"),))
        assert told(amendment_findings(batch, catalog(), known)) == [("amendment.unjustified", "error", cell)]


def test_new_activity_is_asked_for_by_a_request_when_it_enters() -> None:
    batch = matrix(version(2, A1=months(m05=2), A2=months(m03=1), A3=months(m11=1)))
    code, november = (f"{batch.letters[name]}{FIRST_ROW + 2}" for name in ("activity_code", "month_11_qty"))
    assert told(amendment_findings(batch, catalog(), history(BASE))) == [
        ("amendment.added_unjustified", "error", code),
        ("amendment.unjustified", "error", november),
    ]
    found = amendment_findings(batch, catalog(), history(BASE, requests=(request("SC-3", "A3", "add", month_to=date(2021, 11, 1)),)))
    assert told(found) == [("amendment.added_justified", "info", code), ("amendment.justified", "info", november)]
    assert found[0].message == "Entra la actividad «A3» (Talleres A3); lo justifica SC-3."


def test_dropped_activity_is_named_with_what_is_lost_when_it_leaves() -> None:
    batch = matrix(version(2, A1=months(m05=2)))
    found = amendment_findings(batch, catalog(), history(BASE))
    assert told(found) == [("amendment.dropped_unjustified", "error", None), ("amendment.dropped_months", "error", None)]
    assert found[0].message == "Sale la actividad «A2» (Talleres A2) y ninguna solicitud de cambio aprobada lo pide."
    assert found[1].message.endswith("se pierde lo programado: Marzo: 1 (sin solicitud que lo cubra).")
    known = history(BASE, requests=(request("SC-4", "A2", "remove", None),))
    assert told(amendment_findings(batch, catalog(), known)) == [("amendment.dropped_justified", "info", None)]


def test_month_cannot_change_when_it_is_closed_or_before_the_version_rules() -> None:
    batch = matrix(version(3, A1=months(m02=1, m05=2, m06=1), A2=months(m03=1)))
    everything = request("SC-1", "A1", "change_quantity", None, target_version=3)
    known = history(BASE, version(2, A1=months(m05=2), A2=months(m03=1)), requests=(everything,), closed=(6,))
    february, june = (f"{batch.letters[name]}{FIRST_ROW}" for name in ("month_02_qty", "month_06_qty"))
    found = amendment_findings(batch, catalog(), known)
    assert told(found) == [("amendment.before_effective", "error", february), ("amendment.closed_month", "error", june)]
    assert "la versión rige desde 03/2021" in found[0].message
    reopened = PlanHistory(known.versions, known.requests, frozenset())
    assert [finding.rule for finding in amendment_findings(batch, catalog(), reopened)] == [
        "amendment.before_effective",
        "amendment.justified",
    ]


def test_dropped_activity_is_refused_when_it_was_programmed_in_a_closed_month() -> None:
    batch = matrix(version(2, A1=months(m05=2)))
    known = history(BASE, requests=(request("SC-4", "A2", "remove", None),), closed=(3,))
    found = amendment_findings(batch, catalog(), known)
    assert told(found) == [("amendment.dropped_justified", "info", None), ("amendment.dropped_months", "error", None)]
    assert found[1].message.endswith("Marzo: 1 (mes cerrado).")


@pytest.mark.parametrize(
    ("number", "known", "rule"),
    [
        (2, (), "amendment.version_gap"),
        (4, (1, 2), "amendment.version_gap"),
        (1, (1, 2), "amendment.version_followed"),
        (3, (1, 2), None),
        (2, (1, 2), None),
    ],
)
def test_versions_follow_each_other_when_they_arrive(number: int, known: tuple[int, ...], rule: str | None) -> None:
    same = {"A1": months(m05=2)}
    batch = matrix(version(number, **same))
    found = amendment_findings(batch, catalog(), history(*(version(each, **same) for each in known)))
    cell = f"{batch.letters['plan_version']}{FIRST_ROW}"
    assert told(found) == ([(rule, "error", cell)] if rule else [])
    assert all(f"versión {number} " in finding.message for finding in found)


def test_approval_comes_after_the_former_one_when_a_plan_is_amended() -> None:
    early = Version(2, 2021, BASE.approved_on, date(2021, 2, 1), BASE.activities)
    batch = matrix(early)
    (found,) = amendment_findings(batch, catalog(), history(BASE))
    assert (found.rule, found.severity, found.column) == ("amendment.approval_order", "error", "approved_on")
    assert "se aprobó el 10/01/2021 y la 1 se aprobó el 10/01/2021" in found.message


def test_version_has_one_approval_and_one_beginning_when_its_rows_are_read() -> None:
    batch = matrix(BASE, A2={"approved_on": date(2021, 1, 20), "effective_from": date(2021, 4, 1)})
    found = amendment_findings(batch, catalog(), history())
    cells = [f"{batch.letters[name]}{FIRST_ROW + 1}" for name in ("approved_on", "effective_from")]
    assert told(found) == [("file.key_not_constant", "error", cell) for cell in cells]
    assert found[0].value == "20/01/2021"


def test_closed_month_is_held_to_the_same_version_when_it_is_handed_in_again() -> None:
    second = version(2, A1=months(m05=3), A2=months(m03=1))
    why = (request("SC-1", "A1", "change_quantity"),)
    known = history(BASE, second, requests=why, closed=(5,))
    # What version 2 changed of May stands, though May closed since.
    assert [finding.rule for finding in amendment_findings(matrix(second), catalog(), known)] == ["amendment.justified"]
    back = matrix(version(2, A1=months(m05=2), A2=months(m03=1)))
    assert told(amendment_findings(back, catalog(), known)) == [
        ("amendment.closed_month", "error", f"{back.letters['month_05_qty']}{FIRST_ROW}")
    ]
    first = matrix(version(1, A1=months(m05=1), A2=months(m03=1)))
    alone = history(BASE, closed=(5,))
    assert [finding.rule for finding in amendment_findings(first, catalog(), alone)] == ["amendment.closed_month"]


def test_cell_that_cannot_be_read_is_no_difference_when_versions_are_compared() -> None:
    problem = ("month_05_qty", "number.invalid", "dos", {})
    batch = matrix(version(2, A1=NOTHING, A2=months(m03=1)), problems={0: [problem]})
    assert amendment_findings(batch, catalog(), history(BASE)) == []


def test_request_is_of_the_amendment_when_it_was_decided_between_the_two_approvals() -> None:
    batch = matrix(version(2, A1=months(m05=3), A2=months(m03=1)))
    rules = {}
    for day in (date(2021, 1, 10), date(2021, 1, 11), date(2021, 2, 10), date(2021, 2, 11), None):
        dated = request("SC-1", "A1", "change_quantity", target_version=None, decided_on=day)
        (found,) = amendment_findings(batch, catalog(), history(BASE, requests=(dated,)))
        rules[day and f"{day:%d/%m}"] = found.rule.rpartition(".")[2]
    assert rules == {"10/01": "unjustified", "11/01": "justified", "10/02": "justified", "11/02": "unjustified", None: "unjustified"}


def test_zero_is_no_difference_when_the_month_was_not_programmed() -> None:
    new = version(2, A1=months(m05=2), A2=months(m03=1))
    assert list(differences(BASE, new)) == []
    assert amendment_findings(matrix(new, A1={"month_09_qty": 0}), catalog(), history(BASE)) == []
