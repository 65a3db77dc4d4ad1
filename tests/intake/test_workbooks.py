"""Workbooks of the four formats, with everything that a spreadsheet can hold and hide, read at their cells."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
import xlsxwriter
import xlwt
from odf.opendocument import OpenDocumentSpreadsheet
from odf.style import Style, TableProperties
from odf.table import Table, TableCell, TableColumn, TableRow
from odf.text import P
from written_files import REPORT_HEADER, problems, report_row, rules, write_xlsx

from pipc_etl.contracts import Catalog
from pipc_etl.intake import Batch

Read = Callable[..., Batch]
COMMITMENT = ["Código del compromiso", "Fecha", "Compromiso", "¿A cargo?", "Estado", "% de avance", "Fecha de corte"]


def commitment_row(code: str, progress: object, on: object = "12/05/2021") -> list[object]:
    return [code, on, "Entregar el informe", "Sí", "En gestión", progress, "23/07/2021"]


def rewritten(old: Path, new: Path, changes: dict[str, str]) -> Path:
    """The workbook with pieces of its first sheet's XML replaced; each must be there."""
    with zipfile.ZipFile(old) as source, zipfile.ZipFile(new, "w") as target:
        for entry in source.infolist():
            data = source.read(entry)
            if entry.filename == "xl/worksheets/sheet1.xml":
                for before, after in changes.items():
                    assert before.encode() in data
                    data = data.replace(before.encode(), after.encode())
            target.writestr(entry, data)
    return new


def test_rows_are_typed_with_their_cells_when_the_workbook_is_plain(tmp_path: Path, read: Read) -> None:
    batch = read(
        write_xlsx(tmp_path / "a.xlsx", [REPORT_HEADER, report_row("GAB-01"), report_row("GAB-02", "sept.", 0, "N/A")], top=4, left=1)
    )
    assert len(batch.frame) == 2
    assert rules(batch) == []
    assert list(batch.frame["_row"]) == [6, 7]
    assert list(batch.frame["month"]) == [pd.Timestamp(2021, 5, 1), pd.Timestamp(2021, 9, 1)]
    assert list(batch.frame["programmed_qty"]) == [1, 0]
    assert batch.frame["executed_qty"].isna().tolist() == [False, True]
    assert list(batch.frame["_missing"]) == [{}, {"executed_qty": "not_applicable"}]
    assert batch.cell("Ejecución", 7, "executed_qty") == "F7"
    assert batch.cell("Ejecución", 7, "evidence") is None
    assert batch.original["executed_qty"].tolist() == ["1", "N/A"]
    types = {name: str(batch.frame[name].dtype) for name in ("plan_code", "month", "executed_qty")}
    assert types == {"plan_code": "string", "month": "datetime64[us]", "executed_qty": "Int64"}


def test_errors_and_formulas_are_findings_at_their_cells_when_xlsx(tmp_path: Path, read: Read) -> None:
    with xlsxwriter.Workbook(tmp_path / "a.xlsx") as book:
        page = book.add_worksheet("Ejecución")
        page.write_row(0, 0, REPORT_HEADER)
        for row, (executed, cached) in enumerate([("=1/0", "#DIV/0!"), ("=Z9", "#REF!"), ("=1+1", 2), ('=IF(1=1,"","x")', "")], 1):
            page.write_row(row, 0, report_row(f"A-{row}")[:4])
            page.write_formula(row, 4, executed, None, cached)
    # Excel marks an empty text that a formula gave as text; this writer does not.
    path = rewritten(tmp_path / "a.xlsx", tmp_path / "b.xlsx", {'<c r="E5">': '<c r="E5" t="str">'})
    batch = read(path)
    assert len(batch.frame) == 4
    assert problems(batch) == [("E2", "cell.error"), ("E3", "cell.error")]
    assert [found[0].text for found in batch.frame["_problems"] if found] == ["#DIV/0!", "#REF!"]
    assert batch.frame["executed_qty"].iloc[2] == 2
    assert pd.isna(batch.frame["executed_qty"].iloc[3])


def test_formula_without_result_is_a_finding_when_nobody_computed_it(tmp_path: Path, read: Read) -> None:
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    page.title = "Ejecución"
    page.append(REPORT_HEADER)
    page.append(report_row("A-1", executed="=1+1"))
    book.save(tmp_path / "a.xlsx")
    batch = read(tmp_path / "a.xlsx")
    assert len(batch.frame) == 1
    assert problems(batch) == [("E2", "cell.uncomputed")]


