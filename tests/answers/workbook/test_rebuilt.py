"""Other formats come back as .xlsx: the same cells at the same addresses, marked; what is too large as its offending rows."""

from __future__ import annotations

import io
from datetime import date
from pathlib import Path

import openpyxl
import pytest
import xlwt
from odf.opendocument import OpenDocumentSpreadsheet
from odf.table import Table, TableCell, TableRow
from odf.text import P

from pipc_etl.answers.workbook.rebuilt import plain_workbook
from pipc_etl.contracts import Catalog
from pipc_etl.intake import ReaderPool
from pipc_etl.intake.batch import open_book
from pipc_etl.intake.cells import CellError, PercentCell, RawSheet, RawWorkbook, Uncomputed
from tests.answers.workbook.feedback_files import (
    HEADER,
    ROWS,
    SHEET,
    MakeFeedback,
    a_review,
    colours,
    comments,
    finding,
    opened,
    pending_lines,
)

TABLE: list[list[object]] = [["Alcaldía Mayor"], [], [], HEADER, *ROWS]


def written_xls(path: Path) -> Path:
    book = xlwt.Workbook(encoding="utf-8")
    page = book.add_sheet(SHEET)
    dated = xlwt.easyxf(num_format_str="DD/MM/YYYY")
    for row, cells in enumerate(TABLE):
        for column, value in enumerate(cells):
            page.write(row, column, value)
    page.write(4, 6, date(2021, 5, 31), dated)
    page.merge(0, 0, 0, 4)
    book.save(path)
    return path


def written_ods(path: Path) -> Path:
    book = OpenDocumentSpreadsheet()
    for name, rows in ((SHEET, TABLE), ("Otra: hoja [2]", [["=1+1", "texto"]])):
        table = Table(name=name)
        for row in rows:
            line = TableRow()
            for value in row:
                cell = TableCell(valuetype="float", value=value) if isinstance(value, int) else TableCell(valuetype="string")
                cell.addElement(P(text=str(value)))
                line.addElement(cell)
            table.addElement(line)
        book.spreadsheet.addElement(table)
    book.save(str(path))
    return path


def written_csv(path: Path) -> Path:
    lines = [";".join(map(str, row)) for row in TABLE]
    path.write_bytes("\r\n".join([*lines, "PIPC;=SUMA(A1);+57;-3;@x"]).encode("cp1252"))
    return path


@pytest.mark.parametrize("suffix", [".xls", ".ods", ".csv"])
def test_same_cells_come_back_marked_when_the_format_is_another(
    suffix: str, tmp_path: Path, feedback: MakeFeedback, catalog: Catalog, pool: ReaderPool
) -> None:
    write = {".xls": written_xls, ".ods": written_ods, ".csv": written_csv}[suffix]
    source = write(tmp_path / f"reporte{suffix}")
    before = open_book(source, catalog, pool)
    assert isinstance(before, RawWorkbook)
    name = before.sheets[0].name
    answer = feedback(source, a_review(finding("number.invalid", "error", "E5", sheet=name), finding("x", "warning", "C8", sheet=name)))
    assert (answer.name, answer.form) == ("reporte - revisado.xlsx", "rebuilt")
    book = opened(answer)
    assert colours(book[name]) == {"E5": "FFC7CE", "C8": "FFEB9C"}
    assert set(comments(book[name])) == {"E5", "C8"}
    assert [line["link"] for line in pending_lines(book)] == [f"'{name}'!E5", f"'{name}'!C8"]
    assert suffix in str(book.worksheets[0]["A4"].value)
    target = tmp_path / answer.name
    target.write_bytes(answer.content)
    after = open_book(target, catalog, pool)
    assert isinstance(after, RawWorkbook)
    assert len(after.sheets) == len(before.sheets)
    for old, new in zip(before.sheets, after.sheets, strict=True):
        assert filled(new) == filled(old)
        assert len(filled(old)) > 1


def filled(sheet: RawSheet) -> dict[tuple[int, int], object]:
    return {(row, column): value for row, cells in enumerate(sheet.rows) for column, value in enumerate(cells) if value not in (None, "")}


def test_text_stays_text_when_a_csv_has_something_like_a_formula(tmp_path: Path, feedback: MakeFeedback) -> None:
    answer = feedback(written_csv(tmp_path / "reporte.csv"), a_review(finding("x", "error", "B10", sheet="CSV")))
    page = opened(answer)["CSV"]
    found = [page.cell(10, column) for column in range(2, 6)]
    assert [cell.value for cell in found] == ["=SUMA(A1)", "+57", "-3", "@x"]
    assert [(cell.data_type, cell.quotePrefix) for cell in found] == [("s", True)] * 4


