"""State, rows and findings of a file in memory."""

import time
from dataclasses import replace

import pandas as pd
import pytest
from execution_rows import FACTS, MONTH, a_rule, catalog, contract, reference, row, rows
from sample_batch import FIRST_ROW, sample_batch

from pipc_etl.contracts import Finding
from pipc_etl.errors import RuleError
from pipc_etl.validation import EnvelopeFacts, Verdict, validate


def judge(batch_rows: list[dict[str, object]], facts: EnvelopeFacts = FACTS, **options: object) -> Verdict:
    with_reference = options.pop("with_reference", True)
    batch = sample_batch(options.pop("contract", contract()), batch_rows, **options)  # type: ignore[arg-type]
    return validate(batch, catalog(), reference(max(10, len(batch_rows))) if with_reference else None, facts)


def rules(verdict: Verdict) -> list[str]:
    return [finding.rule for finding in verdict.findings]


def test_bad_rows_are_set_aside_when_they_are_few() -> None:
    batch_rows = rows(10)
    batch_rows[3] |= {"executed_qty": -1}
    batch_rows[7] |= {"rescheduled_qty": 1, "justification": "aforo"}
    verdict = judge(batch_rows)
    assert verdict.state == "accepted_with_observations"
    assert (verdict.rows_read, verdict.rows_accepted, verdict.rows_quarantined) == (10, 8, 2)
    assert list(verdict.quarantined["_row"]) == [FIRST_ROW + 3, FIRST_ROW + 7]
    assert list(verdict.quarantined["_rules"]) == [["value.out_of_range"], ["execution_report.rescheduled_without_month"]]
    assert list(verdict.quarantined["executed_qty"]) == ["-1", "1"]
    assert sorted([*verdict.accepted["_row"], *verdict.quarantined["_row"]]) == list(range(FIRST_ROW, FIRST_ROW + 10))


def test_file_is_accepted_with_observations_when_it_only_has_warnings() -> None:
    verdict = judge([row(0, evidence=None)])
    assert (verdict.state, verdict.rows_accepted, verdict.rows_quarantined) == ("accepted_with_observations", 1, 0)
    assert rules(verdict) == ["execution_report.executed_without_evidence"]


def test_over_a_hundred_percent_is_only_told_when_more_was_executed_than_programmed() -> None:
    verdict = judge([row(0, executed_qty=3)])
    assert (verdict.state, verdict.rows_accepted) == ("accepted", 1)
    assert [(finding.rule, finding.severity) for finding in verdict.findings] == [("execution_report.over_programme", "info")]
    assert list(verdict.accepted["executed_qty"]) == [3]


def test_percentage_column_is_not_rejected_when_it_passes_a_hundred() -> None:
    commitment = catalog().contracts["commitment"]
    line = {"commitment_code": "C-1", "acquired_on": MONTH, "description": "x", "in_charge": True, "status": "in_progress"}
    batch = sample_batch(commitment, [line | {"status_cutoff": "2021-08-31", "progress_pct": 105.5}])
    verdict = validate(batch, catalog(), {}, replace(FACTS, kind="commitment"))
    assert (verdict.state, verdict.rows_accepted) == ("accepted_with_observations", 1)
    assert [(f.rule, f.severity, f.value) for f in verdict.findings] == [("value.above_hundred", "warning", "105.5")]


def test_file_is_returned_when_too_many_rows_are_bad() -> None:
    verdict = judge([row(number, executed_qty=-1 if number < 4 else 1) for number in range(10)])
    assert verdict.state == "returned"
    assert (verdict.rows_read, verdict.rows_accepted, verdict.rows_quarantined) == (10, 0, 0)
    assert verdict.accepted.empty
    assert verdict.quarantined.empty
    assert verdict.findings[0].rule == "file.too_many_bad_rows"
    assert "4 de sus 10 filas tienen errores (40,0 %) y se admite hasta 30 %" in verdict.findings[0].message


def test_file_is_accepted_when_exactly_the_admitted_share_is_bad() -> None:
    verdict = judge([row(number, executed_qty=-1 if number < 3 else 1) for number in range(10)])
    assert (verdict.state, verdict.rows_accepted, verdict.rows_quarantined) == ("accepted_with_observations", 7, 3)


