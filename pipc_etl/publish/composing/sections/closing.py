"""How the plan closed: its percents with P and E, the original plan aside, month by month, and why it is more or less than 100 %."""

from __future__ import annotations

from collections.abc import Sequence

from pipc_etl.publish.composing.context import Context
from pipc_etl.publish.composing.plan_figures import Level, add, month_rows, of_what, plan_level, plan_months, plan_rows
from pipc_etl.publish.composing.plan_notes import plan_notes
from pipc_etl.publish.document import Block, Bullets, Card, Cards, Chart, Column, Paragraph, Section, Series, Table, Text
from pipc_etl.publish.wording import long_date, month_name

_OF_THE_YEAR = "de lo programado para toda la vigencia"


def build(context: Context) -> Sequence[Section]:
    """A section for each plan of the report."""
    title = context.title("closing", "¿Cómo va nuestro plan?")
    return [Section(f"plan-{row['plan_code'].lower()}", title, _blocks(context, plan_level(row))) for row in plan_rows(context)]


def _blocks(context: Context, plan: Level) -> tuple[Block, ...]:
    return (_introduction(plan), Cards(_cards(context, plan)), _beside(context, plan), *plan_notes(context, plan), *_months(context, plan))


def _introduction(plan: Level) -> Paragraph:
    row = plan.row
    version = f"versión {row['plan_version']} del plan, aprobada el {long_date(row['plan_approved_on'])}"
    return Paragraph((f"{plan.subject}, con corte a {long_date(row['cutoff_date'])}. Lo programado es lo de la {version}.",))


def _cards(context: Context, plan: Level) -> tuple[Card, ...]:
    """The percents that the report leads with; what they are called is the report's. Those that would say the same again are left out."""
    row = plan.row
    chosen = [("execution_pct", plan_months(context, plan), "ejecutadas")]
    if not _is_from_the_start(plan):
        chosen.insert(0, ("compliance_pct", "desde el inicio del plan hasta el corte", "ejecutadas"))
    if row["programmed_to_date_qty"] != row["annual_qty"]:
        chosen.append(("progress_pct", _OF_THE_YEAR, "ejecutadas"))
        chosen.append(("pending_pct", _OF_THE_YEAR, "por ejecutar"))
    return tuple(_card(context, plan, code, caption, done) for code, caption, done in chosen)


def _is_from_the_start(plan: Level) -> bool:
    """Whether the period holds all that the plan had and did to the cut-off: then its execution is the compliance to date."""
    row = plan.row
    return (row["programmed_qty"], row["executed_qty"]) == (row["programmed_to_date_qty"], row["executed_to_date_qty"])


def _card(context: Context, plan: Level, code: str, caption: str, done: str) -> Card:
    figure = add(context, plan, code)
    return Card(figure, f"{context.book.figures[figure.key].label}: {caption}", of_what(context, plan, code, done))


def _beside(context: Context, plan: Level) -> Bullets:
    """What must stand beside the net percent: activities on target, the capped percent, and the original plan."""
    items: list[Text] = [
        (
            "Actividades que al corte cumplieron lo programado o más: ",
            add(context, plan, "activities_on_target"),
            f" de {plan.row['activities_total']}.",
        ),
        (
            "Si de cada actividad se cuenta a lo sumo lo programado, el cumplimiento a corte es ",
            add(context, plan, "compliance_capped_pct"),
            ": ",
            *of_what(context, plan, "compliance_capped_pct", "ejecutadas sin lo que sobra"),
            ".",
        ),
    ]
    if plan.row["plan_version"] != 1:
        items.append(
            (
                "Frente al plan original (versión 1) la ejecución es ",
                add(context, plan, "original_execution_pct"),
                ": ",
                *of_what(context, plan, "original_execution_pct"),
                ".",
            )
        )
    return Bullets(tuple(items))


def _months(context: Context, plan: Level) -> tuple[Block, ...]:
    """Programmed and executed by month, as a chart with its table, of the months that had or did anything; nothing for a single one."""
    rows = [row for row in month_rows(context, plan.plan_code) if row["programmed_qty"] or row["executed_qty"] != 0]
    if len(rows) < 2:
        return ()
    levels = [plan_level(row) for row in rows]
    names = tuple(month_name(int(row["period_code"][-2:])).capitalize() for row in rows)
    table = Table(
        title=f"{plan.subject}: programado y ejecutado por mes",
        columns=(Column("Mes"), Column("Programado", True), Column("Ejecutado", True), Column("Ejecución", True)),
        rows=tuple(
            ((name,), *((add(context, level, code),) for code in ("programmed_qty", "executed_qty", "execution_pct")))
            for name, level in zip(names, levels, strict=True)
        ),
    )
    series = (
        Series("Programado", tuple(row.number("programmed_qty") for row in rows)),
        Series("Ejecutado", tuple(row.number("executed_qty") for row in rows)),
    )
    pairs = "; ".join(
        f"{name}: {row['programmed_qty']} programadas y "
        + ("sin reporte de lo ejecutado" if row["executed_qty"] is None else f"{row['executed_qty']} ejecutadas")
        for name, row in zip(names, rows, strict=True)
    )
    return (Chart("bars", table.title, f"Barras por mes. {pairs}.", names, series, "unidades", table),)
