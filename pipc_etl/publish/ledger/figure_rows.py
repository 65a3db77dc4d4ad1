"""A figure and its sources as rows of the register, and back."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sqlalchemy import Row

from pipc_etl.publish.document import Figure, Source
from pipc_etl.publish.ledger.model import Waiver
from pipc_etl.publish.numbers import Rounding

_TEXTS = (
    "figure_id", "key", "label", "subject", "measure", "period_code", "shown", "missing", "unit", "definition", "formula", "query", "mart",
)  # fmt: skip


def figure_row(publication_id: int, ordinal: int, figure: Figure) -> dict[str, Any]:
    """The row of `audit.publication_figure`."""
    row = {name: getattr(figure, name) for name in _TEXTS}
    numbers = {name: _as_text(getattr(figure, name)) for name in ("value", "numerator", "denominator")}
    return (
        row
        | numbers
        | {
            "publication_id": publication_id,
            "ordinal": ordinal,
            "cutoff": figure.cutoff.isoformat() if figure.cutoff else None,
            "plan_version": figure.plan_version,
            "rounding_mode": figure.rounding.mode,
            "rounding_decimals": figure.rounding.decimals,
        }
    )


def to_figure(row: Row[Any], sources: tuple[Source, ...]) -> Figure:
    """The figure of a row."""
    return Figure(
        **{name: getattr(row, name) for name in _TEXTS},
        cutoff=row.cutoff,
        value=row.value,
        numerator=row.numerator,
        denominator=row.denominator,
        plan_version=row.plan_version,
        rounding=Rounding(row.rounding_mode, row.rounding_decimals),
        sources=sources,
    )


def source_row(publication_id: int, figure_ordinal: int, ordinal: int, source: Source) -> dict[str, Any]:
    """The row of `audit.publication_source`."""
    return {
        "publication_id": publication_id,
        "figure_ordinal": figure_ordinal,
        "ordinal": ordinal,
        "submission_id": source.submission_id,
        "kind": source.kind,
        "file_name": source.file_name,
        "sha256": source.sha256,
        "received_at": source.received_at.isoformat(),
        "sheet": source.sheet,
        "cells": source.cells,
        "column_name": source.column,
        "value": source.value,
        "is_reconstruction": source.is_reconstruction,
        "dependency_code": source.dependency_code,
        "role": source.role,
    }


def to_source(row: Row[Any]) -> Source:
    """The source of a row."""
    return Source(
        submission_id=row.submission_id,
        kind=row.kind,
        file_name=row.file_name,
        sha256=row.sha256,
        received_at=row.received_at,
        sheet=row.sheet,
        cells=row.cells,
        column=row.column_name,
        value=row.value,
        is_reconstruction=row.is_reconstruction,
        dependency_code=row.dependency_code,
        role=row.role,
    )


def waiver_row(publication_id: int, ordinal: int, waiver: Waiver) -> dict[str, Any]:
    """The row of `audit.publication_waiver`."""
    return {
        "publication_id": publication_id,
        "ordinal": ordinal,
        "gate": waiver.stop.gate,
        "subject": waiver.stop.subject,
        "detail": waiver.stop.detail,
        "reason": waiver.reason,
        "waived_by": waiver.actor,
        "waived_at": waiver.at.isoformat(),
    }


def _as_text(number: Decimal | None) -> str | None:
    return None if number is None else str(number)
