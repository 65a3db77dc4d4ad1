"""The rows of the golden cases as files that people hand in: our template, old workbooks with a letterhead, text as it is exported."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openpyxl
from golden_cases import Case
from openpyxl.utils import get_column_letter

from pipc_etl.contracts import Catalog, Contract
from pipc_etl.contracts.periods import parse_period
from pipc_etl.demo.formats import delimited_bytes, ods_bytes, xls_bytes
from pipc_etl.render.sheet import Sheet, Style, lay_out
from pipc_etl.render.template import Addressee, Line, Template, template_bytes
from pipc_etl.render.workbook import workbook_bytes

Row = Mapping[str, Any]
_LETTERHEAD = ("ALCALDÍA MAYOR DE BOGOTÁ D. C.", "Secretaría Distrital de Planeación")
# A person types the columns in another order than the contract has them.
_TURNED = Style(headers="synonym", letterhead=_LETTERHEAD)
_TWO_ROWS = Style(letterhead=_LETTERHEAD, two_rows=True)
_TYPED_TEXT = Style(letterhead=_LETTERHEAD[:1], as_text=True)


@dataclass(frozen=True)
class Written:
    """A file, and where its rows stand: `first_row` as the sheet counts, the letter of each column."""

    path: Path
    first_row: int
    letters: dict[str, str]


def _as_text(row: Row) -> dict[str, Any]:
    """Lists as the sheets' writers take them: codes in one text."""
    return {name: ";".join(value) if isinstance(value, list) else value for name, value in row.items()}


def _sheet(contract: Contract, catalog: Catalog, rows: Sequence[Row], style: Style, columns: Sequence[str]) -> tuple[Sheet, dict[str, str]]:
    return lay_out(contract, catalog, rows, columns, style), {name: get_column_letter(place) for place, name in enumerate(columns, 1)}


def _write(path: Path, content: bytes, sheet: Sheet, letters: dict[str, str]) -> Written:
    path.write_bytes(content)
    return Written(path, sheet.header_row + 2, letters)


def template(contract: Contract, catalog: Catalog, rows: Sequence[Row], case: Case, folder: Path) -> Written:
    """The project's own template, filled in; where its cells are is looked up in the file."""
    facts = case.facts
    assert facts.entity_code
    assert facts.dependency_code
    period = parse_period(facts.period_code or "")
    addressee = Addressee(facts.entity_code, facts.dependency_code)
    path = folder / "plantilla.xlsx"
    path.write_bytes(template_bytes(Template(contract, addressee, period, lines=tuple(Line(row) for row in rows)), catalog))
    page = openpyxl.load_workbook(path)[contract.sheet_names[0]]
    titles = {column.title: column.name for column in contract.columns}
    number, cells = next((row[0].row, row) for row in page.iter_rows() if [cell.value for cell in row][: len(titles)] == list(titles))
    return Written(path, number + 1, {titles[str(cell.value)]: cell.column_letter for cell in cells[: len(titles)]})


def old_workbook(contract: Contract, catalog: Catalog, rows: Sequence[Row], case: Case, folder: Path) -> Written:
    """Excel 97, letterhead, synonyms, the columns from the last to the first."""
    names = [column.name for column in reversed(contract.columns)]
    sheet, letters = _sheet(contract, catalog, rows, _TURNED, names)
    return _write(folder / "reporte.xls", xls_bytes(sheet), sheet, letters)


def two_rows(contract: Contract, catalog: Catalog, rows: Sequence[Row], case: Case, folder: Path) -> Written:
    """A letterhead and, where the contract has groups, a header of two rows with merged cells."""
    sheet, letters = _sheet(contract, catalog, rows, _TWO_ROWS, [column.name for column in contract.columns])
    return _write(folder / "matriz.xlsx", workbook_bytes([sheet]), sheet, letters)


def open_document(contract: Contract, catalog: Catalog, rows: Sequence[Row], case: Case, folder: Path) -> Written:
    """OpenDocument in which every number and date was typed as text."""
    sheet, letters = _sheet(contract, catalog, rows, _TYPED_TEXT, [column.name for column in contract.columns])
    return _write(folder / "hoja.ods", ods_bytes(sheet), sheet, letters)


def exported_text(contract: Contract, catalog: Catalog, rows: Sequence[Row], case: Case, folder: Path) -> Written:
    """CSV as a Spanish spreadsheet exports it: cp1252, semicolons, decimal commas."""
    sheet, letters = _sheet(contract, catalog, rows, _TYPED_TEXT, [column.name for column in contract.columns])
    return _write(folder / "hoja.csv", delimited_bytes(sheet, delimiter=";", encoding="cp1252"), sheet, letters)


Layout = Callable[[Contract, Catalog, Sequence[Row], Case, Path], Written]
LAYOUTS: dict[str, Layout] = {
    "template": template,
    "xls, letterhead, synonyms": old_workbook,
    "xlsx, letterhead, two rows": two_rows,
    "ods, typed text": open_document,
    "csv, cp1252": exported_text,
}


def written(layout: str, contract: Contract, catalog: Catalog, cases: Sequence[Case], folder: Path) -> tuple[Written, dict[int, Case]]:
    """One file of all cases, and the case that each of its rows belongs to."""
    rows = [(_as_text(row), case) for case in cases for row in case.rows]
    file = LAYOUTS[layout](contract, catalog, [row for row, _ in rows], cases[0], folder)
    return file, {file.first_row + number: case for number, (_, case) in enumerate(rows)}
