"""From a figure to the rows of the facts that it was computed from: said by the section, looked up by lineage."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from pipc_etl.publish.document import Role


@dataclass(frozen=True)
class Span:
    """Dates from `first` to `last`, both inside; None: open."""

    first: date | None = None
    last: date | None = None

    def __contains__(self, day: object) -> bool:
        if not isinstance(day, date):
            return False
        return (self.first is None or self.first <= day) and (self.last is None or day <= self.last)


@dataclass(frozen=True)
class Trace:
    """Rows of the fact mart `fact` whose columns match: a value, any of a set of values, or a Span of dates.

    `column` holds what was counted (the cell that a person looks for); without it the row itself counts. `role` says which number
    of the figure the rows are: of a percent, the numerator or the denominator. `cutoff` where the fact is asked at another date than
    the report.
    """

    fact: str
    match: Mapping[str, object] = field(default_factory=dict)
    column: str | None = None
    role: Role = "value"
    cutoff: date | None = None

    def accepts(self, row: Mapping[str, Any]) -> bool:
        """Whether the fact's `row` is one of those."""
        return all(_matches(row.get(name), wanted) for name, wanted in self.match.items())


def _matches(value: object, wanted: object) -> bool:
    if isinstance(wanted, Span | set | frozenset | tuple | list):
        return value in wanted
    return value == wanted
