"""Colours and comments by sheet, from the lines of *Pendientes*."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from pipc_etl.answers.workbook.items import CATEGORIES, WORDS, Category, Item
from pipc_etl.answers.workbook.places import Box, Cell

MOST_COMMENTS = 2_000  # in a workbook: with many more, spreadsheet programs take long to open it
# The first words of every comment of ours, by which they are known again and taken away.
COMMENT_MARK = "[Revisión PIPC]"
_MOST_IN_A_COMMENT = 6
_LONGEST_COMMENT = 1_500


@dataclass
class SheetMarks:
    """What is marked in one sheet; `comments` are texts without the mark."""

    colours: dict[Category, list[Box]] = field(default_factory=lambda: defaultdict(list))
    comments: dict[Cell, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Marks:
    """By the name of the sheet; `uncommented` cells have their colour and their line, but no comment."""

    sheets: dict[str, SheetMarks]
    uncommented: int

    @property
    def commented(self) -> int:
        return sum(len(sheet.comments) for sheet in self.sheets.values())


def marks_of(items: Iterable[Item]) -> Marks:
    """The marks of all lines that speak of cells; of many comments, the gravest are kept."""
    sheets: dict[str, SheetMarks] = defaultdict(SheetMarks)
    notes: dict[tuple[str, Cell], list[Item]] = {}
    for item in items:
        if item.target is None or not item.target.boxes:
            continue
        sheets[item.target.sheet].colours[item.category].extend(item.target.boxes)
        notes.setdefault((item.target.sheet, item.target.boxes[0].first), []).append(item)
    gravest = sorted(notes.items(), key=lambda note: min(CATEGORIES.index(item.category) for item in note[1]))
    for (sheet, cell), said in gravest[:MOST_COMMENTS]:
        sheets[sheet].comments[cell] = _comment(said)
    return Marks(dict(sheets), max(0, len(gravest) - MOST_COMMENTS))


def _comment(said: list[Item]) -> str:
    parts = []
    for item in said[:_MOST_IN_A_COMMENT]:
        parts.append(f"{WORDS[item.category]}: {item.message}")
        if item.category == "observation":
            parts.append(f"({item.since})")
        elif item.remedy:
            parts.append(f"Cómo se corrige: {item.remedy}")
    if len(said) > _MOST_IN_A_COMMENT:
        parts.append(f"Hay {len(said) - _MOST_IN_A_COMMENT} más: vea la hoja Pendientes.")
    text = "\n".join(parts)
    return text if len(text) <= _LONGEST_COMMENT else text[: _LONGEST_COMMENT - 1] + "…"
