"""Delimited files of any size as Arrow record batches, in flat memory, with the readings of the small path."""

from __future__ import annotations

import csv
import io
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv as arrow_csv

from pipc_etl.contracts import Catalog, Contract, Finding
from pipc_etl.intake.cells import Contradiction, RawSheet, letter, text_of
from pipc_etl.intake.coercion import CONTRADICTION, Problem, Reading, is_blank
from pipc_etl.intake.delimited import SHEET, detect, is_open_quote, open_after, open_quote, records
from pipc_etl.intake.envelope import Envelope
from pipc_etl.intake.forms import ANONYMOUS, FormLayout, merge_answers, recognise
from pipc_etl.intake.header import SEARCHED_ROWS, Header, Vocabulary, find_header, header_findings
from pipc_etl.intake.reader import sniff
from pipc_etl.intake.rows import cell_at, is_header, left_out, left_out_findings, ragged_problem
from pipc_etl.intake.vectors import Cells, ColumnReader, Integers

_BLOCK = 1024 * 1024


@dataclass(frozen=True)
class _Ragged:
    """A record with more or fewer cells than the header, by its number after the header (1 = first)."""

    number: int
    cells: tuple[str, ...]


class Stream:
    """The record batches of one delimited file: contract columns, `_sheet`, `_row`, `_missing` and `_problems` (JSON text, null if none).

    `findings` are known before the first batch; with an error among them there are no batches. To be iterated once; look at `findings`
    again at the end, because a file may turn out to be unreadable in its middle.
    """

    def __init__(
        self, path: Path, contract: Contract, catalog: Catalog, envelope: Envelope, rows_per_chunk: int, max_file_bytes: int
    ) -> None:
        self.contract = contract
        self.findings: tuple[Finding, ...] = ()
        self.header: Header | None = None
        self.layout = FormLayout("workbook")
        self._name = envelope.file_name
        self._path, self._catalog, self._rows_per_chunk = path, catalog, rows_per_chunk
        self._ragged: list[_Ragged] = []
        self._left_out: dict[int, tuple[str, Sequence[object]]] = {}
        reading = Reading(envelope.fiscal_year, None, (envelope.period_start, envelope.period_end))
        self._readers = [
            ColumnReader(column, catalog.codelists[column.codelist] if column.codelist else None, reading) for column in contract.columns
        ]
        kind = sniff(path, self._name, catalog, max_file_bytes)
        if isinstance(kind, Finding):
            self.findings = (kind,)
        elif kind == "workbook":
            self.findings = (catalog.finding("file.unreadable", value=self._name, reason="es un libro, no un archivo de texto"),)
        else:
            self._dialect = detect(path)
            self._open()

    @property
    def letters(self) -> dict[str, str]:
        """The letter of each column of the contract that the file has."""
        return {name: letter(place) for name, place in self.header.columns.items()} if self.header else {}

    def cell(self, row: int, column: str) -> str | None:
        """The address of a row's cell, as a spreadsheet would show the file."""
        name = self.letters.get(column)
        return f"{name}{row}" if name else None

    @property
    def schema(self) -> pa.Schema:
        typed = [(reader.column.name, reader.type) for reader in self._readers]
        own = [("_sheet", pa.string()), ("_row", pa.int32()), ("_missing", pa.string()), ("_problems", pa.string())]
        return pa.schema([*typed, *own])

    def _open(self) -> None:
        catalog = self._catalog
        try:
            head: list[list[object]] = [list(row) for row in islice(records(self._path, self._dialect), SEARCHED_ROWS)]
        except csv.Error as error:
            reason = f"una comilla queda abierta ({error})"
            self.findings = (catalog.finding("file.unreadable", value=self._name, reason=reason),)
            return
        sheet, vocabulary = RawSheet(SHEET, False, head), Vocabulary(self.contract, catalog)
        header = find_header(sheet, vocabulary)
        if header is None:
            self.findings = (catalog.finding("header.not_found", value=SHEET, kind=self.contract.title),)
            return
        self.header, self.layout = recognise(header, self.contract)
        self._width = len(head[header.row])
        self.findings = tuple(header_findings(self.header, sheet, vocabulary, catalog, self.layout.system))

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        if self.header is None or any(finding.severity == "error" for finding in self.findings):
            return
        following = 1  # number of the record after those assigned; the header is 0
        for chunk in self._chunks(self.header):
            candidates = np.arange(following, following + len(chunk) + len(self._ragged))
            is_ragged = np.isin(candidates, [item.number for item in self._ragged])
            numbers = candidates[~is_ragged][: len(chunk)]
            following = int(numbers[-1]) + 1
            yield self._batch(chunk, numbers, self.header)
        swallowed = next((item for item in self._ragged if is_open_quote(item.cells)), None)
        if swallowed:
            self.findings += (open_quote(self._name, swallowed.number + self.header.row + 1, self._catalog),)
            return
        if self._ragged:
            yield self._ragged_batch(self.header)
        last = following + self.header.row - 1
        self.findings += tuple(left_out_findings(SHEET, self._left_out, last, self._catalog))

    def _chunks(self, header: Header) -> Iterator[pa.RecordBatch]:
        """Records of the right width in chunks of about `rows_per_chunk`; the others are put aside."""
        names = [f"c{place}" for place in range(self._width)]
        blocks: list[pa.RecordBatch] = []
        try:
            with open_after(self._path, self._dialect, header.row + 1) as file:
                reader = arrow_csv.open_csv(
                    file,
                    arrow_csv.ReadOptions(use_threads=False, column_names=names, block_size=_BLOCK),
                    arrow_csv.ParseOptions(
                        delimiter=self._dialect.separator,
                        newlines_in_values=True,
                        ignore_empty_lines=False,
                        invalid_row_handler=self._put_aside,
                    ),
                    arrow_csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False, check_utf8=False),
                )
                for block in reader:
                    blocks.append(block)
                    if sum(map(len, blocks)) >= self._rows_per_chunk:
                        yield from _joined(blocks)
                        blocks = []
        except pa.ArrowInvalid as error:
            if "Empty CSV" not in str(error):
                reason = f"una comilla queda abierta o una fila no termina ({error})"
                self.findings += (self._catalog.finding("file.unreadable", value=self._name, reason=reason[:300]),)
        yield from _joined(blocks)

    def _put_aside(self, row: arrow_csv.InvalidRow) -> str:
        self._ragged.append(
            _Ragged(row.number, tuple(next(csv.reader(io.StringIO(row.text, newline=""), delimiter=self._dialect.separator), [])))
        )
        return "skip"

    def _batch(self, chunk: pa.RecordBatch, numbers: Integers, header: Header) -> pa.RecordBatch:
        missing: dict[int, dict[str, str]] = defaultdict(dict)
        problems: dict[int, list[Problem]] = defaultdict(list)
        arrays: dict[str, pa.Array] = {}
        for reader in self._readers:
            name = reader.column.name
            if name not in header.columns:
                arrays[name] = pa.nulls(len(chunk), reader.type)
                continue
            cells = reader.read(self._texts(chunk, name, header))
            if name in header.merged:
                _set_contradictions(cells, chunk, header.merged[name], name)
            arrays[name] = cells.values
            for position, reason in cells.missing:
                missing[position][name] = reason
            for position, problem in cells.problems:
                problems[position].append(problem)
        rows = pa.array(numbers + header.row + 1, pa.int32())
        sheet = pa.repeat(pa.scalar(SHEET, pa.string()), len(chunk))
        batch = pa.RecordBatch.from_arrays(
            [*arrays.values(), sheet, rows, _reason_texts(missing, len(chunk)), _problem_texts(problems, len(chunk))], schema=self.schema
        )
        kept = np.ones(len(chunk), bool)
        for place in self._doubtful(arrays, problems):
            record = [column[place].as_py() for column in chunk.columns]
            if left := self._reason(record, header):
                kept[place] = False
                self._left_out[int(numbers[place]) + header.row] = (left, record)
        return batch if kept.all() else batch.filter(pa.array(kept))

    def _texts(self, chunk: pa.RecordBatch, name: str, header: Header) -> pa.Array:
        texts = chunk.column(header.columns[name])
        for place in header.merged.get(name, ())[1:]:
            texts = pc.if_else(pc.match_substring_regex(texts, r"\S"), texts, chunk.column(place))
        if name not in self.layout.anonymous:
            return texts
        return pc.if_else(pc.is_in(pc.utf8_lower(pc.utf8_trim_whitespace(texts)), value_set=pa.array(sorted(ANONYMOUS))), "", texts)

    def _doubtful(self, arrays: dict[str, pa.Array], problems: dict[int, list[Problem]]) -> list[int]:
        """Rows that may be blank, a total or the header again: a required cell is empty, or something cannot be read."""
        header = self.header
        required = [column.name for column in self.contract.columns if column.required and header and column.name in header.columns]
        nulls = [pc.is_null(array).to_numpy(zero_copy_only=False) for name, array in arrays.items() if name in required or not required]
        lacking = np.any(nulls, axis=0) if required else np.all(nulls, axis=0)
        return sorted({*np.flatnonzero(lacking).tolist(), *problems})

    def _reason(self, row: Sequence[object], header: Header) -> str | None:
        """Why a record is no data; closing lines are for the small path, which sees where the data end."""
        if all(is_blank(cell_at(row, place)) for place in header.columns.values()):
            return "rows.blank"
        if is_header(row, header):
            return "rows.repeated_header"
        names = [column.name for column in self.contract.columns if column.required and column.name in header.columns]
        reason = left_out(row, [cell_at(row, header.columns[name]) for name in names])
        return reason if reason == "rows.total" else None

    def _ragged_batch(self, header: Header) -> pa.RecordBatch:
        """The records of the wrong width: no value can be trusted, each has one problem at its first column."""
        rows: list[dict[str, Any]] = []
        for item in self._ragged:
            reason = self._reason(item.cells, header)
            if reason is not None:
                self._left_out[item.number + header.row] = (reason, item.cells)
            else:
                problem = ragged_problem(len(item.cells), header, self._width)
                text = json.dumps([problem], ensure_ascii=False)
                rows.append({"_sheet": SHEET, "_row": item.number + header.row + 1, "_problems": text})
        return pa.RecordBatch.from_pylist(rows, schema=self.schema)


