"""Which rows under the header are data: blank rows, totals, repeated headers and the signatures at the end are left out, visibly."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pipc_etl.contracts import Catalog, Contract, Finding, fold
from pipc_etl.intake.cells import RawSheet, letter, text_of
from pipc_etl.intake.coercion import first_words, is_blank
from pipc_etl.intake.header import Header

_TOTALS = frozenset({"total", "totales", "subtotal", "subtotales", "gran total", "suma", "sumas", "sumatoria"})
_CLOSING = (
    "firma",
    "elaboro",
    "elaborado por",
    "reviso",
    "revisado por",
    "aprobo",
    "aprobado por",
    "vo bo",
    "nota",
    "fuente",
    "cordialmente",
)
_MOST_CLOSING_CELLS = 4


@dataclass(frozen=True)
class Body:
    """The positions (0 = first row of the sheet) of the data rows."""

    rows: tuple[int, ...]
    findings: tuple[Finding, ...]


def select(sheet: RawSheet, header: Header, contract: Contract, catalog: Catalog) -> Body:
    """The data rows of the sheet and what was left out of it."""
    places = sorted(header.columns.values())
    required = [header.columns[column.name] for column in contract.columns if column.required and column.name in header.columns]
    kept: list[int] = []
    blanks: list[int] = []
    skipped: list[tuple[int, str]] = []
    for index in range(header.row + 1, len(sheet.rows)):
        row = sheet.rows[index]
        if all(is_blank(row[place]) for place in places if place < len(row)) and not _says_something(row):
            blanks.append(index)
        elif reason := left_out(row, [cell_at(row, place) for place in required]):
            skipped.append((index, reason))
        elif is_header(row, header):
            skipped.append((index, "rows.repeated_header"))
        else:
            kept.append(index)
    # A note among the data may be data; only what follows the last row of data is a closing.
    last = kept[-1] if kept else header.row
    closing = [index for index, reason in skipped if reason == "rows.closing" and index < last]
    kept = sorted([*kept, *closing])
    findings = [_skipped(sheet, index, reason, catalog) for index, reason in skipped if index not in closing]
    inner = [index + 1 for index in blanks if index < last]
    if inner:
        findings.append(catalog.finding("rows.blank", sheet=sheet.name, row=inner[0], count=len(inner), rows=shorten(inner)))
    return Body(tuple(kept), tuple(findings))


def left_out(row: Sequence[object], required: Sequence[object]) -> str | None:
    """Why a row without some required cell is no data: a total or a closing line; None for data, good or bad."""
    if required and not any(is_blank(cell) for cell in required):
        return None
    words = first_words(row)
    if words in _TOTALS or words.startswith(("total ", "subtotal ")):
        return "rows.total"
    filled = sum(not is_blank(cell) for cell in row)
    return "rows.closing" if filled <= _MOST_CLOSING_CELLS and words.startswith(_CLOSING) else None


def cell_at(row: Sequence[object], place: int) -> object:
    return row[place] if place < len(row) else None


def shorten(rows: list[int]) -> str:
    """Row numbers for a message: runs as `7-9`, at most ten of them."""
    runs: list[list[int]] = []
    for row in rows:
        if runs and row == runs[-1][1] + 1:
            runs[-1][1] = row
        else:
            runs.append([row, row])
    texts = [str(first) if first == last else f"{first}-{last}" for first, last in runs[:10]]
    return ", ".join(texts) + ("…" if len(runs) > 10 else "")


def _says_something(row: Sequence[object]) -> bool:
    """Whether a row that is blank under every known header still has a word to report (a note, a signature)."""
    return any(first_words([cell]).startswith((*_CLOSING, "total")) for cell in row if not is_blank(cell))


def is_header(row: Sequence[object], header: Header) -> bool:
    texts = [(fold(text), fold(text_of(cell_at(row, place)))) for place, text in header.texts.items()]
    return len(texts) > 1 and all(expected == found for expected, found in texts)


def _skipped(sheet: RawSheet, index: int, reason: str, catalog: Catalog) -> Finding:
    row = sheet.rows[index]
    place = next((place for place, cell in enumerate(row) if not is_blank(cell)), 0)
    return catalog.finding(
        reason, sheet=sheet.name, cell=f"{letter(place)}{index + 1}", row=index + 1, value=text_of(cell_at(row, place)).split(":")[0][:30]
    )


def hidden_findings(sheet: RawSheet, header: Header, body: Body, catalog: Catalog) -> list[Finding]:
    """Hidden rows and columns that hold data: they are read, and said."""
    data = set(body.rows)
    rows = [index + 1 for index in sorted(set(sheet.hidden_rows)) if index in data]
    findings: list[Finding] = []
    if rows:
        findings.append(catalog.finding("hidden.rows", sheet=sheet.name, row=rows[0], count=len(rows), rows=shorten(rows)))
    hidden = set(sheet.hidden_columns)
    for place, text in sorted(header.texts.items()):
        if place in hidden:
            name = next((name for name, found in header.columns.items() if found == place), None)
            cell = f"{letter(place)}{header.row + 1}"
            findings.append(catalog.finding("hidden.column", sheet=sheet.name, cell=cell, row=header.row + 1, column=name, value=text))
    return findings
