"""Who took part: the attendances of the report's activities by sex, age and what else the definition names; small cells are not shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from pipc_etl.publish.composing.context import Context
from pipc_etl.publish.composing.marts import MartRow
from pipc_etl.publish.composing.naming import activity_names
from pipc_etl.publish.composing.trace import Span, Trace
from pipc_etl.publish.document import Block, Chart, Column, FigureRef, Missing, Note, Paragraph, Section, Series, Table
from pipc_etl.publish.wording import leading, listed

_DIMENSIONS = {
    "sex": "sexo",
    "age_band": "grupo de edad",
    "ethnic_group": "pertenencia étnica",
    "disability": "discapacidad",
    "locality": "localidad",
}
_DEFAULT = ("sex", "age_band")
# Where nobody answered, there is no profile to show.
_UNKNOWN = ("no_answer", "no_data")
_WORDS = {
    "todo": "todas las asistencias son de un grupo",
    "la mayoría": "la mayoría de las asistencias es de un grupo",
    "la mitad": "la mitad de las asistencias es de un grupo",
    "la mayor parte": "el grupo con la mayor parte de las asistencias, sin llegar a la mitad, es",
}
_KEYS = ("scope", "plan_code", "activity_code", "session_code", "period_code", "dimension", "category")


def build(context: Context) -> Sequence[Section]:
    """One section; none where the period has no profile (it is kept by month and by year) or nobody said who they are."""
    rows = context.marts.rows(
        "rpt_attendance_profile",
        "scope = 'activity' and plan_code in :plans and period_code = :period and dimension in :dimensions",
        keys=_KEYS,
        order_by="plan_code, activity_code, dimension, sort_order",
        plans=context.definition.plan_codes or ("",),
        period=context.period.code,
        dimensions=tuple(context.definition.options.get("profile_dimensions", _DEFAULT)),
    )
    rows = [_released(context, row) for row in rows]
    names = activity_names(context)
    blocks: list[Block] = []
    for activity in dict.fromkeys((row["plan_code"], row["activity_code"]) for row in rows):
        own = [row for row in rows if (row["plan_code"], row["activity_code"]) == activity]
        for dimension in context.definition.options.get("profile_dimensions", _DEFAULT):
            cells = [row for row in own if row["dimension"] == dimension]
            if any(row["category"] not in _UNKNOWN for row in cells):
                blocks += _dimension(context, names.get(activity, str(activity[1])), dimension, cells)
    if not blocks:
        return []
    return [Section("perfil", context.title("profile", "Quiénes participaron"), tuple(blocks))]


def _released(context: Context, row: MartRow) -> MartRow:
    """The row, without its numbers where the entity's publications together would tell too much of few persons."""
    if row["suppressed"] or context.released.shows_row(row.values):
        return row
    return replace(row, values={**row.values, "attendances": None, "pct": None, "suppressed": True})


def _dimension(context: Context, subject: str, dimension: str, cells: Sequence[MartRow]) -> list[Block]:
    word = _DIMENSIONS[dimension]
    base = next((row["base"] for row in cells if row["base"] is not None), None)
    figures = [_figure(context, subject, word, row) for row in cells]
    table = Table(
        title=f"{subject}: asistencias según {word}",
        columns=(Column(word.capitalize()), Column("Asistencias", True), Column("Parte", True)),
        rows=tuple(((str(row["category_name"]),), (quantity,), (share,)) for row, (quantity, share) in zip(cells, figures, strict=True)),
        note=(f"Base: {base} asistencias, con las que no responden.",) if base is not None else (),
    )
    blocks: list[Block] = []
    largest = _largest(cells)
    if largest is not None:
        shares = listed([f"{name} ({context.book.figures[figures[place][1].key].shown})" for place, name in largest[1]])
        blocks.append(Paragraph((f"Según {word}, {largest[0]}: {shares}.",)))
    shown = "; ".join(
        f"{row['category_name']}: {context.book.figures[share.key].shown}" for row, (_, share) in zip(cells, figures, strict=True)
    )
    series = Series("Parte de las asistencias", tuple(row.number("pct") for row in cells))
    names = tuple(str(row["category_name"]) for row in cells)
    blocks.append(Chart("bars", table.title, f"Barras por {word}. {shown}.", names, (series,), "%", table))
    hidden = [str(row["category_name"]) for row in cells if row["suppressed"]]
    if hidden:
        blocks.append(
            Note(
                "suppressed",
                (f"Según {word}, no se publica {listed(hidden)}: son pocas personas, o permitiría calcular las que son pocas.",),
            )
        )
    return blocks


def _largest(cells: Sequence[MartRow]) -> tuple[str, list[tuple[int, str]]] | None:
    """What to call the largest group, and which it is; nothing where cells are hidden, since then nobody may know."""
    if any(row["suppressed"] for row in cells):
        return None
    groups = [(str(row["category_name"]), Decimal(row["attendances"])) for row in cells if row["category"] not in _UNKNOWN]
    found = leading(groups, sum((Decimal(row["attendances"]) for row in cells), Decimal(0)))
    if found is None:
        return None
    places = [(number, str(row["category_name"])) for number, row in enumerate(cells) if str(row["category_name"]) in found.names]
    return _WORDS.get(found.word, found.phrase) if len(places) == 1 else found.phrase, places


def _figure(context: Context, subject: str, word: str, row: MartRow) -> tuple[FigureRef, FigureRef]:
    path = f"profile/{row['plan_code']}/{row['activity_code']}/{row['period_code']}/{row['dimension']}/{row['category']}"
    about = f"{subject}, {word}: {row['category_name']}"
    missing: Missing | None = "suppressed" if row["suppressed"] else None
    period = Span(context.period_start, context.through)
    # Nothing leads from a profile to the rows of single persons: the sources are the files, row by row of the whole activity.
    match = {"plan_code": row["plan_code"], "activity_code": row["activity_code"], "session_on": period}
    traces = (Trace("fct_attendance", match),)
    quantity = context.book.add(f"{path}/attendances", "attendances", row, subject=about, missing=missing, traces=traces)
    share = context.book.add(f"{path}/pct", "profile_pct", row, subject=about, column="pct", missing=missing, traces=traces)
    return quantity, share
