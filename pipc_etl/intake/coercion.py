"""A cell becomes a typed value, a reason for having none, or a problem: one scalar reading, used by the small and the large path."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from pipc_etl.contracts import Codelist, Column, fold
from pipc_etl.intake.cells import CellError, Contradiction, PercentCell, Uncomputed, text_of
from pipc_etl.intake.moments import date_from_serial, read_date, read_month, read_time, read_timestamp, time_text
from pipc_etl.intake.numerals import number_from_cell, plain_digits, read_number
from pipc_etl.intake.words import Fault, Missing, clean, is_dash, missing_reason, read_boolean, read_code, read_codes, split_list

Value = str | int | float | bool | date | datetime | list[str]
Outcome = Value | Missing | Fault | None

CONTRADICTION = "cell.contradiction"
_ERROR = re.compile(r"#[¡¿]?[A-Z/0]+[!?]|#N/[AD]", re.I)
_DOTTED = re.compile(r"\d{1,3}(?:([.,'  ])\d{3})(?:\1\d{3})*")
_TWO_NUMBERS = re.compile(r"\s*(\d{1,2})[-/.](\d{1,2})[-/.]\d{2}")
_MOST_EXACT = 10**15  # a spreadsheet keeps fifteen digits of a number


class Problem(NamedTuple):
    """A cell that could not be read: its column, the rule broken, the text as it was written, and what the rule's text needs."""

    column: str
    rule: str
    text: str
    params: dict[str, str]


@dataclass(frozen=True)
class Reading:
    """What a cell's meaning depends on: the fiscal year of a bare month, Excel's epoch, the days on which codes must hold."""

    fiscal_year: int | None = None
    epoch_1904: bool | None = None
    period: tuple[date, date] | None = None


@dataclass
class Coerced:
    """One column read: a value (or None) per cell, and by position the reasons for missing values and the problems."""

    values: list[Value | None]
    missing: dict[int, str] = field(default_factory=dict)
    problems: dict[int, Problem] = field(default_factory=dict)


def coerce(
    values: Iterable[object],
    column: Column,
    codelist: Codelist | None = None,
    reading: Reading = Reading(),
) -> Coerced:
    """Reads the cells of one column; equal cells are read once.

    Where some date of the column can only be month first, those that can be read both ways are reported.
    """
    keys = [(type(raw), raw) for raw in values]
    known = {key: read_cell(key[1], column, codelist, reading) for key in dict.fromkeys(keys)}
    if any(is_month_first(outcome) for outcome in known.values()):
        known |= {key: Fault("date.order_mixed") for key in known if is_reversible(key[1])}
    result = Coerced([])
    for position, key in enumerate(keys):
        outcome, raw = known[key], key[1]
        if isinstance(outcome, Missing):
            result.missing[position] = outcome.reason
        elif isinstance(outcome, Fault):
            result.problems[position] = Problem(column.name, outcome.rule, text_of(raw), outcome.params)
        result.values.append(None if isinstance(outcome, Missing | Fault) else outcome)
    return result


def read_cell(raw: object, column: Column, codelist: Codelist | None, reading: Reading) -> Outcome:
    """What one cell says, as the column's type; None for a blank."""
    if raw is None or raw == "":
        return None
    if isinstance(raw, CellError):
        return Fault("cell.error")
    if isinstance(raw, Uncomputed):
        return Fault("cell.uncomputed")
    if isinstance(raw, Contradiction):
        return Fault(CONTRADICTION)
    if not isinstance(raw, str):
        return _from_typed(raw, column, codelist, reading)
    return _from_text(clean(raw), column, codelist, reading)


def _from_text(text: str, column: Column, codelist: Codelist | None, reading: Reading) -> Outcome:
    if not text:
        return None
    if text[0] == "#" and _ERROR.fullmatch(text):
        return Fault("cell.error")
    if codelist is not None:
        return _coded(text, column, codelist, reading)
    if is_dash(text):
        return None
    reason = missing_reason(text, is_text=column.type == "string")
    if reason:
        return Missing(reason)
    if column.multiple:
        return split_list(text, commas=False) or None
    return _plain(text, column, reading)


def _coded(text: str, column: Column, codelist: Codelist, reading: Reading) -> Outcome:
    """A code's own spelling wins over the nulls: «No responde» is an answer where the list has it."""
    if codelist.find(text) is None:
        if is_dash(text):
            return None
        reason = missing_reason(text, is_text=False)
        if reason:
            return Missing(reason)
        if column.multiple:
            return read_codes(text, codelist, reading.period) or None
    code = read_code(text, codelist, reading.period)
    return [code] if column.multiple and isinstance(code, str) else code


