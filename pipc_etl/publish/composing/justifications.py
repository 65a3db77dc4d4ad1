"""Why an activity did less than programmed: the reasons of its reports, unit by unit, and the units without one."""

from __future__ import annotations

from datetime import date

from pipc_etl.publish.composing.context import Context
from pipc_etl.publish.composing.naming import quoted
from pipc_etl.publish.composing.plan_figures import Level, add
from pipc_etl.publish.document import Note, Text
from pipc_etl.publish.wording import agree, listed, month_name, number, sentence

_PARTS = (
    ("carried_over_qty", "pasa a la vigencia siguiente", "pasan a la vigencia siguiente"),
    ("rescheduled_qty", "se reprogramó para otro mes", "se reprogramaron para otro mes"),
    ("justified_qty", "tiene justificación", "tienen justificación"),
)


def justification_notes(context: Context, activity: Level) -> list[Note]:
    """A note on the shortfall of `activity` at the cut-off with its reasons as they were reported; none where nothing is missing."""
    row = activity.row
    if not row["shortfall_qty"]:
        return []
    missing = row["shortfall_qty"]
    text: Text = (
        f"{quoted(activity.subject)}: {agree(missing, 'falta', 'faltan')} ",
        add(context, activity, "shortfall_qty"),
        " de ",
        add(context, activity, "programmed_to_date_qty"),
    )
    parts = [f"{number(row[name])} {agree(row[name], one, many)}" for name, one, many in _PARTS if row[name]]
    reasons = _reasons(context, activity)
    text = (*text, f" ({listed(parts)})." if parts else ".", *(f" {sentence(reason)}" for reason in reasons))
    notes = [Note("carried_over" if row["carried_over_qty"] == missing else "justification", text)]
    if row["unjustified_qty"]:
        notes.append(
            Note(
                "justification",
                (
                    f"{quoted(activity.subject)}: de lo que falta, ",
                    add(context, activity, "unjustified_qty"),
                    f" {agree(row['unjustified_qty'], 'no tiene', 'no tienen')} justificación en ningún reporte.",
                ),
            )
        )
    return notes


def _reasons(context: Context, activity: Level) -> list[str]:
    """The justifications of the months to the cut-off, each with its month, as the dependency wrote them."""
    row = activity.row
    rows = context.marts.rows(
        "fct_activity_execution",
        "plan_code = :plan and fiscal_year = :year and activity_code = :activity and month <= :last and justification is not null",
        keys=("plan_code", "fiscal_year", "activity_code", "month"),
        order_by="month",
        plan=row["plan_code"],
        year=row["fiscal_year"],
        activity=row["activity_code"],
        last=row["cutoff_date"],
    )
    return [f"{_month(item['month'])}: {item['justification']}" for item in rows]


def _month(day: date) -> str:
    return month_name(day.month)
