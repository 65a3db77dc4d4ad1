"""What validation is told about a file: its envelope, its typed rows, and what the warehouse knows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Protocol

import pandas as pd

from pipc_etl.contracts import Contract, Finding
from pipc_etl.contracts.periods import parse_period

# Names in a submission key that say which period the rows are of.
_PERIOD_KEYS = {"period_code", "month"}

# Rows of the reference relations that lookups read, by relation.
Reference = Mapping[str, pd.DataFrame]


class Batch(Protocol):
    """The rows of one file, typed. `frame` has contract columns, `_sheet`, `_row` (as the sheet counts) and `_problems`.

    `_problems` lists (column, rule id, original text, params) of what could not be read; `original` has the same index as
    `frame` and the cells' texts by column; `findings` are those of file, sheet and header.
    """

    @property
    def contract(self) -> Contract: ...
    @property
    def frame(self) -> pd.DataFrame: ...
    @property
    def original(self) -> pd.DataFrame: ...
    @property
    def findings(self) -> Sequence[Finding]: ...
    def cell(self, sheet: str, row: int, column: str) -> str | None: ...


@dataclass(frozen=True)
class ClosedPeriod:
    """A period of a dependency that the planning office has approved or waived: `state_word` in Spanish, `decided_on` in Bogotá.

    `files` are those of it that count, by submission key and sha256.
    """

    dependency_code: str
    period_code: str
    state_word: str
    actor: str
    decided_on: date
    files: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class EnvelopeFacts:
    """Whose file it is and when it came; None = not known here (`pipc check` has no registry).

    `is_registered` False means that nobody of that code exists on the day; `received_on` is a day in Bogotá; `closed` are the periods
    of its kind in its entity that take no files.
    """

    entity_code: str | None = None
    dependency_code: str | None = None
    kind: str | None = None
    period_code: str | None = None
    received_on: date | None = None
    is_planning_office: bool | None = None
    is_registered: bool | None = None
    closed: tuple[ClosedPeriod, ...] = ()

    @cached_property
    def columns(self) -> dict[str, tuple[str, object]]:
        """The envelope's columns of the batch: name -> (SQL type, value)."""
        period = parse_period(self.period_code) if self.period_code else None
        return {
            "_entity_code": ("text", self.entity_code),
            "_dependency_code": ("text", self.dependency_code),
            "_kind": ("text", self.kind),
            "_period_code": ("text", self.period_code),
            "_fiscal_year": ("integer", period and period.fiscal_year),
            "_period_start": ("date", period and period.start),
            "_period_end": ("date", period and period.end),
            "_received_on": ("date", self.received_on),
            "_is_planning_office": ("boolean", self.is_planning_office),
        }

    def closed_to(self, contract: Contract, owners: Iterable[str | None]) -> list[ClosedPeriod]:
        """The closed periods that the file would change: its own, or those of the dependencies that its rows correct (`owners`)."""
        touched = {owner or self.dependency_code for owner in owners}
        return [closed for closed in self.closed if closed.dependency_code in touched and self._reaches(contract, closed)]

    def robbed_by(self, key: str, sha256: str) -> ClosedPeriod | None:
        """The closed period that would lose its file to one of this submission key, whatever folder that lies in; not to equal bytes."""
        return next((closed for closed in self.closed if any(held == key and digest != sha256 for held, digest in closed.files)), None)

    def _reaches(self, contract: Contract, closed: ClosedPeriod) -> bool:
        """Whether the file speaks of the period; one of a longer or a shorter period replaces its rows too where the key is the period."""
        if closed.period_code == self.period_code:
            return True
        ours, theirs = parse_period(self.period_code or ""), parse_period(closed.period_code)
        if ours is None or theirs is None or not _PERIOD_KEYS & set(contract.submission_key):
            return False
        return ours.start <= theirs.end and theirs.start <= ours.end

    @property
    def unknown(self) -> frozenset[str]:
        return frozenset(name for name, (_, value) in self.columns.items() if value is None)
