"""Scans the records of a .xls (BIFF8 in a compound file) for what calamine leaves out: hidden rows and columns, errors, percents."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from pipc_etl.intake.foreign.marks import ERROR, ERROR_TEXTS, PERCENT, UNCOMPUTED, BookMarks, SheetMarks, is_percent_format

_FREE, _END = 0xFFFFFFFF, 0xFFFFFFFE
_BOF, _EOF, _BOUNDSHEET, _FILEPASS, _DATEMODE = 0x809, 0x0A, 0x85, 0x2F, 0x22
_FORMAT, _XF, _ROW, _COLINFO, _BOOLERR, _FORMULA, _NUMBER, _RK, _MULRK = 0x41E, 0xE0, 0x208, 0x7D, 0x205, 0x06, 0x203, 0x27E, 0xBD
_NO_RESULT = b"\x03\x00\x00\x00\x00\x00\xff\xff"  # an empty string as the result of a formula


class CompoundFile:
    """The streams of an OLE compound file by name; ValueError where its tables make no sense."""

    def __init__(self, data: bytes) -> None:
        if len(data) < 512:
            raise ValueError("too short for a compound file")
        self._data = data
        self._size: int = 1 << struct.unpack_from("<H", data, 30)[0]
        (count, first_directory, _, _, _, _, first_difat, difat_count) = struct.unpack_from("<IIIIIIII", data, 44)
        sectors = list(struct.unpack_from("<109I", data, 76))
        for _ in range(min(difat_count, len(data) // self._size)):
            entries = struct.unpack_from(f"<{self._size // 4}I", data, self._offset(first_difat))
            sectors += entries[:-1]
            first_difat = entries[-1]
        self._fat: list[int] = []
        for sector in sectors[:count]:
            if sector < _END:
                self._fat += struct.unpack_from(f"<{self._size // 4}I", data, self._offset(sector))
        self._entries = self._read_directory(first_directory)

    @property
    def names(self) -> set[str]:
        return set(self._entries)

    def stream(self, name: str) -> bytes:
        """The bytes of a stream of 4096 bytes or more (a workbook always is)."""
        start, size = self._entries[name]
        return self._chain(start)[:size]

    def _offset(self, sector: int) -> int:
        return (sector + 1) * self._size

    def _chain(self, sector: int) -> bytes:
        parts: list[bytes] = []
        while sector < _END:
            if sector >= len(self._fat) or len(parts) > len(self._fat):
                raise ValueError("broken sector chain")
            parts.append(self._data[self._offset(sector) : self._offset(sector + 1)])
            sector = self._fat[sector]
        return b"".join(parts)

    def _read_directory(self, sector: int) -> dict[str, tuple[int, int]]:
        directory = self._chain(sector)
        entries: dict[str, tuple[int, int]] = {}
        for offset in range(0, len(directory) - 127, 128):
            length = struct.unpack_from("<H", directory, offset + 64)[0]
            if 2 <= length <= 64:
                name = directory[offset : offset + length - 2].decode("utf-16-le", "replace")
                entries[name] = (struct.unpack_from("<I", directory, offset + 116)[0], struct.unpack_from("<I", directory, offset + 120)[0])
        return entries


def scan(data: bytes) -> BookMarks:
    """The marks of a BIFF8 workbook; a book of an older version has none."""
    file = CompoundFile(data)
    marks = BookMarks(macros=any(name in file.names for name in ("_VBA_PROJECT_CUR", "VBA", "_VBA_PROJECT")))
    if "Workbook" not in file.names:
        return marks
    stream = file.stream("Workbook")
    names: dict[int, str] = {}
    formats: set[int] = {9, 10}
    styles: list[int] = []
    for kind, body in _records(stream, 0):
        if kind == _DATEMODE:
            marks.epoch_1904 = body[:1] == b"\x01"
        elif kind == _BOUNDSHEET:
            names[struct.unpack_from("<I", body)[0]] = _short_string(body[6:])
        elif kind == _FORMAT and is_percent_format(_long_string(body[2:])):
            formats.add(struct.unpack_from("<H", body)[0])
        elif kind == _XF:
            styles.append(struct.unpack_from("<H", body, 2)[0])
    percent = {index for index, code in enumerate(styles) if code in formats}
    for start, name in names.items():
        marks.sheets[name] = _scan_sheet(stream, start, percent)
    return marks


def is_protected(data: bytes) -> bool:
    """Whether the workbook asks for a password: encrypted .xlsx in a compound file, or FILEPASS in a .xls."""
    try:
        file = CompoundFile(data)
        if "EncryptedPackage" in file.names:
            return True
        return "Workbook" in file.names and any(kind == _FILEPASS for kind, _ in _records(file.stream("Workbook"), 0))
    except (ValueError, struct.error):
        return False


def _records(stream: bytes, position: int) -> Iterator[tuple[int, bytes]]:
    """The records of one substream, from its BOF to its EOF."""
    depth = 0
    while position + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, position)
        body = stream[position + 4 : position + 4 + length]
        position += 4 + length
        depth += (kind == _BOF) - (kind == _EOF)
        if depth == 1:  # a chart inside the sheet has a substream of its own
            yield kind, body
        elif depth <= 0:
            return


def _scan_sheet(stream: bytes, start: int, percent: set[int]) -> SheetMarks:
    marks = SheetMarks()
    for kind, body in _records(stream, start):
        if kind == _ROW and body[12] & 0x20:
            marks.hidden_rows.append(struct.unpack_from("<H", body)[0])
        elif kind == _COLINFO and body[8] & 0x01:
            first, last = struct.unpack_from("<HH", body)
            marks.hidden_columns.extend(range(first, min(last, 255) + 1))
        elif kind in (_BOOLERR, _FORMULA, _NUMBER, _RK):
            _scan_cell(marks, kind, body, percent)
        elif kind == _MULRK:
            row, column = struct.unpack_from("<HH", body)
            for offset in range((len(body) - 6) // 6):
                if struct.unpack_from("<H", body, 4 + 6 * offset)[0] in percent:
                    marks.cells[row, column + offset] = (PERCENT, "")
    return marks


def _scan_cell(marks: SheetMarks, kind: int, body: bytes, percent: set[int]) -> None:
    row, column, style = struct.unpack_from("<HHH", body)
    if kind == _BOOLERR and body[7]:
        marks.cells[row, column] = (ERROR, ERROR_TEXTS.get(body[6], "#ERROR"))
    elif kind == _FORMULA and body[12:14] == b"\xff\xff" and body[6] == 2:
        marks.cells[row, column] = (ERROR, ERROR_TEXTS.get(body[8], "#ERROR"))
    elif kind == _FORMULA and body[6:14] == _NO_RESULT:
        marks.cells[row, column] = (UNCOMPUTED, "")
    elif kind != _BOOLERR and style in percent:
        marks.cells[row, column] = (PERCENT, "")


def _short_string(data: bytes) -> str:
    length, wide = data[0], data[1] & 1
    return data[2 : 2 + length * 2].decode("utf-16-le", "replace") if wide else data[2 : 2 + length].decode("latin-1")


def _long_string(data: bytes) -> str:
    length, wide = struct.unpack_from("<H", data)[0], data[2] & 1
    return data[3 : 3 + length * 2].decode("utf-16-le", "replace") if wide else data[3 : 3 + length].decode("latin-1")
