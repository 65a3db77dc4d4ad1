"""Every remark on a report: its printed figures among themselves, and the plans behind them as of the same cut-off and moment."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from pipc_etl.contracts.periods import parse_period
from pipc_etl.publish.composing.marts import MartReader
from pipc_etl.publish.document import Document, Figure
from pipc_etl.publish.numbers import Rounding
from pipc_etl.publish.reconciliation.plans import plan_remarks
from pipc_etl.publish.reconciliation.printed import printed_remarks
from pipc_etl.publish.reconciliation.remark import Remark

_HELD = "held"


def remarks(
    figures: Mapping[str, Figure], marts: MartReader, plan_codes: Collection[str], period_code: str, rounding: Rounding
) -> tuple[Remark, ...]:
    """What the composer prints as notes of kind reconciliation (`remark.as_notes`), from the figures that it has so far."""
    return (*printed_remarks(figures), *_of_plans(marts, plan_codes, period_code, rounding))


def document_remarks(document: Document, marts: MartReader) -> tuple[Remark, ...]:
    """The remarks on a composed or published document; `marts` reads as of the document's own address."""
    return remarks(document.figures, marts, tuple(document.plan_versions), document.address.period_code, document.rounding)


def _of_plans(marts: MartReader, plan_codes: Collection[str], period_code: str, rounding: Rounding) -> tuple[Remark, ...]:
    period = parse_period(period_code)
    if not plan_codes or period is None:
        return ()
    activities = marts.rows(
        "rpt_activity_compliance",
        "plan_code in :plans and period_code = :period",
        keys=("plan_code", "fiscal_year", "period_code", "activity_code"),
        plans=tuple(plan_codes),
        period=period_code,
    )
    # To-date figures run from the plan's start, so sessions are counted from the start of its year.
    sessions = marts.rows(
        "dim_session",
        "session_status = :held and plan_code in :plans and fiscal_year = :year and activity_code is not null",
        keys=("session_code",),
        held=_HELD,
        plans=tuple(plan_codes),
        year=period.fiscal_year,
    )
    last = {row["cutoff_date"] for row in activities}
    held: dict[tuple[str, str], int] = {}
    for row in sessions:
        if last and row["session_on"] <= max(last):
            activity = (str(row["plan_code"]), str(row["activity_code"]))
            held[activity] = held.get(activity, 0) + 1
    return plan_remarks([row.values for row in activities], held, rounding)
