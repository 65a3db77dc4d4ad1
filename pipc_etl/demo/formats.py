"""A sheet in the formats that arrive beside .xlsx; the same sheet always gives the same bytes."""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import date, time
from xml.sax.saxutils import escape, quoteattr

import xlwt

from pipc_etl.render.sheet import CellValue, Merge, Sheet

_FIXED_ZIP_TIME = (1980, 1, 1, 0, 0, 0)
_ODS_TYPE = "application/vnd.oasis.opendocument.spreadsheet"
_ODF = "urn:oasis:names:tc:opendocument:xmlns"
_ODS_MANIFEST = (
    f'<?xml version="1.0" encoding="UTF-8"?>\n<manifest:manifest xmlns:manifest="{_ODF}:manifest:1.0" manifest:version="1.2">'
    f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{_ODS_TYPE}"/>'
    '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/></manifest:manifest>'
)
_ODS_START = (
    f'<?xml version="1.0" encoding="UTF-8"?>\n<office:document-content xmlns:office="{_ODF}:office:1.0" '
    f'xmlns:table="{_ODF}:table:1.0" xmlns:text="{_ODF}:text:1.0" office:version="1.2">'
)


def delimited_bytes(sheet: Sheet, *, delimiter: str = ",", encoding: str = "utf-8") -> bytes:
    """The sheet as text, one line per row, every cell as it is written."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=delimiter, lineterminator="\r\n")
    for row in sheet.rows:
        writer.writerow(["" if value is None else str(value) for value in row])
    text = buffer.getvalue()
    # The narrow blank of «10:00 a. m.» is in no code page: programs write the ordinary hard blank.
    return (text if encoding.startswith("utf") else text.replace("\u202f", "\u00a0")).encode(encoding)


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
    """The sheet as an OpenDocument spreadsheet; written out here because odfpy's bytes depend on what it wrote before."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in (("mimetype", _ODS_TYPE), ("META-INF/manifest.xml", _ODS_MANIFEST), ("content.xml", _ods_content(sheet))):
            info = zipfile.ZipInfo(name, _FIXED_ZIP_TIME)
            # The format wants its type first and uncompressed, so that it can be told from the first bytes.
            info.compress_type = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            archive.writestr(info, content)
    return buffer.getvalue()


def _ods_content(sheet: Sheet) -> str:
    origins = {(merge.first_row, merge.first_column): merge for merge in sheet.merges}
    covered = {
        (row, column)
        for merge in sheet.merges
        for row in range(merge.first_row, merge.last_row + 1)
        for column in range(merge.first_column, merge.last_column + 1)
    } - set(origins)
    lines = []
    for number, row in enumerate(sheet.rows):
        cells = [
            "<table:covered-table-cell/>" if (number, column) in covered else _ods_cell(value, origins.get((number, column)))
            for column, value in enumerate(row)
        ]
        lines.append(f"<table:table-row>{''.join(cells)}</table:table-row>")
    table = f"<table:table table:name={quoteattr(sheet.name)}>{''.join(lines)}</table:table>"
    return f"{_ODS_START}<office:body><office:spreadsheet>{table}</office:spreadsheet></office:body></office:document-content>"


def _ods_cell(value: CellValue, merge: Merge | None) -> str:
    spans = ""
    if merge:
        columns, rows = merge.last_column - merge.first_column + 1, merge.last_row - merge.first_row + 1
        spans = f' table:number-columns-spanned="{columns}" table:number-rows-spanned="{rows}"'
    if value is None:
        return f"<table:table-cell{spans}/>"
    if isinstance(value, date):
        typed = f'office:value-type="date" office:date-value="{value.isoformat()}"'
    elif isinstance(value, time):
        typed = f'office:value-type="time" office:time-value="PT{value:%H}H{value:%M}M{value:%S}S"'
    elif isinstance(value, int | float):
        typed = f'office:value-type="float" office:value="{value}"'
    else:
        typed = 'office:value-type="string"'
    return f"<table:table-cell {typed}{spans}><text:p>{escape(str(value))}</text:p></table:table-cell>"
