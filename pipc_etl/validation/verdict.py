"""The verdict on one file: what is wrong, which rows are accepted, which are set aside, whether the file is returned."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from pipc_etl.contracts import Catalog, Contract, Finding
from pipc_etl.contracts.model import CORRECTION_COLUMN
from pipc_etl.validation.facts import Batch, ClosedPeriod, EnvelopeFacts, Reference
from pipc_etl.validation.findings import in_order
from pipc_etl.validation.frame_findings import row_findings
from pipc_etl.validation.plan import Plan, make_plan

Place = tuple[str, int]  # sheet, row
State = Literal["unreadable", "returned", "accepted", "accepted_with_observations"]
UNREADABLE = "file.unreadable"


@dataclass(frozen=True)
class Verdict:
    """`accepted` + `quarantined` are all rows read, unless the file is returned or unreadable: then both are empty.

    `quarantined` has the cells' original texts, `_sheet`, `_row` and `_rules` (the rules of severity error that a row breaks).
    """

    state: State
    findings: tuple[Finding, ...]
    accepted: pd.DataFrame
    quarantined: pd.DataFrame
    rows_read: int
    rows_accepted: int
    rows_quarantined: int
    not_evaluated: tuple[str, ...]


def validate(batch: Batch, catalog: Catalog, reference: Reference | None, facts: EnvelopeFacts) -> Verdict:
    """Hold the rows of `batch` to every rule of its contract; `reference` None leaves out the rules that need one.

    Raises RuleError where a rule crashes.
    """
    contract, frame = batch.contract, batch.frame
    absent = frozenset(column.name for column in contract.columns if column.name not in frame)
    plan = make_plan(contract, catalog, facts, has_reference=reference is not None, absent=absent)
    findings = [*batch.findings, *sender_findings(catalog, contract, facts, _owners(frame))]
    if is_unreadable(findings):
        return _whole("unreadable", findings, batch, plan)
    findings += row_findings(batch, catalog, plan, facts, reference)
    errors = _rows_with_errors(findings)
    findings += file_findings(catalog, contract, findings, len(frame), len(errors))
    state = state_of(findings)
    if state == "returned":
        return _whole("returned", findings, batch, plan)
    rules = [errors.get(place) for place in zip(frame["_sheet"], frame["_row"], strict=True)]
    is_bad = pd.Series([broken is not None for broken in rules], index=frame.index, dtype=bool)
    quarantined = batch.original[is_bad].assign(_sheet=frame.loc[is_bad, "_sheet"], _row=frame.loc[is_bad, "_row"])
    quarantined["_rules"] = pd.Series([sorted(broken) for broken in rules if broken], index=quarantined.index, dtype=object)
    return Verdict(
        state=state,
        findings=in_order(findings, contract),
        accepted=frame[~is_bad],
        quarantined=quarantined,
        rows_read=len(frame),
        rows_accepted=len(frame) - len(quarantined),
        rows_quarantined=len(quarantined),
        not_evaluated=plan.not_evaluated,
    )


def is_unreadable(findings: Iterable[Finding]) -> bool:
    return any(finding.rule == UNREADABLE for finding in findings)


def state_of(findings: Iterable[Finding]) -> State:
    """returned, accepted_with_observations or accepted, from all findings of a readable file."""
    seen = list(findings)
    if any(finding.severity == "error" and finding.scope in ("file", "sheet") for finding in seen):
        return "returned"
    return "accepted_with_observations" if any(finding.severity != "info" for finding in seen) else "accepted"


def file_findings(catalog: Catalog, contract: Contract, findings: Iterable[Finding], rows_read: int, bad_rows: int) -> Iterator[Finding]:
    """Why the rows as they are return the whole file, if they do and nothing else does already."""
    if state_of(findings) == "returned":
        return
    if bad_rows and contract.reject_whole:
        yield catalog.finding("file.rejected_whole", rows=bad_rows, rows_read=rows_read)
    elif 100 * bad_rows > contract.quarantine_pct * rows_read:
        pct = f"{100 * bad_rows / rows_read:.1f}".replace(".", ",")
        yield catalog.finding("file.too_many_bad_rows", rows=bad_rows, rows_read=rows_read, pct=pct, limit=f"{contract.quarantine_pct:g}")


def sender_findings(catalog: Catalog, contract: Contract, facts: EnvelopeFacts, owners: Iterable[str | None]) -> Iterator[Finding]:
    """Says so if the file belongs to nobody, or if what it would change is closed.

    `owners` are the dependencies that the rows correct; None among them stands for the sender itself.
    """
    # The registry itself comes from an entity that is not registered yet.
    if facts.is_registered is False and contract.depends_on:
        yield catalog.finding("file.unknown_sender", value=f"{facts.entity_code}/{facts.dependency_code}")
    for closed in facts.closed_to(contract, owners):
        yield closed_finding(catalog, closed)


def closed_finding(catalog: Catalog, closed: ClosedPeriod) -> Finding:
    """Why a file that would change `closed` is returned."""
    return catalog.finding(
        "file.period_approved",
        value=closed.dependency_code,
        period=closed.period_code,
        state=closed.state_word,
        actor=closed.actor,
        day=f"{closed.decided_on:%d/%m/%Y}",
    )


def _owners(frame: pd.DataFrame) -> set[str | None]:
    """Whom the rows of `frame` correct; an empty file is the sender's own."""
    if CORRECTION_COLUMN not in frame or frame.empty:
        return {None}
    return {None if pd.isna(value) else str(value) for value in frame[CORRECTION_COLUMN].unique()}


def _whole(state: State, findings: list[Finding], batch: Batch, plan: Plan) -> Verdict:
    none, rows = batch.frame.iloc[:0], len(batch.frame)
    return Verdict(state, in_order(findings, batch.contract), none, batch.original.iloc[:0], rows, 0, 0, plan.not_evaluated)


def _rows_with_errors(findings: Iterable[Finding]) -> dict[Place, set[str]]:
    errors: dict[Place, set[str]] = defaultdict(set)
    for finding in findings:
        if finding.severity == "error" and finding.scope in ("row", "cell") and finding.sheet is not None and finding.row is not None:
            errors[finding.sheet, finding.row].add(finding.rule)
    return errors