def stream_batches(
    path: Path, contract: Contract, catalog: Catalog, envelope: Envelope, rows_per_chunk: int = 65_536, max_file_bytes: int = 2 * 1024**3
) -> Stream:
    """The rows of the delimited file at `path`, chunk by chunk; what is wrong with the file itself is in `findings`."""
    return Stream(path, contract, catalog, envelope, rows_per_chunk, max_file_bytes)


def _joined(blocks: list[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    yield from pa.Table.from_batches(blocks).combine_chunks().to_batches() if sum(map(len, blocks)) else ()


def _set_contradictions(cells: Cells, chunk: pa.RecordBatch, places: Sequence[int], name: str) -> None:
    """Rows where a question asked in several places got different answers have none."""
    columns = [chunk.column(place) for place in places]
    differs = np.any([pc.not_equal(columns[0], column).to_numpy(zero_copy_only=False) for column in columns[1:]], axis=0)
    found: dict[int, Problem] = {}
    for position in np.flatnonzero(differs).tolist():
        answer = merge_answers([column[position].as_py() for column in columns])
        if isinstance(answer, Contradiction):
            found[position] = Problem(name, CONTRADICTION, text_of(answer), {})
    if found:
        mask = np.zeros(len(chunk), bool)
        mask[list(found)] = True
        cells.values = pc.if_else(pa.array(mask), pa.nulls(len(chunk), cells.values.type), cells.values)
        cells.missing = [item for item in cells.missing if item[0] not in found]
        cells.problems = [item for item in cells.problems if item[0] not in found] + list(found.items())


def _reason_texts(entries: Mapping[int, dict[str, str]], length: int) -> pa.Array:
    """The missing values of each row as JSON; few rows differ in them."""
    texts: list[str | None] = [None] * length
    known: dict[tuple[tuple[str, str], ...], str] = {}
    for position, entry in entries.items():
        key = tuple(entry.items())
        if key not in known:
            known[key] = json.dumps(entry, sort_keys=True)
        texts[position] = known[key]
    return pa.array(texts, pa.string())


def _problem_texts(entries: Mapping[int, list[Problem]], length: int) -> pa.Array:
    texts: list[str | None] = [None] * length
    for position, entry in entries.items():
        texts[position] = json.dumps(entry, ensure_ascii=False)
    return pa.array(texts, pa.string())
