"""A corrected file against the one before it: which observations were solved, which remain, which are new."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from pipc_etl.answers.review import Comparison
from pipc_etl.contracts import Finding

_BROAD = ("file", "sheet")
_Identity = tuple[object, ...] | None


@dataclass(frozen=True)
class Noted:
    """A finding as the ledger has it; `row_key` is the primary key of its row, None where the row has none or nobody kept it."""

    finding: Finding
    row_key: str | None = None


@dataclass(frozen=True)
class Earlier:
    """The file before, of the same obligation and form."""

    number: int
    received_at: datetime
    noted: tuple[Noted, ...]


def compare(earlier: Earlier, current: Sequence[Noted], *, rows_were_judged: bool) -> Comparison:
    """What became of the observations of `earlier`; positions are those of `current`.

    `rows_were_judged` False: the new file was returned before anybody looked at its rows, so that nothing is known of what stood in
    them; only observations on the file itself can be solved then. The same observation twice is two.
    """
    before, now = list(range(len(earlier.noted))), list(range(len(current)))
    remaining: set[int] = set()
    # By the row's key first, since rows move; then by place, for rows whose key itself was mended or that have none.
    for identity in (_by_row, _by_place):
        gone, kept = _matched(earlier.noted, before, current, now, identity)
        before = [position for position in before if position not in gone]
        now = [position for position in now if position not in kept]
        remaining |= kept
    unmatched = (earlier.noted[position].finding for position in before)
    # A note asks for nothing: that it is gone solves nothing.
    solved = tuple(finding for finding in unmatched if finding.severity != "info" and (rows_were_judged or finding.scope in _BROAD))
    return Comparison(earlier.number, earlier.received_at, solved, frozenset(remaining))


def _matched(
    earlier: Sequence[Noted], before: Iterable[int], current: Sequence[Noted], now: Iterable[int], identity: Callable[[Noted], _Identity]
) -> tuple[set[int], set[int]]:
    """The positions in both that are the same observation, one to one in their order."""
    waiting: dict[_Identity, list[int]] = defaultdict(list)
    for position in reversed(list(before)):
        if (same := identity(earlier[position])) is not None:
            waiting[same].append(position)
    gone, kept = set(), set()
    for position in now:
        same = identity(current[position])
        if same is not None and waiting.get(same):
            gone.add(waiting[same].pop())
            kept.add(position)
    return gone, kept


def _by_row(note: Noted) -> _Identity:
    finding = note.finding
    if finding.scope in _BROAD:
        # One line for many cells is the same while any of them is left; a line about the whole file says how many or its name.
        tells = finding.column is None and not finding.rule.startswith("file.")
        return (finding.rule, finding.column, finding.value if tells else None)
    return (finding.rule, finding.column, note.row_key) if note.row_key else None


def _by_place(note: Noted) -> _Identity:
    finding = note.finding
    return None if finding.scope in _BROAD else (finding.rule, finding.column, finding.sheet, finding.row)
