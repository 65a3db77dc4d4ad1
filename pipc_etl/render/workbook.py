"""Sheets to the bytes of an Excel workbook; the same sheets always give the same bytes."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import date, datetime, time

import xlsxwriter

from pipc_etl.render.sheet import Sheet

FIXED_INSTANT = datetime(2020, 1, 1)
_WIDTHS = (8, 48)


def workbook_bytes(sheets: Sequence[Sheet], *, title: str = "", comments: str = "") -> bytes:
    """An .xlsx with one worksheet per sheet, header frozen and filtered, dates as real dates."""
    buffer = io.BytesIO()
    workbook = xlsxwriter.Workbook(buffer, {"in_memory": True})
    # The moment of writing would change the bytes, and with them the identity of the file.
    workbook.set_properties({"title": title, "comments": comments, "created": FIXED_INSTANT})
    for sheet in sheets:
        _write(workbook, sheet)
    workbook.close()
    return buffer.getvalue()


def column_widths(sheet: Sheet) -> list[int]:
    """A readable width in characters for each column, from its header and its data."""
    widths = []
    for number in range(len(sheet.formats)):
        longest = max((len(str(row[number])) for row in sheet.rows[sheet.header_row :] if row[number] is not None), default=0)
        widths.append(min(max(longest + 2, _WIDTHS[0]), _WIDTHS[1]))
    return widths


def _write(workbook: xlsxwriter.Workbook, sheet: Sheet) -> None:
    worksheet = workbook.add_worksheet(sheet.name)
    heading = workbook.add_format({"bold": True, "text_wrap": True, "valign": "vcenter", "border": 1, "bg_color": "#E8EEF7"})
    letterhead = workbook.add_format({"bold": True, "align": "center", "valign": "vcenter"})
    wrapped = workbook.add_format({"text_wrap": True, "valign": "top"})
    dated = [workbook.add_format({"num_format": text, "valign": "top"}) if text else wrapped for text in sheet.formats]
    merged_header_rows = {merge.first_row for merge in sheet.merges if merge.first_row < merge.last_row}
    first_header = min(merged_header_rows, default=sheet.header_row)
    for number, row in enumerate(sheet.rows):
        for column, value in enumerate(row):
            if value is None:
                continue
            above = heading if number >= first_header else letterhead
            style = above if number <= sheet.header_row else dated[column]
            if isinstance(value, date | datetime | time):
                worksheet.write_datetime(number, column, value, style)
            elif isinstance(value, str):
                worksheet.write_string(number, column, value, style)
            else:
                worksheet.write_number(number, column, value, style)
    for merge in sheet.merges:
        shown = sheet.rows[merge.first_row][merge.first_column]
        style = heading if merge.first_row >= first_header else letterhead
        worksheet.merge_range(merge.first_row, merge.first_column, merge.last_row, merge.last_column, shown, style)
    for column, width in enumerate(column_widths(sheet)):
        worksheet.set_column(column, column, width)
    worksheet.freeze_panes(sheet.header_row + 1, 0)
    if len(sheet.rows) > sheet.header_row + 1:
        worksheet.autofilter(sheet.header_row, 0, len(sheet.rows) - 1, len(sheet.formats) - 1)
