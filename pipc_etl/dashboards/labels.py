"""What dbt says of the marts in Spanish: a description and a short label per column."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipc_etl.dashboards.loading import read_yaml


@dataclass(frozen=True)
class ColumnText:
    """The label on an axis or heading, and the explanation behind it; `file` is where to write them."""

    label: str | None
    description: str


@dataclass(frozen=True)
class MartText:
    """A mart's description and its columns, in dbt's order."""

    file: Path
    description: str
    columns: dict[str, ColumnText] = field(default_factory=dict)


def mart_texts(dbt_project: Path) -> dict[str, MartText]:
    """Every mart that a `_*.yml` below `models/marts` describes, by name."""
    texts = {}
    for path in sorted((dbt_project / "models" / "marts").rglob("_*.yml")):
        document = read_yaml(path) or {}
        for model in document.get("models") or []:
            columns = {column["name"]: _column(column) for column in model.get("columns") or []}
            texts[model["name"]] = MartText(path, _flat(model.get("description")), columns)
    return texts


def _column(column: dict[str, Any]) -> ColumnText:
    meta = (column.get("config") or {}).get("meta") or {}
    return ColumnText(meta.get("label"), _flat(column.get("description")))


def _flat(text: str | None) -> str:
    return " ".join((text or "").split())
