"""What citizens asked: how many questions, how they were answered and by when they had to be."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pipc_etl.contracts.periods import parse_period
from pipc_etl.publish.composing.context import Context
from pipc_etl.publish.composing.marts import MartRow
from pipc_etl.publish.composing.session_rows import sessions
from pipc_etl.publish.composing.trace import Span, Trace
from pipc_etl.publish.document import Block, Column, FigureRef, Note, Paragraph, Role, Section, Table, Text
from pipc_etl.publish.wording import agree, long_date, number, short_date

_MART, _FACT = "rpt_citizen_questions", "fct_citizen_question"
_NO_SESSION = "no_session"
_RECEIVED = "questions"
# Measure, the mart's column and the status of the facts that it counts, in the order of the table.
_STATUSES = (
    ("questions_answered_live", "answered_live"),
    ("questions_answered_in_time", "answered_in_time"),
    ("questions_answered_late", "answered_late"),
    ("questions_answered", "answered"),
    ("questions_transferred", "transferred"),
    ("questions_pending", "pending"),
    ("questions_overdue", "overdue"),
)
_TOTALS = {
    "received_qty": "sum(received_qty)",
    **{f"{status}_qty": f"sum({status}_qty)" for _, status in _STATUSES},
    "in_time_qty": "sum(answered_live_qty + answered_in_time_qty)",
    "own_qty": "sum(received_qty - transferred_qty)",
    "questions_in_time_pct": "100.0 * sum(answered_live_qty + answered_in_time_qty) / nullif(sum(received_qty - transferred_qty), 0)",
}
_KEYS = ("session_code", "period_code")
_IN_TIME = frozenset(("answered_live", "answered_in_time"))
_OWN = frozenset(status for _, status in _STATUSES if status != "transferred")


def build(context: Context) -> Sequence[Section]:
    """One section; none where the report's spaces neither had questions nor had to answer any."""
    rows = _rows(context)
    if not rows:
        return []
    reported = [row for row in rows if row["is_reported"]]
    blocks: list[Block] = []
    if reported:
        blocks += [_summary(context, reported), _table(context, reported)]
    blocks += [*_norms(reported), *_unreported(rows)]
    return [Section("preguntas", context.title("questions", "Preguntas de la ciudadanía"), tuple(blocks))]


def question_figure(context: Context, session_code: str) -> FigureRef | None:
    """How many questions a session had, wherever the report tells it; None where none were reported."""
    rows = context.marts.rows(_MART, "session_code = :code and is_reported", keys=_KEYS, code=session_code)
    return _count(context, rows[0], _RECEIVED, None) if rows else None


def _condition(context: Context) -> tuple[str, dict[str, Any]]:
    """Which rows are the report's: of its sessions where it names types of spaces, else whatever is of no other plan."""
    parameters: dict[str, Any] = {"first": f"{context.period_start:%Y-M%m}", "last": f"{context.through:%Y-M%m}"}
    if context.definition.options.get("space_types"):
        parameters["codes"] = tuple(str(row["session_code"]) for row in sessions(context)) or ("",)
        return "period_code between :first and :last and session_code in :codes", parameters
    parameters["plans"] = context.definition.plan_codes or ("",)
    return "period_code between :first and :last and is_reported and (plan_code is null or plan_code in :plans)", parameters


def _rows(context: Context) -> list[MartRow]:
    where, parameters = _condition(context)
    return context.marts.rows(_MART, where, keys=_KEYS, order_by="period_code, session_on, session_code", **parameters)


def _subject(row: MartRow) -> str:
    if row["session_code"] == _NO_SESSION:
        return "Preguntas que no fueron en un evento"
    return str(row["title"] or row["session_code"])


def _match(row: MartRow) -> dict[str, object]:
    if row["session_code"] != _NO_SESSION:
        return {"session_code": row["session_code"]}
    month = parse_period(str(row["period_code"]))
    return {"session_code": None, "received_on": Span(month.start, month.end) if month else Span()}


def _count(context: Context, row: MartRow, code: str, status: str | None) -> FigureRef:
    place = f"{row['session_code']}/{row['period_code']}" if row["session_code"] == _NO_SESSION else str(row["session_code"])
    match = {**_match(row), **({"question_status": status} if status else {})}
    return context.book.add(
        f"session/{place}/{code}",
        code,
        row,
        subject=_subject(row),
        column=f"{status}_qty" if status else "received_qty",
        traces=(Trace(_FACT, match),),
    )


