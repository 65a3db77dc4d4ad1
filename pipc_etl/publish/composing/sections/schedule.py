"""The schedule of the accountability strategy: what each activity had to do, what was done, and in which quarters."""

from __future__ import annotations

from collections.abc import Sequence

from pipc_etl.publish.composing.context import Context
from pipc_etl.publish.composing.marts import MartRow
from pipc_etl.publish.composing.naming import quoted
from pipc_etl.publish.composing.trace import Span, Trace
from pipc_etl.publish.document import Block, Card, Cards, Column, FigureRef, Note, Paragraph, Section, Table, Text
from pipc_etl.publish.wording import counted, listed, long_date

_MART, _FACT = "rpt_schedule_progress", "fct_schedule_milestone"
_KEYS = ("fiscal_year", "activity_number")
_COLUMNS = {"schedule_done": "done_qty", "schedule_minimum": "minimum_qty", "schedule_quarters_met": "quarters_met"}
_TOTALS = {
    "schedule_activities_met": "count(*) filter (where status in ('met', 'over'))",
    "schedule_activities_unreported": "count(*) filter (where status = 'not_reported')",
}


def build(context: Context) -> Sequence[Section]:
    """One section with the year's schedule; none where no schedule was received."""
    rows = context.marts.rows(_MART, "fiscal_year = :year", keys=_KEYS, order_by="activity_order", year=context.period.fiscal_year)
    if not rows:
        return []
    blocks: list[Block] = [
        Paragraph(
            (
                f"El cronograma tiene {counted(len(rows), 'actividad', 'actividades')}. "
                f"Lo realizado es lo reportado de los trimestres terminados al {long_date(rows[0]['cutoff_date'])}.",
            )
        ),
        _totals(context, rows),
        _table(context, rows),
        *_notes(context, rows),
    ]
    return [Section("cronograma", context.title("schedule", "Cronograma de la estrategia"), tuple(blocks))]


def _totals(context: Context, rows: Sequence[MartRow]) -> Cards:
    """How many activities met their quantity, and of how many nothing is known."""
    year = rows[0]["fiscal_year"]
    expressions = {"measured_qty": "count(*)", **_TOTALS}
    total = context.marts.total(_MART, "fiscal_year = :year and minimum_qty is not null", expressions, year=year)
    captions = {
        "schedule_activities_met": "cumplieron su meta o la superaron",
        "schedule_activities_unreported": "sin reporte de lo realizado",
    }
    wanted = {"schedule_activities_met": ("met", "over"), "schedule_activities_unreported": ("not_reported",)}
    cards = []
    for code, caption in captions.items():
        numbers = [str(row["activity_number"]) for row in rows if row["status"] in wanted[code]]
        match = {"fiscal_year": year, "activity_number": frozenset(numbers)}
        figure = context.book.add(
            f"schedule/{year}/{code}", code, total, subject="Cronograma de la estrategia", traces=(Trace(_FACT, match, "done_qty"),)
        )
        cards.append(Card(figure, f"actividades {caption}", (f"de {total['measured_qty']} que tienen una cantidad en su meta",)))
    return Cards(tuple(cards))


def _figure(context: Context, row: MartRow, code: str) -> FigureRef:
    return context.book.add(
        f"schedule/{row['activity_number']}/{row['fiscal_year']}/{code}",
        code,
        row,
        subject=f"{row['activity_number']}. {row['activity_name']}",
        column=_COLUMNS.get(code, "progress_pct"),
        missing="not_reported",
        traces=_traces(row, code),
    )


def _traces(row: MartRow, code: str) -> tuple[Trace, ...]:
    """The cells of what was done in each quarter and of the target."""
    own = {"fiscal_year": row["fiscal_year"], "activity_number": row["activity_number"]}
    ended = {**own, "period_end": Span(None, row["cutoff_date"])}
    match code:
        case "schedule_minimum":
            return (Trace(_FACT, own, "minimum_qty"),)
        case "schedule_progress_pct":
            return (Trace(_FACT, ended, "done_qty", "numerator"), Trace(_FACT, own, "minimum_qty", "denominator"))
    return (Trace(_FACT, ended, "done_qty"),)


def _table(context: Context, rows: Sequence[MartRow]) -> Table:
    body: list[tuple[Text, ...]] = []
    for row in rows:
        name = f"{row['activity_number']}. {row['activity_name']}"
        numbers: tuple[Text, ...] = (("–",), ("–",), ("–",))
        if row["minimum_qty"] is not None:
            minimum: Text = (_figure(context, row, "schedule_minimum"), " o más" if row["target_rule"] == "minimum" else "")
            numbers = (minimum, (_figure(context, row, "schedule_done"),), (_figure(context, row, "schedule_progress_pct"),))
        body.append(((name,), *numbers, _quarters(context, row), (str(row["status_name"]),), (str(row["done_evidence"] or "–"),)))
    return Table(
        title=f"Cronograma de la estrategia de rendición de cuentas {rows[0]['fiscal_year']}",
        columns=(
            Column("Actividad"),
            Column("Meta", True),
            Column("Realizado", True),
            Column("Avance", True),
            Column("Trimestres cumplidos"),
            Column("Estado"),
            Column("Evidencia"),
        ),
        rows=tuple(body),
    )


def _quarters(context: Context, row: MartRow) -> Text:
    if not row["quarters_due"] or row["done_qty"] is None:
        return ("–",)
    return (_figure(context, row, "schedule_quarters_met"), f" de {row['quarters_due']}")


def _notes(context: Context, rows: Sequence[MartRow]) -> list[Note]:
    """Over the minimum, the strategy against the schedule, what was not reported and what only asks for evidence."""
    notes = []
    for row in rows:
        name = quoted(str(row["activity_name"]))
        if row["status"] == "over":
            text: Text = (f"{name}: se realizaron ", _figure(context, row, "schedule_done"), " y la meta era ")
            text = (*text, "de mínimo " if row["target_rule"] == "minimum" else "de ", _figure(context, row, "schedule_minimum"))
            if row["quarters_due"] and row["quarters_met"] == row["quarters_due"]:
                text = (*text, "; en cada trimestre proyectado se cumplió lo proyectado o más")
            notes.append(Note("over_execution", (*text, ".")))
        if row["differs_from_strategy"]:
            notes.append(
                Note(
                    "reconciliation",
                    (
                        f"{name}: el texto de la estrategia pide {row['strategy_minimum_qty']} y el cronograma ",
                        _figure(context, row, "schedule_minimum"),
                        ". Aquí se mide contra el cronograma.",
                    ),
                )
            )
    if missing := [str(row["activity_number"]) for row in rows if row["status"] == "not_reported"]:
        notes.append(Note("incomplete", (f"No se ha reportado lo realizado de {_numbered(missing)}: no es un cero.",)))
    if evidence := [str(row["activity_number"]) for row in rows if row["status"] == "evidence_only"]:
        notes.append(Note("method", (f"La meta de {_numbered(evidence)} es una evidencia, sin cantidad: no tiene porcentaje.",)))
    return notes


def _numbered(numbers: Sequence[str]) -> str:
    return f"{'la actividad' if len(numbers) == 1 else 'las actividades'} {listed(numbers)}"