def test_file_is_returned_when_one_row_is_bad_and_the_contract_admits_no_parts() -> None:
    verdict = judge([*rows(9), row(9, carried_over_from=1999)], contract=contract(reject_whole=True))
    assert (verdict.state, verdict.rows_accepted) == ("returned", 0)
    assert rules(verdict) == ["file.rejected_whole", "value.out_of_range"]


def test_file_is_returned_when_its_sender_is_unknown() -> None:
    verdict = judge(rows(2), facts=replace(FACTS, is_registered=False))
    assert (verdict.state, verdict.rows_accepted) == ("returned", 0)
    assert rules(verdict) == ["file.unknown_sender"]
    assert "sdp/gab" in verdict.findings[0].message


def test_rule_of_the_file_is_told_once_with_its_cells_when_many_rows_break_it() -> None:
    verdict = judge([row(number, month="2021-04-01") for number in range(30)])
    assert verdict.state == "returned"
    (finding,) = [finding for finding in verdict.findings if finding.scope == "file"]
    assert (finding.rule, finding.cell, finding.row) == ("execution_report.month_differs_from_period", "D6:D35", FIRST_ROW)
    assert finding.message == "El mes reportado no es el de la carpeta de entrega (2021-M05)."


def test_findings_of_the_intake_decide_when_they_speak_of_the_file() -> None:
    missing = catalog().finding("header.missing", sheet="Hoja1", row=5, title="Ejecutado", hint="")
    assert judge([], findings=[missing]).state == "returned"
    broken = catalog().finding("file.unreadable", value="x.xlsx", reason="está dañado")
    assert judge([], findings=[broken]).state == "unreadable"


def test_cell_is_told_once_when_intake_could_not_read_it() -> None:
    problem = ("executed_qty", "number.ambiguous", "1.234", {"thousands": "1234", "decimal": "1,234"})
    unread_code = ("activity_code", "text.became_date", "01/03/2021", {})
    batch_rows = [row(0), row(1, executed_qty=None), row(2, activity_code=None), *[row(n) for n in range(3, 8)]]
    verdict = judge(batch_rows, problems={1: [problem], 2: [unread_code]})
    assert [(f.rule, f.cell, f.value) for f in verdict.findings] == [
        ("number.ambiguous", "F7", "1.234"),
        ("text.became_date", "B8", "01/03/2021"),
    ]
    assert verdict.findings[0].message == "En «Ejecutado», «1.234» se puede leer como 1234 o como 1,234."
    assert (verdict.rows_accepted, verdict.rows_quarantined) == (6, 2)


def test_row_is_told_once_when_none_of_its_cells_can_be_trusted() -> None:
    ragged = ("plan_code", "row.ragged", "", {"found": "3", "expected": "20"})
    verdict = judge([*rows(5), {}], problems={5: [ragged]})
    assert [(f.rule, f.row) for f in verdict.findings] == [("row.ragged", FIRST_ROW + 5)]
    assert verdict.rows_quarantined == 1


def test_rules_that_need_the_warehouse_are_named_when_there_is_none() -> None:
    verdict = judge([row(99)], with_reference=False, facts=replace(FACTS, is_planning_office=None))
    assert verdict.state == "accepted"
    needing = {rule.id for rule in contract().rules if rule.needs}
    assert len(needing) >= 6
    assert set(verdict.not_evaluated) == needing | {"execution_report.correction_not_planning_office"}


def test_rules_without_a_period_are_named_when_the_place_of_the_file_is_not_known() -> None:
    verdict = judge([row(0)], with_reference=False, facts=EnvelopeFacts())
    assert {"execution_report.month_differs_from_period", "execution_report.evidence_outside_year"} <= set(verdict.not_evaluated)
    assert verdict.state == "accepted"


def test_what_follows_from_a_missing_column_is_not_told_when_the_column_is_compulsory() -> None:
    verdict = judge(rows(2), without=frozenset({"activity_code"}))
    assert "value.required" not in rules(verdict)
    assert "execution_report.unknown_activity" in verdict.not_evaluated