def _summary(context: Context, rows: Sequence[MartRow]) -> Paragraph:
    """How many in all and how many of them in time."""
    where, parameters = _condition(context)
    total = context.marts.total(_MART, where, _TOTALS, **parameters)
    subject = "Preguntas de la ciudadanía"
    received = context.book.add(
        "questions/received", _RECEIVED, total, subject=subject, column="received_qty", traces=_all(context, rows, "value")
    )
    text: Text = ("La ciudadanía hizo ", received, f" {agree(total['received_qty'], 'pregunta', 'preguntas')}")
    if not total["own_qty"]:
        return Paragraph((*text, "."))
    share = context.book.add(
        "questions/in_time_pct",
        "questions_in_time_pct",
        total,
        subject=subject,
        traces=(*_all(context, rows, "numerator", _IN_TIME), *_all(context, rows, "denominator", _OWN)),
    )
    of_what = f"{number(total['in_time_qty'])} de {number(total['own_qty'])}"
    return Paragraph((*text, "; se respondió en vivo o dentro del término el ", share, f" de las que no se trasladaron ({of_what})."))


def _all(context: Context, rows: Sequence[MartRow], role: Role, statuses: frozenset[str] = frozenset()) -> tuple[Trace, ...]:
    """The questions behind a sum over `rows`: those of their sessions, and of no session those of the period."""
    chosen = {"question_status": statuses} if statuses else {}
    codes = frozenset(str(row["session_code"]) for row in rows) - {_NO_SESSION}
    traces = [Trace(_FACT, {"session_code": codes, **chosen}, role=role)]
    if any(row["session_code"] == _NO_SESSION for row in rows):
        period = Span(context.period_start, context.through)
        traces.append(Trace(_FACT, {"session_code": None, "received_on": period, **chosen}, role=role))
    return tuple(traces)


def _table(context: Context, rows: Sequence[MartRow]) -> Table:
    """A row for each space; a status that no question has is left out."""
    used = [(code, status) for code, status in _STATUSES if any(row[f"{status}_qty"] for row in rows)]
    columns = [context.book.label("session", code) for code, _ in used]
    return Table(
        title="Preguntas y respuestas por espacio",
        columns=(
            Column("Espacio"),
            Column("Recibidas", True),
            *(Column(label, True) for label in columns),
            Column("Último vencimiento"),
        ),
        rows=tuple(_table_row(context, row, used) for row in rows),
        note=("Los comentarios no son preguntas: no se cuentan aquí.",),
    )


def _table_row(context: Context, row: MartRow, used: Sequence[tuple[str, str]]) -> tuple[Text, ...]:
    figures = ((_count(context, row, code, status),) for code, status in used)
    due = short_date(row["last_due_on"]) if row["last_due_on"] else ""
    return ((_subject(row),), (_count(context, row, _RECEIVED, None),), *figures, (due,))


def _unreported(rows: Sequence[MartRow]) -> list[Block]:
    """The spaces of which nobody said whether there were questions, and by when those had to be answered."""
    silent = [row for row in rows if not row["is_reported"]]
    if not silent:
        return []
    table = Table(
        title="Espacios sin preguntas reportadas",
        columns=(Column("Espacio"), Column("Fecha"), Column("Plazo para responder")),
        rows=tuple(((_subject(row),), (long_date(row["session_on"]),), (long_date(row["answer_due_on"]),)) for row in silent),
        note=("El plazo es de quince días hábiles después del espacio (Ley 1757 de 2015, artículo 56).",),
    )
    return [table, Note("incomplete", ("No se ha reportado si en estos espacios hubo preguntas: no quiere decir que no las hubiera.",))]


def _norms(reported: Sequence[MartRow]) -> list[Block]:
    """By which norms the terms were counted."""
    norms = list(dict.fromkeys(norm for row in reported for norm in str(row["response_norms"] or "").split("; ") if norm))
    if not norms:
        return []
    return [
        Note("method", (f"Los términos se cuentan en días hábiles, según la norma vigente el día de cada pregunta: {'; '.join(norms)}.",))
    ]
