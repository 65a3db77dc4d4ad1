"""Finds the header of a sheet under its letterhead, one or two rows high, and what each of its cells stands for."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from difflib import get_close_matches
from itertools import pairwise

from pipc_etl.contracts import Catalog, Contract, Finding, fold
from pipc_etl.intake.cells import RawSheet, letter, text_of
from pipc_etl.intake.coercion import is_blank
from pipc_etl.intake.words import clean

SEARCHED_ROWS = 60
_NUMBERING = re.compile(r"^\s*(?:pregunta\s*)?\d{1,2}\s*[.)-]+\s*(?=\D)", re.I)
_ASIDE = re.compile(r"\s*[(\[][^)\]]*[)\]]\s*$")
_COPY_NUMBER = re.compile(r"\s?\d{1,2}$")
_EXTRA_WIDTH = 2  # a group header lies over at least two columns


@dataclass(frozen=True)
class Header:
    """`columns` maps contract columns to positions (0 = A); the header's last row is `row` (0 = first), data begin after it.

    `duplicates` are columns in several places, of which nobody knows which counts; `merged` those that a form asks in several places.
    """

    row: int
    height: int
    columns: dict[str, int]
    duplicates: dict[str, tuple[int, ...]] = field(default_factory=dict)
    merged: dict[str, tuple[int, ...]] = field(default_factory=dict)
    texts: dict[int, str] = field(default_factory=dict)

    @property
    def unknown(self) -> dict[int, str]:
        several = (*self.duplicates.values(), *self.merged.values())
        used = {*self.columns.values(), *(place for places in several for place in places)}
        return {place: text for place, text in self.texts.items() if place not in used}

    def score(self, contract: Contract) -> tuple[int, int]:
        """Required columns found, then all columns found."""
        return sum(contract.column(name).header_required for name in self.columns), len(self.columns)


class Vocabulary:
    """The spellings of a contract's columns, and every spelling of the catalogue, to tell what a group header speaks about."""

    def __init__(self, contract: Contract, catalog: Catalog) -> None:
        self.contract = contract
        self.columns = {fold(text): column.name for column in contract.columns for text in (column.title, *column.synonyms)}
        every = (column for other in catalog.contracts.values() for column in other.columns)
        self._known = {fold(text) for column in every for text in (column.title, *column.synonyms)}

    def find(self, text: str) -> str | None:
        """The column that the header `text` stands for: accents, case, numbering, asides and copy numbers left out in turn."""
        bare = _NUMBERING.sub("", text)
        for spelling in (text, bare, _ASIDE.sub("", bare), _COPY_NUMBER.sub("", bare)):
            name = self.columns.get(fold(spelling))
            if name is not None:
                return name
        return None

    def is_known(self, text: str) -> bool:
        """Whether some contract uses `text` as a header: «Ejecutado» over months says that these are not the programmed ones."""
        return fold(text) in self._known

    def near(self, text: str) -> str | None:
        """The title of the column whose spelling is closest to `text`, if any is close."""
        close = get_close_matches(fold(text), list(self.columns), n=1, cutoff=0.8)
        return self.contract.column(self.columns[close[0]]).title if close else None


def find_header(sheet: RawSheet, vocabulary: Vocabulary) -> Header | None:
    """The best header among the first rows; None where fewer than two columns (or one, if there is but one) can be named."""
    best: Header | None = None
    best_score = (0, min(2, len(vocabulary.contract.columns)) - 1)
    for index, row in enumerate(sheet.rows[:SEARCHED_ROWS]):
        if all(is_blank(cell) for cell in row):
            continue
        candidate = _read(sheet, index, vocabulary)
        score = candidate.score(vocabulary.contract)
        if (score[1], score[0]) > (best_score[1], best_score[0]):
            best, best_score = candidate, score
    return best


