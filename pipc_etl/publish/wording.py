"""Spanish (es-CO) words for what was computed: lists, agreement, shares, dates and periods. Pure: numbers in, words out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from babel.dates import format_date
from babel.numbers import format_decimal

from pipc_etl.contracts.periods import BOGOTA, Period, parse_period
from pipc_etl.publish.numbers import LOCALE

Quantity = int | Decimal
ShareWord = Literal["todo", "la mayoría", "la mitad", "la mayor parte", "una parte", "nada"]

_ORDINALS = ("primer", "segundo", "tercer", "cuarto", "quinto", "sexto")
_PARTS = {"S": "semestre", "C": "cuatrimestre", "T": "trimestre"}
# «y» becomes «e» before the sound i (not before the diphthong of «hielo»), «o» becomes «u» before the sound o.
_BEFORE_I = re.compile(r"^[«\"(]*(?:[iíy](?![aeouáéóú])|h[ií](?![ae]))", re.IGNORECASE)
_BEFORE_O = re.compile(r"^[«\"(]*(?:h?[oó]|8)", re.IGNORECASE)
# How far, in percent points, a share may be from «2 de cada 3» and still be «cerca de 2 de cada 3».
_NEAR_POINTS = Decimal("1.5")
_SIMPLE_WHOLES = (2, 3, 4, 5, 10)


def number(value: Quantity, decimals: int | None = None) -> str:
    """`1.234,5`; with `decimals` None as many as the value has."""
    pattern = "#,##0.##########" if decimals is None else "#,##0" + ("." + "0" * decimals if decimals else "")
    return format_decimal(value, pattern, locale=LOCALE)


def agree(quantity: Quantity, singular: str, plural: str) -> str:
    """The word that goes with `quantity`: «falta» with 1, «faltan» with 0, 1,5 and the rest."""
    return singular if quantity in (1, -1) else plural


def counted(quantity: Quantity, singular: str, plural: str) -> str:
    """«1 actividad», «0 actividades», «1.234 actividades»."""
    return f"{number(quantity)} {agree(quantity, singular, plural)}"


def listed(items: Sequence[str], conjunction: Literal["y", "o"] = "y") -> str:
    """«a, b y c»; «e» before the sound i and «u» before the sound o."""
    if len(items) < 2:
        return "".join(items)
    last = items[-1]
    joined: str = conjunction
    if conjunction == "y" and _BEFORE_I.match(last):
        joined = "e"
    if conjunction == "o" and _BEFORE_O.match(last):
        joined = "u"
    return f"{', '.join(items[:-1])} {joined} {last}"


def sentence(text: str) -> str:
    """`text` with a capital at its start and a full stop at its end."""
    text = text.strip()
    text = text[:1].upper() + text[1:]
    return text if not text or text.endswith((".", "!", "?", ":", "…")) else text + "."


def share_word(part: Quantity, whole: Quantity, is_largest: bool = False) -> ShareWord:
    """What a part of a whole may be called: «la mayoría» is more than half; the largest group under half is «la mayor parte».

    Raises ValueError if `part` is not inside the whole.
    """
    if whole <= 0 or not 0 <= part <= whole:
        raise ValueError(f"{part} is not a part of {whole}")
    if part == whole:
        return "todo"
    if part == 0:
        return "nada"
    if 2 * part > whole:
        return "la mayoría"
    if 2 * part == whole:
        return "la mitad"
    return "la mayor parte" if is_largest else "una parte"


@dataclass(frozen=True)
class Leading:
    """The largest group of a profile; `names` has several on a tie."""

    names: tuple[str, ...]
    quantity: Quantity
    word: ShareWord

    @property
    def phrase(self) -> str:
        """How to introduce the group, before «de las asistencias»; under half it is never «la mayoría»."""
        if len(self.names) > 1:
            return "los grupos más numerosos"
        if self.word == "todo":
            return "la totalidad"
        if self.word == "la mayor parte":
            return "la mayor parte (sin llegar a la mitad)"
        return self.word


def leading(groups: Sequence[tuple[str, Quantity]], whole: Quantity | None = None) -> Leading | None:
    """The largest of `groups`, of `whole` (their sum unless given, as where a «No responde» is left out); None when all are empty."""
    largest = max((quantity for _, quantity in groups), default=0)
    if largest <= 0:
        return None
    total = sum((quantity for _, quantity in groups), start=Decimal(0)) if whole is None else whole
    names = tuple(name for name, quantity in groups if quantity == largest)
    return Leading(names, largest, share_word(largest, total, is_largest=True))


def proportion(part: Quantity, whole: Quantity) -> str | None:
    """«2 de cada 3», «cerca de 3 de cada 10»; None where no simple proportion is within 1,5 points."""
    if whole <= 0 or not 0 < part < whole:
        return None
    share = Decimal(part) / Decimal(whole)
    distance, top, bottom = min((abs(share - Decimal(top) / bottom), top, bottom) for bottom in _SIMPLE_WHOLES for top in range(1, bottom))
    if distance * 100 > _NEAR_POINTS:
        return None
    words = "la mitad" if 2 * top == bottom else f"{top} de cada {bottom}"
    return words if top * whole == part * bottom else f"cerca de {words}"


def long_date(day: date) -> str:
    """«31 de agosto de 2021»; the first of a month is «1.º de agosto de 2021»."""
    number_of_day = "1.º" if day.day == 1 else str(day.day)
    return f"{number_of_day} de {month_name(day.month)} de {day.year}"


def short_date(day: date) -> str:
    """«31/08/2021»."""
    return f"{day:%d/%m/%Y}"


def moment(when: datetime) -> str:
    """«31 de agosto de 2021 a las 17:04», in Bogotá's time; `when` has a time zone."""
    local = when.astimezone(BOGOTA)
    return f"{long_date(local.date())} a {'la' if local.hour == 1 else 'las'} {local.hour}:{local:%M}"


