"""The sheet *Pendientes* as values: totals on top, a line for each thing to do, what was solved at the end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from pipc_etl.answers.review import Review
from pipc_etl.answers.texts import count, number
from pipc_etl.answers.workbook.items import WORDS, Category, Item, Target
from pipc_etl.answers.workbook.marks import MOST_COMMENTS
from pipc_etl.answers.workbook.markup import is_dangerous
from pipc_etl.answers.workbook.places import link
from pipc_etl.contracts import Severity
from pipc_etl.intake.own_sheet import PENDING_TITLE

HEADERS = ("Gravedad", "Hoja", "Celda", "Columna", "Qué pasa", "Cómo se corrige", "Lo que dice la fila", "Desde cuándo")
WIDTHS = (14, 17, 13, 22, 48, 44, 56, 24)
_MOST_LINKS = 65_000  # a sheet takes 65.530
_COUNTED: tuple[tuple[Severity, str, str], ...] = (
    ("error", "error", "errores"),
    ("warning", "advertencia", "advertencias"),
    ("info", "nota", "notas"),
)


class PageCell(NamedTuple):
    """A text, how it looks (a name of `styles.STYLES`) and the place to which it leads."""

    text: str
    style: str = "line"
    link: str | None = None


@dataclass(frozen=True)
class Page:
    """Rows of cells from A1 on; those from `header_row` to `last_row` (from 0) are the table, `tab` the colour of its tab."""

    rows: tuple[tuple[PageCell, ...], ...]
    header_row: int
    last_row: int
    tab: Category


@dataclass(frozen=True)
class Circumstances:
    """What the sheet says of the workbook around it: the file's name and a remark on what became of it."""

    file_name: str
    remark: str
    uncommented: int = 0


def pending_page(review: Review, items: Sequence[Item], gone: Sequence[Item], around: Circumstances) -> Page:
    """The whole sheet."""
    top = _top(review, items, around)
    header = tuple(PageCell(text, "header") for text in HEADERS)
    links = iter(range(_MOST_LINKS))
    lines = [_line(item, next(links, None) is not None) for item in items]
    if not lines:
        lines = [_line(Item("solved", "No hay nada pendiente en este archivo."), False)]
        lines = [(PageCell("Sin pendientes", "solved"), *lines[0][1:])]
    rows = [*top, header, *lines]
    last = len(rows) - 1
    if gone and review.comparison:
        title = f"Ya resuelto: estaba en la entrega {review.comparison.previous_number} y no está en esta"
        rows += [(), (PageCell(title, "bold"),)]
        rows += [_line(item, False) for item in gone]
    severities = review.severities()
    tab: Category = "error" if severities["error"] else "warning" if severities["warning"] or review.observations else "solved"
    return Page(tuple(tuple(_safe(cell) for cell in row) for row in rows), len(top), last, tab)


def _top(review: Review, items: Sequence[Item], around: Circumstances) -> list[tuple[PageCell, ...]]:
    which = f"entrega número {review.number}" if review.number is not None else "revisión antes de enviar"
    whose = " · ".join(filter(None, (review.title, review.sender, review.period, which, around.file_name)))
    lost = sum(item.target is not None for item in items) if around.uncommented else 0
    tail = f" Llevan comentario las primeras {number(MOST_COMMENTS)} celdas; todas están en esta lista." if lost else ""
    listed = len(review.findings) < sum(review.severities().values())
    tail += f" Se listan las primeras {number(len(review.findings))} observaciones." if listed else ""
    lines: list[tuple[PageCell, ...]] = [
        (PageCell(PENDING_TITLE, "title"),),
        (PageCell(whose),),
        (PageCell(f"{review.state_word}. {review.next_step}".strip(), "bold"),),
        (PageCell(around.remark + tail),),
    ]
    if review.facts:
        lines.append((PageCell(" · ".join(f"{label}: {text}" for label, text in review.facts)),))
    lines.append(_totals(review))
    return lines


def _totals(review: Review) -> tuple[PageCell, ...]:
    found = review.severities()
    looks = {severity: f"total_{severity}" if found[severity] else "line" for severity, _, _ in _COUNTED}
    cells = [PageCell(count(found[severity], one, many), looks[severity]) for severity, one, many in _COUNTED]
    observed = len(review.observations)
    said = PageCell(count(observed, "observación", "observaciones"), "total_observation")
    cells.append(said if observed else PageCell(""))
    cells.append(_compared(review))
    rows = [
        count(review.rows_read, "leída", "leídas"),
        count(review.rows_accepted, "aceptada", "aceptadas"),
        count(review.rows_quarantined, "apartada", "apartadas"),
    ]
    if review.rows_already_known:
        rows.append(count(review.rows_already_known, "ya conocida", "ya conocidas"))
    return (*cells, PageCell(f"Filas: {', '.join(rows)}"))


def _compared(review: Review) -> PageCell:
    if review.comparison is None:
        return PageCell("")
    # Notes ask for nothing: that they stay or go is no news.
    asking = [position for position, finding in enumerate(review.findings) if finding.severity != "info"]
    remaining = sum(position in review.comparison.remaining for position in asking)
    gone, new = len(review.comparison.solved), len(asking) - remaining
    counted = f"{count(gone, 'resuelta', 'resueltas')}, {count(remaining, 'continúa', 'continúan')}, {count(new, 'nueva', 'nuevas')}"
    return PageCell(f"Frente a la entrega {review.comparison.previous_number}: {counted}", "total_solved" if gone else "line")


def _line(item: Item, may_link: bool) -> tuple[PageCell, ...]:
    place = _link(item.link) if may_link and item.link else None
    return (
        PageCell(WORDS[item.category], item.category),
        PageCell(item.sheet, "text"),
        PageCell(item.cell or ("archivo" if not item.sheet else "hoja"), "link" if place else "text", place),
        *(PageCell(text, "text") for text in (item.column, item.message, item.remedy, item.content, item.since)),
    )


def _link(target: Target) -> str | None:
    return link(target.sheet, target.boxes[0]) if target.is_visible and target.boxes else None


def _safe(cell: PageCell) -> PageCell:
    """A text that looks like a formula keeps the sign by which the sheet knows that it was meant as text."""
    return PageCell(cell.text, f"{cell.style}_quoted", cell.link) if is_dangerous(cell.text) else cell