def _read(sheet: RawSheet, index: int, vocabulary: Vocabulary) -> Header:
    row = [clean(text_of(cell)) for cell in sheet.rows[index]]
    groups, wide = _groups(sheet, index)
    places: dict[str, list[tuple[int, int]]] = defaultdict(list)
    texts: dict[int, str] = {}
    height = 1
    for place in range(max(len(row), len(groups))):
        below = row[place] if place < len(row) else ""
        above = groups[place] if place < len(groups) else ""
        if not below and not (above and (_is_tall(sheet, index, place) or (wide and place not in wide))):
            continue
        name, rank = _name(below, above, place in wide, vocabulary)
        has_group = bool(below and above and place in wide)
        texts[place] = f"{above} {below}" if has_group else below or above
        if name is not None:
            places[name].append((rank, place))
            height = 2 if rank != 1 else height
    if height == 1:
        texts = {place: row[place] for place in texts if place < len(row) and row[place]}
    columns: dict[str, int] = {}
    duplicates: dict[str, tuple[int, ...]] = {}
    for name, found in places.items():
        surest = min(rank for rank, _ in found)
        same = [place for rank, place in found if rank == surest]
        columns[name] = same[0]
        if len(same) > 1:
            duplicates[name] = tuple(same)
    return Header(index, height, columns, duplicates, texts=texts)


def _name(below: str, above: str, in_group: bool, vocabulary: Vocabulary) -> tuple[str | None, int]:
    """The column of one header cell, and how it was found: 0 with its group, 1 alone, 2 by the tall cell above."""
    if not below:
        return vocabulary.find(above), 2
    if in_group and above:
        name = vocabulary.find(f"{above} {below}")
        if name is not None:
            return name, 0
        if vocabulary.is_known(above):
            return None, 1
    return vocabulary.find(below), 1


def _groups(sheet: RawSheet, index: int) -> tuple[list[str], set[int]]:
    """The texts of the row above, spread over the columns that they cover, and the places under a text over several columns."""
    if index == 0:
        return [], set()
    width = max(len(sheet.rows[index]), len(sheet.rows[index - 1]))
    above = [clean(text_of(cell)) for cell in sheet.rows[index - 1]] + [""] * (width - len(sheet.rows[index - 1]))
    below = [clean(text_of(cell)) for cell in sheet.rows[index]] + [""] * (width - len(sheet.rows[index]))
    wide: set[int] = set()
    for first, last in _spans(sheet, index - 1, above, below):
        if last - first + 1 >= _EXTRA_WIDTH:
            wide.update(range(first, last + 1))
            above[first : last + 1] = [above[first]] * (last - first + 1)
    return above, wide


def _spans(sheet: RawSheet, row: int, above: list[str], below: list[str]) -> Iterable[tuple[int, int]]:
    if sheet.merged is not None:
        boxes = ((left, right) for top, left, bottom, right in sheet.merged if top <= row <= bottom)
        return [(left, min(right, len(above) - 1)) for left, right in boxes if left < len(above)]
    filled = [place for place, text in enumerate(above) if text]
    spans = []
    for first, following in pairwise([*filled, len(above)]):
        last = first
        while last + 1 < following and below[last + 1]:
            last += 1
        spans.append((first, last))
    return spans


def _is_tall(sheet: RawSheet, index: int, place: int) -> bool:
    return any(top < index <= bottom and left <= place <= right for top, left, bottom, right in sheet.merged or ())


def header_findings(header: Header, sheet: RawSheet, vocabulary: Vocabulary, catalog: Catalog, system: Iterable[int]) -> list[Finding]:
    """Missing, duplicated, similar and unknown headers, at their cells; `system` are places that a form's program fills."""
    findings: list[Finding] = []
    contract, number, here = vocabulary.contract, header.row + 1, sheet.name
    unknown = {place: text for place, text in header.unknown.items() if place not in set(system)}
    near = {place: vocabulary.near(text) for place, text in unknown.items()}
    for column in contract.columns:
        if column.header_required and column.name not in header.columns:
            similar = next((place for place, title in near.items() if title == column.title), None)
            hint = f" ¿Es «{unknown[similar]}», en {letter(similar)}{number}?" if similar is not None else ""
            findings.append(catalog.finding("header.missing", sheet=here, row=number, column=column.name, title=column.title, hint=hint))
    for name, places in (*header.duplicates.items(), *header.merged.items()):
        cells = ", ".join(f"{letter(place)}{number}" for place in places)
        findings.append(
            catalog.finding(
                "header.duplicate" if name in header.duplicates else "header.merged",
                sheet=here,
                cell=f"{letter(places[1])}{number}",
                row=number,
                column=name,
                value=header.texts.get(places[1], ""),
                cells=cells,
                title=contract.column(name).title,
            )
        )
    for place, text in unknown.items():
        title = near[place]
        rule = "header.similar" if title else "header.unknown"
        cell = f"{letter(place)}{number}"
        findings.append(catalog.finding(rule, sheet=here, cell=cell, row=number, value=text, title=title or ""))
    return findings
