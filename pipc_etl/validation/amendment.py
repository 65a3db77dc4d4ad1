"""Two consecutive versions of a plan compared, and the approved requests that justify each difference.

The rule is that of the mart `rpt_plan_changes`, applied before the version is accepted; a test holds both to the same answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property

MONTHS = tuple(f"month_{number:02d}_qty" for number in range(1, 13))
APPROVED = ("approved", "applied")

_ENTERS_OR_LEAVES = frozenset({"add", "remove", "carry_to_next_year"})
# No type of request is about the dependency alone: any approved one of the activity answers for it.
_TYPES_OF: dict[str, frozenset[str]] = {
    "programmed_qty": _ENTERS_OR_LEAVES | {"move_month", "change_quantity"},
    "activity": _ENTERS_OR_LEAVES,
    "is_cancelled": _ENTERS_OR_LEAVES,
    "activity_name": frozenset({"rename"}),
    "unit_of_measure": frozenset({"change_unit"}),
}
ATTRIBUTES = ("activity_name", "unit_of_measure", "dependency_code", "is_cancelled")


@dataclass(frozen=True)
class Activity:
    """A row of a matrix; `months` has the twelve quantities, 0 where nothing is programmed."""

    activity_name: str | None
    unit_of_measure: str | None
    dependency_code: str | None
    is_cancelled: bool
    months: tuple[int, ...]


@dataclass(frozen=True)
class Version:
    """A full matrix by activity code; `effective_from` is the first day of a month."""

    number: int
    fiscal_year: int
    approved_on: date
    effective_from: date
    activities: Mapping[str, Activity]


@dataclass(frozen=True)
class Request:
    """One approved line of a change request; months are first days, `change_qty` None covers any quantity."""

    request_code: str
    activity_code: str
    change_type: str
    month_from: date | None
    month_to: date | None
    change_qty: int | None
    target_version: int | None
    decided_on: date | None


@dataclass(frozen=True)
class PlanHistory:
    """What is known of a plan of one year: its versions by number, its approved requests, its closed months."""

    versions: Mapping[int, Version]
    requests: tuple[Request, ...]
    closed: frozenset[date]

    @cached_property
    def last(self) -> int:
        """The highest version known; 0 if there is none."""
        return max(self.versions, default=0)


@dataclass(frozen=True)
class Difference:
    """What changed of an activity: `attribute` as the mart names it, `month` only of a programmed quantity."""

    activity_code: str
    attribute: str
    month: date | None
    before: str | None
    after: str | None

    @property
    def quantity(self) -> int | None:
        """After less before, of a programmed quantity."""
        return int(self.after or 0) - int(self.before or 0) if self.attribute == "programmed_qty" else None


@dataclass(frozen=True)
class Justification:
    """The approved requests about a difference, and whether together they cover it."""

    request_codes: tuple[str, ...]
    is_covered: bool


def differences(previous: Version, new: Version) -> Iterator[Difference]:
    """Every difference, in the order of the activities of `new`; then those of the activities that it dropped.

    An activity that enters or leaves is one difference, beside those of its months.
    """
    dropped = [code for code in previous.activities if code not in new.activities]
    for code in (*new.activities, *dropped):
        before, after = previous.activities.get(code), new.activities.get(code)
        if before is None or after is None:
            yield Difference(code, "activity", None, code if before else None, code if after else None)
        else:
            for name in ATTRIBUTES:
                old, now = _text(getattr(before, name)), _text(getattr(after, name))
                if old != now:
                    yield Difference(code, name, None, old, now)
        for number in range(12):
            old_qty, new_qty = (item.months[number] if item else 0 for item in (before, after))
            if old_qty != new_qty:
                month = date(new.fiscal_year, number + 1, 1)
                yield Difference(code, "programmed_qty", month, str(old_qty) if old_qty else None, str(new_qty) if new_qty else None)


def justification(difference: Difference, requests: Iterable[Request], previous: Version, new: Version) -> Justification:
    """The requests about `difference`; one that names no quantity covers any, otherwise they must cover it together."""
    matching = [request for request in requests if _is_about(request, difference) and _is_for(request, previous, new)]
    codes = tuple(sorted({request.request_code for request in matching}))
    if not matching:
        return Justification((), is_covered=False)
    quantities = [request.change_qty for request in matching if request.change_qty is not None]
    is_covered = len(quantities) < len(matching) or sum(quantities) >= abs(difference.quantity or 0)
    return Justification(codes, is_covered)


def _is_for(request: Request, previous: Version, new: Version) -> bool:
    """Whether the request is of this amendment: by the version that it names, else by the day of its decision."""
    if request.target_version is not None:
        return request.target_version == new.number
    return request.decided_on is not None and previous.approved_on < request.decided_on <= new.approved_on


def _is_about(request: Request, difference: Difference) -> bool:
    if request.activity_code != difference.activity_code:
        return False
    types = _TYPES_OF.get(difference.attribute)
    if types is not None and request.change_type not in types:
        return False
    return difference.month is None or _names_month(request, difference.month, difference.quantity or 0)


def _names_month(request: Request, month: date, quantity: int) -> bool:
    """A move takes from one month and gives to another; another request that names no month speaks of all."""
    if request.change_type == "move_month":
        return month == (request.month_from if quantity < 0 else request.month_to)
    named = {day for day in (request.month_from, request.month_to) if day is not None}
    return not named or month in named


def _text(value: str | bool | None) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value
