"""Spaces outside the report's plans, and what posts and spaces had in networks: figures that are never people who attended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pipc_etl.publish.composing.context import Context
from pipc_etl.publish.composing.marts import MartRow
from pipc_etl.publish.composing.naming import anchor
from pipc_etl.publish.composing.sections.questions import question_figure
from pipc_etl.publish.composing.session_rows import sessions
from pipc_etl.publish.composing.trace import Trace
from pipc_etl.publish.document import Block, Column, FigureRef, Note, Section, Table, Text
from pipc_etl.publish.wording import long_date, number, short_date

_MART, _FACT = "rpt_social_metric", "fct_social_metric"
# What the summary of a session tells, in its order.
_OF_SESSION = ("comments", "reach", "minutes_played", "shares")
_NOT_PEOPLE = (
    "Alcance, reproducciones, visualizaciones, visitas e interacciones no son personas que asistieron: no se suman a las asistencias "
    "ni a los participantes, ni unas a otras."
)
_OUTSIDE = "Estos espacios no hacen parte del plan: no entran en lo programado ni en lo ejecutado."
_SOURCES = ("manual", "export", "screenshot")


def build(context: Context) -> Sequence[Section]:
    """The spaces outside the plan with their figures, then what networks say of the rest; none where nothing was reported."""
    rows = _metrics(context)
    outside = _outside(context)
    codes = {str(row["session_code"]) for row in outside}
    rest = [row for row in rows if row["subject_code"] not in codes]
    sections = []
    if outside:
        own = [row for row in rows if row["subject_code"] in codes]
        sections.append(_outside_section(context, outside, own))
    if rest:
        blocks: list[Block] = [_metric_table(context, "Cifras de redes y de alcance", rest), *_other_values(context, rest)]
        title = context.title("social", "Redes y alcance")
        sections.append(Section("redes", title, (*blocks, Note("non_additive", (_NOT_PEOPLE,)))))
    return sections


def _metrics(context: Context) -> list[MartRow]:
    """The metrics of the period: of the report's sessions where it names types of spaces, else of all but other plans' spaces."""
    codes = tuple(str(row["session_code"]) for row in sessions(context))
    of_plan = "plan_code is null or plan_code in :plans"
    only_sessions = bool(context.definition.options.get("space_types"))
    order = [code.code for code in context.catalog.codelists["social_metric_type"].codes]
    rows = context.marts.rows(
        _MART,
        f"subject_on between :first and :last and ({'subject_code in :codes' if only_sessions else of_plan})",
        keys=("subject_type", "subject_code", "fiscal_year", "metric"),
        order_by="subject_on, subject_code",
        first=context.period_start,
        last=context.through,
        codes=codes or ("",),
        plans=context.definition.plan_codes or ("",),
    )
    return sorted(rows, key=lambda row: (row["subject_on"], row["subject_code"], order.index(row["metric"])))


def _outside(context: Context) -> list[MartRow]:
    """Sessions of the period that belong to no plan, with those who attended; a report that names its types of spaces has them already."""
    if context.definition.options.get("space_types"):
        return []
    return context.marts.rows(
        "rpt_attendance_by_session",
        "plan_code is null and session_on between :first and :last",
        keys=("session_code",),
        order_by="session_on, session_code",
        first=context.period_start,
        last=context.through,
    )


def _outside_section(context: Context, outside: Sequence[MartRow], metrics: Sequence[MartRow]) -> Section:
    by_subject = {(row["subject_code"], row["metric"]): row for row in metrics}
    summary = [metric for metric in _OF_SESSION if any(row["metric"] == metric for row in metrics)]
    table = Table(
        title="Espacios por fuera del plan",
        columns=(
            Column("Espacio"),
            Column("Fecha"),
            Column("Asistencias", True),
            Column("Preguntas", True),
            *(Column(context.name("social_metric_type", metric), True) for metric in summary),
        ),
        rows=tuple(_outside_row(context, row, [by_subject.get((row["session_code"], metric)) for metric in summary]) for row in outside),
        note=(_OUTSIDE,),
    )
    rest = [row for row in metrics if row["metric"] not in summary]
    blocks: list[Block] = [table]
    if rest:
        blocks.append(_metric_table(context, "Otras cifras de redes de estos espacios", rest))
    blocks += [*_other_values(context, metrics), Note("non_additive", (_NOT_PEOPLE,))]
    return Section("otros-espacios", context.title("other_spaces", "Otros espacios de participación"), tuple(blocks))


def _outside_row(context: Context, row: MartRow, metrics: Sequence[MartRow | None]) -> tuple[Text, ...]:
    code, title = str(row["session_code"]), str(row["title"])
    # The attendances of a session of a sensitive instance are not told by themselves.
    told = replace(row, values={**row.values, "attendances": None}) if code in context.released.sensitive else row
    attended = context.book.add(
        f"session/{code}/attendances",
        "attendances",
        told,
        subject=title,
        missing="suppressed" if told is not row else None,
        traces=(Trace("fct_attendance", {"session_code": code}),),
    )
    question = question_figure(context, code)
    cells = ((_figure(context, metric),) if metric else () for metric in metrics)
    return ((title,), (long_date(row["session_on"]),), (attended,), (question,) if question else (), *cells)


def _metric_table(context: Context, title: str, rows: Sequence[MartRow]) -> Table:
    return Table(
        title=title,
        columns=(Column("Espacio"), Column("Métrica"), Column("Valor", True), Column("Fuente"), Column("Fecha de captura")),
        rows=tuple(
            (
                (str(row["subject_name"]),),
                (context.name("social_metric_type", row["metric"]),),
                (_figure(context, row),),
                (_source(context, row["source"]),),
                (short_date(row["captured_on"]),),
            )
            for row in rows
        ),
    )


def _source(context: Context, code: str) -> str:
    return "Varias" if code == "mixed" else context.name("metric_source", code)


def _key(row: MartRow) -> str:
    subject, metric = str(row["subject_code"]), str(row["metric"])
    if row["subject_type"] == "session":
        return f"session/{subject}/{metric}"
    return f"space/{anchor(subject)}/{row['fiscal_year']}/{metric}"


def _figure(context: Context, row: MartRow, source: str | None = None) -> FigureRef:
    """The metric as the report shows it, or as another `source` says it."""
    subject = "session_code" if row["subject_type"] == "session" else "space_name"
    chosen = {"source": source, "is_latest": True} if source else {"is_shown": True}
    match = {subject: row["subject_code"], "metric": row["metric"], **chosen}
    if row["subject_type"] == "space":
        match["session_code"] = None
    return context.book.add(
        _key(row) + (f"/{source}" if source else ""),
        str(row["metric"]),
        row,
        subject=str(row["subject_name"]),
        column=f"{source}_qty" if source else "value_qty",
        label=f"{context.name('social_metric_type', row['metric'])} ({context.name('metric_source', source).lower()})" if source else None,
        traces=(Trace(_FACT, match, "value_qty"),),
    )


def _other_values(context: Context, rows: Sequence[MartRow]) -> list[Note]:
    """Where two sources differ, the one that is not shown; where posts do not add up, why there is no number."""
    notes: list[Note] = []
    for row in rows:
        metric = context.name("social_metric_type", row["metric"])
        if not row["is_additive"]:
            text = f"{row['subject_name']}: {metric.lower()} de {number(row['post_qty'])} publicaciones, que no se suman."
            notes.append(Note("non_additive", (text,)))
        for source in _SOURCES if row["has_other_value"] else ():
            if source != row["source"] and row.get(f"{source}_qty") not in (None, row["value_qty"]):
                notes.append(_other_value(context, row, metric, source))
    return notes


def _other_value(context: Context, row: MartRow, metric: str, source: str) -> Note:
    other = _said(context.name("metric_source", source), row["other_definition"])
    shown = _said(_source(context, row["source"]), row["metric_definition"])
    return Note(
        "method",
        (
            f"{row['subject_name']}, {metric.lower()}: se publica ",
            _figure(context, row),
            f" ({shown}); otra fuente dice ",
            _figure(context, row, source),
            f" ({other}). Se guardan las dos.",
        ),
    )


def _said(source: str, definition: object) -> str:
    text = str(definition or "")
    return source.lower() + (f": {text[:1].lower()}{text[1:]}" if text else "")
