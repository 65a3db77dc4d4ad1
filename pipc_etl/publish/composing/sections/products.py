"""A plan kept by products: activity, task and product, each product with its percent and its evidence."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import groupby

from pipc_etl.publish.composing.context import Context
from pipc_etl.publish.composing.marts import MartRow
from pipc_etl.publish.composing.naming import anchor, quoted
from pipc_etl.publish.composing.plan_figures import PLAN_KEYS, Level, add, plan_level, plan_rows
from pipc_etl.publish.composing.plan_notes import activity_level, activity_rows
from pipc_etl.publish.document import Block, Column, Note, Paragraph, Section, Table, Text
from pipc_etl.publish.wording import counted, long_date

_NUMBERS = (("executed_qty", "Ejecutado"), ("programmed_qty", "Programado"), ("execution_pct", "Ejecución"))


def build(context: Context) -> Sequence[Section]:
    """For each plan of the report a section, and one for each of its activities that had a product to deliver in the period."""
    sections: list[Section] = []
    for row in plan_rows(context):
        plan = plan_level(row)
        products = [_product(item) for item in activity_rows(context, plan)]
        due = [level for level in products if level.row["programmed_qty"] or level.row["executed_qty"]]
        if not due:
            continue
        reports = _reports(context, plan)
        sections.append(Section(f"productos-{plan.plan_code.lower()}", _title(context), _introduction(plan, due, products)))
        for name, members in groupby(due, key=lambda level: str(level.row["activity_name"])):
            sections.append(_activity(context, plan, name, list(members), reports))
    return sections


def _title(context: Context) -> str:
    return context.title("products", "Seguimiento de los avances del cronograma")


def _product(row: MartRow) -> Level:
    """A row of the plan under the name of its task and product, as reports print them."""
    name = " / ".join(str(row[part]) for part in ("task_name", "product_name") if row[part])
    return replace(activity_level(row), subject=name or str(row["activity_name"]))


def _introduction(plan: Level, due: Sequence[Level], products: Sequence[Level]) -> tuple[Block, ...]:
    rest = [level for level in products if level not in due]
    later = sum(level.row["annual_qty"] > level.row["programmed_to_date_qty"] for level in rest)
    text = f"Cada actividad se desarrolla con tareas, y cada tarea entrega productos. Al {long_date(plan.row['cutoff_date'])} "
    text += f"había {counted(len(due), 'producto programado', 'productos programados')}"
    if later < len(rest):
        text += f" o ejecutados en el período; {counted(len(rest) - later, 'es de un período anterior', 'son de períodos anteriores')}"
    if later:
        text += f"; {counted(later, 'se programó', 'se programaron')} para después"
    return (Paragraph((f"{text}.",)),)


def _reports(context: Context, plan: Level) -> Mapping[str, list[MartRow]]:
    """What was reported of each product within the period."""
    rows = context.marts.rows(
        "fct_activity_execution",
        "plan_code = :plan and month between :first and :last",
        keys=("plan_code", "fiscal_year", "activity_code", "month"),
        plan=plan.plan_code,
        first=context.period_start,
        last=plan.row["cutoff_date"],
    )
    found: dict[str, list[MartRow]] = defaultdict(list)
    for row in rows:
        found[str(row["activity_code"])].append(row)
    return found


def _activity(context: Context, plan: Level, name: str, products: Sequence[Level], reports: Mapping[str, list[MartRow]]) -> Section:
    rows: list[tuple[Text, ...]] = []
    notes: list[Note] = []
    for level in products:
        told = reports.get(str(level.row["activity_code"]), [])
        rows.append(((level.subject,), *((add(context, level, code),) for code, _ in _NUMBERS), (_told(told),)))
        notes += _evidence_notes(level, told)
    notes += _alternatives(context, plan, products)
    columns = (Column("Tarea / producto"), *(Column(title, True) for _, title in _NUMBERS), Column("Evidencias"))
    table = Table(title=f"{name}: productos del período", columns=columns, rows=tuple(rows))
    return Section(f"productos-{plan.plan_code.lower()}-{anchor(name)}", name, (table, *notes), level=3)


def _told(reports: Sequence[MartRow]) -> str:
    """What the dependency wrote: what was done or why not, and where the evidence is."""
    parts = [str(row[column]).strip() for row in reports for column in ("description", "justification", "evidence") if row[column]]
    return " ".join(part if part.endswith(".") else f"{part}." for part in parts) or "–"


def _evidence_notes(level: Level, reports: Sequence[MartRow]) -> list[Note]:
    """Evidence that bears a date of another year than the plan's."""
    return [
        Note(
            "method",
            (f"La evidencia de {quoted(level.subject)} tiene fecha {long_date(row['evidence_on'])}, de otra vigencia que la del plan.",),
        )
        for row in reports
        if row["evidence_on"] is not None and row["evidence_on"].year != level.row["fiscal_year"]
    ]


def _alternatives(context: Context, plan: Level, products: Sequence[Level]) -> list[Note]:
    """Targets that are met in one way or in another."""
    chosen = {str(level.row["activity_code"]) for level in products if level.row["target_rule"] == "alternative"}
    if not chosen:
        return []
    rows = context.marts.rows(
        "dim_activity",
        "plan_code = :plan and fiscal_year = :year and activity_code in :codes",
        keys=(*PLAN_KEYS[:2], "activity_code"),
        plan=plan.plan_code,
        year=plan.row["fiscal_year"],
        codes=sorted(chosen),
    )
    targets = dict.fromkeys(str(row["target_description"]) for row in rows if row["target_description"])
    return [Note("method", (f"La meta {quoted(target)} se cumple con cualquiera de sus alternativas.",)) for target in targets]
