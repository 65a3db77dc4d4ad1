"""What the sheet itself holds a cell to while somebody types: lists, dates, numbers, lengths, with Spanish words.

A cell that breaks a length is refused, because every contract refuses it. Everything else only warns: the contract also reads N/A, S/D,
other spellings of a code, «5 talleres» or «29 de diciembre de 2020», and a sheet must not reject what the border accepts.
"""

from __future__ import annotations

from typing import Any

from pipc_etl.contracts import Column
from pipc_etl.render.template.texts import MISSING_WORDS, format_words

Validation = dict[str, Any]

_MOST_TITLE, _MOST_TEXT = 32, 255  # what Excel shows of a message
_FIRST_DAY, _LAST_DAY = "DATE(2000,1,1)", "DATE(2100,12,31)"
_MONTHS = "ene feb mar abr may jun jul ago sep set oct nov dic"
_LARGEST = 99_999_999_999_999


def validation_of(column: Column, cell: str, options_range: str | None, options: tuple[str, ...], missing_range: str) -> Validation | None:
    """The validation of a column whose first cell is `cell` (`F9`), or None; ranges are formulas (`=_listas!$A$2:$A$9`)."""
    if options_range and not column.multiple:
        return _told(column, options, {"validate": "list", "source": options_range, "error_type": "warning"})
    if column.type == "string":
        if column.multiple or column.max_length is None:
            return None
        check = {"validate": "length", "criteria": "<=", "value": column.max_length, "error_type": "stop"}
        return _told(column, options, check)
    conditions = [f"AND(ISNUMBER({cell}),{_bounds(column, cell)})", *_words(column, cell)]
    if not column.required:
        conditions.append(f"COUNTIF({missing_range.lstrip('=')},{cell})>0")
    condition = f"OR({','.join(conditions)})"
    return _told(column, options, {"validate": "custom", "value": f"={condition}", "error_type": "warning"})


def _bounds(column: Column, cell: str) -> str:
    match column.type:
        case "integer" | "number":
            scale = 100 if column.percent else 1
            low = (-_LARGEST if column.minimum is None else column.minimum) / scale
            high = (_LARGEST if column.maximum is None else column.maximum) / scale
            within = f"{cell}>={low:.15g},{cell}<={high:.15g}"
            # N: the integer part of a text is an error, and an error is not valid, whatever else is.
            return f"{within},N({cell})=INT(N({cell}))" if column.type == "integer" else within
        case "time":
            return f"{cell}>=0,{cell}<1"
        case _:
            return f"{cell}>={_FIRST_DAY},{cell}<={_LAST_DAY}+1"


def _words(column: Column, cell: str) -> list[str]:
    """Texts that programs leave as they were typed and the border reads: «mayo de 2021», «10:00 a. m.»."""
    match column.type:
        case "month":
            return [f'ISNUMBER(SEARCH(LEFT({cell},3),"{_MONTHS}"))']
        case "time" | "timestamp":
            return [f'ISNUMBER(SEARCH(":",{cell}))']
        case _:
            return []


def _told(column: Column, options: tuple[str, ...], check: Validation) -> Validation:
    is_refused = check["error_type"] == "stop"
    how = f"«{column.title}»: {format_words(column, options)}."
    if not is_refused:
        how += " Si está seguro, puede dejarlo así."
        if not column.required:
            how += f" También se reciben {', '.join(MISSING_WORDS[:2])}."
    if len(how) > _MOST_TEXT:  # the list itself is in the drop-down
        how = f"«{column.title}»: elija un valor de la lista. Si está seguro, puede dejarlo así."
    title = "No se puede recibir" if is_refused else "Revise el dato"
    return {**check, "error_title": title[:_MOST_TITLE], "error_message": how[:_MOST_TEXT], "ignore_blank": True}
