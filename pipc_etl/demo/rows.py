"""The rows of one sample file, from a readable CSV or from the description of a series."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from pipc_etl.demo.manifest import SampleFile
from pipc_etl.demo.people import attendance_answers
from pipc_etl.demo.questions import questions
from pipc_etl.demo.series import commitments, evaluation_answers, session_series
from pipc_etl.errors import ContractError

Row = dict[str, object]

_GENERATORS: dict[str, Callable[[Mapping[str, Any]], list[Row]]] = {
    "attendance": attendance_answers,
    "evaluation": evaluation_answers,
    "commitments": commitments,
    "sessions": session_series,
    "questions": questions,
}


def rows_of(sample: SampleFile, samples: Path) -> tuple[list[Row], list[str]]:
    """The rows that `sample` holds and the columns that its source has; a row belongs where its control columns (`_...`) say."""
    rows, columns = _source(samples / sample.source)
    wanted = {"_dependency": sample.dependency_code, "_period": sample.period_code, "_part": sample.part}
    received = sample.received_at.date()
    chosen = [
        row for row in rows if all(row.get(name) in (None, "", value) for name, value in wanted.items()) and _exported(row) <= received
    ]
    if not chosen:
        raise ContractError(f"{sample.source} has no rows for {sample.path}")
    return _latest(chosen), list(columns)


def letterhead_name(entity_code: str, samples: Path) -> str:
    """What an entity writes on top of its sheets: the column `_letterhead` of its registry."""
    rows, _ = _source(samples / "registry" / f"{entity_code}.csv")
    return str(rows[0]["_letterhead"])


def _exported(row: Row) -> date:
    value = row.get("_exported_on")
    return value if isinstance(value, date) else date.min


def _latest(rows: list[Row]) -> list[Row]:
    """Where an answer was edited, only its last content, in the place of the first."""
    kept: dict[object, Row] = {}
    for number, row in enumerate(rows):
        kept[row.get("response_id") or f"row {number}"] = row
    return list(kept.values())


@lru_cache(maxsize=32)
def _source(path: Path) -> tuple[tuple[Row, ...], tuple[str, ...]]:
    if path.suffix == ".csv":
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file)
            rows: list[Row] = [dict(row) for row in reader]
            columns = [name for name in reader.fieldnames or () if not name.startswith("_")]
        return tuple(rows), tuple(columns)
    spec = yaml.safe_load(path.read_text(encoding="utf-8"))
    if "instances" in spec:
        with (path.parent / spec["instances"]).open(encoding="utf-8", newline="") as file:
            spec["instances"] = list(csv.DictReader(file))
    rows = _GENERATORS[spec["generate"]](spec)
    return tuple(rows), tuple(spec["columns"])
