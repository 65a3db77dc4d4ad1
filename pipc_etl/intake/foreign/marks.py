"""What calamine does not say about a sheet, as the scanners of the three file formats report it."""

from __future__ import annotations

from dataclasses import dataclass, field

ERROR, UNCOMPUTED, PERCENT = "error", "uncomputed", "percent"

# The error bytes of BIFF, as the program shows them.
ERROR_TEXTS = {0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?", 0x24: "#NUM!", 0x2A: "#N/A"}


@dataclass
class SheetMarks:
    """Rows and columns count from 0; `cells` maps (row, column) to (ERROR | UNCOMPUTED | PERCENT, text)."""

    cells: dict[tuple[int, int], tuple[str, str]] = field(default_factory=dict)
    hidden_rows: list[int] = field(default_factory=list)
    hidden_columns: list[int] = field(default_factory=list)
    merged: list[tuple[int, int, int, int]] | None = None


@dataclass
class BookMarks:
    """`sheets` by name; `properties` are the custom document properties."""

    sheets: dict[str, SheetMarks] = field(default_factory=dict)
    epoch_1904: bool = False
    macros: bool = False
    properties: dict[str, str] = field(default_factory=dict)


def is_percent_format(code: str) -> bool:
    """Whether a number format shows percents: a `%` outside quotes and escapes."""
    quoted = False
    previous = ""
    for character in code:
        if character == '"':
            quoted = not quoted
        elif character == "%" and not quoted and previous != "\\":
            return True
        previous = character
    return False
