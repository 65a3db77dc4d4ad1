"""The spoiled rows of `tests/golden/<kind>.yaml`, and one for every bound that a contract's columns declare."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from pipc_etl.contracts import Catalog, Column, Contract
from pipc_etl.validation import EnvelopeFacts

FOLDER = Path(__file__).parent
KINDS = tuple(sorted(path.stem for path in FOLDER.glob("*.yaml")))

Expected = tuple[str, str, str]  # rule, column, severity


@dataclass(frozen=True)
class Case:
    """Rows that stand together, and what each of them (or, for a case of a file, the file) must be found to break."""

    name: str
    rows: list[dict[str, Any]]
    finds: frozenset[Expected]
    facts: EnvelopeFacts = field(default_factory=EnvelopeFacts)
    is_exact: bool = True  # a value out of its column's bounds may break rules of the contract as well


@dataclass(frozen=True)
class Golden:
    facts: EnvelopeFacts
    clean: dict[str, Any]
    cases: list[Case]
    file_cases: list[Case]
    reference: dict[str, pd.DataFrame]
    is_apart: bool  # a year has too few months to give every case a key of its own

    @property
    def files(self) -> list[list[Case]]:
        """The cases that are handed in together."""
        return [[case] for case in self.cases] if self.is_apart else [self.cases]


def load_golden(contract: Contract, catalog: Catalog) -> Golden:
    """All cases of a kind; case number 0 is the clean row."""
    said = yaml.safe_load((FOLDER / f"{contract.kind}.yaml").read_text(encoding="utf-8"))
    facts = _facts(contract, said["facts"])
    declared = [*said["cases"], *_column_cases(contract, catalog)]
    cases = [Case("clean", [numbered(said["row"], 0)], frozenset(), facts)]
    for number, case in enumerate(declared, 1):
        rows = [numbered({**said["row"], **change}, number) for change in case.get("rows", [case.get("set", {})])]
        cases.append(Case(f"{number}: {case['finds']}", rows, _expected(case["finds"]), facts, not case.get("is_column")))
    file_cases = []
    for case in said.get("file_cases", []):
        rows = [numbered({**said["row"], **change}, number) for number, change in enumerate(case["rows"])]
        changed = _facts(contract, {**said["facts"], **case.get("facts", {})})
        file_cases.append(Case(str(case["finds"]), rows, _expected(case["finds"]), changed))
    reference = {
        lookup.relation: pd.DataFrame(
            [numbered(row, number) for row in said["reference"][lookup.relation] for number in range(len(cases))]
        ).drop_duplicates()
        for lookup in contract.lookups
    }
    return Golden(facts, cases[0].rows[0], cases, file_cases, reference, said.get("apart", False))


def numbered(row: Mapping[str, Any], number: int) -> dict[str, Any]:
    return {name: value.replace("{n}", str(number)) if isinstance(value, str) else value for name, value in row.items()}


def _facts(contract: Contract, said: Mapping[str, Any]) -> EnvelopeFacts:
    return EnvelopeFacts(kind=contract.kind, is_registered=True, **said)


def _expected(finds: list[str]) -> frozenset[Expected]:
    expected = frozenset(tuple(line.split()) for line in finds)
    assert all(len(item) == 3 for item in expected), finds
    return expected  # type: ignore[return-value]


def _column_cases(contract: Contract, catalog: Catalog) -> Iterator[dict[str, Any]]:
    keys = {*contract.submission_key}
    for column in contract.columns:
        for rule, value in _spoiled(column):
            if column.name not in keys or value is None:
                severity = catalog.messages[rule].severity
                yield {"set": {column.name: value}, "finds": [f"{rule} {column.name} {severity}"], "is_column": True}


def _spoiled(column: Column) -> Iterator[tuple[str, Any]]:
    if column.required:
        yield "value.required", None
    if column.minimum is not None:
        # -1 in a file could be -1 or -100 percent.
        yield "value.out_of_range", column.minimum - (2 if column.percent else 1)
    if column.maximum is not None:
        yield ("value.above_hundred" if column.percent else "value.out_of_range"), column.maximum + 1
    if column.max_length is not None:
        yield "value.too_long", "ñ" * (column.max_length + 1)
    if column.pattern is not None:
        yield "value.wrong_format", "¿qué?"
    if column.codelist is not None:
        yield "value.not_in_list", ["none", "zzz"] if column.multiple else "zzz"
