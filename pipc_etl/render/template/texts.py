"""What a template tells its reader about columns, periods and answers; everything in Spanish."""

from __future__ import annotations

import math
from datetime import date

from babel.dates import format_date

from pipc_etl.contracts import Catalog, Codelist, Column
from pipc_etl.contracts.periods import Period
from pipc_etl.render.sheet import LOCALE, Style, cell_value

# How a cell says why it has no value; intake reads each of them so (a test holds it).
MISSING_WORDS = ("N/A", "S/D", "No responde", "Pend.")
YES_NO = ("Sí", "No")
REQUIRED, OPTIONAL = "Obligatoria", "Opcional"
# A list longer than this is not written out in a note: its drop-down shows it.
_OPTIONS_SHOWN = 12
_SPOKEN = Style(as_text=True)
# Of an average letter, as a part of the digit that widths are counted in; words that do not fit leave the rest of their line empty.
_LETTER_WIDTH = 1.15

_TYPES = {
    "string": "Texto",
    "integer": "Número entero",
    "number": "Número, con coma decimal",
    "boolean": "Sí o No",
    "date": "Fecha: día/mes/año",
    "timestamp": "Fecha y hora: día/mes/año h:mm",
    "time": "Hora",
    "month": "Mes y año",
}
_PARTS = {"S": "semestre", "C": "cuatrimestre", "T": "trimestre"}

STATES = (
    ("Aceptado", "Entró completo. No hay nada más que hacer."),
    (
        "Aceptado con observaciones",
        "Entró, y hay advertencias o filas que quedaron por fuera. Corrija lo señalado y entregue otra vez el libro completo: "
        "el nuevo reemplaza al anterior.",
    ),
    ("Devuelto", "No entró nada. Recibe su mismo libro con las celdas señaladas y una hoja «Pendientes»: corrija y entréguelo de nuevo."),
    ("Ilegible", "El archivo no se pudo abrir (dañado o con contraseña). Guárdelo otra vez como libro de Excel (.xlsx) y entréguelo."),
)


def day_words(day: date) -> str:
    """`martes 7 de septiembre de 2021`."""
    return format_date(day, "EEEE d 'de' MMMM 'de' y", locale=LOCALE)


def period_words(period: Period) -> str:
    """The period as people say it, with its code: `agosto de 2021 (2021-M08)`."""
    kind = period.code[5:6]
    if kind == "M":
        month = format_date(period.start, "MMMM 'de' y", locale=LOCALE)
        return f"{month} ({period.code})"
    if kind in _PARTS:
        return f"{_PARTS[kind]} {period.code[6:]} de {period.fiscal_year} ({period.code})"
    return f"vigencia {period.code}"


def codes_in_force(codelist: Codelist, period: Period | None) -> tuple[str, ...]:
    """The labels that hold on some day of the period; all that hold on any day where there is no period."""
    return tuple(
        code.label
        for code in codelist.codes
        if period is None or (code.valid_from <= period.end and (code.valid_to is None or code.valid_to >= period.start))
    )


def options_of(column: Column, catalog: Catalog, period: Period | None) -> tuple[str, ...]:
    """What a column's list offers: labels of its codelist, Sí and No; nothing for any other column."""
    if column.codelist:
        return codes_in_force(catalog.codelists[column.codelist], period)
    return YES_NO if column.type == "boolean" else ()


def format_words(column: Column, options: tuple[str, ...]) -> str:
    """How the value is written: type, bounds, unit, or the list to choose from."""
    if column.codelist:
        how = "Uno o varios de la lista, separados por «;»" if column.multiple else "Uno de la lista"
        return f"{how}: {', '.join(options)}" if len(options) <= _OPTIONS_SHOWN else how
    if column.multiple:
        return "Varios textos, separados por «;»"
    if column.percent:
        return "Porcentaje, con el signo %"
    said = _TYPES[column.type] + _bounds(column)
    if column.max_length:
        said += f", hasta {_grouped(column.max_length)} caracteres"
    return said + (f", en {column.unit}" if column.unit else "")


def _bounds(column: Column) -> str:
    low, high = column.minimum, column.maximum
    # Years are written without a separator.
    shown = str if low is not None and low >= 1900 else _grouped
    if low is None and high is None:
        return ""
    if high is None:
        return f", desde {shown(int(low or 0))}"
    return f" entre {shown(int(low))} y {shown(int(high))}" if low is not None else f", hasta {shown(int(high))}"


def _grouped(value: int) -> str:
    """A whole number as es-CO writes it: `100.000`."""
    return f"{value:,}".replace(",", ".")


def example_words(column: Column, catalog: Catalog) -> str:
    """The contract's first example as a person of Bogotá types it; empty where there is none."""
    if not column.examples or column.examples[0] is None:
        return ""
    value = cell_value(column, catalog.codelists[column.codelist] if column.codelist else None, column.examples[0], _SPOKEN)
    return str(value)


def note_words(column: Column, options: tuple[str, ...], example: str) -> str:
    """The note of a header: whether it is required, meaning, format, example."""
    lines = [f"{column.title}: {(REQUIRED if column.required else OPTIONAL).lower()}", column.description]
    lines.append(f"Cómo se escribe: {format_words(column, options)}.")
    if example:
        lines.append(f"Ejemplo: {example}")
    if not column.required:
        lines.append("Si no aplica o no hay dato: N/A, S/D o la celda vacía.")
    return "\n".join(lines)


def lines_in(text: str, width: float) -> int:
    """How many lines the text takes in a cell of that width, in characters; rather one too many, since letters differ."""
    return sum(max(1, math.ceil(len(part) * _LETTER_WIDTH / width)) for part in text.split("\n"))
