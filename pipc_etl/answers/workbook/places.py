"""Cells, ranges and links, as a sheet counts them; rows and columns from 0."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache

from pipc_etl.intake.cells import letter

_RANGE = re.compile(r"\$?([A-Z]{1,3})\$?(\d{1,7})(?::\$?([A-Z]{1,3})\$?(\d{1,7}))?")
_LAST_ROW, _LAST_COLUMN = 1_048_575, 16_383

Cell = tuple[int, int]  # row, column


@dataclass(frozen=True)
class Box:
    """A rectangle of cells, its edges included."""

    top: int
    left: int
    bottom: int
    right: int

    @property
    def first(self) -> Cell:
        return self.top, self.left

    def __str__(self) -> str:
        first, last = address(self.top, self.left), address(self.bottom, self.right)
        return first if first == last else f"{first}:{last}"


_letter = cache(letter)


def address(row: int, column: int) -> str:
    return f"{_letter(column)}{row + 1}"


@lru_cache(maxsize=20_000)
def boxes(text: str | None) -> tuple[Box, ...]:
    """The rectangles in a finding's `cell` (`F12`, or `A2:A5, B7, …`); what is no address of a sheet is left out."""
    found = []
    for match in _RANGE.finditer(text or ""):
        top, left = int(match[2]) - 1, column_number(match[1])
        bottom, right = (int(match[4]) - 1, column_number(match[3])) if match[3] else (top, left)
        box = Box(min(top, bottom), min(left, right), max(top, bottom), max(left, right))
        if box.top >= 0 and box.bottom <= _LAST_ROW and box.right <= _LAST_COLUMN:
            found.append(box)
    return tuple(found)


def column_number(letters: str) -> int:
    number = 0
    for character in letters:
        number = number * 26 + ord(character) - 64
    return number - 1


def ranges(marked: Iterable[Box]) -> Iterator[str]:
    """The rectangles as a sheet writes them; single cells that stand one below the other become one range."""
    columns: dict[int, set[int]] = defaultdict(set)
    for box in marked:
        if box.top == box.bottom and box.left == box.right:
            columns[box.left].add(box.top)
        else:
            yield str(box)
    for column, rows in sorted(columns.items()):
        first = last = -1
        for row in sorted(rows):
            if row != last + 1 or first < 0:
                if first >= 0:
                    yield str(Box(first, column, last, column))
                first = row
            last = row
        yield str(Box(first, column, last, column))


def link(sheet: str, box: Box) -> str:
    """The place in a workbook to which a link leads."""
    quoted = sheet.replace("'", "''")
    return f"'{quoted}'!{box}"