def month_name(month: int) -> str:
    """«agosto» for 8."""
    return str(format_date(date(2021, month, 1), "MMMM", locale=LOCALE))


def months_between(start: date, end: date) -> str:
    """«agosto de 2021», «enero a agosto de 2021», «noviembre de 2020 a enero de 2021»."""
    last = f"{month_name(end.month)} de {end.year}"
    if (start.year, start.month) == (end.year, end.month):
        return last
    first = month_name(start.month)
    return f"{first} a {last}" if start.year == end.year else f"{first} de {start.year} a {last}"


def period_label(code: str) -> str:
    """«segundo cuatrimestre de 2021», «agosto de 2021», «vigencia 2021», «2016-2017»; raises ValueError if there is no such period."""
    return _label_and_gender(code)[0]


def of_period(code: str) -> str:
    """«del segundo cuatrimestre de 2021», «de agosto de 2021», «de la vigencia 2021»."""
    label, article = _label_and_gender(code)
    return {"el": "del ", "la": "de la ", "": "de "}[article] + label


def in_period(code: str) -> str:
    """«en el segundo cuatrimestre de 2021», «en agosto de 2021», «en la vigencia 2021»."""
    label, article = _label_and_gender(code)
    return "en " + (f"{article} " if article else "") + label


def period_months(code: str, until: date | None = None) -> str:
    """The months of a period, to `until` if that is earlier: «mayo a agosto de 2021»."""
    period = _period(code)
    return months_between(period.start, min(period.end, until) if until else period.end)


def _period(code: str) -> Period:
    period = parse_period(code)
    if period is None:
        raise ValueError(f"{code!r} is not a period")
    return period


def _label_and_gender(code: str) -> tuple[str, Literal["el", "la", ""]]:
    period = _period(code)
    year, _, rest = code.partition("-")
    if not rest:
        return f"vigencia {year}", "la"
    if rest[0] == "M":
        return months_between(period.start, period.end), ""
    if rest[0] in _PARTS:
        return f"{_ORDINALS[int(rest[1:]) - 1]} {_PARTS[rest[0]]} de {year}", "el"
    return code, ""
