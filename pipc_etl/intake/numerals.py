"""Numbers as they are written in Colombia: `1.234,5`, `98,7 %`, `6.8 mil`; what can be read in two ways is never guessed."""

from __future__ import annotations

import re
from decimal import Decimal

from pipc_etl.contracts import Column, fold
from pipc_etl.intake.words import Fault

_SCALES = {"mil": 1000, "k": 1000, "m": 10**6, "mm": 10**6, "millon": 10**6, "millones": 10**6}
_PARTS = re.compile(
    r"(?P<open>\()?\s*(?:\$|COP)?\s*(?P<sign>[-+−–]?)\s*(?:\$|COP)?\s*(?P<body>[\d.,' ]*\d)\s*(?P<close>\))?\s*(?P<rest>.*)", re.S | re.I
)
_INTEGER = re.compile(r"\d+")
_GROUPED = (re.compile(r"\d{1,3}(?:\.\d{3})+,\d+"), re.compile(r"\d{1,3}(?:,\d{3})+\.\d+"))
_GROUPS = (re.compile(r"\d{1,3}(?:\.\d{3}){2,}"), re.compile(r"\d{1,3}(?:,\d{3}){2,}"))
_SPACED = re.compile(r"\d{1,3}(?: \d{3})+(?:[.,]\d+)?")
_EITHER = re.compile(r"[1-9]\d{0,2}[.,]\d{3}")
_DECIMAL = re.compile(r"\d*[.,]\d+")

_EXPONENT = re.compile(r"(?P<whole>\d+)(?:[.,](?P<digits>\d+))?[eE]\+?(?P<exponent>\d+)")


def read_number(text: str, column: Column) -> float | int | Fault:
    """The number in `text`: percents in percent points, whole numbers where the column is `integer`."""
    amount = _amount(text, column)
    if isinstance(amount, Fault):
        return amount
    if column.type == "number":
        return float(amount)
    return int(amount) if amount == amount.to_integral_value() else Fault("integer.fraction")


def number_from_cell(value: float, column: Column, *, is_percent: bool) -> float | int | Fault:
    """The number in a numeric cell: never ambiguous, but for a small fraction that may or may not be a percent."""
    if value != value or abs(value) == float("inf"):
        return Fault("number.invalid")
    if column.percent and is_percent:
        value = round(value * 100, 10)
    elif column.percent and 0 < abs(value) <= 1:
        return Fault("percent.ambiguous")
    elif is_percent:
        return Fault("number.unexpected_percent")
    if column.type == "number":
        return float(value)
    return int(value) if value == int(value) else Fault("integer.fraction")


def plain_digits(text: str) -> str | Fault:
    """`1.023E+09` written out if no digit was lost; Fault where the spreadsheet rounded the number away."""
    match = _EXPONENT.fullmatch(text)
    if match is None:
        return text
    digits, zeros = match["digits"] or "", int(match["exponent"])
    if len(digits) < zeros or zeros > 30:
        return Fault("text.digits_lost")
    return match["whole"] + digits[:zeros] if not digits[zeros:].strip("0") else text


def _amount(text: str, column: Column) -> Decimal | Fault:
    parts = _PARTS.fullmatch(text)
    if parts is None or bool(parts["open"]) != bool(parts["close"]):
        return Fault("number.mark") if fold(text) == "x" else Fault("number.invalid")
    scale = _scale(parts["rest"], column)
    if isinstance(scale, Fault):
        return scale
    amount = _unsigned(parts["body"].strip(), column, scale)
    if isinstance(amount, Fault):
        return amount
    negative = parts["sign"] in ("-", "−", "–") or bool(parts["open"])
    return -amount * scale if negative else amount * scale


def _scale(rest: str, column: Column) -> int | Fault:
    """What the words after the number multiply it by; the column's own unit and, in percent columns, `%` say nothing."""
    rest = rest.strip()
    if rest == "%":
        return 1 if column.percent else Fault("number.unexpected_percent")
    word = fold(rest)
    if not rest or (column.unit and word and _stem(word) == _stem(fold(column.unit))):
        return 1
    return _SCALES.get(word) or Fault("number.invalid")


def _stem(word: str) -> str:
    return word.rstrip("s")


def _unsigned(body: str, column: Column, scale: int) -> Decimal | Fault:
    if _INTEGER.fullmatch(body):
        return Decimal(body)
    if _GROUPED[0].fullmatch(body):
        return Decimal(body.replace(".", "").replace(",", "."))
    if _GROUPED[1].fullmatch(body):
        return Decimal(body.replace(",", ""))
    if any(shape.fullmatch(body) for shape in _GROUPS):
        return Decimal(body.replace(".", "").replace(",", ""))
    if _SPACED.fullmatch(body):
        return Decimal(body.replace(" ", "").replace(",", "."))
    if _EITHER.fullmatch(body):
        return _either(body, column, scale)
    return Decimal(body.replace(",", ".")) if _DECIMAL.fullmatch(body) else Fault("number.invalid")


def _either(body: str, column: Column, scale: int) -> Decimal | Fault:
    """`1.234` is a thousand and more, or one and a bit: read only where the column's maximum rules the thousand out."""
    thousands, decimal = body.replace(".", "").replace(",", ""), body.replace(",", ".")
    if column.type == "number" and column.maximum is not None and int(thousands) * scale > column.maximum:
        return Decimal(decimal)
    return Fault("number.ambiguous", {"thousands": thousands, "decimal": decimal.replace(".", ",")})
