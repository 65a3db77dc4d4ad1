"""Dates, months, times and timestamps as people, forms and spreadsheets write them; days come before months (es-CO)."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta

from pipc_etl.contracts import fold
from pipc_etl.intake.words import Fault

MICROSECONDS_A_DAY = 86_400_000_000
_EARLIEST, _LATEST = 1900, 2100
_CENTURY_SURE_BELOW = 40  # two-digit years from 40 on may be of the last century: reported
_BOGOTA = -5 * 60  # minutes; Colombia keeps no daylight saving time

_MONTHS = (
    ("enero", "january"),
    ("febrero", "february"),
    ("marzo", "march"),
    ("abril", "april"),
    ("mayo", "may"),
    ("junio", "june"),
    ("julio", "july"),
    ("agosto", "august"),
    ("septiembre", "setiembre", "september"),
    ("octubre", "october"),
    ("noviembre", "november"),
    ("diciembre", "december"),
)
_DAYS = r"(?:(?:lunes|martes|miercoles|jueves|viernes|sabado|domingo)\s*,?\s*)?"
_YMD = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})")
_DMY = re.compile(r"(\d{1,2})\s?[-/. ]\s?(\d{1,2})\s?[-/. ]\s?(\d{4}|\d{2})")
_D_WORD_Y = re.compile(_DAYS + r"(?:el )?(\d{1,2})(?:º|°|ro|er)?[\s./-]*(?:de\s+)?([a-z]{3,10})\.?[\s,./-]*(?:del?\s+)?(\d{4}|\d{2})")
_WORD_D_Y = re.compile(r"([a-z]{3,10})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})")
_WORD_Y = re.compile(r"(?:\d{1,2}[\s.-]+)?([a-z]{3,10})\.?[\s,./-]*(?:del?\s+)?(\d{4}|\d{2})?")
_YM = re.compile(r"(\d{4})[-/](\d{1,2})")
_MY = re.compile(r"(\d{1,2})[-/](\d{4})")
_RELATIVE = re.compile(r"(?:hace|ayer|hoy|anteayer|mañana|proxim|pasad)")
_CLOCK = re.compile(
    r"(\d{1,2})(?:[:h.](\d{2}))?(?::(\d{2})(?:[.,](\d{1,6})\d*)?)?\s*(?:h|hrs?|horas)?\.?\s*(?:([ap])\s?\.?\s?m?\.?)?"
    r"\s*(z|(?:gmt|utc)\s*([+-]\d{1,2})?(?::?(\d{2}))?|([+-]\d{2}):?(\d{2}))?"
)
_DATE_AND_CLOCK = re.compile(r"(.+?)(?:[tT]|,?\s+)(\d{1,2}:\d{2}.*)", re.S)


def month_number(word: str) -> int | None:
    """1 to 12 for a Spanish or English month, full or shortened to three letters or more."""
    word = fold(word)
    for number, names in enumerate(_MONTHS, 1):
        if len(word) >= 3 and any(name.startswith(word) for name in names):
            return number
    return None


def read_date(text: str) -> date | Fault:
    """The day in `text`; reported where it is impossible, incomplete, month first, relative or of an uncertain century."""
    bare = _bare(text)
    if match := _YMD.fullmatch(bare):
        return _day(int(match[1]), int(match[2]), int(match[3]))
    if match := _DMY.fullmatch(bare):
        return _numeric(int(match[1]), int(match[2]), match[3])
    if match := _D_WORD_Y.fullmatch(bare):
        return _worded(match[2], match[1], match[3])
    if match := _WORD_D_Y.fullmatch(bare):
        return _worded(match[1], match[2], match[3])
    if match := _DATE_AND_CLOCK.fullmatch(text):
        clock = read_clock(match[2])
        return clock if isinstance(clock, Fault) else read_date(match[1])
    if _RELATIVE.match(bare):
        return Fault("date.relative")
    word = _WORD_Y.fullmatch(bare)
    if (word and month_number(word[1])) or _YM.fullmatch(bare) or _MY.fullmatch(bare) or re.fullmatch(r"\d{1,2}[-/]\d{1,2}|\d{4}", bare):
        return Fault("date.incomplete")
    return Fault("date.invalid")


def date_from_serial(serial: float, epoch_1904: bool | None) -> datetime | Fault:
    """The moment of an Excel serial number; without a workbook nobody knows where the count begins."""
    if epoch_1904 is None:
        return Fault("date.serial_unknown")
    if not 1 <= serial <= 75_000:
        return Fault("date.invalid")
    # Excel's calendar of 1900 has a 29 February that never was.
    start_1900 = datetime(1899, 12, 30) if serial >= 60 else datetime(1899, 12, 31)
    return (datetime(1904, 1, 1) if epoch_1904 else start_1900) + timedelta(milliseconds=round(serial * 86_400_000))


def read_month(text: str, fiscal_year: int | None) -> date | Fault:
    """The first day of the month in `text`; a bare month is of `fiscal_year`."""
    bare = _bare(text)
    if match := _YM.fullmatch(bare):
        return _day(int(match[1]), int(match[2]), 1, "month.invalid")
    if match := _MY.fullmatch(bare):
        return _day(int(match[2]), int(match[1]), 1, "month.invalid")
    if bare.isdigit() and len(bare) <= 2:
        return _of_year(int(bare), None, fiscal_year)
    match = _WORD_Y.fullmatch(bare)
    number = month_number(match[1]) if match else None
    if match and number:
        return _of_year(number, match[2], fiscal_year)
    day = read_date(text)
    return Fault("month.invalid") if isinstance(day, Fault) else day.replace(day=1)


def read_time(text: str) -> str | Fault:
    """The time of day as HH:MM."""
    clock = read_clock(text)
    if isinstance(clock, Fault):
        return clock
    minutes = clock % MICROSECONDS_A_DAY // 60_000_000
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def read_timestamp(text: str) -> datetime | Fault:
    """Date and time, naive, in Bogotá; a date alone is its midnight."""
    match = _DATE_AND_CLOCK.fullmatch(text)
    day = read_date(match[1] if match else text)
    if isinstance(day, Fault):
        return day
    clock = read_clock(match[2]) if match else 0
    if isinstance(clock, Fault):
        return clock
    return datetime(day.year, day.month, day.day) + timedelta(microseconds=clock)


def read_clock(text: str) -> int | Fault:
    """Microseconds from midnight in Bogotá; outside 0 to 24 h where a zone in `text` moves the time to another day."""
    match = _CLOCK.fullmatch(" ".join(text.lower().split()))
    if match is None or (match[2] is None and match[5] is None):
        return Fault("time.invalid")
    hour, minute, second = int(match[1]), int(match[2] or 0), int(match[3] or 0)
    if match[5]:
        if hour == 0 or hour > 12:
            # «15:00 p. m.» says one thing twice; «15:00 a. m.» contradicts itself.
            if match[5] == "a" or hour == 0:
                return Fault("time.invalid")
        else:
            hour = hour % 12 + (12 if match[5] == "p" else 0)
    if hour > 23 or minute > 59 or second > 59:
        return Fault("time.invalid")
    micros = ((hour * 60 + minute) * 60 + second) * 1_000_000 + int((match[4] or "").ljust(6, "0"))
    return micros if match[6] is None else micros + (_BOGOTA - _offset(match)) * 60_000_000


def _offset(match: re.Match[str]) -> int:
    hours, minutes = match[7] or match[9] or "0", int(match[8] or match[10] or 0)
    return int(hours) * 60 + (-minutes if hours.startswith("-") else minutes)


def _bare(text: str) -> str:
    """`text` in lower case without accents, so that `sábado` and `miércoles` are words of the patterns."""
    return text.lower().translate(str.maketrans("áéíóú", "aeiou")).strip(" .,;")


def _day(year: int, month: int, day: int, rule: str = "date.impossible") -> date | Fault:
    try:
        found = date(year, month, day)
    except ValueError:
        return Fault(rule)
    return found if _EARLIEST <= year <= _LATEST else Fault(rule)


def _year(digits: str) -> int | None:
    if len(digits) == 4:
        return int(digits)
    return 2000 + int(digits) if int(digits) < _CENTURY_SURE_BELOW else None


def _numeric(first: int, second: int, digits: str) -> date | Fault:
    year = _year(digits)
    if year is None:
        return Fault("date.ambiguous")
    if second > 12 and first <= 12:
        turned = _day(year, first, second)
        return Fault("date.month_first", {"hint": turned.strftime("%d/%m/%Y")}) if isinstance(turned, date) else turned
    return _day(year, second, first)


def _worded(word: str, day: str, digits: str) -> date | Fault:
    month, year = month_number(word), _year(digits)
    if month is None:
        return Fault("date.invalid")
    return Fault("date.ambiguous") if year is None else _day(year, month, int(day))


def _of_year(month: int, digits: str | None, fiscal_year: int | None) -> date | Fault:
    year = _year(digits) if digits else fiscal_year
    return Fault("month.without_year") if year is None else _day(year, month, 1, "month.invalid")


def time_text(value: time | timedelta | float) -> str | Fault:
    """HH:MM of a time cell, an elapsed-time cell or the fraction of a day."""
    if isinstance(value, time):
        return value.strftime("%H:%M")
    days = value.total_seconds() / 86_400 if isinstance(value, timedelta) else float(value)
    if not 0 <= days < 1:
        return Fault("time.invalid")
    minutes = round(days * 1440) % 1440
    return f"{minutes // 60:02d}:{minutes % 60:02d}"
