"""A plain .xlsx with the sheets of a file that came in another format: the same values at the same addresses."""

from __future__ import annotations

import io
import math
import re
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta

import xlsxwriter
from xlsxwriter.exceptions import OverlappingRange

from pipc_etl.answers.review import Review
from pipc_etl.answers.workbook.markup import is_dangerous
from pipc_etl.intake.cells import CellError, PercentCell, RawSheet, RawWorkbook, letter, text_of

FIXED_INSTANT = datetime(2020, 1, 1)
MOST_ROWS, MOST_COLUMNS = 1_048_576, 16_384
EXCERPT = "Filas señaladas"
_LONGEST_TEXT = 32_767
_LONGEST_NAME = 31
_NOT_IN_NAMES = re.compile(r"[\[\]:*?/\\\x00-\x1f]")
_ERRORS = frozenset({"#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!"})
_FIRST_DAY = date(1900, 3, 1)  # before it, spreadsheets count a day that never was
_EXACT_INTEGER = 2**53
_WIDTHS, _ROWS_LOOKED_AT = (9, 48), 300


def fits(book: RawWorkbook) -> bool:
    """Whether a workbook can hold all of it."""
    return all(len(sheet.rows) <= MOST_ROWS and max(map(len, sheet.rows), default=0) <= MOST_COLUMNS for sheet in book.sheets)


def plain_workbook(book: RawWorkbook) -> tuple[bytes, dict[str, str]]:
    """The .xlsx, and what each sheet is called in it (some names are not allowed there)."""
    buffer = io.BytesIO()
    names = _sheet_names([sheet.name for sheet in book.sheets])
    writer = _Writer(xlsxwriter.Workbook(buffer, {"in_memory": True, "date_1904": bool(book.epoch_1904), "strings_to_urls": False}))
    writer.book.set_properties({"created": FIXED_INSTANT})
    for name, text in book.properties.items():
        writer.book.set_custom_property(name, text, "text")
    for sheet in book.sheets:
        writer.sheet(sheet, names[sheet.name])
    if all(sheet.hidden for sheet in book.sheets):
        writer.book.add_worksheet(_free_name("Hoja", names.values()))
    # Else the writer shows the first sheet, hidden or not, and what its sender does not hand in would be read.
    next(page for page in writer.book.worksheets() if not page.hidden).activate()
    writer.book.close()
    return buffer.getvalue(), names


def empty_workbook() -> bytes:
    """A workbook with one empty sheet, for an answer that carries nothing of the file."""
    return plain_workbook(RawWorkbook((RawSheet("Hoja1", False, []),)))[0]


def excerpt(review: Review) -> tuple[RawSheet, dict[tuple[str, int, str], tuple[int, int]]]:
    """The rows of `review` as a sheet, and where each cell stands in it: (sheet, row from 1, column's header) -> position; "" the row."""
    titles = list(dict.fromkeys(title for content in review.rows.values() for title, _ in content))
    rows: list[list[object]] = [["Hoja", "Fila", *titles]]
    places: dict[tuple[str, int, str], tuple[int, int]] = {}
    for (sheet, row), content in sorted(review.rows.items()):
        texts = dict(content)
        places |= {(sheet, row, title): (len(rows), 2 + at) for at, title in enumerate(titles)}
        places[sheet, row, ""] = (len(rows), 1)
        rows.append([sheet, row, *(texts.get(title) for title in titles)])
    return RawSheet(EXCERPT, False, rows, is_delimited=True), places


