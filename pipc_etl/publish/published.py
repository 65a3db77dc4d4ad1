"""Figures as a report printed them: what they speak about, to which cut-off, and how the report rounds."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path

from pipc_etl.errors import ContractError
from pipc_etl.publish.document import Missing
from pipc_etl.publish.numbers import MODES, Rounding

# What a report prints where there is no number: three different things, none of them 0.
_NO_NUMBER: Mapping[str, Missing] = {"": "pending", "N/A": "not_applicable", "S/D": "no_data"}


@dataclass(frozen=True)
class PublishedFigure:
    """One number of a report; `value` None where the report prints none and `missing` says what it prints; `rounding` as the report does.

    `kind`: computed from rows, or echoed, that is read back as somebody else published it.
    """

    report: str
    entity_code: str
    scope: str
    subject: str
    period: str
    cutoff: date | None
    measure: str
    value: Decimal | None
    rounding: Rounding
    kind: str
    issue: str
    note: str
    missing: Missing | None = None

    def matches(self, value: Decimal | None) -> bool:
        """Whether the computed `value` prints as the published one; nothing published is met by nothing computed."""
        if value is None or self.value is None:
            return value is None and self.value is None
        return self.rounding.rounded(value) == self.value

    def shown(self, value: Decimal | None) -> str:
        """`value` rounded and written as in Bogotá; an exact one with the decimals that the report printed."""
        if value is None:
            return "–"
        if self.rounding.mode == "exact" and self.value is not None and value == self.value:
            exponent = self.value.as_tuple().exponent
            return Rounding("half_up", max(0, -exponent) if isinstance(exponent, int) else 0).shown(value)
        return self.rounding.shown(value)


def read_published_figures(path: Path, *, kind: str | None = None, issue: str | None = None) -> tuple[PublishedFigure, ...]:
    """The figures of the CSV at `path`, in its order, of one `kind` and one `issue` if given.

    Raises ContractError with the line that makes no sense.
    """
    figures = []
    with path.open(encoding="utf-8", newline="") as file:
        for line, row in enumerate(csv.DictReader(file), 2):
            if (kind and row["kind"] != kind) or (issue and row["issue"] != issue):
                continue
            try:
                figures.append(_figure(row))
            except (InvalidOperation, ValueError, KeyError) as error:
                raise ContractError(f"{path.name}, line {line}: {error!r}") from error
    return tuple(figures)


def _figure(row: Mapping[str, str]) -> PublishedFigure:
    if row["rounding"] not in MODES:
        raise ValueError(f"unknown rounding {row['rounding']!r}")
    return PublishedFigure(
        report=row["report"],
        entity_code=row["entity"],
        scope=row["scope"],
        subject=row["subject"],
        period=row["period"],
        cutoff=date.fromisoformat(row["cutoff"]) if row["cutoff"] else None,
        measure=row["measure"],
        value=None if row["value"] in _NO_NUMBER else Decimal(row["value"]),
        rounding=Rounding(row["rounding"], int(row["decimals"] or 0)),  # type: ignore[arg-type]
        kind=row["kind"],
        issue=row["issue"],
        note=row["note"],
        missing=_NO_NUMBER.get(row["value"]),
    )
