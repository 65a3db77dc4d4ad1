"""Cell formats of a template, made once each: a workbook with a format a cell grows without end."""

from __future__ import annotations

from typing import Any

from pipc_etl.contracts import Column

INK, PAPER = "#1F2A44", "#FFFFFF"
REQUIRED_HEADER, OPTIONAL_HEADER, LOCKED, MISSING, ANSWER = "#1F3864", "#D6DFEE", "#E7E6E6", "#FFE699", "#FFF8DC"
_BORDER = "#A6A6A6"
_WIDTHS = {"integer": 9, "number": 9, "boolean": 9, "date": 11, "timestamp": 16, "time": 9, "month": 16}
_CODE_LENGTH = 60  # texts up to this long are codes or numbers of documents: kept as text, so that 1.3 never becomes a date
# The language is written into the format: a month is Spanish whatever the program speaks.
_NUMBER_FORMATS = {
    "integer": "0",
    "date": "dd/mm/yyyy",
    "timestamp": "dd/mm/yyyy h:mm",
    "month": "[$-240A]mmmm yyyy",
    "time": "hh:mm",
}


def number_format(column: Column) -> str:
    """The Excel number format of a column's cells."""
    if column.percent:
        return "0.0%"
    if column.type == "string" and not column.codelist and (column.pattern or (column.max_length or _CODE_LENGTH + 1) <= _CODE_LENGTH):
        return "@"
    return _NUMBER_FORMATS.get(column.type, "General")


def width_of(column: Column) -> int:
    """A readable width in characters, from what the column holds and the longest word of its header."""
    longest_word = max(map(len, column.title.split())) + 2
    if column.codelist or column.type == "string":
        length = 200 if column.codelist else column.max_length or 40
        room = 13 if column.pattern or length <= _CODE_LENGTH else 18 if length <= 200 else 26
    else:
        room = _WIDTHS[column.type]
    return max(room, longest_word)


class Formats:
    """The formats of one workbook, by what they look like."""

    def __init__(self, workbook: Any) -> None:
        self._workbook = workbook
        self._made: dict[tuple[tuple[str, object], ...], Any] = {}

    def of(self, **properties: object) -> Any:
        """The format with these xlsxwriter properties."""
        key = tuple(sorted(properties.items()))
        if key not in self._made:
            self._made[key] = self._workbook.add_format({"font_name": "Calibri", "font_size": 10, "valign": "top", **properties})
        return self._made[key]

    def free(self, column: Column) -> Any:
        """Of the cells below the drawn rows: unlocked, nothing to print."""
        return self.of(locked=False, num_format=number_format(column))

    def data(self, column: Column, *, locked: bool = False, strong: bool = False) -> Any:
        """Of a drawn cell: bordered, wrapped; grey where it is locked."""
        shown: dict[str, object] = {"bg_color": LOCKED} if locked else {}
        if strong:
            shown["bold"] = True
        return self.of(locked=locked, num_format=number_format(column), border=1, border_color=_BORDER, text_wrap=True, **shown)

    def header(self, column: Column) -> Any:
        """Dark where the column is required, light where it is optional."""
        colours = (
            {"bg_color": REQUIRED_HEADER, "font_color": PAPER} if column.required else {"bg_color": OPTIONAL_HEADER, "font_color": INK}
        )
        return self.of(bold=True, text_wrap=True, border=1, border_color=_BORDER, valign="vcenter", align="center", **colours)

    def marker(self, column: Column) -> Any:
        """Of the word above a header."""
        return self.of(italic=not column.required, bold=column.required, font_size=8, align="center", font_color=INK)
