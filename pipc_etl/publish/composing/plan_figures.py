"""Figures of a plan at any level (plan, reporting group, activity): their keys, their traces, and P and E beside every percent."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from pipc_etl.contracts.periods import Period, parse_period
from pipc_etl.errors import PublicationError
from pipc_etl.publish.composing.context import Context
from pipc_etl.publish.composing.marts import MartRow
from pipc_etl.publish.composing.measures import measure
from pipc_etl.publish.composing.trace import Span, Trace
from pipc_etl.publish.document import FigureRef, Missing, Role, Text
from pipc_etl.publish.wording import months_between

PLAN_KEYS = ("plan_code", "fiscal_year", "period_code")
# Which cells each quantity is the sum of: executed or programmed, in which months, and of which version of the plan.
_EXECUTED = {"executed_qty": "period", "executed_to_date_qty": "to_date", "capped_executed_qty": "to_date"}
_PROGRAMMED = {"programmed_qty": "period", "programmed_to_date_qty": "to_date", "annual_qty": "year"}
_ORIGINAL = {f"original_{name}": months for name, months in _PROGRAMMED.items()}
# Differences between what was executed and what was programmed.
_BOTH = {
    "pending_qty": ("executed_to_date_qty", "annual_qty"),
    "shortfall_qty": ("executed_to_date_qty", "programmed_to_date_qty"),
    "over_execution_qty": ("executed_to_date_qty", "programmed_to_date_qty"),
    "early_qty": ("executed_to_date_qty", "programmed_to_date_qty"),
    "unjustified_qty": ("executed_to_date_qty", "programmed_to_date_qty"),
    "activities_on_target": ("executed_to_date_qty", "programmed_to_date_qty"),
}


@dataclass(frozen=True)
class Level:
    """One row of a compliance mart as the report speaks of it: `path` begins its figures' keys, `activities` are those it sums."""

    row: MartRow
    path: str
    subject: str
    activities: Collection[str] | None = None

    @property
    def plan_code(self) -> str:
        return str(self.row["plan_code"])


def plan_rows(context: Context, mart: str = "rpt_plan_compliance", keys: Collection[str] = (), order_by: str = "") -> list[MartRow]:
    """The rows of a compliance mart for the report's plans and period, at its cut-off; none of a report without plans."""
    if not context.definition.plan_codes:
        return []
    return context.marts.rows(
        mart,
        "plan_code in :plans and period_code = :period",
        keys=(*PLAN_KEYS, *keys),
        order_by=order_by,
        plans=context.definition.plan_codes,
        period=context.period.code,
    )


def plan_level(row: MartRow) -> Level:
    """The whole plan."""
    return Level(row, f"plan/{row['plan_code']}", str(row["plan_name"]))


def month_rows(context: Context, plan_code: str) -> list[MartRow]:
    """The plan's months inside the report's period and to the cut-off; a plan may begin inside the period."""
    return context.marts.rows(
        "rpt_plan_compliance",
        "plan_code = :plan and period_type = 'month' and period_code between :first and :last",
        keys=PLAN_KEYS,
        order_by="period_code",
        plan=plan_code,
        first=f"{context.period_start:%Y-M%m}",
        last=f"{context.through:%Y-M%m}",
    )


def plan_months(context: Context, level: Level) -> str:
    """The months that the figures of a period speak about: «julio a diciembre de 2020»."""
    cutoff: date = level.row["cutoff_date"]
    rows = month_rows(context, level.plan_code)
    first = parse_period(str(rows[0]["period_code"])) if rows else None
    start = first.start if first else context.period_start
    return months_between(min(start, cutoff), cutoff)


def add(context: Context, level: Level, code: str, *, label: str | None = None) -> FigureRef:
    """The figure of the measure `code` at `level`, with the cells behind its numerator and denominator."""
    row = level.row
    missing: Missing | None = None
    if row[code] is None:
        missing = "not_reported" if row.number(measure(code).denominator or code) else "pending"
    return context.book.add(
        f"{level.path}/{row['period_code']}/{code}",
        code,
        row,
        subject=level.subject,
        label=label,
        missing=missing,
        traces=traces(level, code),
    )


def of_what(context: Context, level: Level, code: str, done: str = "ejecutadas", due: str = "programadas") -> Text:
    """What a percent is of: «29 ejecutadas de 26 programadas», each number a figure of its own."""
    found = measure(code)
    if found.numerator is None or found.denominator is None:
        raise PublicationError(f"la medida «{code}» no es una razón")
    first, second = (add(context, level, name) for name in (found.numerator, found.denominator))
    return (first, f" {done} de ", second, f" {due}")


def traces(level: Level, code: str) -> tuple[Trace, ...]:
    """The cells that the measure `code` of `level` is computed from."""
    found = measure(code)
    if found.numerator and found.denominator and code not in _BOTH:
        return (*_cells(level, found.numerator, "numerator"), *_cells(level, found.denominator, "denominator"))
    return _cells(level, code, "value")


def _cells(level: Level, quantity: str, role: Role) -> tuple[Trace, ...]:
    if quantity in _BOTH:
        return tuple(trace for name in _BOTH[quantity] for trace in _cells(level, name, role))
    if quantity in _EXECUTED:
        match = _matching(level, _EXECUTED[quantity])
        return (Trace("fct_activity_execution", match, "executed_qty", role),)
    if quantity == "carried_in_executed_to_date_qty":
        return (Trace("fct_carried_over_execution", _matching(level, "to_date"), "executed_qty", role),)
    original = quantity in _ORIGINAL
    months = {**_PROGRAMMED, **_ORIGINAL}.get(quantity)
    if months is None:
        return ()
    match = {**_matching(level, months), "plan_version": 1 if original else int(level.row["plan_version"])}
    return (Trace("fct_activity_programme", match, "programmed_qty", role),)


def _matching(level: Level, months: str) -> Mapping[str, object]:
    row = level.row
    period = parse_period(str(row["period_code"])) or Period("", date.min, date.max)
    start = period.start if months == "period" else date(int(row["fiscal_year"]), 1, 1)
    end = date(int(row["fiscal_year"]), 12, 31) if months == "year" else _last_whole_month(row["cutoff_date"])
    match: dict[str, object] = {"plan_code": row["plan_code"], "fiscal_year": row["fiscal_year"], "month": Span(start, end)}
    if level.activities is not None:
        match["activity_code"] = frozenset(level.activities)
    return match


def _last_whole_month(cutoff: date) -> date:
    """The end of the last month that had ended at the cut-off: of a month that had not, nothing is counted."""
    return (cutoff + timedelta(days=1)).replace(day=1) - timedelta(days=1)
