"""A template asked for by its codes: who, what and when are checked against the registry and the calendar, then it is rendered."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches

from sqlalchemy import Connection

from pipc_etl.contracts import Catalog, Contract, fold
from pipc_etl.contracts.due_days import due_on
from pipc_etl.contracts.periods import Period, parse_period
from pipc_etl.render.template import Addressee, Template, template_bytes
from pipc_etl.templates.prefill import OF_ONE_PLAN, blank, filled
from pipc_etl.templates.problems import TemplateError
from pipc_etl.templates.sources import Dependency, Plan, dependencies, plans


@dataclass(frozen=True)
class Asked:
    """What somebody asks for; `period_code` None: the month now due, or the year for kinds without a due day."""

    kind: str
    entity_code: str
    dependency_code: str
    year: int | None = None
    period_code: str | None = None
    plan_code: str | None = None


@dataclass(frozen=True)
class Rendered:
    """A template ready to be written; `lines` is how many rows are filled in already."""

    name: str
    content: bytes
    template: Template

    @property
    def lines(self) -> int:
        return len(self.template.lines)


def render_asked(connection: Connection, catalog: Catalog, asked: Asked, today: date) -> Rendered:
    """The one template that was asked for; raises TemplateError, in Spanish, where something in it does not exist."""
    contract = contract_of(catalog, asked.kind)
    dependency = _dependency(dependencies(connection), asked.entity_code, asked.dependency_code)
    period = period_of(contract, asked.year, asked.period_code, today)
    known = plans(connection, catalog.contracts["activity_plan"], dependency.entity_code, period.fiscal_year)
    plan = _plan(known, asked, contract, period)
    return rendered(filled(connection, catalog, contract, dependency, period, plan, known), catalog)


def render_all(connection: Connection, catalog: Catalog, contract: Contract, dependency: Dependency, period: Period) -> Iterator[Rendered]:
    """Every template of a kind for a dependency: one, or one a plan; after the last, TemplateError for the plans that gave none."""
    known = plans(connection, catalog.contracts["activity_plan"], dependency.entity_code, period.fiscal_year)
    of: list[Plan | None] = [*known] if contract.kind in OF_ONE_PLAN and known else [None]
    problems = []
    for plan in of:
        try:
            template = filled(connection, catalog, contract, dependency, period, plan, known)
        except TemplateError as problem:
            # A dependency may have something in one plan and nothing in another.
            problems.append(str(problem))
            continue
        yield rendered(template, catalog)
    if problems:
        raise TemplateError(" ".join(problems))


def render_blank(
    catalog: Catalog, kind: str, addressee: Addressee | None, year: int | None, period_code: str | None, today: date
) -> Rendered:
    """The template from the contract alone: no warehouse, nothing filled in."""
    contract = contract_of(catalog, kind)
    period = period_of(contract, year, period_code, today) if year or period_code else None
    return rendered(blank(contract, addressee, period), catalog)


def rendered(template: Template, catalog: Catalog) -> Rendered:
    """The bytes, and a file name that says what it is: `reporte-mensual-de-ejecucion-PIPC-OAP-2021-M08.xlsx`."""
    said = (template.plan.plan_code if template.plan else "", template.fingerprint.dependency_code, template.fingerprint.period_code)
    stem = "-".join(filter(None, (fold(template.contract.title).replace(" ", "-"), *said)))
    return Rendered(f"{stem}.xlsx", template_bytes(template, catalog), template)


def contract_of(catalog: Catalog, kind: str) -> Contract:
    """The contract of that kind; TemplateError names the kinds that there are."""
    if kind in catalog.contracts:
        return catalog.contracts[kind]
    raise TemplateError(
        f"«{kind}» no es un formato.{_nearest(kind, catalog.contracts)} Los formatos son {', '.join(sorted(catalog.contracts))}."
    )


def period_of(contract: Contract, year: int | None, period_code: str | None, today: date) -> Period:
    """The period asked for; else the month of the year that is due next, or the year for a kind that has no due day."""
    if period_code is None:
        period_code = str(year or today.year) if contract.due_business_day is None else _month_of(contract, year, today)
    period = parse_period(period_code)
    if period is None:
        raise TemplateError(f"«{period_code}» no es un período: use 2021, 2021-S1, 2021-C2, 2021-T2 o 2021-M05.")
    if contract.kind == "execution_report" and (period.start.year, period.start.month) != (period.end.year, period.end.month):
        raise TemplateError(f"La ejecución se reporta mes a mes: pida un mes, por ejemplo --period {period.fiscal_year}-M08.")
    return period


def month_due(contract: Contract, today: date) -> str:
    """The month whose report is due next: the last one until its due day has passed, then the running one."""
    last = date(today.year - (today.month == 1), (today.month - 2) % 12 + 1, 1)
    due = due_on(contract, f"{last:%Y-M%m}")
    return f"{last:%Y-M%m}" if due is not None and due >= today else f"{today:%Y-M%m}"


def _month_of(contract: Contract, year: int | None, today: date) -> str:
    """The month due next; for another year, the one of its months that is nearest."""
    due = month_due(contract, today)
    if year is None or year == int(due[:4]):
        return due
    return f"{year}-M12" if year < int(due[:4]) else f"{year}-M01"


def _dependency(known: Sequence[Dependency], entity_code: str, dependency_code: str) -> Dependency:
    own = {item.dependency_code: item for item in known if item.entity_code == entity_code}
    if not own:
        entities = sorted({item.entity_code for item in known})
        listed = f"Las registradas son {', '.join(entities)}." if entities else "No hay ninguna registrada: entregue primero el registro."
        raise TemplateError(f"La entidad «{entity_code}» no está en el registro.{_nearest(entity_code, entities)} {listed}")
    if dependency_code not in own:
        raise TemplateError(
            f"La dependencia «{dependency_code}» no está en el registro de {entity_code}.{_nearest(dependency_code, own)} "
            f"Las registradas son {', '.join(sorted(own))}."
        )
    return own[dependency_code]


def _plan(known: Sequence[Plan], asked: Asked, contract: Contract, period: Period) -> Plan | None:
    """The plan that the file is of, for kinds of one plan; None where there is none yet."""
    if contract.kind not in OF_ONE_PLAN:
        return None
    by_code = {plan.in_force.plan_code: plan for plan in known}
    codes = ", ".join(sorted(by_code))
    if asked.plan_code:
        if asked.plan_code not in by_code:
            raise TemplateError(
                f"«{asked.plan_code}» no es un plan vigente en {period.fiscal_year}. Los vigentes son: {codes or 'ninguno'}."
            )
        return by_code[asked.plan_code]
    if len(by_code) > 1:
        raise TemplateError(
            f"Hay varios planes vigentes en {period.fiscal_year} y cada uno va en su archivo: diga cuál con --plan ({codes})."
        )
    return next(iter(by_code.values()), None)


def _nearest(given: str, known: object) -> str:
    names = list(known) if isinstance(known, dict | list) else []
    close = get_close_matches(given.lower(), [name.lower() for name in names], n=1)
    return next((f" ¿Es «{name}»?" for name in names if close and name.lower() == close[0]), "")