def test_hidden_rows_columns_and_sheets_are_reported_when_xlsx(tmp_path: Path, read: Read) -> None:
    with xlsxwriter.Workbook(tmp_path / "a.xlsx") as book:
        page = book.add_worksheet("Ejecución")
        for row, cells in enumerate([REPORT_HEADER, *(report_row(f"A-{number}") for number in range(5))]):
            page.write_row(row, 0, cells)
        for row in (2, 3, 5):
            page.set_row(row, None, None, {"hidden": True})
        page.set_column("D:D", None, None, {"hidden": True})
        for name, hide in (("Oculta", "hide"), ("Muy oculta", "very_hidden"), ("_listas", "hide")):
            other = book.add_worksheet(name)
            other.write(0, 0, "algo")
            getattr(other, hide)()
    batch = read(tmp_path / "a.xlsx")
    assert len(batch.frame) == 5
    assert rules(batch) == ["hidden.column", "hidden.rows", "hidden.sheet", "hidden.sheet"]
    found = {finding.rule: finding for finding in batch.findings}
    assert "3-4, 6" in found["hidden.rows"].message
    assert (found["hidden.column"].cell, found["hidden.column"].column) == ("D1", "programmed_qty")


def test_both_epochs_give_the_same_day_when_dates_are_cells_or_serials(tmp_path: Path, read: Read) -> None:
    for epoch, serial in ((False, 44439), (True, 42977)):
        path = tmp_path / f"{epoch}.xlsx"
        with xlsxwriter.Workbook(path, {"date_1904": epoch}) as book:
            page = book.add_worksheet("Compromisos")
            page.write_row(0, 0, COMMITMENT)
            page.write_row(1, 0, commitment_row("C-1", "50 %", None))
            page.write_datetime(1, 1, datetime(2021, 8, 31), book.add_format({"num_format": "dd/mm/yyyy"}))
            page.write_row(2, 0, commitment_row("C-2", "50 %", serial))
        batch = read(path, "commitment", "2021")
        assert problems(batch) == []
        assert list(batch.frame["acquired_on"]) == [pd.Timestamp(2021, 8, 31)] * 2, epoch


def test_percents_are_points_when_fraction_cells_or_text(tmp_path: Path, read: Read) -> None:
    with xlsxwriter.Workbook(tmp_path / "a.xlsx") as book:
        page = book.add_worksheet("Compromisos")
        page.write_row(0, 0, COMMITMENT)
        shown = [book.add_format({"num_format": code}) for code in ("0%", "0.0%", '0.0" %"')]
        for row, progress in enumerate([1.05, 0.987, 0.5, "98,7 %", 50, 0.5], 1):
            page.write_row(row, 0, commitment_row(f"C-{row}", None))
            page.write(row, 5, progress, shown[row - 1] if row <= 3 else None)
    batch = read(tmp_path / "a.xlsx", "commitment", "2021")
    assert batch.frame["progress_pct"].tolist()[:2] == [105.0, 98.7]
    assert batch.frame["progress_pct"].tolist()[3:5] == [98.7, 50.0]
    # A quoted percent sign only decorates: the number may be a fraction or points, like a bare 0,5.
    assert problems(batch) == [("F4", "percent.ambiguous"), ("F7", "percent.ambiguous")]
    assert batch.original["progress_pct"].tolist()[:2] == ["105 %", "98,7 %"]


def test_macros_are_ignored_and_said_when_xlsm(tmp_path: Path, read: Read) -> None:
    plain = write_xlsx(tmp_path / "a.xlsx", [REPORT_HEADER, report_row("A-1")])
    with zipfile.ZipFile(plain) as old, zipfile.ZipFile(tmp_path / "a.xlsm", "w") as new:
        for entry in old.infolist():
            new.writestr(entry, old.read(entry))
        new.writestr("xl/vbaProject.bin", b"\0" * 64)
    batch = read(tmp_path / "a.xlsm")
    assert len(batch.frame) == 1
    assert rules(batch) == ["file.macros_ignored"]


def test_xls_is_read_with_its_hidden_parts_errors_and_percents(tmp_path: Path, read: Read) -> None:
    book = xlwt.Workbook()
    page = book.add_sheet("Compromisos", cell_overwrite_ok=True)
    for row, cells in enumerate([COMMITMENT, *(commitment_row(f"C-{number}", None) for number in range(1, 6))]):
        for column, cell in enumerate(cells):
            if cell is not None:
                page.write(row, column, cell)
    percent = xlwt.easyxf(num_format_str="0.0%")
    page.write(1, 5, 1.05, percent)
    page.write(2, 5, 0.5)
    page.row(3).set_cell_error(5, "#DIV/0!")
    page.write(4, 5, 0.25, percent)
    page.write(4, 6, datetime(2021, 7, 23), xlwt.easyxf(num_format_str="DD/MM/YYYY"))
    page.row(4).hidden = True
    page.col(1).hidden = True
    book.add_sheet("Oculta").write(0, 0, "algo")
    book.get_sheet(1).visibility = 1
    book.save(str(tmp_path / "a.xls"))
    batch = read(tmp_path / "a.xls", "commitment", "2021")
    assert len(batch.frame) == 5
    assert batch.frame["progress_pct"].tolist()[0] == 105.0
    assert batch.frame["progress_pct"].tolist()[3] == 25.0
    assert batch.frame["status_cutoff"].iloc[3] == pd.Timestamp(2021, 7, 23)
    assert problems(batch) == [("F3", "percent.ambiguous"), ("F4", "cell.error")]
    assert rules(batch) == ["hidden.column", "hidden.rows", "hidden.sheet"]
    assert [finding.row for finding in batch.findings if finding.rule == "hidden.rows"] == [5]


