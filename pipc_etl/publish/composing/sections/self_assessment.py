"""Self-assessments: the score of each policy assessed in the report's period, its level, and what should be strengthened."""

from __future__ import annotations

from collections.abc import Sequence

from pipc_etl.publish.composing.context import Context
from pipc_etl.publish.composing.marts import MartRow
from pipc_etl.publish.composing.naming import anchor, quoted
from pipc_etl.publish.composing.trace import Trace
from pipc_etl.publish.document import Block, Bullets, Card, Cards, Column, FigureRef, Paragraph, Section, Table
from pipc_etl.publish.wording import long_date, sentence

_FACT = "fct_self_assessment"
_KEYS = ("policy", "component", "category", "activity", "measured_year")
_PARTS = {"component": "Componente", "category": "Categoría", "activity": "Actividad de gestión"}


def build(context: Context) -> Sequence[Section]:
    """One section for the policies assessed within the period; the year that was measured may be earlier than the report's."""
    rows = context.marts.rows(
        _FACT,
        "assessed_on between :first and :last",
        keys=_KEYS,
        order_by="policy, measured_year, component nulls first, category nulls first, activity nulls first",
        first=context.period_start,
        last=context.through,
    )
    wholes = list(dict.fromkeys((row["policy"], row["measured_year"]) for row in rows))
    blocks: list[Block] = []
    for policy, year in wholes:
        blocks += _policy(context, [row for row in rows if (row["policy"], row["measured_year"]) == (policy, year)])
    title = context.title("self_assessment", "Autodiagnóstico")
    return [Section("autodiagnostico", title, tuple(blocks))] if blocks else []


def _figure(context: Context, row: MartRow) -> FigureRef:
    parts = "/".join(anchor(str(row[name])) for name in _KEYS[:-1] if row[name] is not None)
    return context.book.add(
        f"self_assessment/{row['measured_year']}/{parts}/score",
        "score",
        row,
        subject=f"{row['item_name']} {row['measured_year']}",
        traces=(Trace(_FACT, {name: row[name] for name in _KEYS}, "score"),),
    )


def _policy(context: Context, rows: Sequence[MartRow]) -> list[Block]:
    """The policy's own score as a card, what it says should be strengthened, and the scores of its parts."""
    blocks: list[Block] = []
    for row in rows:
        if row["item_level"] != "policy":
            continue
        name = f"{quoted(row['policy'])}, vigencia {row['measured_year']}"
        blocks += [
            Paragraph((f"El autodiagnóstico de {name} se hizo o se recibió el {long_date(row['assessed_on'])}.",)),
            Cards((Card(_figure(context, row), "puntos sobre 100", (str(row["score_level_name"]).lower(),)),)),
        ]
        if advice := [part.strip(" .") for part in str(row["observation"] or "").split(";") if part.strip(" .")]:
            blocks += [Paragraph(("Qué se debe fortalecer:",)), Bullets(tuple((sentence(part.removeprefix("y ")),) for part in advice))]
    if parts := [row for row in rows if row["item_level"] != "policy"]:
        blocks.append(
            Table(
                title=f"Calificación por partes: {parts[0]['policy']}, vigencia {parts[0]['measured_year']}",
                columns=(Column("Qué se califica"), Column("Parte de"), Column("Puntaje", True), Column("Nivel", True)),
                rows=tuple(
                    ((str(row["item_name"]),), (_PARTS[row["item_level"]],), (_figure(context, row),), (str(row["score_level"]),))
                    for row in parts
                ),
            )
        )
    return blocks
