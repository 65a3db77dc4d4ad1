"""Which rows under the header are data: blank rows, totals, repeated headers and the signatures at the end are left out, visibly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipc_etl.contracts import Catalog, Contract, Finding, fold
from pipc_etl.intake.cells import RawSheet, letter, text_of
from pipc_etl.intake.coercion import Problem, first_words, is_blank
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
    """The positions (0 = first row of the sheet) of the data rows; those in `ragged` have cells that belong to no header."""

    rows: tuple[int, ...]
    findings: tuple[Finding, ...]
    ragged: frozenset[int] = frozenset()


def select(sheet: RawSheet, header: Header, contract: Contract, catalog: Catalog) -> Body:
    """The data rows of the sheet and what was left out of it."""
    places = sorted(header.columns.values())
    required = [header.columns[column.name] for column in contract.columns if column.required and column.name in header.columns]
    kept: list[int] = []
    skipped: dict[int, str] = {}
    for index in range(header.row + 1, len(sheet.rows)):
        row = sheet.rows[index]
        if all(is_blank(row[place]) for place in places if place < len(row)) and not _says_something(row):
            skipped[index] = "rows.blank"
        elif reason := left_out(row, [cell_at(row, place) for place in required]):
            skipped[index] = reason
        elif is_header(row, header):
            skipped[index] = "rows.repeated_header"
        else:
            kept.append(index)
    # A note among the data may be data; only what follows the last row of data is a closing.
    last = kept[-1] if kept else header.row
    closing = [index for index, reason in skipped.items() if reason == "rows.closing" and index < last]
    kept = sorted([*kept, *closing])
    left = {index: (reason, sheet.rows[index]) for index, reason in skipped.items() if index not in closing}
    findings = left_out_findings(sheet.name, left, last, catalog)
    width = len(sheet.rows[header.row])
    ragged = frozenset(index for index in kept if len(sheet.rows[index]) != width) if sheet.is_delimited else frozenset()
    return Body(tuple(kept), tuple(findings), ragged)


def left_out(row: Sequence[object], required: Sequence[object]) -> str | None:
    """Why a row without some required cell is no data: a total or a closing line; None for data, good or bad."""
    if required and not any(is_blank(cell) for cell in required):
        return None
    words = first_words(row)
    if words in _TOTALS or words.startswith(("total ", "subtotal ")):
        return "rows.total"
    filled = sum(not is_blank(cell) for cell in row)
    return "rows.closing" if filled <= _MOST_CLOSING_CELLS and words.startswith(_CLOSING) else None


def ragged_problem(found: int, header: Header, width: int) -> Problem:
    """What is said of a record of another width than its header: none of its values can be trusted."""
    first = min(header.columns, key=header.columns.__getitem__)
    return Problem(first, "row.ragged", "", {"found": str(found), "expected": str(width)})


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
    """Whether the row repeats the header, cell by cell."""
    cells = ((text, text_of(cell_at(row, place))) for place, text in header.texts.items())
    return len(header.texts) > 1 and all(text == found or fold(text) == fold(found) for text, found in cells)


def left_out_findings(sheet: str, left: Mapping[int, tuple[str, Sequence[object]]], last: int, catalog: Catalog) -> list[Finding]:
    """What was left out, row by row, by position (0 = first); blank rows in one finding, and only those before the last data row."""
    findings: list[Finding] = []
    for index, (reason, row) in sorted(left.items()):
        if reason != "rows.blank":
            place = next((place for place, cell in enumerate(row) if not is_blank(cell)), 0)
            # A name may follow the word («Elaboró: ...»): a finding does not repeat it.
            word = text_of(cell_at(row, place)).split(":")[0][:30]
            cell = f"{letter(place)}{index + 1}"
            findings.append(catalog.finding(reason, sheet=sheet, cell=cell, row=index + 1, value=word))
    blanks = [index + 1 for index, (reason, _) in sorted(left.items()) if reason == "rows.blank" and index < last]
    if blanks:
        findings.append(catalog.finding("rows.blank", sheet=sheet, row=blanks[0], count=len(blanks), rows=shorten(blanks)))
    return findings


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