def test_xls_dates_are_right_when_its_epoch_is_1904(tmp_path: Path, read: Read) -> None:
    book = xlwt.Workbook()
    book.dates_1904 = True
    page = book.add_sheet("Compromisos")
    for row, cells in enumerate([COMMITMENT, commitment_row("C-1", "5 %", 42977)]):
        for column, cell in enumerate(cells):
            page.write(row, column, cell)
    book.save(str(tmp_path / "a.xls"))
    batch = read(tmp_path / "a.xls", "commitment", "2021")
    assert list(batch.frame["acquired_on"]) == [pd.Timestamp(2021, 8, 31)]


def write_ods(path: Path) -> Path:
    document = OpenDocumentSpreadsheet()
    hidden_style = Style(name="oculta", family="table")
    hidden_style.addElement(TableProperties(display="false"))
    document.automaticstyles.addElement(hidden_style)
    table = Table(name="Compromisos")
    table.addElement(TableColumn(numbercolumnsrepeated=1))
    table.addElement(TableColumn(numbercolumnsrepeated=1, visibility="collapse"))
    rows = [
        COMMITMENT,
        commitment_row("C-1", "%:1.05"),
        commitment_row("C-2", "0,5"),
        commitment_row("C-3", "=#DIV/0!"),
        commitment_row("C-4", "="),
    ]
    for number, cells in enumerate(rows):
        line = TableRow(visibility="collapse") if number == 2 else TableRow()
        for cell in cells:
            text = str(cell)
            if text.startswith("%:"):
                item = TableCell(valuetype="percentage", value=text[2:])
            elif text.startswith("="):
                item = TableCell(formula="of:=1/0", valuetype="string", stringvalue="") if len(text) > 1 else TableCell(formula="of:=1+1")
            else:
                item = TableCell(valuetype="string")
            item.addElement(P(text=text.removeprefix("%:").removeprefix("=")))
            line.addElement(item)
        table.addElement(line)
    document.spreadsheet.addElement(table)
    other = Table(name="Oculta", stylename=hidden_style)
    line = TableRow()
    cell = TableCell(valuetype="string")
    cell.addElement(P(text="algo"))
    line.addElement(cell)
    other.addElement(line)
    document.spreadsheet.addElement(other)
    document.save(str(path))
    return path


def test_ods_is_read_with_its_hidden_parts_errors_and_percents(tmp_path: Path, read: Read) -> None:
    batch = read(write_ods(tmp_path / "a.ods"), "commitment", "2021")
    assert len(batch.frame) == 4
    assert batch.frame["progress_pct"].tolist()[:2] == [105.0, 0.5]
    assert problems(batch) == [("F4", "cell.error"), ("F5", "cell.uncomputed")]
    assert rules(batch) == ["hidden.column", "hidden.rows", "hidden.sheet"]


def test_content_decides_when_the_name_lies_about_the_format(tmp_path: Path, read: Read) -> None:
    plain = write_xlsx(tmp_path / "a.xlsx", [REPORT_HEADER, report_row("A-1")])
    for name in ("a.xls", "a.csv", "a.ods"):
        shutil.copy(plain, tmp_path / name)
        assert len(read(tmp_path / name).frame) == 1, name
    (tmp_path / "b.xlsx").write_text(";".join(REPORT_HEADER) + "\nPIPC;A-1;mayo;1;1\n", encoding="utf-8")
    assert len(read(tmp_path / "b.xlsx").frame) == 1


def test_sheet_is_chosen_by_name_then_by_header_when_there_are_several(tmp_path: Path, read: Read) -> None:
    def write(path: Path, sheets: dict[str, list[list[object]]]) -> Path:
        with xlsxwriter.Workbook(path) as book:
            for name, rows in sheets.items():
                page = book.add_worksheet(name)
                for number, row in enumerate(rows):
                    page.write_row(number, 0, row)
        return path

    other = [["Instrucciones"], ["Código del plan", "Mes reportado"], ["PIPC", "mayo"]]
    by_name = write(tmp_path / "a.xlsx", {"Antes": [REPORT_HEADER, report_row("OLD")], "REPORTE": [REPORT_HEADER, report_row("NEW")]})
    batch = read(by_name)
    assert batch.frame["activity_code"].tolist() == ["NEW"]
    assert rules(batch) == ["sheet.not_read"]
    by_header = write(tmp_path / "b.xlsx", {"Reporte": other, "Datos": [REPORT_HEADER, report_row("NEW")]})
    batch = read(by_header)
    assert batch.frame["activity_code"].tolist() == ["NEW"]
    assert batch.frame["_sheet"].tolist() == ["Datos"]
    assert rules(batch) == []


