"""The published document: sections of blocks, and every figure with its definition, its numbers and where they came from.

Composed from the marts, stored as it is in the publication, and read by the renderers, the open-data package and `explain`: nothing
that a reader sees is computed after this. All text is Spanish and already formatted for es-CO.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from pipc_etl.publish.numbers import Rounding

# The four nulls and what else stands in the place of a number.
Missing = Literal["pending", "not_applicable", "no_data", "no_answer", "suppressed", "not_reported"]
# Of a percent, what it counts and what it is of; everything else is a value.
Role = Literal["value", "numerator", "denominator"]


@dataclass(frozen=True)
class Source:
    """Cells of a received file that a figure was computed from; `cells` as a person finds them: «F6» or «filas 2 a 85 (84)».

    `role` says of which number of the figure they are; of a count, they are its `value`.
    """

    submission_id: int
    kind: str
    file_name: str
    sha256: str
    received_at: datetime
    sheet: str
    cells: str
    column: str
    value: str
    is_reconstruction: bool
    dependency_code: str = ""
    role: Role = "value"


@dataclass(frozen=True)
class Figure:
    """One published number.

    `key` is its address inside the report, the same in every edition (`activity/PIPC/GAB-01/2021/progress_pct`); `figure_id`
    (`P0012-F007`) is given when the publication is registered. `value` is unrounded; `shown` is what is printed, unit included; where
    there is no number, `value` is None and `missing` says why. `numerator` and `denominator` are what the percent is of. `query` is
    the SQL, ready to run, that answers it for ever: it reads `marts.<mart>_asof(cut-off, known at)`.
    """

    key: str
    label: str
    subject: str
    measure: str
    period_code: str
    cutoff: date | None
    value: Decimal | None
    shown: str
    rounding: Rounding
    definition: str
    formula: str
    query: str
    mart: str
    unit: str = ""
    missing: Missing | None = None
    numerator: Decimal | None = None
    denominator: Decimal | None = None
    plan_version: int | None = None
    figure_id: str = ""
    sources: tuple[Source, ...] = ()


@dataclass(frozen=True)
class FigureRef:
    """A figure's printed value inside a text or a table cell: the renderer links it to its explanation."""

    key: str


# Text with figures in it; also a table's cell.
Inline = str | FigureRef
Text = tuple[Inline, ...]


@dataclass(frozen=True)
class Paragraph:
    text: Text


@dataclass(frozen=True)
class Bullets:
    items: tuple[Text, ...]


@dataclass(frozen=True)
class Card:
    """A large figure with what it is of: «29 de 26 actividades programadas»."""

    figure: FigureRef
    caption: str
    basis: Text = ()


@dataclass(frozen=True)
class Cards:
    cards: tuple[Card, ...]


@dataclass(frozen=True)
class Column:
    label: str
    is_number: bool = False


@dataclass(frozen=True)
class Table:
    """`rows` have a cell per column; the first cell of a row is its heading. `total` rows stand apart at the foot."""

    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Text, ...], ...]
    total: tuple[tuple[Text, ...], ...] = ()
    note: Text = ()


@dataclass(frozen=True)
class Series:
    label: str
    values: tuple[Decimal | None, ...]


@dataclass(frozen=True)
class Chart:
    """A chart over `categories`; `alternative` says in words what it shows, and `table` holds the same numbers."""

    kind: Literal["bars", "stacked", "line"]
    title: str
    alternative: str
    categories: tuple[str, ...]
    series: tuple[Series, ...]
    unit: str
    table: Table
    reference: Decimal | None = None


@dataclass(frozen=True)
class Note:
    """A remark made from data; `kind` says of what."""

    kind: Literal[
        "justification",
        "carried_over",
        "non_additive",
        "over_execution",
        "mixed_cutoff",
        "suppressed",
        "incomplete",
        "waiver",
        "reconciliation",
        "method",
        "reconstruction",
    ]
    text: Text


@dataclass(frozen=True)
class PersonText:
    """A place for what a person writes; `text` None while nobody did. Survives a re-issue by its `slot`."""

    slot: str
    title: str
    text: str | None = None
    author: str | None = None
    written_at: datetime | None = None


Block = Paragraph | Bullets | Cards | Table | Chart | Note | PersonText


@dataclass(frozen=True)
class Section:
    """`code` is its anchor; `level` 2 for a part of the report, 3 inside one."""

    code: str
    title: str
    blocks: tuple[Block, ...]
    level: int = 2


@dataclass(frozen=True)
class Address:
    """What a published figure is addressed by, beside its own key; `known_at` has a time zone."""

    entity_code: str
    report_code: str
    period_code: str
    cutoff: date
    known_at: datetime


@dataclass(frozen=True)
class Document:
    """A whole report. `number` (`P0012`) and `edition` are given when it is registered; `plan_versions` per plan code."""

    address: Address
    title: str
    subtitle: str
    entity_name: str
    period_label: str
    rounding: Rounding
    sections: tuple[Section, ...]
    figures: Mapping[str, Figure]
    plan_versions: Mapping[str, int] = field(default_factory=dict)
    is_reconstruction: bool = False
    number: str = ""
    edition: int = 1
    published_at: datetime | None = None

    def figure(self, reference: FigureRef) -> Figure:
        return self.figures[reference.key]


def references(document: Document) -> Iterator[FigureRef]:
    """Every reference to a figure, in the order in which a reader meets them."""
    for section in document.sections:
        for block in section.blocks:
            for text in _texts(block):
                yield from (item for item in text if isinstance(item, FigureRef))


def _texts(block: Block) -> Iterator[Text]:
    match block:
        case Paragraph(text) | Note(text=text):
            yield text
        case Bullets(items):
            yield from items
        case Cards(cards):
            for card in cards:
                yield (card.figure,)
                yield card.basis
        case Table(rows=rows, total=total, note=note):
            for row in (*rows, *total):
                yield from row
            yield note
        case Chart(table=table):
            yield from _texts(table)
        case PersonText():
            return
