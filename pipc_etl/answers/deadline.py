"""Whether an obligation's due day was met, as its sender is told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from pipc_etl.contracts import Contract
from pipc_etl.contracts.due_days import due_on
from pipc_etl.contracts.periods import BOGOTA


@dataclass(frozen=True)
class Deadline:
    """`met_on_time` or `met_late` by the first accepted file (`number`); `open` or `overdue` while there is none.

    `days` are calendar days after the due day, `day` the day in Bogotá of the first accepted file, else of this arrival.
    """

    due: date
    state: Literal["met_on_time", "met_late", "open", "overdue"]
    day: date
    days: int
    number: int | None = None


def deadline_of(contract: Contract, period_code: str, arrived_at: datetime, first_accepted: tuple[int, datetime] | None) -> Deadline | None:
    """Where the obligation stood when a file arrived; None where the kind has no due day."""
    due = due_on(contract, period_code)
    if due is None:
        return None
    number, moment = first_accepted or (None, arrived_at)
    day = moment.astimezone(BOGOTA).date()
    late = max(0, (day - due).days)
    if number is None:
        return Deadline(due, "overdue" if late else "open", day, late)
    return Deadline(due, "met_late" if late else "met_on_time", day, late, number)