def test_totals_blanks_headers_and_signatures_are_left_out_visibly_when_among_the_rows(tmp_path: Path, read: Read) -> None:
    rows = [
        REPORT_HEADER,
        report_row("A-1"),
        [None] * 5,
        report_row("A-2"),
        REPORT_HEADER,
        ["Subtotal", None, None, 2, 2],
        report_row("A-3"),
        ["TOTAL", None, None, 3, 3],
        [None] * 5,
        ["Elaboró: Ana Rojas"],
        ["Nota: datos preliminares"],
    ]
    batch = read(write_xlsx(tmp_path / "a.xlsx", rows))
    assert batch.frame["activity_code"].tolist() == ["A-1", "A-2", "A-3"]
    assert batch.frame["_row"].tolist() == [2, 4, 7]
    assert problems(batch) == []
    skipped = sorted((finding.rule, finding.row) for finding in batch.findings)
    assert skipped == [
        ("rows.blank", 3),
        ("rows.closing", 10),
        ("rows.closing", 11),
        ("rows.repeated_header", 5),
        ("rows.total", 6),
        ("rows.total", 8),
    ]
    assert {finding.severity for finding in batch.findings} == {"info"}
    assert not any("Rojas" in finding.message for finding in batch.findings)


def test_real_total_activity_is_data_when_its_required_cells_are_filled(tmp_path: Path, read: Read) -> None:
    batch = read(write_xlsx(tmp_path / "a.xlsx", [REPORT_HEADER, ["Total", "A-1", "mayo", 1, 1]]))
    assert batch.frame["plan_code"].tolist() == ["Total"]


def test_plan_workbook_traps_are_reported_when_codes_and_numbers_became_dates(tmp_path: Path, read: Read) -> None:
    with xlsxwriter.Workbook(tmp_path / "a.xlsx") as book:
        page = book.add_worksheet("Ejecución")
        dated = book.add_format({"num_format": "dd/mm/yyyy"})
        page.write_row(0, 0, REPORT_HEADER)
        page.write_row(1, 0, report_row("A-1", programmed="según demanda", executed=None))
        page.write_datetime(1, 4, datetime(2024, 3, 1), dated)
        page.write_row(2, 0, report_row("x", executed="x"))
        page.write_datetime(2, 1, datetime(2024, 3, 1), dated)
        page.write_row(3, 0, report_row("A-3", executed=None))
        page.write_formula(3, 4, '=IFERROR(__xludf.DUMMYFUNCTION("SUM(A1)"),4)', None, 4)
    batch = read(tmp_path / "a.xlsx")
    assert problems(batch) == [("D2", "number.invalid"), ("E2", "number.became_date"), ("B3", "text.became_date"), ("E3", "number.mark")]
    assert batch.frame["executed_qty"].tolist()[2] == 4


@pytest.mark.parametrize("cell", [date(2021, 8, 31), "31/08/2021", 44439])
def test_dates_agree_when_the_cell_is_date_text_or_serial(tmp_path: Path, read: Read, cell: object) -> None:
    with xlsxwriter.Workbook(tmp_path / "a.xlsx", {"default_date_format": "dd/mm/yyyy"}) as book:
        page = book.add_worksheet("Ejecución")
        page.write_row(0, 0, [*REPORT_HEADER, "Fecha de la evidencia"])
        page.write_row(1, 0, [*report_row("A-1"), cell])
    assert read(tmp_path / "a.xlsx").frame["evidence_on"].tolist() == [pd.Timestamp(2021, 8, 31)]


def test_examples_of_every_contract_read_back_without_findings_when_written_under_its_titles(
    tmp_path: Path, read: Read, catalog: Catalog
) -> None:
    assert len(catalog.contracts) >= 9
    for kind, contract in catalog.contracts.items():
        rows = [
            [column.title for column in contract.columns],
            [column.examples[0] if column.examples else None for column in contract.columns],
        ]
        batch = read(write_xlsx(tmp_path / f"{kind}.xlsx", rows, contract.sheet_names[0]), kind, "2021-M05")
        assert (kind, len(batch.frame), rules(batch), problems(batch)) == (kind, 1, [], [])
        lacking = [column.name for column in contract.columns if column.examples and pd.isna(batch.frame[column.name].iloc[0]) is True]
        assert lacking == [], kind
