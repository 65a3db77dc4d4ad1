"""People: different persons by month, which never add up, and attendances by space and session, which do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pipc_etl.contracts.periods import parse_period
from pipc_etl.publish.composing.context import Context
from pipc_etl.publish.composing.marts import MartRow
from pipc_etl.publish.composing.naming import activity_names
from pipc_etl.publish.composing.session_rows import Space, in_scope, sessions
from pipc_etl.publish.composing.trace import Span, Trace
from pipc_etl.publish.document import Block, Chart, Column, FigureRef, Note, Section, Series, Table, Text
from pipc_etl.publish.open_data.cells import ALL, Unit
from pipc_etl.publish.wording import long_date, month_name

_NOT_ADDITIVE = "El número de participantes no es acumulable: una persona pudo participar en dos o más meses. Los meses no se suman."
_REGISTERED = "Solo se cuenta a quienes se registran en los listados de asistencia: quienes participaron pueden ser más."


def build(context: Context) -> Sequence[Section]:
    """One section; none where nobody was counted in the period."""
    blocks = (*_by_month(context), *_attendances(context))
    if not blocks:
        return []
    return [Section("personas", context.title("participants", "Personas participantes"), blocks)]


def _by_month(context: Context) -> tuple[Block, ...]:
    """Different persons by month of each activity that takes names."""
    rows = context.marts.rows(
        "rpt_participants_by_month",
        "scope = 'activity' and window_type = 'month' and distinct_persons > 0 and plan_code in :plans "
        "and window_code between :first and :last",
        keys=("scope", "plan_code", "activity_code", "window_type", "window_code"),
        order_by="plan_code, activity_code, window_code",
        plans=context.definition.plan_codes or ("",),
        first=f"{context.period_start:%Y-M%m}",
        last=f"{context.through:%Y-M%m}",
    )
    rows = [_told(context, row) for row in rows if not context.released.withholds(_unit(row))]
    if not rows:
        return ()
    names = activity_names(context)
    blocks: list[Block] = []
    for activity in dict.fromkeys((row["plan_code"], row["activity_code"]) for row in rows):
        own = [row for row in rows if (row["plan_code"], row["activity_code"]) == activity]
        blocks.append(_month_chart(context, names.get(activity, str(activity[1])), own))
    return (*blocks, Note("non_additive", (_NOT_ADDITIVE,)), Note("non_additive", (_REGISTERED,)))


def _unit(row: MartRow) -> Unit:
    return Unit(row["scope"], row["plan_code"], row["activity_code"], ALL, row["window_code"])


def _told(context: Context, row: MartRow) -> MartRow:
    """The row, without the number where it is fewer persons than may be told."""
    if row["distinct_persons"] >= context.suppression_k:
        return row
    return replace(row, values={**row.values, "distinct_persons": None})


def _month_chart(context: Context, name: str, rows: Sequence[MartRow]) -> Chart:
    months = tuple(month_name(int(row["window_code"][-2:])).capitalize() for row in rows)
    figures = [_persons(context, name, row) for row in rows]
    table = Table(
        title=f"{name}: personas participantes por mes",
        columns=(Column("Mes"), Column("Personas", True)),
        rows=tuple(((month,), (figure,)) for month, figure in zip(months, figures, strict=True)),
        note=("Los meses no se suman.",),
    )
    pairs = "; ".join(f"{month}: {context.book.figures[figure.key].shown}" for month, figure in zip(months, figures, strict=True))
    series = Series("Personas", tuple(row.number("distinct_persons") for row in rows))
    return Chart("bars", table.title, f"Barras por mes. {pairs}.", months, (series,), "personas", table)


def _persons(context: Context, name: str, row: MartRow) -> FigureRef:
    period = parse_period(str(row["window_code"]))
    span = Span(period.start, period.end) if period else Span()
    match = {"plan_code": row["plan_code"], "activity_code": row["activity_code"], "session_on": span, "source": "form"}
    return context.book.add(
        f"activity/{row['plan_code']}/{row['activity_code']}/{row['window_code']}/distinct_persons",
        "distinct_persons",
        row,
        subject=name,
        period_code=str(row["window_code"]),
        missing="suppressed",
        traces=(Trace("fct_attendance", match),),
    )


def _attendances(context: Context) -> tuple[Block, ...]:
    """Attendances by space, and session by session where the report lists them."""
    rows = [row for row in sessions(context, "rpt_attendance_by_session", "attendances > 0") if row["session_code"] not in _hidden(context)]
    if not rows:
        return ()
    table = Table(
        title="Asistencias por espacio",
        columns=(Column("Espacio"), Column("Asistencias", True)),
        rows=tuple(_space_row(context, space, rows) for space in dict.fromkeys(Space.of(row) for row in rows)),
        note=("Una asistencia es una persona en una sesión: no son personas distintas.",),
    )
    if not context.definition.options.get("lists_sessions"):
        return (table,)
    return (_session_table(context, rows), table)


def _hidden(context: Context) -> frozenset[str]:
    """The sessions that are not told: those of sensitive instances count in whole years, among all of their space."""
    is_whole = context.period.code == str(context.period.fiscal_year) and not context.definition.options.get("lists_sessions")
    return frozenset() if is_whole else context.released.sensitive


def _space_row(context: Context, space: Space, rows: Sequence[MartRow]) -> tuple[Text, ...]:
    own = [row for row in rows if Space.of(row) == space]
    condition, asked = space.condition
    if _hidden(context):
        # The report prints the query: it names those that are told, not the others.
        condition, asked = (
            f"{condition} and session_code in :shown",
            {**asked, "shown": tuple(sorted(str(row["session_code"]) for row in own))},
        )
    total = context.marts.total(
        "rpt_attendance_by_session",
        f"{in_scope(context)} and {condition}",
        {"attendances": "sum(attendances)"},
        first=context.period_start,
        last=context.through,
        **asked,
    )
    traces = (Trace("fct_attendance", {"session_code": frozenset(str(row["session_code"]) for row in own)}),)
    figure = context.book.add(f"{space.path}/attendances", "attendances", total, subject=space.title(own), traces=traces)
    return ((space.title(own),), (figure,))


def _session_table(context: Context, rows: Sequence[MartRow]) -> Table:
    """Forms and attendances of each session; they differ where somebody answered twice."""
    table: list[tuple[Text, ...]] = []
    for row in rows:
        subject, code = str(row["title"]), str(row["session_code"])
        traces = (Trace("fct_attendance", {"session_code": code}),)
        cells = tuple(
            (context.book.add(f"session/{code}/{name}", name, row, subject=subject, traces=traces),)
            for name in ("form_rows", "attendances")
        )
        table.append(((subject,), (long_date(row["session_on"]),), *cells))
    return Table(
        title="Formularios y asistencias por sesión",
        columns=(Column("Sesión"), Column("Fecha"), Column("Formularios de asistencia", True), Column("Asistencias", True)),
        rows=tuple(table),
        note=("Los formularios repetidos de una misma persona en una sesión cuentan como una asistencia.",),
    )
