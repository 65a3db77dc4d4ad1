"""The findings of a batch in memory: its rules broken, as Great Expectations judges them, brought back to the cells."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import pandas as pd

from pipc_etl.contracts import Catalog, Finding
from pipc_etl.render.checks import REQUIRED, Check
from pipc_etl.render.gx_suite import PROBLEM_COUNT
from pipc_etl.validation.facts import Batch, EnvelopeFacts, Reference
from pipc_etl.validation.findings import cell_ranges, check_finding, problem_finding, shown_value, some_values
from pipc_etl.validation.frame_rules import broken_rules
from pipc_etl.validation.great_expectations_run import Place, judge_frame
from pipc_etl.validation.plan import Plan


def row_findings(batch: Batch, catalog: Catalog, plan: Plan, facts: EnvelopeFacts, reference: Reference | None) -> list[Finding]:
    """Everything that the rows of `batch` break, cell by cell; rules of the file once per sheet, with their cells."""
    frame = batch.frame
    if frame.empty:
        return []
    broken = judge_frame(_judged_frame(frame, plan, facts, reference), plan)
    positions = {place: number for number, place in enumerate(zip(frame["_sheet"], frame["_row"], strict=True))}
    found: list[Finding] = []
    spoiled: set[tuple[str, int, str]] = set()
    for sheet, row in broken.pop(PROBLEM_COUNT, []):
        for problem in frame["_problems"].iloc[positions[sheet, row]]:
            finding = problem_finding(
                catalog, batch.contract, tuple(problem), sheet=sheet, row=row, cell=batch.cell(sheet, row, problem[0])
            )
            found.append(finding)
            if finding.severity == "error":
                spoiled.add((sheet, row, problem[0]))
    by_key = {check.key: check for check in plan.checks}
    # First what is missing: another rule that marks an empty or unreadable cell would say the same again.
    for key, places in sorted(broken.items(), key=lambda item: by_key[item[0]].rule != REQUIRED):
        check = by_key[key]
        name = check.columns[0]
        told = [place for place in places if (*place, name) not in spoiled]
        if check.rule == REQUIRED:
            spoiled.update((*place, name) for place in told)
        found += _findings_of(check, told, positions, batch, facts)
    return found


def _judged_frame(frame: pd.DataFrame, plan: Plan, facts: EnvelopeFacts, reference: Reference | None) -> pd.DataFrame:
    """What the compiled suite looks at: the columns with expectations, the 0/1 columns of the SQL rules, the place of each row."""
    named = dict.fromkeys(check.columns[0] for check in plan.checks if check.expectation)
    columns: dict[str, Any] = {
        name: frame[name] if name in frame else pd.Series(pd.NA, index=frame.index, dtype="string") for name in named
    }
    flags = broken_rules(frame, plan, facts, reference)
    columns |= {str(key): flags[key] for key in flags}
    columns[PROBLEM_COUNT] = frame["_problems"].map(len) if "_problems" in frame else 0
    columns |= {"_sheet": frame["_sheet"], "_row": frame["_row"]}
    return pd.DataFrame(columns, index=frame.index)


def _findings_of(check: Check, places: list[Place], positions: dict[Place, int], batch: Batch, facts: EnvelopeFacts) -> Iterator[Finding]:
    name = check.columns[0]
    column = batch.contract.column(name)
    texts, typed = batch.original.get(name), batch.frame.get(name)
    rows = []
    for sheet, row in places:
        position = positions[sheet, row]
        value = shown_value(texts.iloc[position], column) if texts is not None else None
        if value is None and typed is not None:
            value = shown_value(typed.iloc[position], column)
        cell = next((cell for cell in (batch.cell(sheet, row, other) for other in check.columns) if cell), None)
        rows.append((sheet, row, cell, value))
    if check.scope != "file":
        for sheet, row, cell, value in rows:
            yield check_finding(check, value=value, period=facts.period_code, sheet=sheet, row=row, cell=cell)
        return
    by_sheet: dict[str, list[tuple[str, int, str | None, str | None]]] = defaultdict(list)
    for entry in rows:
        by_sheet[entry[0]].append(entry)
    for sheet, entries in by_sheet.items():
        cells = cell_ranges([cell for _, _, cell, _ in entries if cell]) or None
        value = some_values(value for _, _, _, value in entries)
        yield check_finding(check, value=value, period=facts.period_code, sheet=sheet, row=entries[0][1], cell=cells)
