"""Contract and rows to a sheet as a person would see it: Spanish headers, labels instead of codes, letterhead, merged cells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Literal

from babel.dates import format_date, format_time
from babel.numbers import format_decimal

from pipc_etl.contracts import Catalog, Codelist, Column, Contract

CellValue = str | int | float | date | datetime | time | None
Row = Mapping[str, object]

LOCALE = "es_CO"
_DATE_PATTERNS = ("dd/MM/y", "d 'de' MMMM 'de' y", "d 'de' MMMM/y", "dd-MM-yy")
_MONTH_PATTERNS = ("MMMM 'de' y", "y-MM")
_EXCEL_FORMATS = {"date": "dd/mm/yyyy", "timestamp": "d/mm/yyyy h:mm:ss", "month": "mmm yyyy", "time": "hh:mm"}


@dataclass(frozen=True)
class Style:
    """How a sheet is laid out.

    `headers`: the contract's title, its first synonym, or its synonym that is a question; `synonyms_of` are columns that take their first
    synonym in any case. `two_rows`: columns whose synonym is
    "<group> <title>" get the group in a merged cell above. `as_text`: numbers and dates as a person of Bogotá types them.
    """

    headers: Literal["title", "synonym", "question"] = "title"
    letterhead: tuple[str, ...] = ()
    two_rows: bool = False
    as_text: bool = False
    list_separator: str = "; "
    synonyms_of: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Merge:
    """A merged range, zero-based and inclusive."""

    first_row: int
    first_column: int
    last_row: int
    last_column: int


@dataclass(frozen=True)
class Sheet:
    """Cells by row; `header_row` is the zero-based row right above the data, `formats` the Excel number format of each column."""

    name: str
    rows: tuple[tuple[CellValue, ...], ...]
    header_row: int
    merges: tuple[Merge, ...]
    formats: tuple[str | None, ...]


def lay_out(contract: Contract, catalog: Catalog, rows: Sequence[Row], columns: Sequence[str], style: Style = Style()) -> Sheet:
    """The sheet of `rows` (code name -> typed value, ISO text or code) with `columns` in that order; KeyError for an unknown column."""
    chosen = [contract.column(name) for name in columns]
    codelists = [catalog.codelists[column.codelist] if column.codelist else None for column in chosen]
    width = len(chosen)
    lines: list[tuple[CellValue, ...]] = [(line, *(None,) * (width - 1)) for line in style.letterhead]
    merges = [Merge(number, 0, number, width - 1) for number in range(len(lines)) if width > 1]
    header, header_merges = _header(chosen, style, len(lines))
    lines += header
    merges += header_merges
    header_row = len(lines) - 1
    for number, row in enumerate(rows):
        lines.append(
            tuple(
                cell_value(column, codelist, row.get(column.name), style, number)
                for column, codelist in zip(chosen, codelists, strict=True)
            )
        )
    formats = tuple(None if style.as_text else _EXCEL_FORMATS.get(column.type) for column in chosen)
    return Sheet(contract.sheet_names[0], tuple(lines), header_row, tuple(merges), formats)


def _header(columns: Sequence[Column], style: Style, top: int) -> tuple[list[tuple[CellValue, ...]], list[Merge]]:
    titles = [header_of(column, style) for column in columns]
    groups = [_group(column) for column in columns] if style.two_rows else []
    if not any(groups):
        return [tuple(titles)], []
    above: list[CellValue] = []
    below: list[CellValue] = []
    merges: list[Merge] = []
    for number, (title, group) in enumerate(zip(titles, groups, strict=True)):
        if group is None:
            above.append(title)
            below.append(None)
            merges.append(Merge(top, number, top + 1, number))
            continue
        first = number == 0 or groups[number - 1] != group
        above.append(group if first else None)
        below.append(columns[number].title)
        last = number
        while last + 1 < len(groups) and groups[last + 1] == group:
            last += 1
        if first and last > number:
            merges.append(Merge(top, number, top, last))
    return [tuple(above), tuple(below)], merges


def header_of(column: Column, style: Style) -> str:
    """The header of `column` in this style; always one that the contract knows."""
    if column.synonyms and (style.headers == "synonym" or column.name in style.synonyms_of):
        return column.synonyms[0]
    if style.headers == "question":
        return next((synonym for synonym in column.synonyms if synonym.startswith("¿")), column.title)
    return column.title


def _group(column: Column) -> str | None:
    for synonym in column.synonyms:
        if synonym.endswith(f" {column.title}"):
            return synonym.removesuffix(column.title).strip()
    return None


def cell_value(column: Column, codelist: Codelist | None, value: object, style: Style, row: int = 0) -> CellValue:
    """What the cell shows; a text that is not of the column's type (N/A, a slip of the sender) is shown as it is."""
    if value is None or value == "":
        return None
    if column.multiple or codelist:
        parts = str(value).split(";") if column.multiple else [str(value)]
        return style.list_separator.join(_label(codelist, part.strip()) for part in parts)
    if isinstance(value, bool):
        return "Sí" if value else "No"
    typed = parse_iso(column, value)
    if isinstance(typed, str) or not style.as_text:
        return typed
    return _spoken(column, typed, row)


def _label(codelist: Codelist | None, code: str) -> str:
    known = {entry.code: entry.label for entry in codelist.codes} if codelist else {}
    return known.get(code, code)


def parse_iso(column: Column, value: object) -> CellValue:
    """`value` as the column's type if it is ISO text of that type, else as it came."""
    if not isinstance(value, str):
        return value if isinstance(value, int | float | date | time) else str(value)
    try:
        match column.type:
            case "integer":
                return int(value)
            case "number":
                return float(value)
            case "date":
                return date.fromisoformat(value)
            case "month":
                return date.fromisoformat(f"{value}-01")
            case "timestamp":
                return datetime.fromisoformat(value)
            case "time":
                return time.fromisoformat(value)
            case _:
                return value
    except ValueError:
        return value


def _spoken(column: Column, value: CellValue, row: int) -> str:
    """A typed value as people write it, in turn in each of the manners that are seen."""
    if isinstance(value, datetime):
        return f"{value.day}/{value:%m/%Y} {value.hour}:{value:%M:%S}"
    if isinstance(value, date):
        patterns = _MONTH_PATTERNS if column.type == "month" else _DATE_PATTERNS
        return format_date(value, patterns[row % len(patterns)], locale=LOCALE)
    if isinstance(value, time):
        return format_time(value, "h:mm a", locale=LOCALE)
    if isinstance(value, int | float):
        number = format_decimal(value, "0.####", locale=LOCALE)
        # Percents are in points: the cell 1 of an Excel percent format could be read as 1 % or as 100 %.
        return f"{number} %" if column.percent else number
    return str(value)
