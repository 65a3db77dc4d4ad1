"""The hidden sheet with what the drop-downs offer: a column a list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from xlsxwriter.utility import xl_col_to_name

# The reader leaves sheets alone whose name begins so.
SHEET = "_listas"
# The key of the list of words that stand for a missing value.
MISSING = ""


def ranges_of(lists: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """The formula of each list's cells (`='_listas'!$A$2:$A$9`), by its key, in the order in which `write_lists` puts them."""
    return {
        key: f"='{SHEET}'!${xl_col_to_name(place)}$2:${xl_col_to_name(place)}${len(values) + 1}"
        for place, (key, values) in enumerate(lists.items())
    }


def write_lists(sheet: Any, lists: Mapping[str, Sequence[str]]) -> None:
    """One column per list, under its key; the sheet is locked and hidden."""
    for place, (key, values) in enumerate(lists.items()):
        sheet.write_string(0, place, key or "sin dato")
        for row, value in enumerate(values, 1):
            sheet.write_string(row, place, value)
    sheet.protect()
    sheet.hide()
