"""A contract's own example row, read as a person would have written it, breaks none of its rules."""

from datetime import date
from typing import Any

import pytest
from execution_rows import catalog
from golden_cases import KINDS
from sample_batch import sample_batch

from pipc_etl.contracts.periods import parse_period
from pipc_etl.intake import Problem, coerce
from pipc_etl.intake.coercion import Reading
from pipc_etl.validation import EnvelopeFacts, validate

# The period that the examples speak of, where it is not the year.
PERIODS = {
    "execution_report": "2021-M05",
    "session": "2023-M06",
    "commitment": "2021-M08",
    "attendance_form": "2023",
    "evaluation_form": "2023",
}


@pytest.mark.parametrize("kind", KINDS)
def test_example_row_has_no_finding_when_it_is_read_and_judged(kind: str) -> None:
    contract = catalog().contracts[kind]
    period = parse_period(PERIODS.get(kind, "2021"))
    assert period is not None
    row: dict[str, Any] = {}
    problems: list[Problem] = []
    for column in contract.columns:
        if column.examples:
            codelist = catalog().codelists[column.codelist] if column.codelist else None
            read = coerce([str(column.examples[0])], column, codelist, Reading(period.fiscal_year, None, (period.start, period.end)))
            row[column.name] = read.values[0]
            problems += read.problems.values()
    assert len(row) > 3
    facts = EnvelopeFacts(row.get("entity_code"), "gab", kind, period.code, date(2023, 12, 31), is_planning_office=True, is_registered=True)
    verdict = validate(sample_batch(contract, [row], problems={0: [tuple(item) for item in problems]}), catalog(), None, facts)
    assert [(finding.rule, finding.column, finding.value) for finding in verdict.findings] == []
    assert verdict.state == "accepted"