class _Writer:
    """Values into cells, each as what it is."""

    def __init__(self, book: xlsxwriter.Workbook) -> None:
        self.book = book
        self._quoted = book.add_format({"quote_prefix": True})
        formats = {"date": "dd/mm/yyyy", "moment": "dd/mm/yyyy hh:mm:ss", "time": "hh:mm", "span": "[hh]:mm:ss", "percent": "0.####%"}
        self._formats = {name: book.add_format({"num_format": code}) for name, code in formats.items()}

    def sheet(self, sheet: RawSheet, name: str) -> None:
        """Add the sheet; hidden ones, rows and columns stay hidden."""
        page = self.book.add_worksheet(name)
        if sheet.hidden:
            page.hide()
        for top, left, bottom, right in sheet.merged or ():
            if (top, left) != (bottom, right):
                try:
                    page.merge_range(top, left, bottom, right, "")
                except OverlappingRange:
                    continue  # the file contradicts itself: the first one counts
        for row, cells in enumerate(sheet.rows):
            for column, value in enumerate(cells):
                if value is not None and value != "":
                    self._write(page, row, column, value)
        hidden = set(sheet.hidden_columns)
        for column, width in enumerate(_widths(sheet)):
            page.set_column(column, column, width, None, {"hidden": column in hidden})
        for row in sheet.hidden_rows:
            page.set_row(row, None, None, {"hidden": True})
        if sheet.is_delimited and sheet.rows:
            # Text stays text, as it came; the program need not complain in every cell.
            page.ignore_errors({"number_stored_as_text": f"A1:{letter(max(map(len, sheet.rows)) or 1)}{len(sheet.rows)}"})

    def _write(self, page: xlsxwriter.worksheet.Worksheet, row: int, column: int, value: object) -> None:
        match value:
            case bool():
                page.write_boolean(row, column, value)
            case int() | float() if math.isfinite(value) and abs(value) < _EXACT_INTEGER:
                page.write_number(row, column, value)
            case PercentCell(fraction) if math.isfinite(fraction):
                page.write_number(row, column, fraction, self._formats["percent"])
            case CellError(text) if text in _ERRORS:
                page.write_formula(row, column, f"={text}", None, text)
            case date() if (value.date() if isinstance(value, datetime) else value) >= _FIRST_DAY:
                has_time = isinstance(value, datetime) and value.time() != time()
                page.write_datetime(row, column, _naive(value), self._formats["moment" if has_time else "date"])
            case time():
                page.write_datetime(row, column, value.replace(tzinfo=None), self._formats["time"])
            case timedelta() if value >= timedelta():
                page.write_number(row, column, value / timedelta(days=1), self._formats["span"])
            case _:
                text = text_of(value)[:_LONGEST_TEXT]
                page.write_string(row, column, text, self._quoted if is_dangerous(text) else None)


def _naive(value: date) -> date:
    return value.replace(tzinfo=None) if isinstance(value, datetime) else value


def _sheet_names(names: Iterable[str]) -> dict[str, str]:
    """Names that Excel takes, each once."""
    chosen: dict[str, str] = {}
    for name in names:
        base = _NOT_IN_NAMES.sub("_", name).strip("'")[:_LONGEST_NAME].rstrip("'")
        chosen[name] = _free_name(base or "Hoja", chosen.values())
    return chosen


def _free_name(base: str, taken: Iterable[str]) -> str:
    folded = {name.casefold() for name in taken}
    numbered = (base, *(f"{base[: _LONGEST_NAME - 6]} ({number})" for number in range(2, 1_000)))
    return next(name for name in numbered if name.casefold() not in folded)


def _widths(sheet: RawSheet) -> list[int]:
    """A readable width for each column, from its first rows; a text in a merged cell says nothing of its column."""
    spread = {(top, left) for top, left, _, right in sheet.merged or () if right > left}
    longest: list[int] = []
    for row, cells in enumerate(sheet.rows[:_ROWS_LOOKED_AT]):
        longest.extend([0] * (len(cells) - len(longest)))
        for column, value in enumerate(cells):
            if (row, column) not in spread:
                longest[column] = max(longest[column], len(text_of(value)))
    return [min(max(length + 2, _WIDTHS[0]), _WIDTHS[1]) for length in longest[:MOST_COLUMNS]]
