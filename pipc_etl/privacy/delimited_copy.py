"""A delimited file without a person: encoding, separator and every other record byte for byte."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import TextIO

from pipc_etl.contracts import Contract
from pipc_etl.intake.cells import RawSheet
from pipc_etl.intake.delimited import SHEET, Dialect, detect
from pipc_etl.intake.header import SEARCHED_ROWS
from pipc_etl.privacy.cells import Found, Search, SheetSearch

_LONGEST_FIELD = 10 * 1024 * 1024
_CHUNK = 20_000


def redact_delimited(source: Path, search: Search, contract: Contract | None, target: Path | None) -> Found:
    """What was found in `source`; with `target`, its copy without it. Raises csv.Error where a field never ends."""
    csv.field_size_limit(_LONGEST_FIELD)
    dialect = detect(source)
    with source.open(encoding=dialect.encoding, errors="surrogateescape", newline="") as file:
        head: list[list[object]] = [list(record) for record, _ in islice(_records(file, dialect), SEARCHED_ROWS)]
    sheet = SheetSearch(search, contract, RawSheet(SHEET, False, head, is_delimited=True))
    whole = Found()
    with source.open(encoding=dialect.encoding, errors="surrogateescape", newline="") as file:
        if target is None:
            for _ in _searched(file, dialect, sheet, whole):
                pass
        else:
            with target.open("w", encoding=dialect.encoding, errors="surrogateescape", newline="") as written:
                written.writelines(_searched(file, dialect, sheet, whole))
    return whole


def _searched(file: TextIO, dialect: Dialect, sheet: SheetSearch, whole: Found) -> Iterator[str]:
    """The source of every record, changed where something was found."""
    records = _records(file, dialect)
    first = 0
    while chunk := list(islice(records, _CHUNK)):
        found = sheet.find([record for record, _ in chunk], first)
        changed = {row for row, _ in found.texts}
        for number, (record, text) in enumerate(chunk, first):
            yield _rewritten(record, text, number, found, dialect) if number in changed else text
        whole.texts |= found.texts
        whole.rows += found.rows
        whole.person |= found.person
        first += len(chunk)


def _rewritten(record: list[str], text: str, number: int, found: Found, dialect: Dialect) -> str:
    cells = [found.texts.get((number, place), cell) for place, cell in enumerate(record)]
    ending = text[len(text.rstrip("\r\n")) :]
    buffer = io.StringIO(newline="")
    csv.writer(buffer, delimiter=dialect.separator, lineterminator=ending).writerow(cells)
    return buffer.getvalue()


def _records(file: TextIO, dialect: Dialect) -> Iterator[tuple[list[str], str]]:
    """Each record with the very text that it was read from."""
    taken: list[str] = []

    def lines() -> Iterator[str]:
        for line in file:
            taken.append(line)
            yield line.replace("\0", "")

    for record in csv.reader(lines(), delimiter=dialect.separator):
        yield record, "".join(taken)
        taken.clear()
