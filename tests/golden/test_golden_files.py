"""Every golden case once more as a real file, in three to five layouts: same rule, same severity, at the cell where the file has it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from golden_cases import KINDS, Case, Expected
from golden_files import LAYOUTS, Written, written
from test_golden import ROW_SCOPES, catalog, golden, own_rules

from pipc_etl.contracts import Finding
from pipc_etl.intake import Envelope, ReaderPool, read_batch
from pipc_etl.validation import EnvelopeFacts, Verdict, validate

# What a file cannot hold: a code outside its list never gets past the reading of its label.
AS_READ = {"value.not_in_list": "code.unknown"}
# Where every case is a file of its own, the three that differ most are enough.
MOST_DIFFERENT = ("template", "xls, letterhead, synonyms", "csv, cp1252")
OF_THE_FILE = ("file.rejected_whole", "file.too_many_bad_rows")


@pytest.fixture(scope="module")
def pool() -> Iterator[ReaderPool]:
    with ReaderPool(timeout_seconds=30) as readers:
        yield readers


def layouts_of(kind: str) -> tuple[str, ...]:
    return MOST_DIFFERENT if golden(kind).is_apart else tuple(LAYOUTS)


def judged(file: Written, kind: str, facts: EnvelopeFacts, pool: ReaderPool) -> Verdict:
    assert facts.entity_code
    assert facts.dependency_code
    assert facts.period_code
    envelope = Envelope(facts.entity_code, facts.dependency_code, kind, facts.period_code, file.path.name)
    batch = read_batch(file.path, catalog().contracts[kind], catalog(), envelope, pool)
    assert batch.is_readable
    return validate(batch, catalog(), golden(kind).reference, facts)


def expected(case: Case) -> frozenset[Expected]:
    return frozenset((AS_READ.get(rule, rule), column, severity) for rule, column, severity in case.finds)


@pytest.mark.parametrize(("kind", "layout"), [(kind, layout) for kind in KINDS for layout in layouts_of(kind)])
def test_each_cell_breaks_exactly_its_rules_when_the_rows_come_in_a_file(kind: str, layout: str, pool: ReaderPool, tmp_path: Path) -> None:
    for cases in golden(kind).files:
        file, case_of = written(layout, catalog().contracts[kind], catalog(), cases, tmp_path)
        verdict = judged(file, kind, golden(kind).facts, pool)
        assert verdict.rows_read == len(case_of)
        assert [f for f in verdict.findings if f.scope not in ROW_SCOPES and f.severity != "info" and f.rule not in OF_THE_FILE] == []
        found: dict[int, set[Expected]] = {row: set() for row in case_of}
        for finding in verdict.findings:
            if finding.scope in ROW_SCOPES:
                assert finding.row is not None
                assert finding.cell == f"{file.letters[finding.column or '']}{finding.row}", finding
                found[finding.row].add((finding.rule, finding.column or "", finding.severity))
        for row, case in case_of.items():
            compare(case, found[row], kind)


def compare(case: Case, found: set[Expected], kind: str) -> None:
    if case.is_exact:
        assert found == expected(case), case.name
    else:
        assert expected(case) <= found, case.name
        assert {rule for rule, _, _ in found - expected(case)} <= own_rules(kind) | {"value.wrong_format"}, case.name


FILE_CASES = [pytest.param(kind, case, id=f"{kind}: {case.name}") for kind in KINDS for case in golden(kind).file_cases]


@pytest.mark.parametrize(("kind", "case"), FILE_CASES)
def test_file_is_returned_with_its_cells_when_it_comes_in_any_layout(kind: str, case: Case, pool: ReaderPool, tmp_path: Path) -> None:
    for layout in MOST_DIFFERENT:
        file, _ = written(layout, catalog().contracts[kind], catalog(), [case], tmp_path)
        verdict = judged(file, kind, case.facts, pool)
        told = [finding for finding in verdict.findings if finding.rule not in OF_THE_FILE and finding.severity != "info"]
        assert {(finding.rule, finding.column or "", finding.severity) for finding in told} == expected(case), layout
        assert verdict.state == "returned" or all(finding.scope in ROW_SCOPES for finding in told)
        for finding in told:
            assert cells_of(finding) <= {f"{file.letters[finding.column or '']}{row}" for row in rows_of(file, case)}, layout


def rows_of(file: Written, case: Case) -> range:
    return range(file.first_row, file.first_row + len(case.rows))


def cells_of(finding: Finding) -> set[str]:
    """The ends of the ranges that a finding names."""
    assert finding.cell
    return {end for span in finding.cell.split(", ") for end in span.split(":")}
