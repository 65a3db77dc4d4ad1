"""The spaces of participation of the report's plans: sessions held, in which modality, and those that were not held."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from pipc_etl.publish.composing.context import Context
from pipc_etl.publish.composing.marts import MartRow
from pipc_etl.publish.composing.naming import quoted
from pipc_etl.publish.composing.session_rows import HELD, Space, in_scope, sessions
from pipc_etl.publish.composing.trace import Span, Trace
from pipc_etl.publish.document import Block, Column, FigureRef, Note, Section, Table, Text
from pipc_etl.publish.wording import counted, listed, long_date


def build(context: Context) -> Sequence[Section]:
    """One section; none where no session was reported in the period."""
    rows = sessions(context)
    if not rows:
        return []
    blocks: list[Block] = [_spaces(context, rows)]
    if context.definition.options.get("lists_sessions"):
        blocks.append(_listed(context, rows))
    blocks += _not_held(context, rows)
    return [Section("espacios", context.title("spaces", "Espacios de participación"), tuple(blocks))]


def _spaces(context: Context, rows: Sequence[MartRow]) -> Table:
    """A row for each space with how many sessions it held, and in which modality."""
    held_rows = [row for row in rows if row["session_status"] == HELD]
    table = []
    for space in dict.fromkeys(Space.of(row) for row in held_rows):
        held = [row for row in held_rows if Space.of(row) == space]
        modes = Counter(context.name("modality", row["modality"]) for row in held)
        mode = listed([f"{mode.lower()} ({quantity})" if len(modes) > 1 else mode.lower() for mode, quantity in sorted(modes.items())])
        title = space.title(held)
        table.append(((title,), (context.name("space_type", space.kind),), (_held(context, space, title),), (mode,)))
    return Table(
        title="Espacios de participación y sesiones realizadas",
        columns=(Column("Espacio"), Column("Tipo"), Column("Sesiones realizadas", True), Column("Modalidad")),
        rows=tuple(table),
    )


def _held(context: Context, space: Space, title: str) -> FigureRef:
    condition, asked = space.condition
    row = context.marts.total(
        "dim_session",
        f"{in_scope(context)} and session_status = :held and {condition}",
        {"sessions_held": "count(*)"},
        held=HELD,
        first=context.period_start,
        last=context.through,
        **asked,
    )
    match = {"session_status": HELD, "session_on": Span(context.period_start, context.through), **space.match}
    return context.book.add(f"{space.path}/sessions_held", "sessions_held", row, subject=title, traces=(Trace("dim_session", match),))


def _listed(context: Context, rows: Sequence[MartRow]) -> Table:
    """Every session with its date, its modality and where it was."""
    table: list[tuple[Text, ...]] = []
    for row in rows:
        where = row["venue"] or ("Canales virtuales" if row["modality"] == "virtual" else "")
        cells = (str(row["title"]), long_date(row["session_on"]), context.name("modality", row["modality"]), str(where))
        table.append(tuple((cell,) for cell in cells))
    columns = (Column("Sesión"), Column("Fecha"), Column("Modalidad"), Column("Lugar"))
    return Table("Sesiones del período", columns, tuple(table))


def _not_held(context: Context, rows: Sequence[MartRow]) -> list[Note]:
    """What was cancelled or postponed, by space."""
    notes = []
    others = Counter((row["space_name"] or row["title"], row["session_status"]) for row in rows if row["session_status"] != HELD)
    for (name, status), quantity in others.items():
        word = context.name("session_status", status).lower()
        notes.append(
            Note("incomplete", (f"{quoted(name)}: {counted(quantity, 'sesión', 'sesiones')} {word if quantity == 1 else word + 's'}.",))
        )
    return notes
