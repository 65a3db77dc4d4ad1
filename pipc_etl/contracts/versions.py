"""What changed between two versions of a contract, and whether files and tables of the old one still fit."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from pipc_etl.contracts.catalog import Catalog, version_key
from pipc_etl.contracts.model import Column, Contract
from pipc_etl.errors import ContractError

LOCK = "versions.lock"


@dataclass(frozen=True)
class Change:
    """One difference; a breaking one asks for a new major version and keeps the old file readable."""

    column: str
    what: str
    breaking: bool


def compare(old: Contract, new: Contract) -> tuple[Change, ...]:
    """The differences from `old` to `new`, in the order of the columns."""
    before = {column.name: column for column in old.columns}
    after = {column.name: column for column in new.columns}
    changes = [Change(name, "removed", breaking=True) for name in before if name not in after]
    for name, column in after.items():
        changes.extend(_column_changes(before[name], column) if name in before else [_added(column)])
    if old.submission_key != new.submission_key:
        changes.append(Change("", "submission key changed", breaking=True))
    if old.primary_key != new.primary_key:
        changes.append(Change("", "primary key changed", breaking=True))
    if old.empty_declaration and old.empty_declaration != new.empty_declaration:
        changes.append(Change("", "declaration of an empty month no longer read", breaking=True))
    return tuple(changes)


def _added(column: Column) -> Change:
    return Change(column.name, "added", breaking=column.required or column.header_required)


def _column_changes(old: Column, new: Column) -> list[Change]:
    checks = (
        ("type", old.type != new.type or old.multiple != new.multiple, True),
        ("classification", old.classification != new.classification, True),
        ("now required", new.required and not old.required, True),
        ("codelist", old.codelist != new.codelist, True),
        ("header no longer read", not {old.title, *old.synonyms} <= {new.title, *new.synonyms}, True),
        ("new synonyms", bool({new.title, *new.synonyms} - {old.title, *old.synonyms}), False),
        ("description", old.description != new.description, False),
    )
    return [Change(new.name, what, breaking) for what, differs, breaking in checks if differs]


def check_history(catalog: Catalog) -> None:
    """Raises ContractError where consecutive versions differ by more than their numbers admit."""
    for kind in catalog.contracts:
        versions = catalog.versions(kind)
        for old, new in pairwise(versions):
            if version_key(new.version) <= version_key(old.version):
                raise ContractError(f"{kind}: version {new.version} does not come after {old.version}")
            breaking = [change for change in compare(old, new) if change.breaking]
            if breaking and version_key(new.version)[0] == version_key(old.version)[0]:
                what = ", ".join(f"{change.column} {change.what}".strip() for change in breaking)
                raise ContractError(f"{kind}: from {old.version} to {new.version} breaks readers ({what}): it needs a new major version")


def fingerprints(folder: Path) -> dict[str, str]:
    """sha256 of every contract file below `folder`, by its relative path."""
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.rglob("*.odcs.yaml"))}


def changed_since_published(folder: Path) -> list[str]:
    """Published files whose bytes are no longer those in `versions.lock` (`sha256  path` a line)."""
    lines = (folder / LOCK).read_text(encoding="ascii").splitlines()
    published = {path: digest for digest, path in (line.split("  ", 1) for line in lines if line)}
    now = fingerprints(folder)
    return sorted(path for path, digest in published.items() if now.get(path) != digest)
