"""Every rule of every contract, held to rows that break it: in memory and pushed down to PostgreSQL, with the same answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import pytest
from golden_cases import KINDS, Case, Expected, Golden, load_golden
from sample_batch import SampleBatch, sample_batch
from sqlalchemy import Engine, create_engine, text
from staged_batch import create_reference, stage

from pipc_etl.contracts import Catalog, Finding, load_catalog
from pipc_etl.render.checks import compile_checks
from pipc_etl.settings import PROJECT_ROOT, Settings
from pipc_etl.validation import EnvelopeFacts, Verdict, validate, validate_staged

Judge = Callable[[str, SampleBatch, EnvelopeFacts], list[Finding]]
ROW_SCOPES = ("row", "cell")


@cache
def catalog() -> Catalog:
    return load_catalog(PROJECT_ROOT / "expectations")


@cache
def golden(kind: str) -> Golden:
    return load_golden(catalog().contracts[kind], catalog())


def batch_of(kind: str, cases: list[Case]) -> tuple[SampleBatch, dict[int, Case]]:
    """One file of all cases, and the case that each of its rows belongs to."""
    rows = [(row, case) for case in cases for row in case.rows]
    batch = sample_batch(catalog().contracts[kind], [row for row, _ in rows])
    return batch, dict(zip(batch.frame["_row"], (case for _, case in rows), strict=True))


def judge_in_memory(kind: str, batch: SampleBatch, facts: EnvelopeFacts) -> list[Finding]:
    return list(validate(batch, catalog(), golden(kind).reference, facts).findings)


@pytest.fixture(scope="module")
def engine(module_database: Settings) -> Iterator[Engine]:
    assert module_database.warehouse_url
    made = create_engine(module_database.warehouse_url)
    with made.begin() as connection:
        connection.execute(text("create schema private"))
    yield made
    made.dispose()


@pytest.fixture(scope="module")
def judge_pushed_down(engine: Engine) -> Judge:
    def judge(kind: str, batch: SampleBatch, facts: EnvelopeFacts) -> list[Finding]:
        create_reference(engine, golden(kind).reference)
        staging = stage(engine, batch)
        verdict = validate_staged(engine, staging, batch.contract, catalog(), facts, letters=batch.letters)
        with engine.connect() as connection:
            lines = connection.execute(text(f"select * from {verdict.finding_table} order by sheet, row_number")).mappings().all()
        with engine.begin() as connection:
            connection.execute(text(f"drop table {', '.join((staging, *verdict.tables))}"))
        renamed = [{{"row_number": "row", "column_name": "column"}.get(k, k): v for k, v in line.items()} for line in lines]
        return [*verdict.findings, *(Finding(**line) for line in renamed)]  # type: ignore[arg-type]

    return judge


@pytest.fixture(params=["in memory", "pushed down"])
def judge(request: pytest.FixtureRequest) -> Judge:
    made: Judge = judge_in_memory if request.param == "in memory" else request.getfixturevalue("judge_pushed_down")
    return made


def identity(finding: Finding) -> Expected:
    return finding.rule, finding.column or "", finding.severity


@pytest.mark.parametrize("kind", KINDS)
def test_each_row_breaks_exactly_its_rules_when_it_is_spoiled(kind: str, judge: Judge) -> None:
    assert len(golden(kind).cases) > 5
    for cases in golden(kind).files:
        hold_to_cases(kind, cases, judge)


def hold_to_cases(kind: str, cases: list[Case], judge: Judge) -> None:
    batch, case_of = batch_of(kind, cases)
    assert len(case_of) == len(batch.frame) >= len(cases)
    found: dict[int, set[Expected]] = {row: set() for row in case_of}
    for finding in judge(kind, batch, golden(kind).facts):
        if finding.scope in ROW_SCOPES:
            assert finding.row is not None
            assert finding.sheet == "Hoja1"
            assert finding.cell == f"{batch.letters[finding.column or '']}{finding.row}"
            found[finding.row].add(identity(finding))
    for row, case in case_of.items():
        if case.is_exact:
            assert found[row] == set(case.finds), case.name
        else:
            assert case.finds <= found[row], case.name
            assert {rule for rule, _, _ in found[row] - case.finds} <= own_rules(kind) | {"value.wrong_format"}, case.name


def own_rules(kind: str) -> set[str]:
    return {rule.id for rule in catalog().contracts[kind].rules}


@pytest.mark.parametrize(
    ("kind", "case"), [pytest.param(kind, case, id=f"{kind}: {case.name}") for kind in KINDS for case in golden(kind).file_cases]
)
def test_the_file_is_returned_with_the_cells_when_a_rule_of_the_file_is_broken(kind: str, case: Case, judge: Judge) -> None:
    batch, _ = batch_of(kind, [case])
    findings = judge(kind, batch, case.facts)
    rules_of_cells = {identity(finding) for finding in findings if finding.rule not in ("file.rejected_whole", "file.too_many_bad_rows")}
    assert rules_of_cells == case.finds
    for finding in findings:
        if finding.scope == "file" and finding.column:
            assert finding.cell is not None
            assert finding.cell.startswith(batch.letters[finding.column])
            assert "{" not in finding.message


@pytest.mark.parametrize("kind", KINDS)
def test_every_check_of_the_contract_has_a_spoiled_row_when_the_goldens_are_read(kind: str) -> None:
    told = {(rule, column) for case in (*golden(kind).cases, *golden(kind).file_cases) for rule, column, _ in case.finds}
    contract = catalog().contracts[kind]
    checks = {
        (check.rule, check.columns[0])
        for check in compile_checks(contract, catalog())
        if check.columns[0] not in contract.submission_key or check.rule in ("value.required", "file.key_not_constant", *own_rules(kind))
    }
    implied = {("value.out_of_range", column.name) for column in contract.columns if column.type == "number"}
    assert len(told) >= len(contract.rules) > 0
    assert checks - told <= implied


@pytest.mark.parametrize("kind", KINDS)
def test_both_ways_say_the_same_when_they_judge_the_same_rows(kind: str, judge_pushed_down: Judge) -> None:
    in_memory, pushed_down = [], []
    for cases in golden(kind).files:
        batch, _ = batch_of(kind, cases)
        in_memory += told_of_rows(judge_in_memory(kind, batch, golden(kind).facts))
        pushed_down += told_of_rows(judge_pushed_down(kind, batch, golden(kind).facts))
    assert len(in_memory) > 5
    assert pushed_down == in_memory


def told_of_rows(findings: list[Finding]) -> list[tuple[Any, ...]]:
    return sorted((f.row, f.rule, f.column, f.severity, f.scope, f.sheet, f.cell, f.remedy) for f in findings if f.scope in ROW_SCOPES)


@pytest.mark.parametrize("kind", KINDS)
def test_the_file_is_accepted_without_a_word_when_its_row_is_clean(kind: str) -> None:
    verdict: Verdict = validate(
        sample_batch(catalog().contracts[kind], [golden(kind).clean]), catalog(), golden(kind).reference, golden(kind).facts
    )
    assert (verdict.rows_read, verdict.rows_accepted, verdict.rows_quarantined) == (1, 1, 0)
    assert verdict.state == "accepted"
    assert verdict.findings == ()
    assert verdict.not_evaluated == ()
