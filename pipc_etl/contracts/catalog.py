"""The catalogue of all declarations: contracts by kind and version, code lists, and the Spanish texts of the generic rules."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

import yaml

from pipc_etl.contracts.codelist import Codelist, fold, load_codelist
from pipc_etl.contracts.model import (
    ENVELOPE_KEY_FIELDS,
    Classification,
    ColumnType,
    Contract,
    Finding,
    RuleLevel,
    Scope,
    Severity,
)
from pipc_etl.contracts.odcs import read_contract
from pipc_etl.contracts.terms import TRANSFER, ResponseTerm, load_response_terms
from pipc_etl.errors import ContractError


@dataclass(frozen=True)
class Message:
    """Severity, scope and Spanish texts of a generic rule, with `{placeholders}`."""

    severity: Severity
    scope: Scope
    message: str
    remedy: str


@dataclass(frozen=True)
class Catalog:
    """Everything that `expectations/` declares; `contracts` holds the current version of each kind."""

    contracts: dict[str, Contract]
    former: dict[str, tuple[Contract, ...]]
    codelists: dict[str, Codelist]
    messages: dict[str, Message]
    response_terms: tuple[ResponseTerm, ...] = ()

    def versions(self, kind: str) -> tuple[Contract, ...]:
        """All versions of `kind`, oldest first."""
        return (*self.former.get(kind, ()), self.contracts[kind])

    def needed_by(self, kind: str) -> frozenset[str]:
        """The kinds that `kind` depends on, directly or not, and those that they are judged with."""
        direct = self.contracts[kind].depends_on
        together = (self.contracts[needed].judged_with for needed in direct)
        return frozenset(direct).union(*together, *(self.needed_by(needed) for needed in direct))

    def load_order(self) -> tuple[str, ...]:
        """The kinds, each after those it depends on."""
        ordered: list[str] = []

        def visit(kind: str) -> None:
            for needed in self.contracts[kind].depends_on:
                if needed not in ordered:
                    visit(needed)
            if kind not in ordered:
                ordered.append(kind)

        for kind in sorted(self.contracts):
            visit(kind)
        return tuple(ordered)

    def load_ranks(self) -> dict[str, tuple[int, int]]:
        """The place of each kind in the order of loading; kinds that are judged with each other share the first number.

        The second orders those of them that were handed in together.
        """
        ranks = {kind: (number, 0) for number, kind in enumerate(self.load_order())}
        for contract in self.contracts.values():
            group = contract.judged_with
            place = min((ranks[kind][0] for kind in group), default=0)
            ranks |= {kind: (place, number) for number, kind in enumerate(group)}
        return ranks

    def finding(
        self,
        rule: str,
        *,
        sheet: str | None = None,
        cell: str | None = None,
        row: int | None = None,
        column: str | None = None,
        value: object = None,
        severity: Severity | None = None,
        **params: object,
    ) -> Finding:
        """The finding of the generic rule `rule` with its texts filled in; KeyError if `messages.yaml` does not know the rule."""
        text = self.messages[rule]
        shown = None if value is None else str(value)
        fields = {"value": shown or "", "column": column or "", "sheet": sheet or "", "cell": cell or "", "row": row or "", **params}
        return Finding(
            rule=rule,
            severity=severity or text.severity,
            scope=text.scope,
            message=text.message.format(**fields),
            remedy=text.remedy.format(**fields),
            sheet=sheet,
            cell=cell,
            row=row,
            column=column,
            value=shown,
        )


def load_catalog(folder: Path) -> Catalog:
    """All declarations below `folder`; raises ContractError at the first that is missing, malformed or contradicts another."""
    paths = sorted(folder.glob("*.odcs.yaml"))
    if not paths:
        raise ContractError(f"no contracts (*.odcs.yaml) in {folder}")
    codelists = {path.stem: load_codelist(path) for path in sorted((folder / "codelists").glob("*.csv"))}
    contracts: dict[str, Contract] = {}
    for path in paths:
        contract = read_contract(path)
        if f"{contract.kind}.odcs.yaml" != path.name:
            raise ContractError(f"{path.name}: declares the kind {contract.kind}")
        contracts[contract.kind] = contract
    former: dict[str, list[Contract]] = defaultdict(list)
    for path in sorted((folder / "versions").glob("*.odcs.yaml")):
        contract = read_contract(path)
        former[contract.kind].append(contract)
    ordered = {kind: tuple(sorted(items, key=lambda item: version_key(item.version))) for kind, items in former.items()}
    terms = load_response_terms(folder / "response_terms.csv")
    catalog = Catalog(contracts, ordered, codelists, _messages(folder / "messages.yaml"), terms)
    _check_terms(catalog)
    for contract in contracts.values():
        _check(contract, catalog)
    _check_order(catalog)
    return catalog


def version_key(version: str) -> tuple[int, ...]:
    """`1.10.0` as (1, 10, 0), so that versions sort as numbers."""
    return tuple(int(part) for part in version.split("."))


def _messages(path: Path) -> dict[str, Message]:
    entries = yaml.safe_load(path.read_text(encoding="utf-8")) if path.exists() else {}
    return {rule: Message(**entry) for rule, entry in entries.items()}


def _check(contract: Contract, catalog: Catalog) -> None:
    def need(condition: bool, complaint: str) -> None:
        if not condition:
            raise ContractError(f"{contract.kind}: {complaint}")

    names = [column.name for column in contract.columns]
    need(len(set(names)) == len(names), "two columns share a name")
    spellings: dict[str, str] = {}
    for column in contract.columns:
        need(column.type in get_args(ColumnType), f"{column.name} has the unknown type {column.type}")
        need(column.classification in get_args(Classification), f"{column.name} has the unknown classification {column.classification}")
        need(column.codelist is None or column.codelist in catalog.codelists, f"{column.name} names the missing codelist {column.codelist}")
        need(bool(column.title and column.description), f"{column.name} has no Spanish title or description")
        for spelling in (column.title, *column.synonyms):
            owner = spellings.setdefault(fold(spelling), column.name)
            need(owner == column.name, f"the header «{spelling}» stands for both {owner} and {column.name}")
    lookups = {lookup.name for lookup in contract.lookups}
    for rule in contract.rules:
        need(rule.severity in get_args(Severity), f"{rule.id} has the unknown severity {rule.severity}")
        need(rule.level in get_args(RuleLevel), f"{rule.id} has the unknown level {rule.level}")
        need(set(rule.columns) <= set(names) and bool(rule.columns), f"{rule.id} marks columns that do not exist")
        need(set(rule.needs) <= lookups, f"{rule.id} needs lookups that are not declared")
        need(bool(rule.message and rule.remedy), f"{rule.id} has no Spanish message or remedy")
    need(set(contract.submission_key) <= {*names, *ENVELOPE_KEY_FIELDS}, "the submission key names unknown fields")
    need({*contract.depends_on, *contract.judged_with} <= set(catalog.contracts), "depends on an unknown kind")
    need(not contract.judged_with or contract.kind in contract.judged_with, "judgedWith does not name the kind itself")


def _check_terms(catalog: Catalog) -> None:
    """Every type of question has a term in force, and every term a type."""
    if "question_type" not in catalog.codelists:
        return
    types = {code.code for code in catalog.codelists["question_type"].codes} | {TRANSFER}
    in_force = {term.question_type for term in catalog.response_terms if term.valid_to is None}
    if wrong := sorted(types ^ in_force | {term.question_type for term in catalog.response_terms} - types):
        raise ContractError(f"response_terms.csv: {', '.join(wrong)}: a type of question without a term in force, or a term without a type")


def _check_order(catalog: Catalog) -> None:
    ranks = catalog.load_ranks()
    for kind, contract in catalog.contracts.items():
        for needed in contract.depends_on:
            if ranks[needed][0] > ranks[kind][0]:
                raise ContractError(f"{kind}: it would be loaded before {needed}, which it depends on; mend judgedWith")
