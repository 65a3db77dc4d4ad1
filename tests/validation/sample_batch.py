"""A typed batch made by hand, as intake would hand it over: rows of column -> typed value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
from openpyxl.utils import get_column_letter

from pipc_etl.contracts import Column, Contract, Finding

FIRST_ROW = 6  # under a letterhead
_DTYPES = {"integer": "Int64", "number": "Float64", "boolean": "boolean", "string": "str", "time": "str"}


@dataclass(frozen=True)
class SampleBatch:
    contract: Contract
    frame: pd.DataFrame
    original: pd.DataFrame
    letters: dict[str, str]
    findings: Sequence[Finding] = field(default_factory=tuple)

    def cell(self, sheet: str, row: int, column: str) -> str | None:
        letter = self.letters.get(column)
        return f"{letter}{row}" if letter else None


def sample_batch(
    contract: Contract,
    rows: Sequence[Mapping[str, Any]],
    *,
    problems: Mapping[int, list[tuple[str, str, str, dict[str, str]]]] | None = None,
    without: frozenset[str] = frozenset(),
    sheet: str = "Hoja1",
    findings: Sequence[Finding] = (),
) -> SampleBatch:
    """`rows` from sheet row FIRST_ROW on; `problems` by position; `without` names columns that the file does not have."""
    columns = [column for column in contract.columns if column.name not in without]
    data = {column.name: _series(column, [row.get(column.name) for row in rows]) for column in columns}
    frame = pd.DataFrame(data, index=range(len(rows)))
    frame["_sheet"] = pd.Series([sheet] * len(rows), dtype="str")
    frame["_row"] = range(FIRST_ROW, FIRST_ROW + len(rows))
    frame["_missing"] = [{} for _ in rows]
    frame["_problems"] = [(problems or {}).get(number, []) for number in range(len(rows))]
    texts = {column.name: [_text(row.get(column.name)) for row in rows] for column in columns}
    for number, found in (problems or {}).items():
        for column_name, _, text, _ in found:
            texts[column_name][number] = text
    letters = {column.name: get_column_letter(number) for number, column in enumerate(columns, 1)}
    return SampleBatch(contract, frame, pd.DataFrame(texts, index=range(len(rows)), dtype=object), letters, tuple(findings))


def _series(column: Column, values: list[Any]) -> Any:
    if column.multiple:
        return pd.Series(values, dtype=object)
    if column.type in ("date", "timestamp", "month"):
        return pd.Series(pd.to_datetime(pd.Series(values)), dtype="datetime64[us]")
    return pd.Series(values, dtype=_DTYPES[column.type])


def _text(value: Any) -> str | None:
    return None if value is None else "; ".join(value) if isinstance(value, list) else str(value)
