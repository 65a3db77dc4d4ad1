"""One table of a package: its columns with type and words, its rows, and what they refer to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

FieldType = Literal["string", "integer", "number", "boolean", "date", "datetime"]
# PostgreSQL's names for what a mart's columns are.
TYPES: Mapping[str, FieldType] = {
    "text": "string",
    "integer": "integer",
    "bigint": "integer",
    "numeric": "number",
    "boolean": "boolean",
    "date": "date",
    "timestamp with time zone": "datetime",
}


@dataclass(frozen=True)
class Field:
    """A column: English name for programs, Spanish title and description for people."""

    name: str
    type: FieldType
    title: str
    description: str


@dataclass(frozen=True)
class Resource:
    """`references`: code of another table -> the columns here whose values stand in its key."""

    code: str
    title: str
    description: str
    fields: tuple[Field, ...]
    rows: tuple[tuple[Any, ...], ...]
    key: tuple[str, ...] = ()
    references: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @property
    def path(self) -> str:
        """Where its CSV is, inside the package."""
        return f"datos/{self.code}.csv"

    def texts(self) -> Iterator[tuple[str, ...]]:
        """The rows as a CSV holds them: ISO dates, a point for decimals, nothing where there is no value."""
        for row in self.rows:
            yield tuple(written(value) for value in row)


def written(value: Any) -> str:
    """`value` as programs read it, the same every time."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case Decimal():
            return format(value.normalize(), "f")
        case date() | datetime():
            return value.isoformat()
    return str(value)
