"""When a source is due: the n-th Colombian business day after its period; `int_due_days` says the same in SQL."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache

from pipc_etl.contracts.model import Contract
from pipc_etl.contracts.periods import parse_period

_SATURDAY = 5


def due_on(contract: Contract, period_code: str) -> date | None:
    """The last day, in Bogotá, on which the period's file is on time; None where the source has no due day or the period does not exist."""
    period = parse_period(period_code)
    if period is None or contract.due_business_day is None:
        return None
    return business_day_after(period.end, contract.due_business_day)


def business_day_after(day: date, count: int) -> date:
    """The business day that lies `count` business days after `day`, or before it where `count` is negative; `day` itself where it is 0."""
    step = timedelta(days=1 if count > 0 else -1)
    missing = abs(count)
    while missing:
        day += step
        missing -= is_business_day(day)
    return day


def is_business_day(day: date) -> bool:
    """Whether offices work in Colombia that day: neither Saturday nor Sunday nor a holiday (moved ones included, Ley 51 de 1983)."""
    return day.weekday() < _SATURDAY and day not in _holidays(day.year)


@cache
def _holidays(year: int) -> frozenset[date]:
    from holidays import country_holidays

    return frozenset(country_holidays("CO", years=year))
