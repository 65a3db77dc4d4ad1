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


_SEVERAL = (Span, set, frozenset, tuple, list)


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

    @property
    def single(self) -> dict[str, object]:
        """The columns that must have one value; the others have several or a span."""
        return {name: wanted for name, wanted in self.match.items() if not isinstance(wanted, _SEVERAL)}

    def accepts(self, row: Mapping[str, Any]) -> bool:
        """Whether a row that has the single values has the others too."""
        return all(row.get(name) in wanted for name, wanted in self.match.items() if isinstance(wanted, _SEVERAL))