def test_every_kind_of_value_is_kept_when_a_book_is_written_plainly(tmp_path: Path, catalog: Catalog, pool: ReaderPool) -> None:
    rows: list[list[object]] = [
        [1, 2.5, True, "a", "", date(2021, 5, 31), PercentCell(1.05), CellError("#REF!"), 0],
        [float("nan"), 10**20, Uncomputed(), CellError("=EXEC()"), date(1899, 1, 1), "x" * 40_000],
    ]
    book = RawWorkbook(
        (RawSheet("a/b:c" * 9, False, rows, ((3, 0, 4, 1), (4, 1, 5, 1))), RawSheet("Oculta", True, [["x"]], None, (2,), (1,)))
    )
    content, names = plain_workbook(book)
    assert set(names) == {sheet.name for sheet in book.sheets}
    assert all(len(name) <= 31 for name in names.values())
    path = tmp_path / "plain.xlsx"
    path.write_bytes(content)
    after = open_book(path, catalog, pool)
    assert isinstance(after, RawWorkbook)
    first, second = (row for row in after.sheets[0].rows[:2])
    assert first[:4] == [1, 2.5, True, "a"]
    assert str(first[5]).startswith("2021-05-31")
    assert first[6:9] == [PercentCell(1.05), CellError("#REF!"), 0]
    assert second[2:5] == ["(fórmula sin valor)", "=EXEC()", "1899-01-01"]
    assert len(str(second[5])) == 32_767
    assert after.sheets[1].hidden


def test_every_sheet_has_a_name_that_is_allowed_when_the_file_has_others() -> None:
    wanted = ["a" * 30 + "'b", "'", "Sheet2", "HOJA", "x\x01y", "sheet2"]
    content, names = plain_workbook(RawWorkbook(tuple(RawSheet(name, True, [["x"]]) for name in wanted)))
    assert list(names.values()) == ["a" * 30, "Hoja", "Sheet2", "HOJA (2)", "x_y", "sheet2 (2)"]
    book = openpyxl.load_workbook(io.BytesIO(content))
    assert book.active is book["Hoja (3)"], "the only one that somebody can see"
    assert [(sheet.title, sheet.sheet_state) for sheet in book] == [*((name, "hidden") for name in names.values()), ("Hoja (3)", "visible")]


def test_only_offending_rows_come_back_when_the_text_is_large(tmp_path: Path, feedback: MakeFeedback) -> None:
    path = tmp_path / "respuestas.csv"
    path.write_text("a;b\n" * 5_000, encoding="utf-8")
    rows = {("CSV", 40): (("Código del plan", "PIPC"), ("Ejecutado", "dos")), ("CSV", 4_000): (("Mes reportado", "ayer"),)}
    review = a_review(
        finding("number.invalid", "error", "E40", sheet="CSV"), finding("date.invalid", "error", "C4000", "month", sheet="CSV"),
        finding("row.ragged", "error", "Z40", "unknown", sheet="CSV"), rows=rows,
    )  # fmt: skip
    answer = feedback(path, review, bulk_bytes=10_000)
    book = opened(answer)
    assert (answer.form, book.sheetnames) == ("excerpt", ["Pendientes", "Filas señaladas"])
    page = book["Filas señaladas"]
    assert [cell.value for cell in page[1]] == ["Hoja", "Fila", "Código del plan", "Ejecutado", "Mes reportado"]
    assert [cell.value for cell in page[2]] == ["CSV", 40, "PIPC", "dos", None]
    assert set(colours(page)) == {"D2", "E3", "B2"}
    places = {line["Celda"]: line["link"] for line in pending_lines(book)}
    assert places == {"E40": "'Filas señaladas'!D2", "C4000": "'Filas señaladas'!E3", "Z40": "'Filas señaladas'!B2"}


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 no", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 no", b"%PDF-1.4"])
def test_list_comes_back_alone_when_the_file_cannot_be_read(content: bytes, tmp_path: Path, feedback: MakeFeedback) -> None:
    path = tmp_path / "dañado.xlsx"
    path.write_bytes(content)
    answer = feedback(path, a_review(finding("file.unreadable", "error", None, scope="file", sheet=None, column=None)))
    assert answer.form == "alone"
    assert [line["Celda"] for line in pending_lines(opened(answer))] == ["archivo"]
    assert io.BytesIO(answer.content).read(2) == b"PK"
