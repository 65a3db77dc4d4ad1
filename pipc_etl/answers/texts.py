"""The Spanish texts of the letters: templates in `texts/`, one subject, one plain text and one HTML a letter."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from pipc_etl.contracts.periods import BOGOTA, parse_period

_FOLDER = Path(__file__).parent / "texts"
_MONTHS = (
    "enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre",
)  # fmt: skip
_WEEKDAYS = ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo")
_ORDINALS = ("primer", "segundo", "tercer", "cuarto", "quinto", "sexto")
_PARTS = {"S": "semestre", "C": "cuatrimestre", "T": "trimestre"}


@dataclass(frozen=True)
class Rendered:
    """A letter's texts: `subject` in one line."""

    subject: str
    text: str
    html: str


def render(name: str, /, **values: object) -> Rendered:
    """The letter `name`: `texts/<name>.subject.j2`, `<name>.txt.j2` and `<name>.html.j2` filled with `values`.

    Raises jinja2.UndefinedError where a template asks for a value that was not given.
    """
    environment = _environment()
    subject = environment.get_template(f"{name}.subject.j2").render(values)
    text = environment.get_template(f"{name}.txt.j2").render(values)
    html = environment.get_template(f"{name}.html.j2").render(values | {"subject": " ".join(subject.split())})
    return Rendered(" ".join(subject.split()), _without_gaps(text), html)


def phrase(name: str, /, **values: object) -> str:
    """The text of `texts/<name>.txt.j2` in one line."""
    return " ".join(_environment().get_template(f"{name}.txt.j2").render(values).split())


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=lambda name: name is not None and name.endswith(".html.j2"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    filters: dict[str, Callable[..., str]] = {
        "number": number,
        "count": count,
        "day": day,
        "long_day": long_day,
        "moment": moment,
        "period": period_name,
    }
    environment.filters |= filters
    return environment


def _without_gaps(text: str) -> str:
    """At most one empty line in a row, none at the ends: what a condition leaves out leaves no hole."""
    lines: list[str] = []
    for line in (raw.rstrip() for raw in text.strip().splitlines()):
        if line or (lines and lines[-1]):
            lines.append(line)
    return "\n".join(lines) + "\n"


def number(value: float, decimals: int = 0) -> str:
    """`1.234,5` as Colombia writes it."""
    return f"{value:,.{decimals}f}".translate(str.maketrans(",.", ".,"))


def count(value: int, one: str, many: str) -> str:
    """`1 fila`, `1.234 filas`."""
    return f"{number(value)} {one if value == 1 else many}"


def day(value: date) -> str:
    """`31/08/2021`; of a moment, its day in Bogotá."""
    return f"{_local(value):%d/%m/%Y}"


def long_day(value: date) -> str:
    """`martes 31 de agosto de 2021`."""
    local = _local(value)
    return f"{_WEEKDAYS[local.weekday()]} {local.day} de {_MONTHS[local.month - 1]} de {local.year}"


def moment(value: datetime) -> str:
    """`31/08/2021, 3:05 p. m.` in Bogotá."""
    local = value.astimezone(BOGOTA)
    return f"{local:%d/%m/%Y}, {local.hour % 12 or 12}:{local:%M} {'a. m.' if local.hour < 12 else 'p. m.'}"


def period_name(code: str) -> str:
    """`agosto de 2021`, `segundo semestre de 2021`, `vigencia 2021`; a code that is no period as it stands."""
    period = parse_period(code)
    if period is None:
        return code
    if len(code) == 4:
        return f"vigencia {code}"
    if code[5] == "M":
        return f"{_MONTHS[period.start.month - 1]} de {period.start.year}"
    if code[5] in _PARTS:
        return f"{_ORDINALS[int(code[6:]) - 1]} {_PARTS[code[5]]} de {period.start.year}"
    return code


def _local(value: date) -> date:
    return value.astimezone(BOGOTA) if isinstance(value, datetime) else value
