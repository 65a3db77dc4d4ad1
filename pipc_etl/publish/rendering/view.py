"""What both renderers draw: the document as plain values in reading order, with anchors, and the appendix of its figures."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from pipc_etl.publish import wording
from pipc_etl.publish.document import (
    Block,
    Bullets,
    Cards,
    Chart,
    Document,
    FigureRef,
    Note,
    Paragraph,
    PersonText,
    Section,
    Table,
    Text,
)
from pipc_etl.publish.rendering import words
from pipc_etl.publish.rendering.appendix import Appendix, appendix
from pipc_etl.publish.rendering.columns import ColumnView, columns_of, is_slim

# A figure's value up to this many signs stays on one line (a number and its unit); a longer one is a sentence.
_UNBROKEN = 18


@dataclass(frozen=True)
class Run:
    """A piece of text; with an `anchor` it is a figure's value, explained there. `is_first` is where the explanation leads back."""

    text: str
    anchor: str = ""
    hint: str = ""
    is_first: bool = False
    is_missing: bool = False
    is_short: bool = False


Runs = tuple[Run, ...]


@dataclass(frozen=True)
class CardView:
    value: Run
    caption: str
    basis: Runs


@dataclass(frozen=True)
class TableView:
    """`anchor` names the table; a row is its cells.

    `is_slim` where it needs no whole line; `is_repeated` where a chart is of a table that its section already has.
    """

    anchor: str
    title: str
    columns: tuple[ColumnView, ...]
    rows: tuple[tuple[Runs, ...], ...]
    total: tuple[tuple[Runs, ...], ...]
    note: Runs
    is_slim: bool = False
    is_repeated: bool = False


@dataclass(frozen=True)
class BlockView:
    """`type` says which of the rest holds something; notes of one kind that follow each other are one block."""

    type: str
    runs: Runs = ()
    items: tuple[Runs, ...] = ()
    cards: tuple[CardView, ...] = ()
    table: TableView | None = None
    chart: Chart | None = None
    caption: str = ""
    unit: str = ""
    kind: str = ""
    title: str = ""
    is_warning: bool = False
    paragraphs: tuple[str, ...] = ()
    signature: str = ""


@dataclass(frozen=True)
class SectionView:
    anchor: str
    title: str
    level: int
    blocks: tuple[BlockView, ...]


@dataclass(frozen=True)
class Fact:
    """A line of the report's identity card."""

    label: str
    text: str


@dataclass(frozen=True)
class View:
    """`imprint` is the line that every printed page repeats."""

    title: str
    subtitle: str
    entity: str
    period: str
    number: str
    cutoff: str
    imprint: str
    is_draft: bool
    is_reconstruction: bool
    facts: tuple[Fact, ...]
    sections: tuple[SectionView, ...]
    appendix: Appendix
    dated: datetime = field(repr=False)


def view(document: Document) -> View:
    """The document as it is read, from the first section to the last source."""
    draft = document.published_at is None
    number = document.number or "sin número"
    cutoff = wording.long_date(document.address.cutoff)
    imprint = f"{document.entity_name} · Corte: {cutoff} · Publicación {number}, edición {document.edition}"
    explained = appendix(document)
    return View(
        title=document.title,
        subtitle=document.subtitle,
        entity=document.entity_name,
        period=document.period_label,
        number=number,
        cutoff=cutoff,
        imprint=f"{imprint} · BORRADOR" if draft else imprint,
        is_draft=draft,
        is_reconstruction=document.is_reconstruction,
        facts=tuple(_facts(document)),
        sections=tuple(_Reading(document, explained).sections()),
        appendix=explained,
        dated=document.published_at or document.address.known_at,
    )


def _facts(document: Document) -> Iterator[Fact]:
    yield Fact("Período", document.period_label)
    yield Fact("Corte", wording.long_date(document.address.cutoff))
    yield Fact("Publicación", f"{document.number or 'sin número'}, edición {document.edition}")
    if document.published_at is None:
        yield Fact("Estado", "Borrador, sin aprobar")
    else:
        yield Fact("Publicado el", wording.moment(document.published_at))
    yield Fact("Con lo recibido hasta", wording.moment(document.address.known_at))
    if document.plan_versions:
        yield Fact("Versión del plan", "; ".join(f"{plan}: versión {version}" for plan, version in sorted(document.plan_versions.items())))
    yield Fact("Redondeo", words.rounding_sentence(document.rounding))


