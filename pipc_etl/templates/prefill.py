"""What each kind's template is filled with, from what the warehouse knows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

from sqlalchemy import Connection

from pipc_etl.contracts import Catalog, Contract
from pipc_etl.contracts.due_days import due_on
from pipc_etl.contracts.periods import Period
from pipc_etl.events.codes import MEETING_UNITS, issue_codes
from pipc_etl.render.template import Addressee, Choice, Line, Template
from pipc_etl.templates.problems import TemplateError
from pipc_etl.templates.sources import Dependency, Plan, Row, closed_through, open_commitments
from pipc_etl.warehouse.ledger import actor

MONTH_COLUMNS = tuple(f"month_{number:02d}_qty" for number in range(1, 13))
# Only the planning office corrects what others reported.
_OF_THE_PLANNING_OFFICE = {"execution_report": frozenset({"on_behalf_of", "corrected_by", "correction_reason"})}
# A forms program writes them; on a list that people fill in they would only be in the way.
_OF_PROGRAMS = {kind: frozenset({"response_id", "started_at"}) for kind in ("attendance_form", "evaluation_form")}
# Of the kinds whose key names a plan a file speaks of one plan only.
OF_ONE_PLAN = frozenset({"execution_report", "activity_plan"})


def blank(contract: Contract, addressee: Addressee | None, period: Period | None) -> Template:
    """The template from the contract alone."""
    return Template(
        contract=contract,
        addressee=addressee,
        period=period,
        due_on=due_on(contract, period.code) if period else None,
        omitted=_OF_PROGRAMS.get(contract.kind, frozenset()),
        asks_whether_empty=contract.empty_declaration is not None,
    )


def filled(
    connection: Connection,
    catalog: Catalog,
    contract: Contract,
    dependency: Dependency,
    period: Period,
    plan: Plan | None,
    known: Sequence[Plan],
) -> Template:
    """The template of a dependency with all that is known; `plan` where the kind is of one plan, `known` all plans of the year.

    Raises TemplateError where the kind is made of the plan's activities and there are none.
    """
    names = Addressee(dependency.entity_code, dependency.dependency_code, dependency.entity_name, dependency.dependency_name)
    template = blank(contract, names, period)
    if not dependency.is_planning_office:
        template = replace(template, omitted=template.omitted | _OF_THE_PLANNING_OFFICE.get(contract.kind, frozenset()))
    template = replace(template, choices=_choices(contract, dependency, plan, known))
    match contract.kind:
        case "execution_report":
            return _report(template, dependency, period, _needed(plan, dependency, period), known)
        case "activity_plan":
            return _next_version(template, closed_through(connection, dependency.entity_code, plan), plan) if plan else template
        case "session":
            units = catalog.codelists[MEETING_UNITS]
            codes = issue_codes(connection, units, dependency.entity_code, dependency.dependency_code, period, actor=actor())
            lines = tuple(
                Line({"session_code": c.session_code, "title": c.title, "plan_code": c.plan_code, "activity_code": c.activity_code})
                for c in codes
            )
            return replace(template, lines=lines, advice=_SESSION_ADVICE if lines else ())
        case "commitment":
            return _commitments(template, open_commitments(connection, contract, dependency, period.end), period.end)
        case _:
            return template


_SESSION_ADVICE = (
    "Cada sesión programada ya trae su código de evento: péguelo en el formulario de asistencia y en el de evaluación, tal como está.",
    "Si una sesión no se hizo, diga si se canceló o se aplazó. Las que no estaban programadas van en filas nuevas, con un código propio.",
)
_PLAN_ADVICE = (
    "La fecha de aprobación y el mes desde el que rige se escriben solo en la primera fila: las demás la siguen. El total se suma solo.",
    "Los meses cerrados están en gris y no cambian. Toda diferencia con la versión anterior debe tener su solicitud de cambio aprobada.",
    "Una actividad que se retira no se borra: se marca como cancelada.",
)
_COMMITMENT_ADVICE = (
    "Ya vienen los compromisos que seguían abiertos en el corte anterior, como se informaron: actualice estado, avance y evidencia.",
    "Revise la fecha de corte: debe ser la misma en todas las filas.",
)
_REPORT_ADVICE = (
    "Hay una fila por actividad, con lo programado en el mes. Escriba lo ejecutado: 0 si no se hizo nada, vacío si no se reporta.",
    "Si faltaron unidades, diga cuántas se reprograman (y para qué mes), pasan a la vigencia siguiente o se justifican, y por qué.",
)


def _needed(plan: Plan | None, dependency: Dependency, period: Period) -> Plan:
    if plan is None:
        raise TemplateError(
            f"{dependency.entity_code} no tiene un plan vigente en {period.fiscal_year}: entregue primero la matriz del plan "
            "(activity_plan), o pida la plantilla sin datos con --blank."
        )
    return plan


def _report(template: Template, dependency: Dependency, period: Period, plan: Plan, known: Sequence[Plan]) -> Template:
    """A line per activity, those programmed in the month first; where no plan has any, only the cell that says so and free rows."""
    activities = plan.of(dependency.dependency_code)
    if not activities:
        raise TemplateError(
            f"{dependency.dependency_code} no tiene actividades en el plan {plan.in_force.plan_code}, versión {plan.in_force.version}: "
            "no tiene ejecución que reportar. Si aun así la necesita, pídala con --blank."
        )
    month = MONTH_COLUMNS[period.start.month - 1]
    locked = frozenset({"plan_code", "activity_code", "activity_name", "month", "programmed_qty"})
    lines = tuple(
        Line(
            {
                "plan_code": plan.in_force.plan_code,
                "activity_code": row["activity_code"],
                "activity_name": row["activity_name"],
                "month": period.start,
                "programmed_qty": row[month],
            },
            locked,
        )
        for row in sorted(activities, key=lambda row: not row[month])
    )
    # The declaration speaks for the dependency, not for one of its plans.
    is_empty = not any(row[month] for item in known for row in item.of(dependency.dependency_code))
    return replace(template, plan=plan.in_force, lines=() if is_empty else lines, asks_whether_empty=is_empty, advice=_REPORT_ADVICE)


def _next_version(template: Template, closed: frozenset[int], plan: Plan) -> Template:
    """The version in force, numbered as the next one, with the closed months locked."""
    closed_columns = frozenset(MONTH_COLUMNS[number - 1] for number in closed)
    locked = closed_columns | {"plan_code", "fiscal_year", "plan_version", "activity_code", "annual_qty"}
    fresh = {"plan_version": plan.in_force.version + 1, "approved_on": None, "effective_from": None}
    return replace(
        template,
        plan=plan.in_force,
        lines=tuple(Line({**row, **fresh}, locked) for row in plan.rows),
        repeated=frozenset({"approved_on", "effective_from"}),
        totals={"annual_qty": MONTH_COLUMNS},
        closed=closed_columns,
        advice=_PLAN_ADVICE,
    )


def _commitments(template: Template, rows: Sequence[Row], cutoff: date) -> Template:
    lines = tuple(Line({**row, "status_cutoff": cutoff}, frozenset({"commitment_code"})) for row in rows)
    return replace(template, lines=lines, advice=_COMMITMENT_ADVICE if lines else ())


def _choices(contract: Contract, dependency: Dependency, plan: Plan | None, known: Sequence[Plan]) -> Mapping[str, tuple[Choice, ...]]:
    """Drop-downs of the plans of the year and of the dependency's own activities, where the kind asks for them."""
    names = {column.name for column in contract.columns}
    if contract.kind == "activity_plan" or not {"plan_code", "activity_code"} & names:
        return {}
    of = [plan] if plan else list(known)
    choices: dict[str, tuple[Choice, ...]] = {}
    if "plan_code" in names and of:
        choices["plan_code"] = tuple(Choice(item.in_force.plan_code, item.in_force.name) for item in of)
    own = {str(row["activity_code"]): str(row["activity_name"]) for item in of for row in item.of(dependency.dependency_code)}
    if "activity_code" in names and own:
        choices["activity_code"] = tuple(Choice(code, name) for code, name in own.items())
    return choices