def test_optional_column_is_as_good_as_empty_when_the_file_lacks_it() -> None:
    verdict = judge([row(0)], without=frozenset({"evidence"}))
    assert [(f.rule, f.cell, f.row) for f in verdict.findings] == [("execution_report.executed_without_evidence", None, FIRST_ROW)]


def test_findings_stand_in_the_order_of_the_sheet_when_rules_come_in_another() -> None:
    batch_rows = rows(8)
    batch_rows[5] |= {"evidence": None, "carried_over_from": 1999, "programmed_qty": -1}
    batch_rows[2] |= {"evidence": None}
    verdict = judge(batch_rows)
    assert [(f.row, f.column) for f in verdict.findings] == [
        (8, "evidence"),
        (11, "programmed_qty"),
        (11, "carried_over_from"),
        (11, "evidence"),
    ]


@pytest.mark.parametrize(
    ("fails_when", "complaint"),
    [("b.no_such_column > 0", "no_such_column"), ("cast(b.activity_code as integer) > 1", "A-0"), ("b.executed_qty >", "syntax")],
)
def test_rule_that_crashes_raises_when_it_is_evaluated(fails_when: str, complaint: str) -> None:
    with pytest.raises(RuleError, match=complaint):
        judge(rows(2), contract=contract(rules=(a_rule(fails_when),)))


def test_expectation_that_crashes_raises_when_it_is_evaluated() -> None:
    columns = tuple(replace(c, pattern="(") if c.name == "plan_code" else c for c in contract().columns)
    with pytest.raises(RuleError, match=r"value\.wrong_format:plan_code crashed"):
        judge(rows(2), contract=contract(version="9.9.9", columns=columns))


def test_lookup_that_answers_twice_raises_when_rows_would_multiply() -> None:
    known = {name: pd.concat([frame, frame]) for name, frame in reference(2).items()}
    with pytest.raises(RuleError, match="more than one row"):
        validate(sample_batch(contract(), rows(2)), catalog(), known, FACTS)


def test_placeholders_are_filled_when_a_rule_speaks_of_value_and_period() -> None:
    verdict = judge([row(0, executed_qty=7)], contract=contract(rules=(a_rule("b.executed_qty = 7", severity="warning"),)))
    assert [f.message for f in verdict.findings] == ["Trae «7» en 2021-M05."]


def test_personal_values_are_masked_when_a_finding_shows_them() -> None:
    form = catalog().contracts["attendance_form"]
    line = {"submitted_at": "2021-05-30 09:00", "consent": True, "document_number": "52345678", "document_type": "CC", "session_code": "X"}
    bad = [line | {"email": "luz.pena"}, line | {"sex": "zzzzzzz", "email": "a@b.co"}, line | {"full_name": "Ñ" * 201}]
    verdict = validate(sample_batch(form, bad), catalog(), None, replace(FACTS, kind="attendance_form"))
    told = {(f.rule, f.value) for f in verdict.findings}
    assert told >= {("value.wrong_format", "lu…na"), ("value.not_in_list", "zz…zz"), ("value.too_long", "ÑÑ…ÑÑ")}
    assert not any("luz.pena" in f.message or "zzzzzzz" in f.message for f in verdict.findings)


def test_ten_thousand_findings_come_quickly_when_every_row_is_bad() -> None:
    batch = sample_batch(contract(), [row(number, executed_qty=-1, evidence=None) for number in range(10_000)])
    known = reference(10_000)
    validate(sample_batch(contract(), rows(1)), catalog(), known, FACTS)
    began = time.process_time()
    verdict = validate(batch, catalog(), known, FACTS)
    assert len(verdict.findings) >= 10_000
    assert time.process_time() - began < 10


def test_nothing_is_read_twice_when_the_file_has_no_rows() -> None:
    verdict = judge([])
    assert (verdict.state, verdict.rows_read, verdict.rows_accepted) == ("accepted", 0, 0)
    assert verdict.findings == ()
    assert isinstance(verdict.findings, tuple)


def test_errors_of_single_rows_set_them_aside_when_intake_tells_them() -> None:
    told = Finding("made.up", "error", "row", "m", "r", sheet="Hoja1", row=FIRST_ROW + 1)
    verdict = judge(rows(5), findings=[told])
    assert (verdict.rows_accepted, verdict.rows_quarantined) == (4, 1)