class _Reading:
    """One pass over the document: knows which figures were met, and gives out anchors."""

    def __init__(self, document: Document, explained: Appendix) -> None:
        self._document = document
        self._anchors = explained.anchors
        self._met: set[str] = set()
        self._sections: set[str] = set()
        self._tables = 0
        self._shown: list[Table] = []

    def sections(self) -> Iterator[SectionView]:
        level = 1
        for section in self._document.sections:
            level = min(max(section.level, 2), level + 1)
            yield SectionView(self._anchor(section), section.title, level, tuple(self._blocks(section.blocks)))

    def _anchor(self, section: Section) -> str:
        """The section's code, as an identifier that no other section has."""
        base = "seccion-" + re.sub(r"[^A-Za-z0-9_-]+", "-", section.code)
        anchor, count = base, 1
        while anchor in self._sections:
            count += 1
            anchor = f"{base}-{count}"
        self._sections.add(anchor)
        return anchor

    def _blocks(self, blocks: Sequence[Block]) -> Iterator[BlockView]:
        self._shown = [block for block in blocks if isinstance(block, Table)]
        notes: list[Note] = []
        for block in blocks:
            if notes and not (isinstance(block, Note) and block.kind == notes[0].kind):
                yield self._notes(notes)
                notes = []
            if isinstance(block, Note):
                notes.append(block)
            else:
                yield self._block(block)
        if notes:
            yield self._notes(notes)

    def _notes(self, notes: Sequence[Note]) -> BlockView:
        first = notes[0]
        items = tuple(self._runs(note.text) for note in notes)
        return BlockView("note", items=items, kind=first.kind, title=words.note_title(first), is_warning=first.kind in words.WARNINGS)

    def _block(self, block: Block) -> BlockView:
        match block:
            case Paragraph(text):
                return BlockView("paragraph", runs=self._runs(text))
            case Bullets(items):
                return BlockView("bullets", items=tuple(self._runs(item) for item in items))
            case Cards(cards):
                views = (CardView(self._figure(card.figure), card.caption, self._runs(card.basis)) for card in cards)
                return BlockView("cards", cards=tuple(views))
            case Table():
                return BlockView("table", table=self._table(block))
            case Chart():
                caption, unit = block.title, "" if block.unit == "%" or block.unit.lower() in block.title.lower() else block.unit
                return BlockView(
                    "chart",
                    chart=block,
                    caption=caption,
                    unit=unit,
                    table=replace(self._table(block.table), is_repeated=block.table in self._shown),
                )
            case PersonText():
                return _person_text(block)
            case Note():
                return self._notes([block])

    def _table(self, table: Table) -> TableView:
        self._tables += 1
        rows, total = self._rows(table.rows), self._rows(table.total)
        cells = [["".join(run.text for run in cell) for cell in row] for row in (*rows, *total)]
        columns = columns_of(table.columns, cells)
        return TableView(f"tabla-{self._tables}", table.title, columns, rows, total, self._runs(table.note), is_slim(table.columns, cells))

    def _rows(self, rows: Sequence[Sequence[Text]]) -> tuple[tuple[Runs, ...], ...]:
        return tuple(tuple(self._runs(cell) for cell in row) for row in rows)

    def _runs(self, text: Text) -> Runs:
        return tuple(self._figure(item) if isinstance(item, FigureRef) else Run(item) for item in text)

    def _figure(self, reference: FigureRef) -> Run:
        figure = self._document.figure(reference)
        is_first = reference.key not in self._met
        self._met.add(reference.key)
        missing = words.MISSING[figure.missing] + ". " if figure.missing else ""
        return Run(
            figure.shown,
            self._anchors[reference.key],
            f"{missing}Cómo se calculó: {figure.label}, {figure.subject}",
            is_first,
            is_missing=figure.missing is not None,
            is_short=len(figure.shown) <= _UNBROKEN and (" " not in figure.shown or any(map(str.isdigit, figure.shown))),
        )


def _person_text(block: PersonText) -> BlockView:
    paragraphs = tuple(part.strip() for part in re.split(r"\n\s*\n", block.text or "") if part.strip())
    signed = [block.author or "", wording.moment(block.written_at) if block.written_at else ""]
    return BlockView("person_text", title=block.title, kind=block.slot, paragraphs=paragraphs, signature=", ".join(filter(None, signed)))


def plain(value: Any) -> Any:
    """`value` as JSON can write it: dataclasses as objects, dates left out."""
    if hasattr(value, "__dataclass_fields__"):
        return {name: plain(getattr(value, name)) for name in value.__dataclass_fields__ if name not in {"dated", "chart", "anchors"}}
    if isinstance(value, tuple | list):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return value
