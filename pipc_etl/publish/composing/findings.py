"""What the data of a report show beside its figures, each with what to do about it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pipc_etl.contracts.periods import parse_period
from pipc_etl.publish.composing.context import Context
from pipc_etl.publish.composing.marts import literal
from pipc_etl.publish.composing.naming import dependency_names
from pipc_etl.publish.composing.plan_figures import Level, add, plan_level, plan_rows
from pipc_etl.publish.composing.plan_notes import activity_level, activity_rows
from pipc_etl.publish.composing.session_rows import HELD, sessions
from pipc_etl.publish.document import Text
from pipc_etl.publish.wording import agree, counted, listed, period_label

_EARLY = "Procurar que las actividades se cumplan en la fecha programada y no antes: lo anticipado se refleja como sobrecumplimiento."


@dataclass(frozen=True)
class Finding:
    """`text` says what is so, `advice` what follows from it; both are sentences made from data."""

    text: Text
    advice: str = ""


def findings(context: Context) -> list[Finding]:
    """Every finding on the report's plans, commitments, submissions and sessions."""
    found = [finding for row in plan_rows(context) for finding in _of_plan(context, plan_level(row))]
    rules: tuple[Callable[[Context], list[Finding]], ...] = (_past_due, _late, _not_evaluated)
    return [*found, *(finding for rule in rules for finding in rule(context))]


def _of_plan(context: Context, plan: Level) -> list[Finding]:
    found = []
    activities = [activity_level(row) for row in activity_rows(context, plan)]
    over = [activity for activity in activities if activity.row["over_execution_qty"]]
    behind = [activity for activity in activities if activity.row["shortfall_qty"]]
    if over:
        text: Text = (
            f"{counted(len(over), 'actividad ejecutó', 'actividades ejecutaron')} más de lo programado a corte: en total ",
            add(context, plan, "over_execution_qty"),
            f" {agree(plan.row['over_execution_qty'], 'unidad', 'unidades')} de más",
        )
        if plan.row["early_qty"]:
            were = agree(plan.row["early_qty"], "estaba programada", "estaban programadas")
            text = (*text, ", de las que ", add(context, plan, "early_qty"), f" {were} para después")
        found.append(Finding((*text, "."), _EARLY if plan.row["early_qty"] else ""))
    if behind:
        found.append(
            Finding(
                (
                    f"{counted(len(behind), 'actividad ejecutó', 'actividades ejecutaron')} menos de lo programado a corte: en total ",
                    agree(plan.row["shortfall_qty"], "falta ", "faltan "),
                    add(context, plan, "shortfall_qty"),
                    f" {agree(plan.row['shortfall_qty'], 'unidad', 'unidades')}.",
                ),
                "Informar de manera oportuna las actividades que no se lograrán cumplir en la fecha programada.",
            )
        )
    if plan.row["unjustified_qty"]:
        found.append(
            Finding(
                (
                    "De las unidades que faltan, ",
                    add(context, plan, "unjustified_qty"),
                    f" {agree(plan.row['unjustified_qty'], 'no tiene', 'no tienen')} justificación en ningún reporte.",
                ),
                "Escribir en el reporte mensual la razón de cada unidad que no se ejecutó.",
            )
        )
    return found


def _past_due(context: Context) -> list[Finding]:
    """Commitments past their date without being fulfilled, at the date of their statuses."""
    rows = context.marts.rows(
        "rpt_commitments_by_month",
        "past_due_qty > 0 and period_code between :first and :last",
        keys=("dependency_code", "instance_type", "period_code"),
        cutoff=max(context.known_on, context.address.cutoff),
        first=f"{context.period_start:%Y-M%m}",
        last=f"{context.through:%Y-M%m}",
    )
    if not rows:
        return []
    months = listed([f"{row['past_due_qty']} de los de {period_label(row['period_code'])}" for row in rows])
    return [
        Finding(
            (f"Hay compromisos a cargo que pasaron de su fecha límite sin cumplirse, en la fecha de corte de sus estados: {months}.",),
            "Hacer seguimiento a los compromisos adquiridos en los espacios de participación hasta su cumplimiento.",
        )
    ]


def _late(context: Context) -> list[Finding]:
    """Submissions of the period that came after their date; late is what was accepted so, and one accepted since is not told yet."""
    late = context.marts.run(
        "select distinct dependency_code, kind, period_code from marts.rpt_submission_timeliness "
        f"where entity_code = {literal(context.address.entity_code)} and delivery_state = 'late' "
        f"and first_accepted_at <= {literal(context.known_at)} and fiscal_year = {context.period.fiscal_year} order by 1, 2, 3"
    )
    inside = [row for row in late if _is_inside(context, str(row["period_code"]))]
    if not inside:
        return []
    titles, names = context.catalog.contracts, dependency_names(context)
    items = listed(
        [
            f"{titles[kind].title.lower()}, {names.get(dependency, dependency)}, {period_label(period)}"
            for dependency, kind, period in (row.values() for row in inside)
        ]
    )
    return [
        Finding(
            (f"{counted(len(inside), 'entrega llegó', 'entregas llegaron')} después de su plazo: {items}.",),
            "Entregar los reportes dentro del plazo de cada mes.",
        )
    ]


def _without(missing: int, held: int) -> str:
    """«Ninguna de las 183 sesiones realizadas tiene» or «De 20 sesiones realizadas, 3 no tienen»."""
    if missing == held:
        return "La única sesión realizada no tiene" if held == 1 else f"Ninguna de las {held} sesiones realizadas tiene"
    return f"De {held} sesiones realizadas, {missing} no {agree(missing, 'tiene', 'tienen')}"


def _is_inside(context: Context, code: str) -> bool:
    period = parse_period(code)
    return period is not None and period.start >= context.period_start and period.end <= context.period.end


def _not_evaluated(context: Context) -> list[Finding]:
    """Sessions held of which nobody's evaluation was received."""
    held = {str(row["session_code"]) for row in sessions(context) if row["session_status"] == HELD}
    if not held:
        return []
    rated = {
        str(row["session_code"]) for row in context.marts.rows("rpt_evaluation", "answers > 0", keys=("session_code", "question_code"))
    }
    missing = held - rated
    if not missing:
        return []
    return [
        Finding(
            (f"{_without(len(missing), len(held))} evaluación de los asistentes.",),
            "Evaluar los espacios de participación: las respuestas permiten recibir retroalimentación directa de los participantes.",
        )
    ]
