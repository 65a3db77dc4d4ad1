"""One file as a typed frame with its findings: the small path, for workbooks and for delimited files that fit in memory."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipc_etl.contracts import Catalog, Column, Contract, Finding, fold
from pipc_etl.intake.cells import RawSheet, RawWorkbook, letter, text_of
from pipc_etl.intake.coercion import Coerced, Problem, Reading, coerce
from pipc_etl.intake.declaration import with_declaration
from pipc_etl.intake.delimited import read_delimited
from pipc_etl.intake.envelope import Envelope
from pipc_etl.intake.forms import ANONYMOUS, FormDialect, FormLayout, merge_answers, recognise
from pipc_etl.intake.header import Header, Vocabulary, find_header, header_findings
from pipc_etl.intake.own_sheet import is_pending
from pipc_etl.intake.reader import ReaderPool, sniff
from pipc_etl.intake.rows import Body, cell_at, hidden_findings, ragged_problem, select
from pipc_etl.intake.template_marks import is_instructions, place_findings

if TYPE_CHECKING:
    import pandas as pd

_DTYPES: dict[str, Any] = {
    "string": "string",
    "time": "string",
    "integer": "Int64",
    "number": "Float64",
    "boolean": "boolean",
}
_OWN_SHEETS = "_"  # sheets of our templates that nobody fills in begin so


@dataclass(frozen=True)
class Batch:
    """A file read: `frame` has the contract's columns, typed, and `_sheet`, `_row`, `_missing` (dict) and `_problems` (list of
    Problem); `original` has the texts of the same rows as they were written.

    `findings` speak of the file, its sheets and headers; the problems of cells are in the frame. A file that cannot be read, or whose
    header is incomplete, has no rows. `declares_empty`: it says that there is nothing to report, and has none either.
    """

    contract: Contract
    envelope: Envelope
    frame: pd.DataFrame
    original: pd.DataFrame
    findings: tuple[Finding, ...]
    letters: dict[str, dict[str, str]]
    dialect: FormDialect = "workbook"
    is_readable: bool = True
    properties: dict[str, str] | None = None
    declares_empty: bool = False

    def cell(self, sheet: str | None, row: int | None, column: str | None) -> str | None:
        """The address (`F12`) of a row's cell; None if the file has no such column."""
        name = self.letters.get(sheet or "", {}).get(column or "")
        return f"{name}{row}" if name and row else None


def read_batch(path: Path, contract: Contract, catalog: Catalog, envelope: Envelope, pool: ReaderPool) -> Batch:
    """Reads the file at `path` under `contract`; whatever is wrong with it is in the Batch."""
    book = open_book(path, catalog, pool, envelope.file_name)
    if isinstance(book, Finding):
        return _empty(contract, catalog, envelope, (book,), is_readable=False)
    findings = [*place_findings(book.properties, envelope, catalog), *_book_findings(book, catalog)]
    vocabulary = Vocabulary(contract, catalog)
    chosen = _choose(book, vocabulary)
    if chosen is None:
        findings.append(catalog.finding("header.not_found", value=", ".join(sheet.name for sheet in book.sheets), kind=contract.title))
        return _empty(contract, catalog, envelope, tuple(findings), book=book)
    sheet, header = chosen
    header, layout = recognise(header, contract)
    findings += _other_sheets(book, sheet, vocabulary, catalog)
    findings += header_findings(header, sheet, vocabulary, catalog, layout.system)
    letters = {sheet.name: {name: letter(place) for name, place in header.columns.items()}}
    if any(finding.severity == "error" for finding in findings):
        return _empty(contract, catalog, envelope, tuple(findings), book=book, letters=letters, layout=layout)
    body = select(sheet, header, contract, catalog)
    findings += [*hidden_findings(sheet, header, body, catalog), *body.findings]
    frame, original = _frames(sheet, header, body, layout, contract, catalog, _reading(envelope, book))
    batch = Batch(contract, envelope, frame, original, tuple(findings), letters, layout.dialect, True, book.properties)
    return with_declaration(batch, sheet, header, catalog)


def open_book(path: Path, catalog: Catalog, pool: ReaderPool, name: str | None = None) -> RawWorkbook | Finding:
    """The sheets of any supported file, by its content, without the list of a former answer; findings call it `name`.

    An archived file has another name than its sender's.
    """
    name = name or path.name
    kind = sniff(path, name, catalog, pool.max_file_bytes)
    if isinstance(kind, Finding):
        return kind
    book = pool.read(path, catalog, name) if kind == "workbook" else read_delimited(path, name, catalog)
    return book if isinstance(book, Finding) else replace(book, sheets=tuple(sheet for sheet in book.sheets if not is_pending(sheet)))


def _reading(envelope: Envelope, book: RawWorkbook) -> Reading:
    if not envelope.period_code:  # a file that is checked before anybody said whose it is
        return Reading(None, book.epoch_1904, None)
    return Reading(envelope.fiscal_year, book.epoch_1904, (envelope.period_start, envelope.period_end))


