"""The tables that a report may open, as `tables.yaml` declares them; the Spanish titles of their columns stand in `titles.yaml`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml

from pipc_etl.errors import PublicationError

_FOLDER = Path(__file__).parent
# The document's own figures are a table too; it comes first in every package.
FIGURES = "figures"
Persons = Literal["windows", "profile", "evaluation"]


@dataclass(frozen=True)
class TableSpec:
    """A choice of columns of `mart`; `where` or a whole `query` picks the rows, `persons` says by which rule persons are suppressed."""

    code: str
    title: str
    description: str
    mart: str
    columns: tuple[str, ...]
    key: tuple[str, ...] = ()
    where: str = ""
    query: str = ""
    persons: Persons | None = None
    references: Mapping[str, Sequence[str]] = field(default_factory=dict)


@cache
def table_specs() -> Mapping[str, TableSpec]:
    """Every table that can be opened, by code."""
    content = yaml.safe_load((_FOLDER / "tables.yaml").read_text(encoding="utf-8"))
    return {code: _spec(code, declared) for code, declared in content.items()}


def _spec(code: str, declared: Mapping[str, Any]) -> TableSpec:
    lists = {name: tuple(declared.get(name, ())) for name in ("columns", "key")}
    return TableSpec(**{**declared, **lists, "code": code})


@cache
def column_titles() -> Mapping[str, str]:
    """The Spanish title of every column, by its English name."""
    titles: dict[str, str] = yaml.safe_load((_FOLDER / "titles.yaml").read_text(encoding="utf-8"))
    return titles


def chosen_specs(codes: Sequence[str]) -> tuple[TableSpec, ...]:
    """The tables of a report, those that they refer to first; raises PublicationError for a code that is none."""
    specs = table_specs()
    unknown = sorted(set(codes) - set(specs) - {FIGURES})
    if unknown:
        raise PublicationError(f"no hay una tabla de datos abiertos «{unknown[0]}»: las que hay son {', '.join(sorted(specs))}")
    chosen = [code for code in codes if code != FIGURES]
    # Of the tables referred to, only lists of names come along by themselves: a session's own table is opened when the report says so.
    for code in list(chosen):
        chosen += [other for other in specs[code].references if other in ("periods", "dependencies", "activities")]
    if "activities" in chosen:
        chosen.append("dependencies")
    return tuple(spec for code, spec in specs.items() if code in chosen)
