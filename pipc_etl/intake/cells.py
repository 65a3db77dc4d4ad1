"""What a cell can hold beside plain values, and how a cell is named."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta


@dataclass(frozen=True, slots=True)
class CellError:
    """An error that the spreadsheet program left in a cell (`#REF!`, `#DIV/0!` ...)."""

    text: str


@dataclass(frozen=True, slots=True)
class Uncomputed:
    """A formula whose result was never stored in the file."""


@dataclass(frozen=True, slots=True)
class PercentCell:
    """A number shown as a percent: `fraction` 1.05 is read as 105 % by whoever looks at the sheet."""

    fraction: float


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Two different answers to a question that a form asks in two places."""

    texts: tuple[str, ...]


@dataclass(frozen=True)
class RawSheet:
    """One sheet as it is in the file: rows from row 1, column A; hidden rows and columns counted from 0."""

    name: str
    hidden: bool
    rows: list[list[object]]
    merged: tuple[tuple[int, int, int, int], ...] | None = None
    hidden_rows: tuple[int, ...] = ()
    hidden_columns: tuple[int, ...] = ()
    is_delimited: bool = False


@dataclass(frozen=True)
class RawWorkbook:
    """A file's sheets; `epoch_1904` is None where serial numbers have no meaning (delimited text)."""

    sheets: tuple[RawSheet, ...]
    epoch_1904: bool | None = None
    macros: bool = False
    properties: dict[str, str] = field(default_factory=dict)


def letter(index: int) -> str:
    """The name of the column `index` (0 = A, 26 = AA)."""
    name = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        name = chr(65 + rest) + name
    return name


def text_of(raw: object) -> str:
    """The text that a person would see in the cell, with decimal comma; empty for a blank cell."""
    if raw is None or isinstance(raw, str):
        return raw or ""
    if isinstance(raw, bool):
        return "VERDADERO" if raw else "FALSO"
    if isinstance(raw, CellError):
        return raw.text
    if isinstance(raw, Contradiction):
        return " / ".join(raw.texts)
    if isinstance(raw, Uncomputed):
        return "(fórmula sin valor)"
    if isinstance(raw, PercentCell):
        return f"{number_text(round(raw.fraction * 100, 10))} %"
    if isinstance(raw, int | float):
        return number_text(raw)
    if isinstance(raw, datetime):
        return raw.isoformat(sep=" ") if raw.time() != time() else raw.date().isoformat()
    if isinstance(raw, date):
        return raw.isoformat()
    if isinstance(raw, time):
        return raw.isoformat("minutes") if not (raw.second or raw.microsecond) else raw.isoformat()
    if isinstance(raw, timedelta):
        minutes, seconds = divmod(round(raw.total_seconds()), 60)
        return f"{minutes // 60:02d}:{minutes % 60:02d}" + (f":{seconds:02d}" if seconds else "")
    return str(raw)


def number_text(value: float) -> str:
    """`value` with decimal comma, without exponent and without a needless `,0`."""
    if isinstance(value, int) or (value == value and abs(value) < 1e16 and value == int(value)):
        return str(int(value))
    return format(value, "f" if 1e-6 < abs(value) < 1e16 else "").rstrip("0").replace(".", ",") if abs(value) < 1e16 else repr(value)
