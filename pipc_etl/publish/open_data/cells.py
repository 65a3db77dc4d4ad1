"""What a publication says of persons: counts by unit and category, each shown or suppressed, and the counts that they come from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import NamedTuple

from pipc_etl.contracts.periods import parse_period

ALL = "all"
# A cell of this category shows the mean of a question's answers, not a count.
MEAN = "mean"


class Unit(NamedTuple):
    """Whose persons are counted, named as in rpt_attendance_profile: `all` where it is not a single one.

    `scope` is session, activity, plan or entity; `period_code` any period.
    """

    scope: str
    plan_code: str
    activity_code: str
    session_code: str
    period_code: str


class Cell(NamedTuple):
    """One number of a unit: the persons in `category` of `dimension`, or its mean (MEAN)."""

    unit: Unit
    dimension: str
    category: str


class Atom(NamedTuple):
    """The smallest thing that is counted: the persons of a session in a category. Never published by itself."""

    session_code: str
    dimension: str
    category: str


class Place(NamedTuple):
    """Where a session counts: its activity (`none` outside every plan) and its month."""

    plan_code: str
    activity_code: str
    period_code: str


@cache
def is_inside(month: str, period_code: str) -> bool:
    """Whether `month` belongs to the period."""
    inner, outer = parse_period(month), parse_period(period_code)
    return inner is not None and outer is not None and outer.start <= inner.start and inner.end <= outer.end


@dataclass(frozen=True)
class Snapshot:
    """What one publication says of one year's persons in one table.

    `cells` holds every cell of the table, True where its number is shown; `weights` what a category counts for in a dimension's mean.
    """

    publication_id: int
    places: Mapping[str, Place]
    base: Mapping[Atom, int]
    cells: Mapping[Cell, bool]
    weights: Mapping[str, int] = field(default_factory=dict)

    @cached_property
    def by_session(self) -> Mapping[tuple[str, str], Mapping[str, int]]:
        """The counts by category of each session and dimension."""
        found: dict[tuple[str, str], dict[str, int]] = {}
        for atom, qty in self.base.items():
            found.setdefault((atom.session_code, atom.dimension), {})[atom.category] = qty
        return found

    @cached_property
    def members(self) -> Mapping[Unit, tuple[str, ...]]:
        """The sessions of every unit that the table has, in their order."""
        found: dict[Unit, list[str]] = {unit: [] for unit in sorted({cell.unit for cell in self.cells})}
        named: dict[tuple[str, str, str], list[Unit]] = {}
        for unit in found:
            named.setdefault(unit[1:4], []).append(unit)
        for session, (plan, activity, month) in sorted(self.places.items()):
            for whose in ((plan, activity, session), (plan, activity, ALL), (plan, ALL, ALL), (ALL, ALL, ALL)):
                for unit in named.get(whose, ()):
                    if is_inside(month, unit.period_code):
                        found[unit].append(session)
        return {unit: tuple(sessions) for unit, sessions in found.items()}

    def count(self, unit: Unit, dimension: str, category: str) -> int:
        """The persons of `unit` in `category`, whether shown or not."""
        return sum(self.by_session.get((session, dimension), {}).get(category, 0) for session in self.members[unit])

    def people(self, unit: Unit, dimension: str) -> int:
        """Everybody in `unit` who is in some category of `dimension`."""
        return sum(sum(self.by_session.get((session, dimension), {}).values()) for session in self.members[unit])
