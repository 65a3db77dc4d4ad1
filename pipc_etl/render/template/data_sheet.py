"""The sheet that is filled in: letterhead, header with notes, rows filled in already, rows to add, checks, lock and print layout."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from xlsxwriter.utility import xl_rowcol_to_cell

from pipc_etl.contracts import Catalog, Column
from pipc_etl.render.sheet import CellValue, Style, cell_value
from pipc_etl.render.template.checks import validation_of
from pipc_etl.render.template.formats import ANSWER, INK, MISSING, Formats, width_of
from pipc_etl.render.template.lists import MISSING as MISSING_LIST
from pipc_etl.render.template.model import Line, Template
from pipc_etl.render.template.texts import (
    OPTIONAL,
    REQUIRED,
    YES_NO,
    day_words,
    example_words,
    lines_in,
    note_words,
    options_of,
    period_words,
)

_TYPED = Style()
# Drawn rows to write in; below them every column goes on unlocked, formatted and checked.
_FREE_ROWS_AFTER_LINES, _FREE_ROWS_ALONE = 12, 40
_CHECKED_ROWS = 3000
_LINE_HEIGHT = 13.5
_LABEL_WIDTH = 30
_DECLARATION_HINT = "← Si no hubo nada que reportar, elija Sí y entregue. Si hizo algo, déjela vacía."
_LETTER, _LEGAL = 1, 5  # paper sizes
_WIDE_FROM = 13  # columns from which the wider paper is asked for
_LEGEND = (
    "Encabezado oscuro: dato obligatorio. Celda gris: ya viene llena y no se cambia. Celda amarilla: falta un dato obligatorio. "
    "Detenga el cursor sobre un encabezado y verá qué va en su columna."
)


class DataSheet:
    """Writes one template's data sheet; rows and columns count from 0."""

    def __init__(self, sheet: Any, formats: Formats, template: Template, catalog: Catalog, lists: Mapping[str, str]) -> None:
        self.sheet, self.formats, self.template, self.catalog, self.lists = sheet, formats, template, catalog, lists
        self.columns = template.columns
        self.widths = [width_of(column) for column in self.columns]
        self.letterhead = letterhead(template)
        declares = template.contract.empty_declaration if template.asks_whether_empty else None
        self.declaration_row = len(self.letterhead) if declares else None
        # A blank row: whatever stands right above a header could be read as a part of it.
        self.marker_row = len(self.letterhead) + (2 if declares else 1)
        self.header_row = self.marker_row + 1
        self.first_row = self.header_row + 1

    def write(self) -> None:
        self._write_columns()
        self._write_letterhead()
        self._write_header()
        self._write_lines()
        self._write_free_rows()
        self._write_checks()
        self._finish()

    def _write_columns(self) -> None:
        for place, (column, width) in enumerate(zip(self.columns, self.widths, strict=True)):
            self.sheet.set_column(place, place, width, self.formats.free(column))

    def _write_letterhead(self) -> None:
        last = len(self.columns) - 1
        for row, text in enumerate(self.letterhead):
            size: dict[str, object] = {"bold": True, "font_size": 14, "font_color": INK} if row == 0 else {"font_color": INK}
            if row == len(self.letterhead) - 1:
                size = {"italic": True, "font_size": 9, "font_color": INK}
            # The whole row is locked: nobody types a datum where it would not be read.
            self.sheet.set_row(row, 21 if row == 0 else 15, self.formats.of(locked=True))
            self.sheet.write_string(row, 0, text, self.formats.of(**size))
        for row in range(len(self.letterhead), self.header_row):
            self.sheet.set_row(row, None, self.formats.of(locked=True))
        if self.declaration_row is not None and last > 0:
            self._write_declaration(self.declaration_row)

    def _write_declaration(self, row: int) -> None:
        """The question and, in the next cell, its answer: one click where there was nothing to do."""
        question = str(self.template.contract.empty_declaration)
        width, label_end = self.widths[0], 0
        while width < _LABEL_WIDTH and label_end < len(self.columns) - 2:
            label_end += 1
            width += self.widths[label_end]
        style = self.formats.of(bold=True, bg_color=ANSWER, border=2, valign="vcenter")
        if label_end:
            self.sheet.merge_range(row, 0, row, label_end, question, style)
        else:
            self.sheet.write_string(row, 0, question, style)
        answer = self.formats.of(bold=True, bg_color=ANSWER, border=2, locked=False, align="center", valign="vcenter")
        self.sheet.write_blank(row, label_end + 1, None, answer)
        if label_end + 2 < len(self.columns):
            self.sheet.write_string(row, label_end + 2, _DECLARATION_HINT, self.formats.of(italic=True, font_color=INK, valign="vcenter"))
        self.sheet.set_row(row, 22, self.formats.of(locked=True))
        self.sheet.data_validation(
            row,
            label_end + 1,
            row,
            label_end + 1,
            {
                "validate": "list",
                "source": [YES_NO[0]],
                "input_title": "Si no hubo actividades",
                "input_message": "Elija Sí, guarde y entregue el libro así. Si hizo algo, deje esta celda vacía y escríbalo abajo.",
                "error_title": "Revise el dato",
                "error_message": "Elija Sí de la lista, o deje la celda vacía.",
            },
        )

    def _write_header(self) -> None:
        self.sheet.set_row(self.marker_row, 13, self.formats.of(locked=True))
        self.sheet.set_row(self.header_row, 48, self.formats.of(locked=True))
        for place, column in enumerate(self.columns):
            options = options_of(column, self.catalog, self.template.period)
            self.sheet.write_string(self.marker_row, place, REQUIRED if column.required else OPTIONAL, self.formats.marker(column))
            self.sheet.write_string(self.header_row, place, column.title, self.formats.header(column))
            note = note_words(column, options, example_words(column, self.catalog))
            height = 18 * (2 + sum(1 + len(line) // 44 for line in note.splitlines()))
            self.sheet.write_comment(self.header_row, place, note, {"author": "PIPC", "width": 320, "height": height, "font_size": 9})

    def _write_lines(self) -> None:
        for number, line in enumerate(self.template.lines):
            row = self.first_row + number
            self.sheet.set_row(row, _LINE_HEIGHT * self._lines_of(line))
            for place, column in enumerate(self.columns):
                style = self.formats.data(column, locked=column.name in line.locked)
                if number and column.name in self.template.repeated:
                    above = xl_rowcol_to_cell(self.first_row, place, row_abs=True)
                    first = self._shown(self.template.lines[0], column)
                    self._write_formula(row, place, f'=IF({above}="","",{above})', style, first)
                elif column.name in self.template.totals:
                    self._write_total(row, place, column, line, style)
                else:
                    self._write_value(row, place, self._shown(line, column), style)

    def _lines_of(self, line: Line) -> int:
        """How many lines of text the fullest cell of a row takes."""
        texts = (self._shown(line, column) for column in self.columns)
        return max(lines_in(text, width) if isinstance(text, str) else 1 for text, width in zip(texts, self.widths, strict=True))

    def _write_total(self, row: int, place: int, column: Column, line: Line, style: Any) -> None:
        summed = self.template.totals[column.name]
        places = [number for number, other in enumerate(self.columns) if other.name in summed]
        cells = f"{xl_rowcol_to_cell(row, places[0])}:{xl_rowcol_to_cell(row, places[-1])}"
        quantities = [line.values.get(name) for name in summed]
        total = sum(int(quantity) for quantity in quantities if isinstance(quantity, int | float))
        self._write_formula(row, place, f"=SUM({cells})", style, total)

    def _write_formula(self, row: int, place: int, formula: str, style: Any, result: CellValue) -> None:
        """With its result: a program that does not compute must find the value too."""
        shown: object = "" if result is None else result
        if isinstance(shown, datetime | date):
            shown = (datetime(shown.year, shown.month, shown.day) - datetime(1899, 12, 30)).days
        self.sheet.write_formula(row, place, formula, style, shown)

    def _shown(self, line: Line, column: Column) -> CellValue:
        value = line.values.get(column.name)
        if isinstance(value, Decimal):
            value = int(value) if value == int(value) else float(value)
        codelist = self.catalog.codelists[column.codelist] if column.codelist else None
        shown = cell_value(column, codelist, value, _TYPED)
        # A cell of percents holds a fraction: 50 % is 0,5.
        return shown / 100 if column.percent and isinstance(shown, int | float) else shown

    def _write_value(self, row: int, place: int, value: CellValue, style: Any) -> None:
        if value is None:
            self.sheet.write_blank(row, place, None, style)
        elif isinstance(value, date | datetime | time):
            self.sheet.write_datetime(row, place, value, style)
        elif isinstance(value, str):
            # As text: what begins with = in a plan is a name, never a formula.
            self.sheet.write_string(row, place, value, style)
        else:
            self.sheet.write_number(row, place, value, style)

    def _write_free_rows(self) -> None:
        first = self.first_row + len(self.template.lines)
        for row in range(first, first + (_FREE_ROWS_AFTER_LINES if self.template.lines else _FREE_ROWS_ALONE)):
            for place, column in enumerate(self.columns):
                self.sheet.write_blank(row, place, None, self.formats.data(column, locked=column.name in self.template.closed))

    def _write_checks(self) -> None:
        last_row = self.first_row + _CHECKED_ROWS
        first_cell = xl_rowcol_to_cell(self.first_row, 0, col_abs=True)
        row_cells = f"{first_cell}:{xl_rowcol_to_cell(self.first_row, len(self.columns) - 1, col_abs=True)}"
        amber = self.formats.of(bg_color=MISSING)
        for place, column in enumerate(self.columns):
            cell = xl_rowcol_to_cell(self.first_row, place)
            options = options_of(column, self.catalog, self.template.period)
            check = validation_of(column, cell, self.lists.get(column.name), options, self.lists[MISSING_LIST])
            if check is not None:
                self.sheet.data_validation(self.first_row, place, last_row, place, check)
            if column.required:
                rule = {"type": "formula", "criteria": f'=AND(COUNTA({row_cells})>0,{cell}="")', "format": amber}
                self.sheet.conditional_format(self.first_row, place, last_row, place, rule)

    def _finish(self) -> None:
        fixed = 0
        while fixed < min(2, len(self.columns)) and self.columns[fixed].primary_key:
            fixed += 1
        self.sheet.freeze_panes(self.first_row, fixed)
        self.sheet.protect("", {"format_columns": True, "format_rows": True, "format_cells": True, "objects": True})
        set_page(self.sheet, str(self.template.fingerprint), wide=len(self.columns) >= _WIDE_FROM)
        self.sheet.repeat_rows(self.header_row)
        self.sheet.set_selection(self.first_row, self._first_typed(), self.first_row, self._first_typed())

    def _first_typed(self) -> int:
        """The first column of the first line that is still to be written."""
        if not self.template.lines:
            return 0
        line = self.template.lines[0]
        places = (place for place, column in enumerate(self.columns) if column.name not in line.locked and not line.values.get(column.name))
        return next(places, 0)


def letterhead(template: Template) -> Sequence[str]:
    """What stands above the header: what it is, whose, for when, and how to read the colours."""
    lines = [template.contract.title]
    if template.addressee:
        who = template.addressee
        lines.append(" · ".join(filter(None, (who.entity_name or who.entity_code, who.dependency))))
    about = []
    if template.period:
        about.append(f"Período: {period_words(template.period)}")
    if template.due_on:
        about.append(f"Se entrega a más tardar el {day_words(template.due_on)}")
    if template.plan:
        # A new version of the plan is made from the one in force.
        is_plan = any(column.name == "plan_version" for column in template.columns)
        about.append(f"{'Parte del plan' if is_plan else 'Plan'} {template.plan.plan_code}, versión {template.plan.version}")
    if about:
        lines.append(" · ".join(about))
    return [*lines, _LEGEND]


def set_page(sheet: Any, fingerprint: str, *, wide: bool) -> None:
    """Landscape, as wide as the page, footer with the fingerprint and page numbers."""
    sheet.set_landscape()
    sheet.set_paper(_LEGAL if wide else _LETTER)
    sheet.fit_to_pages(1, 0)
    sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
    sheet.set_footer(f"&L&8{fingerprint.replace('&', '&&')}&R&8Página &P de &N")
