"""Notes about a plan, made from its rows: early execution and its cause, work carried over, months not reported, rows set aside."""

from __future__ import annotations

from collections.abc import Sequence

from pipc_etl.publish.composing.context import Context
from pipc_etl.publish.composing.marts import MartRow
from pipc_etl.publish.composing.naming import quoted
from pipc_etl.publish.composing.plan_figures import PLAN_KEYS, Level, add, plan_rows
from pipc_etl.publish.document import Note, Text
from pipc_etl.publish.wording import counted, listed, month_name, number

# A target that may be exceeded.
_MINIMUM = "minimum"
_ACTIVITY_KEYS = (*PLAN_KEYS, "activity_code")


def plan_notes(context: Context, plan: Level) -> tuple[Note, ...]:
    """What a reader must know beside the plan's percents."""
    activities = activity_rows(context, plan)
    return (
        *_over_execution(context, plan, activities),
        *_carried_in(context, plan, activities),
        *_incomplete(plan),
    )


def activity_rows(context: Context, plan: Level) -> list[MartRow]:
    """The plan's activities in the report's period, in the order of their codes."""
    return [row for row in plan_rows(context, "rpt_activity_compliance", ("activity_code",)) if row["plan_code"] == plan.plan_code]


def activity_level(row: MartRow) -> Level:
    """One activity."""
    code = str(row["activity_code"])
    return Level(row, f"activity/{row['plan_code']}/{code}", str(row["activity_name"]), (code,))


def _over_execution(context: Context, plan: Level, activities: Sequence[MartRow]) -> list[Note]:
    """Which activities did more than programmed, and from which months it was brought forward."""
    notes = []
    early = context.marts.rows(
        "fct_early_execution",
        "plan_code = :plan and period_code = :period",
        keys=(*_ACTIVITY_KEYS, "month"),
        plan=plan.plan_code,
        period=context.period.code,
    )
    for row in activities:
        if not row["over_execution_qty"]:
            continue
        level = activity_level(row)
        text: Text = (f"{quoted(level.subject)} ejecutó ", add(context, level, "over_execution_qty"), " más de lo programado a corte")
        months = [item for item in early if item["activity_code"] == row["activity_code"]]
        if months:
            taken = listed([f"{number(item['early_qty'])} de {month_name(item['month'].month)}" for item in months])
            text = (*text, f": es ejecución anticipada de lo programado para después ({taken})")
        if row["surplus_over_year_qty"]:
            text = (*text, f"; {counted(row['surplus_over_year_qty'], 'unidad pasa', 'unidades pasan')} de lo programado para todo el año")
        if row["target_rule"] == _MINIMUM:
            text = (*text, "; su meta es un mínimo")
        notes.append(Note("over_execution", (*text, ".")))
    return notes


def _carried_in(context: Context, plan: Level, activities: Sequence[MartRow]) -> list[Note]:
    """Work of the year before, shown aside: in neither P nor E of this plan."""
    rows = [row for row in activities if row["carried_in_executed_to_date_qty"]]
    if not rows:
        return []
    return [
        Note(
            "carried_over",
            (
                f"{quoted(row['activity_name'])}: se ejecutó además ",
                add(context, activity_level(row), "carried_in_executed_to_date_qty"),
                " de la vigencia anterior, que no cuenta en lo programado ni en lo ejecutado de este plan.",
            ),
        )
        for row in rows
    ]


def _incomplete(plan: Level) -> list[Note]:
    row = plan.row
    notes = []
    if row["unreported_months"]:
        months = counted(row["unreported_months"], "mes", "meses")
        codes = str(row["unreported_month_codes"]).split(", ")
        names = listed([f"{month_name(int(code[-2:]))} de {code[:4]}" for code in codes])
        notes.append(
            Note("incomplete", (f"Hay actividades sin reporte en {months} ({names}): lo ejecutado puede ser más de lo que aquí aparece.",))
        )
    if row["has_quarantined_rows"]:
        notes.append(Note("incomplete", ("Algunas filas recibidas tienen errores sin corregir y no cuentan: lo ejecutado puede ser más.",)))
    if not row["is_approved"]:
        notes.append(
            Note("incomplete", ("La oficina de planeación no ha cerrado todos los meses del período: las cifras son preliminares.",))
        )
    return notes
