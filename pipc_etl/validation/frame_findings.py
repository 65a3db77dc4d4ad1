"""The findings of a batch in memory: its rules broken, as Great Expectations judges them, brought back to the cells."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import pandas as pd

from pipc_etl.contracts import Catalog, Finding
from pipc_etl.render.checks import REQUIRED, Check
from pipc_etl.render.gx_suite import PROBLEM_COUNT
from pipc_etl.validation.facts import Batch, EnvelopeFacts, Reference
from pipc_etl.validation.findings import cell_ranges, check_finding, problem_finding, shown_value, some_values
from pipc_etl.validation.frame_rules import broken_rules
from pipc_etl.validation.great_expectations_run import judge_frame
from pipc_etl.validation.plan import Plan


def row_findings(batch: Batch, catalog: Catalog, plan: Plan, facts: EnvelopeFacts, reference: Reference | None) -> list[Finding]:
    """Everything that the rows of `batch` break, cell by cell; rules of the file once per sheet, with their cells."""
    frame = batch.frame
    if frame.empty:
        return []
    broken = judge_frame(_judged_frame(frame, plan, facts, reference), plan)
    texts = _Texts(batch, list(zip(frame["_sheet"], frame["_row"].tolist(), strict=True)), facts.period_code)
    found, spoiled = _unread(texts, catalog, broken.pop(PROBLEM_COUNT, []))
    by_key = {check.key: check for check in plan.checks}
    # First what is missing: another rule that marks an empty or unreadable cell would say the same again.
    for key, positions in sorted(broken.items(), key=lambda item: by_key[item[0]].rule != REQUIRED):
        check = by_key[key]
        name = check.columns[0]
        told = [position for position in positions if not {(position, name), (position, None)} & spoiled]
        if check.rule == REQUIRED:
            spoiled.update((position, name) for position in told)
        found += texts.file_findings(check, told) if check.scope == "file" else texts.row_findings(check, told)
    return found


def _judged_frame(frame: pd.DataFrame, plan: Plan, facts: EnvelopeFacts, reference: Reference | None) -> pd.DataFrame:
    """What the compiled suite looks at: the columns with expectations, the 0/1 columns of the SQL rules, what could not be read."""
    named = dict.fromkeys(check.columns[0] for check in plan.checks if check.expectation)
    nothing = pd.Series(pd.NA, index=frame.index, dtype="string")
    columns: dict[str, Any] = {name: frame.get(name, nothing) for name in named}
    flags = broken_rules(frame, plan, facts, reference)
    columns |= {str(key): flags[key] for key in flags}
    columns[PROBLEM_COUNT] = frame["_problems"].map(len)
    return pd.DataFrame(columns, index=frame.index).reset_index(drop=True)


def _unread(texts: _Texts, catalog: Catalog, positions: list[int]) -> tuple[list[Finding], set[tuple[int, str | None]]]:
    """The findings of what intake could not read; the cells, or whole rows (None), that are lost with it."""
    found: list[Finding] = []
    spoiled: set[tuple[int, str | None]] = set()
    for position in positions:
        sheet, row = texts.places[position]
        for problem in texts.batch.frame["_problems"].iloc[position]:
            cell = texts.batch.cell(sheet, row, problem[0])
            finding = problem_finding(catalog, texts.batch.contract, tuple(problem), sheet=sheet, row=row, cell=cell)
            found.append(finding)
            if finding.severity == "error":
                spoiled.add((position, None if finding.scope == "row" else finding.column))
    return found, spoiled


@dataclass(frozen=True)
class _Texts:
    """Positions in the frame brought back to sheet, row, cell and what the cell says; `places` are (sheet, row) by position."""

    batch: Batch
    places: list[tuple[str, int]]
    period: str | None

    def row_findings(self, check: Check, positions: list[int]) -> list[Finding]:
        """A finding for each row that breaks `check`."""
        cells, values = self._cells(check, positions), self._values(check, positions)
        return [
            check_finding(check, value=value, period=self.period, sheet=self.places[position][0], row=self.places[position][1], cell=cell)
            for position, cell, value in zip(positions, cells, values, strict=True)
        ]

    def file_findings(self, check: Check, positions: list[int]) -> list[Finding]:
        """One finding for all rows of a sheet that break `check`."""
        by_sheet: dict[str, list[int]] = defaultdict(list)
        for position in positions:
            by_sheet[self.places[position][0]].append(position)
        found = []
        for sheet, members in by_sheet.items():
            cells = cell_ranges([cell for cell in self._cells(check, members) if cell]) or None
            value = some_values(self._values(check, members))
            row = self.places[members[0]][1]
            found.append(check_finding(check, value=value, period=self.period, sheet=sheet, row=row, cell=cells))
        return found

    def _cells(self, check: Check, positions: list[int]) -> list[str | None]:
        """The cell of the first of the check's columns that the file has."""
        addresses = ([self.batch.cell(*self.places[position], name) for name in check.columns] for position in positions)
        return [next((cell for cell in cells if cell), None) for cells in addresses]

    def _values(self, check: Check, positions: list[int]) -> list[str | None]:
        """The cells' own texts, else the typed values, as a finding may show them."""
        name = check.columns[0]
        column = self.batch.contract.column(name)
        shown: list[str | None] = [None] * len(positions)
        for source in (self.batch.original, self.batch.frame):
            if name in source:
                values = source[name].iloc[positions].tolist()
                shown = [known or shown_value(value, column) for known, value in zip(shown, values, strict=True)]
        return shown
