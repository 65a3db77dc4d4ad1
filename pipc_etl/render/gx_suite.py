"""Checks -> suites of Great Expectations: one for a frame in memory, one for a staging table in PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pipc_etl.contracts import Contract, Severity
from pipc_etl.render.checks import Check

if TYPE_CHECKING:
    from great_expectations import ExpectationSuite
    from great_expectations.expectations.expectation import Expectation

# Column of the frame that counts what reading a row could not make sense of (intake's `_problems`).
PROBLEM_COUNT = "_problem_count"
_SEVERITIES: dict[Severity, str] = {"error": "critical", "warning": "warning", "info": "info"}


def frame_suite(contract: Contract, checks: Sequence[Check]) -> ExpectationSuite:
    """The suite for a frame with the contract's columns, `PROBLEM_COUNT`, and a 0/1 column `key` of every check without `expectation`.

    Those 0/1 columns are summed by severity: one expectation of many columns costs what one of a single column does.
    `meta["keys"]` of each expectation names the checks that it stands for.
    """
    import great_expectations as gx

    unread = {"column": PROBLEM_COUNT, "value_set": [0]}
    found = [_expectation("ExpectColumnValuesToBeInSet", "error", [PROBLEM_COUNT], unread)]
    for check in checks:
        if check.expectation:
            name, kwargs = check.expectation
            found.append(_expectation(name, check.severity, [check.key], kwargs))
    for severity in _SEVERITIES:
        keys = [check.key for check in checks if not check.expectation and check.severity == severity]
        if len(keys) == 1:
            found.append(_expectation("ExpectColumnValuesToBeInSet", severity, keys, {"column": keys[0], "value_set": [0]}))
        elif keys:
            found.append(_expectation("ExpectMulticolumnSumToEqual", severity, keys, {"column_list": keys, "sum_total": 0}))
    return gx.ExpectationSuite(name=f"{contract.kind}-{contract.version}", expectations=found)


def staged_suite(contract: Contract, checks: Sequence[Check], breaches: str) -> ExpectationSuite:
    """The suite for a staging table (its rows and `_at`, their ctid): none may stand in `breaches` with a check of a group.

    `breaches` (`_at tid`, `broken integer[]`) is the one pass of all checks over the table; check n of `checks` is number n + 1,
    what intake could not read is 0.
    """
    import great_expectations as gx

    groups: dict[tuple[str, Severity], list[int]] = {("read", "error"): [0]}
    for number, check in enumerate(checks, 1):
        groups.setdefault(("file" if check.returns_file else "row", check.severity), []).append(number)
    found = []
    for (level, severity), numbers in groups.items():
        query = (
            "select _sheet, _row from {batch} where _at = any (array("
            f"select x._at from {breaches} as x where x.broken && array{numbers}))"
        )
        meta = [checks[number - 1].key if number else PROBLEM_COUNT for number in numbers]
        found.append(_expectation("UnexpectedRowsExpectation", severity, meta, {"unexpected_rows_query": query}, level=level))
    return gx.ExpectationSuite(name=f"{contract.kind}-{contract.version}-staged", expectations=found)


def _expectation(name: str, severity: Severity, keys: list[str], kwargs: dict[str, Any], **meta: object) -> Expectation:
    import great_expectations.expectations as gxe

    made: Expectation = getattr(gxe, name)(**kwargs, severity=_SEVERITIES[severity], meta={"keys": keys, **meta})
    return made
