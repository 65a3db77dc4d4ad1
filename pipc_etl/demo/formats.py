"""A sheet in the formats that arrive beside .xlsx; the same sheet always gives the same bytes."""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import date, datetime, time

import xlwt
from odf.opendocument import OpenDocumentSpreadsheet
from odf.table import CoveredTableCell, Table, TableCell, TableRow
from odf.text import P

from pipc_etl.render.sheet import CellValue, Sheet

_FIXED_ZIP_TIME = (1980, 1, 1, 0, 0, 0)


def delimited_bytes(sheet: Sheet, *, delimiter: str = ",", encoding: str = "utf-8") -> bytes:
    """The sheet as text, one line per row, every cell as it is written."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=delimiter, lineterminator="\r\n")
    for row in sheet.rows:
        writer.writerow(["" if value is None else str(value) for value in row])
    return buffer.getvalue().encode(encoding)


def xls_bytes(sheet: Sheet) -> bytes:
    """The sheet as an Excel 97 workbook."""
    workbook = xlwt.Workbook(encoding="utf-8")
    worksheet = workbook.add_sheet(sheet.name)
    merged = {(merge.first_row, merge.first_column): merge for merge in sheet.merges}
    styles = [xlwt.easyxf(num_format_str=text) if text else xlwt.Style.default_style for text in sheet.formats]
    for number, row in enumerate(sheet.rows):
        for column, value in enumerate(row):
            style = styles[column] if number > sheet.header_row else xlwt.Style.default_style
            if merge := merged.get((number, column)):
                worksheet.write_merge(merge.first_row, merge.last_row, merge.first_column, merge.last_column, value, style)
            elif value is not None:
                worksheet.write(number, column, value, style)
    buffer = io.BytesIO()
    workbook.save(buffer)
    return buffer.getvalue()


def ods_bytes(sheet: Sheet) -> bytes:
    """The sheet as an OpenDocument spreadsheet, its archive rewritten with fixed times."""
    document = OpenDocumentSpreadsheet()
    table = Table(name=sheet.name)
    origins = {(merge.first_row, merge.first_column): merge for merge in sheet.merges}
    covered = {
        (row, column)
        for merge in sheet.merges
        for row in range(merge.first_row, merge.last_row + 1)
        for column in range(merge.first_column, merge.last_column + 1)
    } - set(origins)
    for number, row in enumerate(sheet.rows):
        line = TableRow()
        for column, value in enumerate(row):
            if (number, column) in covered:
                line.addElement(CoveredTableCell())
                continue
            spans = {}
            if merge := origins.get((number, column)):
                spans["numbercolumnsspanned"] = merge.last_column - merge.first_column + 1
                spans["numberrowsspanned"] = merge.last_row - merge.first_row + 1
            line.addElement(_ods_cell(value, spans))
        table.addElement(line)
    document.spreadsheet.addElement(table)
    buffer = io.BytesIO()
    document.write(buffer)
    return _with_fixed_times(buffer.getvalue())


def _ods_cell(value: CellValue, spans: dict[str, int]) -> TableCell:
    if value is None:
        return TableCell(**spans)
    if isinstance(value, datetime | date):
        cell = TableCell(valuetype="date", datevalue=value.isoformat(), **spans)
    elif isinstance(value, time):
        cell = TableCell(valuetype="time", timevalue=f"PT{value:%H}H{value:%M}M{value:%S}S", **spans)
    elif isinstance(value, int | float):
        cell = TableCell(valuetype="float", value=value, **spans)
    else:
        cell = TableCell(valuetype="string", **spans)
    cell.addElement(P(text=str(value)))
    return cell


def _with_fixed_times(archive: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as old, zipfile.ZipFile(buffer, "w") as new:
        for entry in old.infolist():
            info = zipfile.ZipInfo(entry.filename, _FIXED_ZIP_TIME)
            info.compress_type = zipfile.ZIP_STORED if entry.filename == "mimetype" else zipfile.ZIP_DEFLATED
            new.writestr(info, old.read(entry.filename))
    return buffer.getvalue()
