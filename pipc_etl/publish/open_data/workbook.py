"""The tables as one workbook for people: Spanish titles, a sheet per table, dates and numbers as Excel has them."""

from __future__ import annotations

import io
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from pipc_etl.contracts.periods import BOGOTA
from pipc_etl.publish.document import Document
from pipc_etl.publish.open_data.resource import FieldType, Resource

_WIDEST = 60
_NAME_LIMIT = 31
_FORMATS: dict[FieldType, dict[str, Any]] = {
    "date": {"num_format": "dd/mm/yyyy"},
    "datetime": {"num_format": "dd/mm/yyyy hh:mm"},
    "integer": {"num_format": "#,##0"},
    "number": {"num_format": "#,##0.00##"},
}


def write_workbook(document: Document, resources: list[Resource], path: Path) -> Path:
    """All `resources` in the workbook at `path`; the same document gives the same bytes."""
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True, "remove_timezone": True, "strings_to_formulas": False}) as book:
        book.set_properties(
            {
                "title": document.title,
                "author": document.entity_name,
                "subject": f"{document.number} · {document.period_label}",
                "created": document.address.known_at.astimezone(BOGOTA).replace(tzinfo=None, microsecond=0),
            }
        )
        header = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bg_color": "#DCE6F1", "border": 1})
        formats = {type_: book.add_format(given) for type_, given in _FORMATS.items()}
        for resource in resources:
            _write_sheet(book.add_worksheet(resource.title[:_NAME_LIMIT]), resource, header, formats)
    path.write_bytes(content.getvalue())
    return path


def _write_sheet(sheet: Worksheet, resource: Resource, header: Format, formats: dict[FieldType, Format]) -> None:
    for column, field in enumerate(resource.fields):
        sheet.write_string(0, column, field.title, header)
        longest = max([len(field.title) // 2, *(len(str(row[column])) for row in resource.rows[:200] if row[column] is not None)])
        sheet.set_column(column, column, min(_WIDEST, max(10, longest + 2)), formats.get(field.type))
    for number, row in enumerate(resource.rows, 1):
        for column, value in enumerate(row):
            _write_cell(sheet, number, column, value)
    sheet.freeze_panes(1, 0)
    if resource.rows:
        sheet.autofilter(0, 0, len(resource.rows), len(resource.fields) - 1)


def _write_cell(sheet: Worksheet, row: int, column: int, value: Any) -> None:
    match value:
        case None:
            return
        case bool():
            sheet.write_string(row, column, "Sí" if value else "No")
        case int() | Decimal():
            sheet.write_number(row, column, float(value))
        case datetime():
            sheet.write_datetime(row, column, value.astimezone(BOGOTA).replace(tzinfo=None))
        case date():
            sheet.write_datetime(row, column, datetime(value.year, value.month, value.day))
        case _:
            sheet.write_string(row, column, str(value))