def _plain(text: str, column: Column, reading: Reading) -> Outcome:
    match column.type:
        case "string":
            return read_text(text, column)
        case "integer" | "number":
            return read_number(text, column)
        case "boolean":
            return read_boolean(text)
        case "month":
            return _serial_text(text, reading) or read_month(text, reading.fiscal_year)
        case "date":
            return _serial_text(text, reading) or read_date(text)
        case "timestamp":
            return read_timestamp(text)
        case "time":
            return read_time(text)


def read_text(text: str, column: Column) -> str | Fault:
    """Text as it is meant; its length and pattern are judged later. Numbers that a spreadsheet rounded away are reported."""
    if text[0].isdigit() and ("E" in text or "e" in text):
        digits = plain_digits(text)
        if isinstance(digits, Fault):
            return digits
        text = digits
    if column.is_personal and text[0].isdigit() and _DOTTED.fullmatch(text):
        text = re.sub(r"\D", "", text)
    return text


def _serial_text(text: str, reading: Reading) -> date | Fault | None:
    """Five digits alone are a serial number that lost its date format."""
    if len(text) != 5 or not text.isdigit():
        return None
    moment = date_from_serial(int(text), reading.epoch_1904)
    return moment if isinstance(moment, Fault) else moment.date()


def _from_typed(raw: object, column: Column, codelist: Codelist | None, reading: Reading) -> Outcome:
    if codelist is not None or column.multiple or column.type == "string":
        return _text_from_typed(raw, column, codelist, reading)
    match column.type:
        case "integer" | "number":
            return _number_from_typed(raw, column)
        case "boolean":
            if isinstance(raw, bool):
                return raw
            return bool(raw) if isinstance(raw, int | float) and raw in (0, 1) else Fault("boolean.invalid")
        case "time":
            return _time_from_typed(raw)
        case _:
            return _moment_from_typed(raw, column, reading)


def _text_from_typed(raw: object, column: Column, codelist: Codelist | None, reading: Reading) -> Outcome:
    if codelist is None and column.pattern is not None and isinstance(raw, date):
        return Fault("text.became_date")
    if codelist is None and isinstance(raw, float | int) and abs(raw) >= _MOST_EXACT:
        return Fault("text.digits_lost")
    return _from_text(text_of(raw), column, codelist, reading)


def _number_from_typed(raw: object, column: Column) -> Outcome:
    if isinstance(raw, PercentCell):
        return number_from_cell(raw.fraction, column, is_percent=True)
    if isinstance(raw, bool):
        return Fault("number.invalid")
    if isinstance(raw, int | float):
        return number_from_cell(raw, column, is_percent=False)
    return Fault("number.became_date") if isinstance(raw, date | time | timedelta) else Fault("number.invalid")


def _time_from_typed(raw: object) -> Outcome:
    if isinstance(raw, datetime):
        return time_text(raw.time())
    if isinstance(raw, time | timedelta) or (isinstance(raw, int | float) and not isinstance(raw, bool)):
        return time_text(raw)
    return Fault("time.invalid")


def _moment_from_typed(raw: object, column: Column, reading: Reading) -> Outcome:
    if isinstance(raw, bool):
        return Fault(f"{'month' if column.type == 'month' else 'date'}.invalid")
    if isinstance(raw, int | float):
        if column.type == "month" and raw in range(1, 13):
            return read_month(str(int(raw)), reading.fiscal_year)
        moment = date_from_serial(raw, reading.epoch_1904)
        if isinstance(moment, Fault):
            return moment
        raw = moment
    if not isinstance(raw, date):
        return Fault("date.invalid")
    if column.type == "timestamp":
        return raw if isinstance(raw, datetime) else datetime(raw.year, raw.month, raw.day)
    day = raw.date() if isinstance(raw, datetime) else raw
    return day.replace(day=1) if column.type == "month" else day


def is_month_first(outcome: Outcome) -> bool:
    return isinstance(outcome, Fault) and outcome.rule == "date.month_first"


def is_reversible(raw: object) -> bool:
    """Whether the text begins with two numbers that could each be the month."""
    match = _TWO_NUMBERS.match(raw) if isinstance(raw, str) else None
    return match is not None and int(match[1]) <= 12 and int(match[2]) <= 12 and int(match[1]) != int(match[2])


def is_blank(raw: object) -> bool:
    """Whether the cell holds nothing that a person would see."""
    return raw is None or (isinstance(raw, str) and not clean(raw))


def first_words(cells: Sequence[object]) -> str:
    """The folded text of the first filled cell of a row."""
    return next((fold(text_of(cell)) for cell in cells if not is_blank(cell)), "")
