"""Everything that an answer says of one file, as values: who builds it knows the warehouse or only the file, who draws it neither."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from pipc_etl.contracts import Finding, Severity

# Sheet and row, both as the file has them.
RowPlace = tuple[str, int]
# Header and text of each filled cell of a row, in the order of the sheet; what is personal is masked already.
RowContent = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Observation:
    """What the planning office says of a file: on a cell, a whole sheet, an activity, or (all three None) the file; `at` with its zone."""

    text: str
    author: str
    at: datetime
    sheet: str | None = None
    cell: str | None = None
    activity_code: str | None = None


@dataclass(frozen=True)
class Comparison:
    """This file against the previous one of the same obligation.

    `solved` are the findings of the previous file that are gone; `remaining` the positions in `Review.findings` of those that it had
    too. The others are new.
    """

    previous_number: int
    previous_received_at: datetime | None = None
    solved: tuple[Finding, ...] = ()
    remaining: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Review:
    """The answer to one file, before it has a form; all texts in Spanish, findings in the order in which they are listed.

    `title` is what the file is («Reporte de ejecución»), `sender` whose it is, `period` in words, `number` the one of the submission
    (None: it was only checked), `state_word` («Devuelto»), `next_step` what the sender does now. `facts` are further lines for the top
    (label, text), as the due date. `column_titles` names the columns of the contract by their Spanish header. `rows` has what the
    offending rows say, `activity_cells` where an activity's code stands (sheet, cell): observations on it are marked there. `totals` has
    the number of findings by severity where `findings` are only the first of them.
    """

    title: str
    sender: str
    period: str
    state_word: str
    rows_read: int
    rows_accepted: int
    rows_quarantined: int
    findings: tuple[Finding, ...]
    next_step: str = ""
    number: int | None = None
    rows_already_known: int = 0
    facts: tuple[tuple[str, str], ...] = ()
    comparison: Comparison | None = None
    observations: tuple[Observation, ...] = ()
    column_titles: Mapping[str, str] = field(default_factory=dict)
    rows: Mapping[RowPlace, RowContent] = field(default_factory=dict)
    activity_cells: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    totals: Mapping[Severity, int] | None = None

    def severities(self) -> Counter[Severity]:
        """How many findings there are of each severity."""
        return Counter(finding.severity for finding in self.findings) if self.totals is None else Counter(self.totals)
