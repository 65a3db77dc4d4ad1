"""What a template shows and asks for is what the border reads: examples come back without a word, and so do the ways to say nothing."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest
from examples import ADDRESSEE, example_row, example_template, first_row, judge, period_of, read, told

from pipc_etl.contracts import Catalog, load_catalog
from pipc_etl.contracts.fingerprint import read_fingerprint
from pipc_etl.intake import ReaderPool
from pipc_etl.intake.coercion import Missing, Reading, read_cell
from pipc_etl.render.template import Template, template_bytes
from pipc_etl.render.template.texts import MISSING_WORDS
from pipc_etl.settings import PROJECT_ROOT

KINDS = tuple(sorted(load_catalog(PROJECT_ROOT / "expectations").contracts))


def test_every_kind_has_a_template_when_the_contracts_are_read() -> None:
    assert len(KINDS) >= 13


@pytest.mark.parametrize("kind", KINDS)
def test_example_row_has_no_finding_when_its_own_template_is_read_back(
    kind: str, catalog: Catalog, pool: ReaderPool, tmp_path: Path
) -> None:
    contract = catalog.contracts[kind]
    path = tmp_path / "plantilla.xlsx"
    path.write_bytes(template_bytes(example_template(contract), catalog))
    batch = read(path, kind, catalog, pool)
    expected = set(example_row(contract))
    assert set(batch.frame.iloc[0].dropna().index) >= expected
    verdict = judge(batch, catalog)
    assert told(verdict) == []
    assert (verdict.state, verdict.rows_accepted) == ("accepted", 1)
    assert (
        batch.cell(batch.frame["_sheet"][0], int(batch.frame["_row"][0]), contract.columns[0].name)
        == f"A{first_row(example_template(contract), catalog)}"
    )


@pytest.mark.parametrize("kind", KINDS)
def test_fingerprint_says_for_whom_when_the_template_is_read(kind: str, catalog: Catalog, pool: ReaderPool, tmp_path: Path) -> None:
    path = tmp_path / "plantilla.xlsx"
    path.write_bytes(template_bytes(example_template(catalog.contracts[kind]), catalog))
    made = read_fingerprint(read(path, kind, catalog, pool).properties)
    assert made is not None
    assert (made.kind, made.contract_version) == (kind, catalog.contracts[kind].version)
    assert (made.entity_code, made.dependency_code) == (ADDRESSEE.entity_code, ADDRESSEE.dependency_code)
    assert made.period_code == period_of(kind).code


def test_bytes_are_the_same_when_the_same_template_is_rendered_again(catalog: Catalog) -> None:
    made = {kind: template_bytes(example_template(contract), catalog) for kind, contract in catalog.contracts.items()}
    assert len(set(made.values())) == len(KINDS)
    assert {kind: template_bytes(example_template(contract), catalog) for kind, contract in catalog.contracts.items()} == made


def test_header_is_found_when_nothing_is_filled_in(catalog: Catalog, pool: ReaderPool, tmp_path: Path) -> None:
    for kind, contract in catalog.contracts.items():
        path = tmp_path / f"{kind}.xlsx"
        path.write_bytes(template_bytes(Template(contract), catalog))
        batch = read(path, kind, catalog, pool)
        assert set(batch.letters[contract.sheet_names[0]]) == {column.name for column in contract.columns}
        # The only complaint that an empty template may cause is that it is empty.
        assert {finding.rule for finding in batch.findings} <= {"rows.none"}


def test_one_click_is_enough_when_nothing_happened_in_the_month(catalog: Catalog, pool: ReaderPool, tmp_path: Path) -> None:
    contract = catalog.contracts["execution_report"]
    path = tmp_path / "sin-actividades.xlsx"
    path.write_bytes(template_bytes(example_template(contract, filled=False), catalog))
    book = openpyxl.load_workbook(path)
    sheet = book[contract.sheet_names[0]]
    (question,) = [cell for row in sheet.iter_rows() for cell in row if cell.value == contract.empty_declaration]
    (choice,) = [check for check in sheet.data_validations.dataValidation if check.formula1 == '"Sí"']
    answer = sheet[str(choice.sqref)]
    assert answer.row == question.row
    assert not answer.protection.locked
    answer.value = "Sí"
    book.save(path)
    batch = read(path, "execution_report", catalog, pool)
    assert batch.declares_empty
    assert {finding.severity for finding in batch.findings} <= {"info"}


@pytest.mark.parametrize("word", MISSING_WORDS)
def test_words_for_nothing_are_read_as_such_when_they_stand_in_an_optional_cell(word: str, catalog: Catalog) -> None:
    columns = [column for contract in catalog.contracts.values() for column in contract.columns if not column.required]
    assert len(columns) > 50
    for column in columns:
        codelist = catalog.codelists[column.codelist] if column.codelist else None
        if codelist is None or codelist.find(word) is None:  # «No responde» is an answer where the list has it
            assert isinstance(read_cell(word, column, codelist, Reading(2021)), Missing), column.name