def _book_findings(book: RawWorkbook, catalog: Catalog) -> list[Finding]:
    findings = [catalog.finding("file.macros_ignored")] if book.macros else []
    hidden = [sheet for sheet in book.sheets if sheet.hidden and sheet.rows and not sheet.name.startswith(_OWN_SHEETS)]
    return findings + [catalog.finding("hidden.sheet", sheet=sheet.name, value=sheet.name) for sheet in hidden]


def _choose(book: RawWorkbook, vocabulary: Vocabulary) -> tuple[RawSheet, Header] | None:
    """The visible sheet that bears a name of the contract and a header; else the one whose header fits best."""
    names = [fold(name) for name in vocabulary.contract.sheet_names]
    found: list[tuple[tuple[bool, bool, int, int], RawSheet, Header]] = []
    for sheet in book.sheets:
        if sheet.hidden or not sheet.rows or is_instructions(sheet) or (header := find_header(sheet, vocabulary)) is None:
            continue
        required, total = header.score(vocabulary.contract)
        wanted = sum(column.header_required for column in vocabulary.contract.columns)
        found.append(((required == wanted, fold(sheet.name) in names, required, total), sheet, header))
    if not found:
        return None
    _, sheet, header = max(found, key=lambda item: item[0])
    return sheet, header


def _other_sheets(book: RawWorkbook, chosen: RawSheet, vocabulary: Vocabulary, catalog: Catalog) -> list[Finding]:
    """Visible sheets that could have been read too, and were not: their rows are nobody's."""
    wanted = sum(column.header_required for column in vocabulary.contract.columns)
    findings: list[Finding] = []
    for sheet in book.sheets:
        if sheet is chosen or sheet.hidden or not sheet.rows or is_instructions(sheet):
            continue
        header = find_header(sheet, vocabulary)
        if header and header.score(vocabulary.contract)[0] == wanted and len(sheet.rows) > header.row + 1:
            findings.append(catalog.finding("sheet.not_read", sheet=sheet.name, value=sheet.name, chosen=chosen.name))
    return findings


def _frames(
    sheet: RawSheet, header: Header, body: Body, layout: FormLayout, contract: Contract, catalog: Catalog, reading: Reading
) -> tuple[pd.DataFrame, pd.DataFrame]:
    import pandas as pd

    rows = [sheet.rows[index] for index in body.rows]
    missing: list[dict[str, str]] = [{} for _ in rows]
    problems: list[list[Problem]] = [[] for _ in rows]
    columns: dict[str, Any] = {}
    texts: dict[str, Any] = {}
    for column in contract.columns:
        place = header.columns.get(column.name)
        if column.name in header.merged:
            written = [merge_answers([cell_at(row, other) for other in header.merged[column.name]]) for row in rows]
        else:
            written = [None if place is None else cell_at(row, place) for row in rows]
        raw = [None if index in body.ragged else cell for index, cell in zip(body.rows, written, strict=True)]
        if column.name in layout.anonymous:
            raw = [None if isinstance(cell, str) and cell.strip().lower() in ANONYMOUS else cell for cell in raw]
        read = coerce(raw, column, catalog.codelists[column.codelist] if column.codelist else None, reading)
        for position, reason in read.missing.items():
            missing[position][column.name] = reason
        for position, problem in read.problems.items():
            problems[position].append(problem)
        columns[column.name] = _series(read, column)
        if place is not None:
            texts[column.name] = pd.array([text_of(cell) or None for cell in written], dtype="string")
    for position, index in enumerate(body.rows):
        if index in body.ragged:
            problems[position] = [ragged_problem(len(rows[position]), header, len(sheet.rows[header.row]))]
    numbers = [index + 1 for index in body.rows]
    places = {"_sheet": pd.array([sheet.name] * len(rows), dtype="string"), "_row": pd.array(numbers, dtype="int64")}
    columns |= places | {"_missing": pd.Series(missing, dtype=object), "_problems": pd.Series(problems, dtype=object)}
    return pd.DataFrame(columns), pd.DataFrame(places | texts)


def _series(read: Coerced, column: Column) -> Any:
    import pandas as pd

    if column.multiple:
        return pd.Series(read.values, dtype=object)
    if column.type in ("date", "month", "timestamp"):
        # From ISO text: pandas would infer its own resolution from date objects.
        moments = pd.Series([value.isoformat() if isinstance(value, date) else None for value in read.values], dtype="string")
        return pd.to_datetime(moments, format="ISO8601").astype("datetime64[us]")
    return pd.Series(read.values, dtype=_DTYPES[column.type])


def _empty(
    contract: Contract,
    catalog: Catalog,
    envelope: Envelope,
    findings: tuple[Finding, ...],
    *,
    is_readable: bool = True,
    book: RawWorkbook | None = None,
    letters: dict[str, dict[str, str]] | None = None,
    layout: FormLayout | None = None,
) -> Batch:
    layout = layout or FormLayout("workbook")
    nothing = RawSheet("", False, [])
    frame, original = _frames(nothing, Header(0, 1, {}), Body((), ()), layout, contract, catalog, Reading())
    properties = book.properties if book else None
    return Batch(contract, envelope, frame, original, findings, letters or {}, layout.dialect, is_readable, properties)
