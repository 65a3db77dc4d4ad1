"""What speaks against the declaration of a month without activities: the plan, the folder, or a report that is already there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pandas as pd

from pipc_etl.contracts import Catalog, Finding
from pipc_etl.contracts.periods import BOGOTA, Period, parse_period
from pipc_etl.validation.facts import EnvelopeFacts, Reference

_MOST_NAMED = 12


@dataclass(frozen=True)
class EarlierReport:
    """A current report with rows for the month that is declared empty."""

    file_name: str
    rows: int
    received_at: datetime


def empty_month_findings(
    catalog: Catalog, facts: EnvelopeFacts, reference: Reference | None, earlier: EarlierReport | None
) -> Iterator[Finding]:
    """The objections to a file that declares its month empty; without `reference` those of the plan are left out."""
    period = parse_period(facts.period_code) if facts.period_code else None
    if period is None:
        return
    if (period.start.year, period.start.month) != (period.end.year, period.end.month):
        yield catalog.finding("declaration.not_a_month", value=period.code)
        return
    if reference is not None and (codes := programmed(reference, facts.dependency_code, period)):
        shown = ", ".join(codes[:_MOST_NAMED]) + ("…" if len(codes) > _MOST_NAMED else "")
        yield catalog.finding("declaration.programmed", value=str(len(codes)), activities=shown)
    if earlier is not None:
        received = f"{earlier.received_at.astimezone(BOGOTA):%d/%m/%Y}"
        yield catalog.finding("declaration.after_report", file=earlier.file_name, rows=earlier.rows, received=received)


def programmed(reference: Reference, dependency_code: str | None, period: Period) -> list[str]:
    """The activities of the dependency that the last version of each plan programmes in the month, with their quantities."""
    activity, programme = reference["ref_activity"], reference["ref_programme"]
    if activity.empty or programme.empty:
        return []
    current = activity.groupby(["plan_code", "fiscal_year"])["plan_version"].transform("max")
    own = activity[
        (activity["dependency_code"] == dependency_code)
        & (activity["plan_version"] == current)  # a version that dropped an activity no longer programmes it
        & ~activity["is_cancelled"].map(_is_true).astype(bool)
    ]
    months = programme[(pd.to_datetime(programme["month"]) == pd.Timestamp(period.start)) & (programme["programmed_qty"] > 0)]
    keys = ["plan_code", "fiscal_year", "activity_code"]
    both = months[[*keys, "programmed_qty"]].merge(own[keys], on=keys).sort_values(keys)
    return [f"{code} ({quantity:.0f})" for code, quantity in zip(both["activity_code"], both["programmed_qty"], strict=True)]


def _is_true(value: Any) -> bool:
    return value is not None and not pd.isna(value) and bool(value)
