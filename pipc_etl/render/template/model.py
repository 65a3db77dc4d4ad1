"""What a template is made of, as values: whose it is, for which period, what is filled in already and what may be chosen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from pipc_etl.contracts import Column, Contract
from pipc_etl.contracts.fingerprint import Fingerprint
from pipc_etl.contracts.periods import Period


@dataclass(frozen=True)
class Addressee:
    """The dependency that fills the template in; names as the registry has them, empty where only the codes are known."""

    entity_code: str
    dependency_code: str
    entity_name: str = ""
    dependency_name: str = ""

    @property
    def dependency(self) -> str:
        """The dependency's name with its code, or the code alone."""
        return f"{self.dependency_name} ({self.dependency_code})" if self.dependency_name else self.dependency_code


@dataclass(frozen=True)
class PlanInForce:
    """The version of a plan that a template was made from."""

    plan_code: str
    version: int
    name: str = ""


@dataclass(frozen=True)
class Choice:
    """A value that a drop-down offers, and what it stands for (shown in the instructions)."""

    value: str
    label: str = ""


@dataclass(frozen=True)
class Line:
    """A row that is filled in already: typed values or codes by column; `locked` are the columns that nobody types over."""

    values: Mapping[str, object]
    locked: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Template:
    """Everything that a template says.

    `choices` are drop-downs beside those of the code lists, by column; `omitted` columns are left out. Below its first line, a column of
    `repeated` follows the first line by formula; one of `totals` is the sum of the columns that it names. `closed` columns stay locked
    in new rows too. `asks_whether_empty`: the cell that declares a period without anything stands above the header. `advice` are steps of
    this kind alone, in Spanish.
    """

    contract: Contract
    addressee: Addressee | None = None
    period: Period | None = None
    due_on: date | None = None
    plan: PlanInForce | None = None
    lines: tuple[Line, ...] = ()
    choices: Mapping[str, tuple[Choice, ...]] = field(default_factory=dict)
    omitted: frozenset[str] = frozenset()
    repeated: frozenset[str] = frozenset()
    totals: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    closed: frozenset[str] = frozenset()
    asks_whether_empty: bool = False
    advice: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[Column, ...]:
        return tuple(column for column in self.contract.columns if column.name not in self.omitted)

    @property
    def fingerprint(self) -> Fingerprint:
        return Fingerprint(
            kind=self.contract.kind,
            contract_version=self.contract.version,
            entity_code=self.addressee.entity_code if self.addressee else "",
            dependency_code=self.addressee.dependency_code if self.addressee else "",
            period_code=self.period.code if self.period else "",
            plan_code=self.plan.plan_code if self.plan else "",
            plan_version=self.plan.version if self.plan else None,
        )
