"""The sheet *Pendientes* that the answer to a file begins with: whoever corrects in that workbook and sends it again leaves it there."""

from __future__ import annotations

from pipc_etl.contracts import fold
from pipc_etl.intake.cells import RawSheet, text_of

PENDING_NAME = "Pendientes"
# The text of its first cell, which survives what spreadsheet programs do to a file that they save.
PENDING_TITLE = "Pendientes de su entrega · Revisión PIPC"


def is_pending_text(text: str) -> bool:
    return fold(text) == fold(PENDING_TITLE)


def is_pending(sheet: RawSheet) -> bool:
    """Whether the sheet is ours, not one that its sender calls «Pendientes»."""
    first = sheet.rows[0][0] if sheet.rows and sheet.rows[0] else None
    return is_pending_text(text_of(first))
