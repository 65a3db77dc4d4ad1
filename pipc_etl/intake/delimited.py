"""Delimited text: its encoding, its separator, and its records."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, TextIO

from pipc_etl.contracts import Catalog, Finding
from pipc_etl.intake.cells import RawSheet, RawWorkbook

SHEET = "CSV"  # the one «sheet» of a delimited file
_SEPARATORS = ";,\t|"
_SAMPLE_BYTES = 256 * 1024
_MOST_LINES = 200  # of one record
_CHUNK = 8 * 1024 * 1024
_LONGEST_FIELD = 10 * 1024 * 1024


@dataclass(frozen=True)
class Dialect:
    """How the bytes are to be read; `encoding` is a Python codec that takes the byte-order mark away."""

    encoding: str
    separator: str

    @property
    def is_utf8(self) -> bool:
        return self.encoding in ("utf-8", "utf-8-sig")


def detect(path: Path) -> Dialect:
    """The encoding of the whole file and the separator of its first records."""
    encoding = _encoding(path)
    with path.open("rb") as file:
        sample = codecs.getincrementaldecoder(encoding)("replace").decode(file.read(_SAMPLE_BYTES))
    return Dialect(encoding, _separator(sample))


def _encoding(path: Path) -> str:
    with path.open("rb") as file:
        head = file.read(4096)
        if head.startswith(codecs.BOM_UTF8):
            candidate = "utf-8-sig"
        elif head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return "utf-16"
        elif head[1::2].count(0) > len(head) // 4:
            return "utf-16-le"
        elif head[::2].count(0) > len(head) // 4:
            return "utf-16-be"
        else:
            candidate = "utf-8"
        decoder = codecs.getincrementaldecoder("utf-8")()
        file.seek(0)
        try:
            while chunk := file.read(_CHUNK):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return "cp1252"
    return candidate


def _separator(sample: str) -> str:
    """The separator that cuts most of the first records into the same number of cells; the more cells the better."""

    def score(separator: str) -> tuple[int, int]:
        widths = [len(row) for row in _head(sample, separator)]
        common = max(set(widths), key=lambda width: (widths.count(width) * (width > 1), width), default=0)
        return (widths.count(common), common) if common > 1 else (0, 0)

    return max(_SEPARATORS, key=lambda separator: (score(separator)[0] * score(separator)[1], -_SEPARATORS.index(separator)))


def _head(sample: str, separator: str) -> list[list[str]]:
    rows: list[list[str]] = []
    try:
        for row in csv.reader(io.StringIO(sample, newline=""), delimiter=separator):
            rows.append(row)
            if len(rows) == 60:
                break
    except csv.Error:
        return rows
    return rows


def records(path: Path, dialect: Dialect) -> Iterator[list[str]]:
    """The records of the file; csv.Error where a field never ends."""
    csv.field_size_limit(_LONGEST_FIELD)
    with path.open(encoding=dialect.encoding, errors="replace", newline="") as file:
        # A NUL is no text, and neither csv nor PostgreSQL takes it.
        yield from csv.reader((line.replace("\0", "") for line in file), delimiter=dialect.separator)


class _Utf8(io.RawIOBase):
    """The rest of a text file as UTF-8, whatever it is encoded in."""

    def __init__(self, file: TextIO) -> None:
        self._file, self._rest = file, b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if not self._rest:
            self._rest = self._file.read(_CHUNK // 8).encode("utf-8", "replace")
        part = self._rest[: len(buffer)]
        self._rest = self._rest[len(part) :]
        buffer[: len(part)] = part
        return len(part)

    def close(self) -> None:
        self._file.close()
        super().close()


def open_after(path: Path, dialect: Dialect, count: int) -> BinaryIO:
    """The file as UTF-8 from the record after the first `count` on."""
    file = path.open(encoding=dialect.encoding, errors="replace", newline="")
    consumed: list[str] = []

    def lines() -> Iterator[str]:
        while line := file.readline():
            consumed.append(line)
            yield line

    for _ in islice(csv.reader(lines(), delimiter=dialect.separator), count):
        pass
    if not dialect.is_utf8:
        return io.BufferedReader(_Utf8(file), _CHUNK // 8)
    file.close()
    binary = path.open("rb")
    binary.seek(len(codecs.BOM_UTF8) * (dialect.encoding == "utf-8-sig") + len("".join(consumed).encode()))
    return binary


def read_delimited(path: Path, name: str, catalog: Catalog) -> RawWorkbook | Finding:
    """The whole file as one sheet."""
    try:
        rows: list[list[object]] = [list(row) for row in records(path, detect(path))]
    except csv.Error as error:
        return catalog.finding("file.unreadable", value=name, reason=f"una comilla queda abierta ({error})")
    if not any(any(cell for cell in row) for row in rows):
        return catalog.finding("file.unreadable", value=name, reason="no tiene contenido")
    for number, row in enumerate(rows, 1):
        if is_open_quote(row):
            return open_quote(name, number, catalog)
    return RawWorkbook((RawSheet(SHEET, False, rows, is_delimited=True),))


def is_open_quote(cells: Sequence[object]) -> bool:
    """Whether a record swallowed the lines after it, because a quote in it was never closed."""
    return sum(cell.count("\n") for cell in cells if isinstance(cell, str)) > _MOST_LINES


def open_quote(name: str, number: int, catalog: Catalog) -> Finding:
    return catalog.finding("file.unreadable", value=name, reason=f"en la fila {number} una comilla queda abierta")
