"""What the contracts are compiled into really is Great Expectations' own."""

import subprocess
import sys
from collections import Counter

import pytest
from execution_rows import catalog

from pipc_etl.errors import ContractError
from pipc_etl.render.checks import compile_checks, quoted
from pipc_etl.render.gx_suite import PROBLEM_COUNT, frame_suite, staged_suite
from pipc_etl.validation.great_expectations_run import suite_for_frame

KINDS = tuple(sorted(catalog().contracts))


@pytest.mark.parametrize("kind", KINDS)
def test_suite_has_an_expectation_for_every_check_when_a_contract_is_compiled(kind: str) -> None:
    import great_expectations as gx

    contract = catalog().contracts[kind]
    checks = compile_checks(contract, catalog())
    suite = frame_suite(contract, checks)
    assert isinstance(suite, gx.ExpectationSuite)
    told = [key for item in suite.expectations for key in item.meta["keys"]]
    assert Counter(told) == Counter([PROBLEM_COUNT, *(check.key for check in checks)])
    assert {rule.id for rule in contract.rules} <= {check.rule for check in checks}


def test_suite_has_the_expected_types_when_the_execution_report_is_compiled() -> None:
    contract = catalog().contracts["execution_report"]
    suite = frame_suite(contract, compile_checks(contract, catalog()))
    types = Counter(item.expectation_type for item in suite.expectations)
    assert types == {
        "expect_column_values_to_not_be_null": 3,
        "expect_column_values_to_be_between": 6,
        "expect_column_values_to_match_regex": 2,
        "expect_column_values_to_be_in_set": 2,
        "expect_multicolumn_sum_to_equal": 2,
    }
    between = {item.column: (item.min_value, item.max_value) for item in suite.expectations if hasattr(item, "min_value")}
    assert between["executed_qty"] == (0, 100000)
    assert {str(item.severity.value) for item in suite.expectations} == {"critical", "warning", "info"}


@pytest.mark.parametrize("kind", KINDS)
def test_staged_suite_is_a_handful_of_queries_when_a_contract_is_compiled(kind: str) -> None:
    contract = catalog().contracts[kind]
    checks = compile_checks(contract, catalog())
    suite = staged_suite(contract, checks, "private.x_breach")
    assert 2 <= len(suite.expectations) <= 5
    assert {item.expectation_type for item in suite.expectations} == {"unexpected_rows_expectation"}
    assert sorted(key for item in suite.expectations for key in item.meta["keys"]) == sorted([PROBLEM_COUNT, *(c.key for c in checks)])


def test_suite_is_compiled_once_when_it_is_asked_for_again() -> None:
    contract = catalog().contracts["session"]
    checks = compile_checks(contract, catalog())
    assert suite_for_frame(contract, checks) is suite_for_frame(contract, compile_checks(contract, catalog()))


def test_great_expectations_is_not_imported_when_validation_is() -> None:
    program = (
        "import sys, pipc_etl.validation, pipc_etl.validation.report; print('great_expectations' in sys.modules, 'duckdb' in sys.modules)"
    )
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert said.stdout.split() == ["False", "False"]


def test_literals_are_quoted_when_they_hold_quotes() -> None:
    assert [quoted(value) for value in ("O'Higgins", None, True, 3, 0.5, 99_999_999_999_999)] == [
        "'O''Higgins'", "null", "true", "3", "0.5", "99999999999999",
    ]  # fmt: skip


def test_list_with_bounds_is_refused_when_a_contract_is_compiled() -> None:
    from dataclasses import replace

    contract = catalog().contracts["attendance_form"]
    columns = tuple(replace(c, max_length=5) if c.multiple else c for c in contract.columns)
    with pytest.raises(ContractError, match="a list has no bounds"):
        compile_checks(replace(contract, columns=columns), catalog())
