"""The lines of *Pendientes*: observations of the planning office and findings, the gravest first, each with the place that it speaks of."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import chain, groupby
from typing import Literal

from pipc_etl.answers.review import Observation, Review, RowContent
from pipc_etl.answers.texts import day, number
from pipc_etl.answers.workbook.places import Box, boxes
from pipc_etl.contracts import Finding
from pipc_etl.validation.report import SEVERITIES

Category = Literal["error", "observation", "warning", "info", "solved"]
CATEGORIES: tuple[Category, ...] = ("error", "observation", "warning", "info")
WORDS: dict[Category, str] = {**SEVERITIES, "observation": "Observación", "solved": "Resuelta"}  # type: ignore[dict-item]
MOST_LISTED = 100_000
_GROUPED_FROM = 300  # findings; fewer are listed row by row
# A row is repeated to be recognised, not to be read.
_LONGEST_TEXT, _LONGEST_CONTENT = 40, 220
_ISO_DAY = re.compile(r"(\d{4})-(\d\d)-(\d\d)(?: 00:00:00)?")


@dataclass(frozen=True)
class Target:
    """Cells of the workbook that is handed back; `is_visible` False: nobody can be led there."""

    sheet: str
    boxes: tuple[Box, ...]
    is_visible: bool = True


@dataclass(frozen=True)
class Item:
    """One line. `cell` is the place in the file as it came, `target` the cells to mark and `link` where the line leads."""

    category: Category
    message: str
    remedy: str = ""
    sheet: str = ""
    cell: str = ""
    column: str = ""
    content: str = ""
    since: str = ""
    target: Target | None = None
    link: Target | None = None


# Where cells of the file as it came stand in the workbook that is handed back: (sheet, cells, row from 1) -> cells to mark and to go to.
Locate = Callable[[str, str | None, int | None, str | None], tuple[Target | None, Target | None]]


def nowhere(sheet: str, cell: str | None, row: int | None, column: str | None) -> tuple[None, None]:
    """For a workbook without the sender's sheets."""
    return None, None


def pending(review: Review, locate: Locate) -> list[Item]:
    """What is still to be done, or to be known."""
    found = [_observed(observation, review, locate) for observation in review.observations]
    found += [_found(position, finding, review, locate) for position, finding in enumerate(review.findings[:MOST_LISTED])]
    rank = {category: place for place, category in enumerate(CATEGORIES)}
    found.sort(key=lambda item: rank[item.category])
    return list(_grouped(found)) if len(found) >= _GROUPED_FROM else found


def solved(review: Review) -> list[Item]:
    """What the previous file had and this one has not."""
    findings = review.comparison.solved if review.comparison else ()
    return [
        Item("solved", finding.message, "", finding.sheet or "", _place(finding), review.column_titles.get(finding.column or "", ""))
        for finding in findings[:MOST_LISTED]
    ]


def _found(position: int, finding: Finding, review: Review, locate: Locate) -> Item:
    target, link = locate(finding.sheet, finding.cell, finding.row, finding.column) if finding.sheet else (None, None)
    return Item(
        category=finding.severity,
        message=finding.message,
        remedy=finding.remedy,
        sheet=finding.sheet or "",
        cell=_place(finding),
        column=review.column_titles.get(finding.column or "", ""),
        content=content_text(review.rows.get((finding.sheet or "", finding.row or 0), ())),
        since=_since(position, review),
        target=target,
        link=link,
    )


def _place(finding: Finding) -> str:
    return finding.cell or (f"fila {finding.row}" if finding.row else "")


def _since(position: int, review: Review) -> str:
    # A note asks for nothing: that it is new is no news.
    if review.comparison is None or review.findings[position].severity == "info":
        return ""
    return f"Continúa: ya estaba en la entrega {review.comparison.previous_number}" if position in review.comparison.remaining else "Nueva"


def _observed(observation: Observation, review: Review, locate: Locate) -> Item:
    sheet, cell = observation.sheet, observation.cell
    if cell is None:
        sheet, cell = review.activity_cells.get(observation.activity_code or "", (sheet, None))
    # Of a file that was returned before its rows were read, nobody could say which sheet was meant.
    sheet = sheet or (_usual_sheet(review) if cell else None)
    target, link = locate(sheet, cell, None, None) if sheet else (None, None)
    place = boxes(cell)
    return Item(
        category="observation",
        message=observation.text,
        remedy="Corrija lo señalado o responda a la oficina de planeación.",
        sheet=sheet or "",
        cell=cell or "",
        column=f"Actividad {observation.activity_code}" if observation.activity_code else "",
        content=content_text(review.rows.get((sheet or "", place[0].top + 1 if place else 0), ())),
        since=f"Oficina de planeación: {observation.author}, {day(observation.at)}",
        target=target,
        link=link,
    )


def _usual_sheet(review: Review) -> str | None:
    """The sheet that the rest of the review speaks of."""
    spoken_of = chain((sheet for sheet, _ in review.activity_cells.values()), (finding.sheet for finding in review.findings))
    return next(filter(None, spoken_of), None)


def content_text(content: RowContent) -> str:
    """A row in one line: `Código: GAB-01 · Ejecutado: dos`."""
    text = " · ".join(f"{title}: {_cut(_as_written(value), _LONGEST_TEXT)}" for title, value in content)
    return _cut(text, _LONGEST_CONTENT)


def _as_written(value: str) -> str:
    """A date as Colombia writes it."""
    found = _ISO_DAY.fullmatch(value)
    return f"{found[3]}/{found[2]}/{found[1]}" if found else value


def _cut(text: str, longest: int) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= longest else plain[: longest - 1] + "…"


def _grouped(items: Iterable[Item]) -> Iterator[Item]:
    """Lines that say the same of cells one below the other, as one: a thousand equal lines are read by nobody."""
    said: dict[tuple[str, ...], list[Item]] = {}
    for item in items:
        said.setdefault((item.category, item.message, item.remedy, item.sheet, item.column, item.since), []).append(item)
    for same in said.values():
        for _, run in groupby(enumerate(same), key=lambda pair: _run_key(*pair)):
            yield _merged([item for _, item in run])


def _run_key(position: int, item: Item) -> tuple[object, ...]:
    places = boxes(item.cell)
    if len(places) != 1 or item.target is None or len(item.target.boxes) != 1:
        return (position,)
    box = item.target.boxes[0]
    return (places[0].left, box.left, places[0].top - position, box.top - position)


def _merged(run: list[Item]) -> Item:
    first, last = run[0], run[-1]
    if len(run) == 1 or first.target is None or last.target is None:
        return first
    places, target = boxes(first.cell)[0], first.target.boxes[0]
    source = replace(places, bottom=boxes(last.cell)[0].bottom)
    whole = replace(first.target, boxes=(replace(target, bottom=last.target.boxes[0].bottom),))
    more = f"{first.content} (primera de {number(len(run))} filas)" if first.content else f"{number(len(run))} filas"
    return replace(first, cell=str(source), content=more, target=whole, link=whole if first.link else None)
