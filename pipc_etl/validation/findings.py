"""Findings with their Spanish texts filled in, personal values masked, cells named, in the order of the sheet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

import pandas as pd

from pipc_etl.contracts import Catalog, Column, Contract, Finding
from pipc_etl.render.checks import Check

_CELLS_SHOWN = 8
_VALUES_SHOWN = 3
_LONGEST_VALUE = 200


def mask(text: str) -> str:
    """`text` so that its owner recognises it and nobody else learns it: «52…78»."""
    if len(text) >= 6:
        return f"{text[:2]}…{text[-2:]}"
    return f"{text[:1]}…" if len(text) >= 3 else "…"


def must_mask(column: Column) -> bool:
    return column.classification in ("personal", "sensitive")


def shown_value(value: Any, column: Column) -> str | None:
    """`value` (a cell's own text or a typed value) as a finding may show it; None where there is nothing."""
    text = _text(value)
    if text is None or text == "":
        return None
    if must_mask(column):
        return mask(text)
    return text if len(text) <= _LONGEST_VALUE else text[: _LONGEST_VALUE - 1] + "…"


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, Iterable):
        return "; ".join(str(item) for item in value)
    if pd.isna(value):
        return None
    if isinstance(value, date):
        moment = isinstance(value, datetime) and (value.hour, value.minute, value.second) != (0, 0, 0)
        return f"{value:%d/%m/%Y %H:%M:%S}" if moment else f"{value:%d/%m/%Y}"
    if isinstance(value, bool):
        return "Sí" if value else "No"
    if isinstance(value, float):
        return f"{value:.15g}".replace(".", ",")
    return str(value)


def fill(template: str, value: str | None, period: str | None, *, keep_value: bool = False) -> str:
    """The text of a check with what only a row and its file know; `keep_value` leaves `{value}` to be filled in later."""
    text = template.replace("{period}", period or "sin período")
    return text if keep_value else text.replace("{value}", value or "vacío")


def check_finding(check: Check, *, value: str | None, period: str | None, sheet: str | None, row: int | None, cell: str | None) -> Finding:
    """The finding of a broken check; `value` is already masked."""
    return Finding(
        rule=check.rule,
        severity=check.severity,
        scope=check.scope,
        message=fill(check.message, value, period),
        remedy=fill(check.remedy, value, period),
        sheet=sheet,
        cell=cell,
        row=row,
        column=check.columns[0],
        value=value,
    )


def problem_finding(
    catalog: Catalog,
    contract: Contract,
    problem: tuple[str, str, Any, Mapping[str, Any] | None],
    *,
    sheet: str,
    row: int,
    cell: str | None,
) -> Finding:
    """The finding of a cell that intake could not read: (column, rule, original text, params)."""
    name, rule, text, params = problem
    column = contract.column(name)
    said = catalog.messages[rule]
    value = shown_value(text, column)
    masked = {key: mask(str(item)) if must_mask(column) and key == "part" else item for key, item in (params or {}).items()}
    fields = {"value": value or "", "column": column.title, "sheet": sheet, "row": row, "cell": cell or "", **masked}
    return Finding(
        rule=rule,
        severity=said.severity,
        scope=said.scope,
        message=said.message.format(**fields),
        remedy=said.remedy.format(**fields),
        sheet=sheet,
        cell=cell,
        row=row,
        column=name,
        value=value,
    )


def cell_ranges(cells: Sequence[str]) -> str:
    """`A2:A5, B7` for the cells of one sheet, in their order; long lists end in «…»."""
    spans: list[list[str]] = []
    for cell in cells:
        if spans and _follows(spans[-1][-1], cell):
            spans[-1][1:] = [cell]
        else:
            spans.append([cell])
    shown = ", ".join(":".join(span) for span in spans[:_CELLS_SHOWN])
    return shown + ", …" if len(spans) > _CELLS_SHOWN else shown


def _follows(cell: str, following: str) -> bool:
    letters, number = _split(cell)
    return (letters, number + 1) == _split(following)


def _split(cell: str) -> tuple[str, int]:
    letters = cell.rstrip("0123456789")
    return letters, int(cell[len(letters) :])


def some_values(values: Iterable[str | None]) -> str | None:
    """The first few different values, for a finding that speaks of many cells."""
    different = list(dict.fromkeys(value for value in values if value))
    shown = "; ".join(different[:_VALUES_SHOWN])
    return (shown + "; …" if len(different) > _VALUES_SHOWN else shown) or None


def in_order(findings: Iterable[Finding], contract: Contract) -> tuple[Finding, ...]:
    """File and sheet first, then by sheet, row and the contract's order of columns."""
    position = {column.name: number for number, column in enumerate(contract.columns)}
    broad = {"file": 0, "sheet": 1}

    def key(finding: Finding) -> tuple[int, str, int, int, str]:
        place = position.get(finding.column or "", -1)
        return broad.get(finding.scope, 2), finding.sheet or "", finding.row or 0, place, finding.rule

    return tuple(sorted(findings, key=key))
