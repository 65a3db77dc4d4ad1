"""How those who took part rated it: means of the evaluation's questions with their answers, by session and together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pipc_etl.publish.composing.context import Context
from pipc_etl.publish.composing.marts import MartRow, literal
from pipc_etl.publish.composing.trace import Trace
from pipc_etl.publish.document import Block, Chart, Column, FigureRef, Missing, Note, Paragraph, Section, Series, Table, Text
from pipc_etl.publish.wording import agree

_RATING = "1_5"
_HIDDEN = "Reservado: con ese promedio se podría saber qué respondieron unas pocas personas."
_MART, _FACT, _KIND = "rpt_evaluation", "fct_evaluation", "evaluation_form"
_STARS = " + ".join(f"{stars} * answer_{stars}_qty" for stars in range(1, 6))
# A question over all the report's sessions: of all the answers, never the mean of the sessions' means.
_TOGETHER = {
    "evaluation_mean": f"sum({_STARS})::numeric / nullif(sum(answers), 0)",
    "evaluation_yes_pct": "100.0 * sum(yes_qty) / nullif(sum(answers), 0)",
    "yes_qty": "sum(yes_qty)",
    "answers": "sum(answers)",
    "form_rows": "sum(form_rows)",
}


def build(context: Context) -> Sequence[Section]:
    """One section; none where no evaluation was received of the report's sessions."""
    rows = context.marts.rows(
        _MART,
        f"{_scope(context)} and answers > 0",
        keys=("session_code", "question_code"),
        order_by="period_code, session_code",
    )
    if not rows:
        return []
    order = [column.name for column in context.catalog.contracts[_KIND].columns]
    questions = sorted({str(row["question_code"]) for row in rows}, key=order.index)
    own = {question: [row for row in rows if row["question_code"] == question] for question in questions}
    rated = {question: found for question, found in own.items() if found[0]["scale"] == _RATING}
    blocks: list[Block] = [_received(context, own[questions[0]])]
    if rated:
        blocks.append(_ratings(context, rated))
    blocks += [_yes_no(context, question, found) for question, found in own.items() if question not in rated]
    if any(figure.missing == "suppressed" for figure in context.book.figures.values() if figure.key.startswith("evaluation/")):
        blocks.append(Note("suppressed", (_HIDDEN,)))
    return [Section("percepcion", context.title("perception", "¿Cómo nos perciben?"), tuple(blocks))]


def _scope(context: Context) -> str:
    plans = literal(context.definition.plan_codes or ("",))
    first, last = (literal(f"{day:%Y-M%m}") for day in (context.period_start, context.through))
    return f"plan_code in {plans} and period_code between {first} and {last}"


def _received(context: Context, rows: Sequence[MartRow]) -> Paragraph:
    """How many forms; every question of a form is a row of the mart, so one question counts them."""
    question = str(rows[0]["question_code"])
    figure = context.book.add(
        "evaluation/answers",
        "evaluation_forms",
        _together(context, question),
        subject="Evaluación de los espacios",
        column="form_rows",
        traces=_traces(rows, None),
    )
    spaces = f"{len(rows)} {agree(len(rows), 'espacio', 'espacios')}"
    return Paragraph(
        ("Se recibieron ", figure, f" formularios de evaluación de {spaces}. Las calificaciones van de 1 (mala) a 5 (excelente).")
    )


def _ratings(context: Context, questions: dict[str, list[MartRow]]) -> Chart:
    """A mean for each question over all sessions, and beside it each session's."""
    sessions = list(dict.fromkeys((str(row["session_code"]), str(row["title"])) for rows in questions.values() for row in rows))
    table_rows: list[tuple[Text, ...]] = []
    means, said = [], []
    for question, rows in questions.items():
        title, total = _question(context, question), _together(context, question)
        own = {str(row["session_code"]): row for row in rows}
        every = _figure(context, f"evaluation/{question}/mean", "evaluation_mean", total, title, _traces(rows, question))
        cells: list[Text] = [(_mean(context, title, own[code]),) if code in own else ("–",) for code, _ in sessions]
        table_rows.append(((title,), *cells, (every,), (str(total["answers"]),)))
        means.append(total.number("evaluation_mean"))
        said.append(f"{title} {context.book.figures[every.key].shown}")
    table = Table(
        title="Calificación promedio de cada pregunta, de 1 a 5",
        columns=(Column("Pregunta"), *(Column(title, True) for _, title in sessions), Column("Todos", True), Column("Respuestas", True)),
        rows=tuple(table_rows),
        note=("El promedio de todos es el de todas las respuestas, no el promedio de los promedios.",),
    )
    names = tuple(_question(context, question) for question in questions)
    return Chart(
        "bars", table.title, f"Barras por pregunta: {'; '.join(said)}.", names, (Series("Promedio", tuple(means)),), "de 1 a 5", table
    )


def _yes_no(context: Context, question: str, rows: Sequence[MartRow]) -> Paragraph:
    title, total = _question(context, question), _together(context, question)
    figure = _figure(context, f"evaluation/{question}/yes_pct", "evaluation_yes_pct", total, title, _traces(rows, question))
    of_what = f" ({total['yes_qty']} de {total['answers']} respuestas)." if total["yes_qty"] is not None else "."
    return Paragraph((f"{title} Respondieron «Sí»: ", figure, of_what))


def _mean(context: Context, title: str, row: MartRow) -> FigureRef:
    session, question = str(row["session_code"]), str(row["question_code"])
    shown = row if context.released.shows_session(session, question) else _hidden(row)
    subject = f"{row['title']}: {title}"
    return _figure(context, f"evaluation/{session}/{question}/mean", "evaluation_mean", shown, subject, _traces([row], question), "mean")


def _together(context: Context, question: str) -> MartRow:
    """A question over all the report's sessions, without its numbers where they would tell what few persons answered."""
    row = context.marts.total(_MART, f"{_scope(context)} and question_code = :question", _TOGETHER, question=question)
    is_shown = context.released.shows_plans(context.definition.plan_codes, context.period.code, question)
    return row if is_shown else _hidden(row)


def _hidden(row: MartRow) -> MartRow:
    """The row without what was answered; how many answered stays."""
    kept = ("answers", "form_rows", "session_code", "question_code", "title", "period_code", "cutoff_date")
    return replace(row, values={name: value if name in kept else None for name, value in row.values.items()})


def _figure(
    context: Context, key: str, code: str, row: MartRow, subject: str, traces: tuple[Trace, ...], column: str | None = None
) -> FigureRef:
    missing: Missing | None = "suppressed" if row[column or code] is None else None
    return context.book.add(key, code, row, subject=subject, column=column, missing=missing, traces=traces)


def _traces(rows: Sequence[MartRow], question: str | None) -> tuple[Trace, ...]:
    return (Trace(_FACT, {"session_code": frozenset(str(row["session_code"]) for row in rows)}, question),)


def _question(context: Context, code: str) -> str:
    """The question as the form asks it."""
    return context.catalog.contracts[_KIND].column(code).title
