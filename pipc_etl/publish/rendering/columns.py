"""How wide the columns of a table are, from what stands in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from pipc_etl.publish.document import Column

# The mean letter's width in parts of its height.
_LETTER: Final = 0.56
# Texts up to so many letters stay on one line (dates); a column of up to so few needs no share of the rest.
_BRIEF: Final = 24
_NARROW: Final = 14
# A table whose longest cells, side by side, are not more letters than this is drawn as narrow as it is.
_SLIM: Final = 52
Cells = Sequence[Sequence[str]]


@dataclass(frozen=True)
class ColumnView:
    """`ems` is the width of a column that `is_narrow`, in letters; `share` is what any other wants of the rest.

    `is_brief` where its texts stay on one line.
    """

    label: str
    is_number: bool
    is_narrow: bool
    ems: float
    share: int
    is_brief: bool


def columns_of(columns: Sequence[Column], rows: Cells) -> tuple[ColumnView, ...]:
    """A column of numbers, or of a few letters, is as wide as its longest number or word; texts share the rest by how much they say."""
    return tuple(_column(column, place, [row[place] for row in rows]) for place, column in enumerate(columns))


def is_slim(columns: Sequence[Column], rows: Cells) -> bool:
    """Whether the table needs no whole line."""
    return sum(max(max((len(row[place]) for row in rows), default=0), len(each.label) * 0.6) for place, each in enumerate(columns)) <= _SLIM


def _column(column: Column, place: int, cells: Sequence[str]) -> ColumnView:
    word = _longest_word(column.label)
    letters = max(map(len, cells), default=0)
    # A number stays on its line; words in the place of one may part.
    number = max((len(cell) if any(map(str.isdigit, cell)) else _longest_word(cell) for cell in cells), default=0)
    return ColumnView(
        label=column.label,
        is_number=column.is_number,
        is_narrow=column.is_number or (place > 0 and max(letters, word) <= _NARROW),
        ems=round(_LETTER * max(number if column.is_number else letters, word, len(column.label) // 4), 2),
        share=min(max(letters, word, 8), 45),
        is_brief=place > 0 and letters <= _BRIEF,
    )


def _longest_word(text: str) -> int:
    return max(map(len, text.split()), default=1)
