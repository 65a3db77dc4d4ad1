"""Compliance by dependency and by the strategies that are ranked beside them: first all of them, then each with its activities."""

from __future__ import annotations

from collections.abc import Sequence

from pipc_etl.publish.composing.context import Context
from pipc_etl.publish.composing.justifications import justification_notes
from pipc_etl.publish.composing.marts import MartRow
from pipc_etl.publish.composing.naming import activity_names, anchor
from pipc_etl.publish.composing.plan_figures import Level, add, of_what, plan_level, plan_months, plan_rows
from pipc_etl.publish.composing.plan_notes import activity_level, activity_rows
from pipc_etl.publish.document import Block, Card, Cards, Chart, Column, Section, Series, Table, Text

_NUMBER = (
    ("executed_to_date_qty", "Ejecutado a corte"),
    ("programmed_to_date_qty", "Programado a corte"),
    ("annual_qty", "Programado en la vigencia"),
)


def build(context: Context) -> Sequence[Section]:
    """A section with every group, then one for each, for every plan of the report."""
    sections = []
    for row in plan_rows(context):
        activities = activity_rows(context, plan_level(row))
        groups = _groups(context, str(row["plan_code"]), activities)
        sections.append(_overview(context, plan_level(row), groups))
        sections += [_group_section(context, group, activities) for group in groups]
    return sections


def _groups(context: Context, plan_code: str, activities: Sequence[MartRow]) -> list[Level]:
    """The reporting groups of a plan in the order in which the plan names them."""
    rows = [row for row in plan_rows(context, "rpt_reporting_group_compliance", ("reporting_group",)) if row["plan_code"] == plan_code]
    places = {code: number for number, (plan, code) in enumerate(activity_names(context)) if plan == plan_code}
    members = {
        row["reporting_group"]: frozenset(
            str(item["activity_code"]) for item in activities if item["reporting_group"] == row["reporting_group"]
        )
        for row in rows
    }
    first = {group: min(places.get(code, len(places)) for code in codes) for group, codes in members.items() if codes}
    rows.sort(key=lambda row: first.get(row["reporting_group"], len(places)))
    return [
        Level(row, f"group/{plan_code}/{anchor(str(row['reporting_group']))}", str(row["reporting_group"]), members[row["reporting_group"]])
        for row in rows
    ]


def _overview(context: Context, plan: Level, groups: Sequence[Level]) -> Section:
    title = context.title("groups", "Cumplimiento por dependencia")
    months = plan_months(context, plan)
    caption = f"{plan.subject}: ejecución por dependencia o estrategia, {months}"
    codes = ("executed_qty", "programmed_qty", "execution_pct")
    table = Table(
        title=caption,
        columns=(
            Column("Dependencia o estrategia"),
            Column("Ejecutado", True),
            Column("Programado", True),
            Column(context.book.label("group", "execution_pct"), True),
        ),
        rows=tuple(((group.subject,), *((add(context, group, code),) for code in codes)) for group in groups),
        total=((("Todo el plan",), *((add(context, plan, code),) for code in codes)),),
        note=("El porcentaje del plan es la razón de las sumas, no el promedio de los porcentajes.",),
    )
    figures = context.book.figures
    shown = [figures[row[3][0].key].shown for row in table.rows]  # type: ignore[union-attr]
    chart = Chart(
        kind="bars",
        title=caption,
        alternative="Barras por dependencia. "
        + "; ".join(f"{group.subject}: {text}" for group, text in zip(groups, shown, strict=True))
        + ".",
        categories=tuple(group.subject for group in groups),
        series=(Series(context.book.label("group", "execution_pct"), tuple(group.row.number("execution_pct") for group in groups)),),
        unit="%",
        table=table,
        reference=plan.row.number("execution_pct"),
    )
    return Section(f"dependencias-{plan.plan_code.lower()}", title, (chart,))


def _group_section(context: Context, group: Level, activities: Sequence[MartRow]) -> Section:
    own = [activity_level(row) for row in activities if row["reporting_group"] == group.row["reporting_group"]]
    months = plan_months(context, group)
    cards = [
        Card(
            add(context, group, "execution_pct"),
            f"{context.book.label('group', 'execution_pct')}: {months}",
            of_what(context, group, "execution_pct"),
        )
    ]
    blocks: list[Block] = [Cards(tuple(cards)), _activity_table(context, group, own)]
    blocks += [note for activity in own for note in justification_notes(context, activity)]
    code = f"{group.path.removeprefix('group/').replace('/', '-').lower()}"
    return Section(code, group.subject, tuple(blocks), level=3)


def _activity_table(context: Context, group: Level, activities: Sequence[Level]) -> Table:
    """Every activity with what it did, what it had, its progress of the year and its compliance to date."""
    percents = ("progress_pct", "compliance_pct")
    rows: list[tuple[Text, ...]] = []
    for activity in activities:
        unit = f"{activity.subject} ({str(activity.row['unit_of_measure']).lower()})"
        numbers = tuple((add(context, activity, code),) for code, _ in _NUMBER)
        rows.append(((unit,), *numbers, *((add(context, activity, code),) for code in percents)))
    has_pending = any(activity.row["compliance_pct"] is None for activity in activities)
    return Table(
        title=f"{group.subject}: actividades a corte",
        columns=(
            Column("Actividad (unidad en que se cuenta)"),
            *(Column(title, True) for _, title in _NUMBER),
            *(Column(context.book.label("activity", code), True) for code in percents),
        ),
        rows=tuple(rows),
        note=("Pend.: hasta el corte no había nada programado, así que no hay cumplimiento que calcular.",) if has_pending else (),
    )
