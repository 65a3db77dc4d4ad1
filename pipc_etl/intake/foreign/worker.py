"""The child process that opens foreign workbooks: a request is a path, an answer plain values, both pickled behind their length.

It imports little, so that it starts at once; it has limits on memory and may write no file; it never runs a macro.
"""

from __future__ import annotations

import os
import pickle
import resource
import struct
import sys
from pathlib import Path
from typing import Any, BinaryIO
from zipfile import BadZipFile, ZipFile

from python_calamine import CalamineSheet, CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

from pipc_etl.intake.foreign import biff, ooxml, opendocument
from pipc_etl.intake.foreign.marks import BookMarks, SheetMarks

_LENGTH = struct.Struct("<Q")


def read_book(path: Path) -> dict[str, Any]:
    """Everything in the workbook, as plain values; raises whatever the libraries raise."""
    # By content: the name may lie about the format.
    with path.open("rb") as file, CalamineWorkbook.from_filelike(file) as book:
        marks = _marks(path)
        sheets = [
            _sheet(book.get_sheet_by_name(meta.name), meta.visible != SheetVisibleEnum.Visible, marks.sheets.get(meta.name, SheetMarks()))
            for meta in book.sheets_metadata
            if meta.typ == SheetTypeEnum.WorkSheet
        ]
    return {"sheets": sheets, "epoch_1904": marks.epoch_1904, "macros": marks.macros, "properties": marks.properties}


def _marks(path: Path) -> BookMarks:
    with path.open("rb") as file:
        if file.read(2) != b"PK":
            return biff.scan(path.read_bytes())
    with ZipFile(path) as archive:
        return opendocument.scan(archive) if "content.xml" in archive.namelist() else ooxml.scan(archive)


def _sheet(sheet: CalamineSheet, hidden: bool, marks: SheetMarks) -> dict[str, Any]:
    rows = sheet.to_python(skip_empty_area=False) if sheet.start is not None else []
    merged: list[tuple[int, int, int, int]] | None = marks.merged
    if merged is None and sheet.merged_cell_ranges is not None:
        merged = [(top, left, bottom, right) for (top, left), (bottom, right) in sheet.merged_cell_ranges]
    return {
        "name": sheet.name,
        "hidden": hidden,
        "rows": rows,
        "merged": merged,
        "hidden_rows": marks.hidden_rows,
        "hidden_columns": marks.hidden_columns,
        "cells": marks.cells,
    }


def answer(path: Path) -> dict[str, Any]:
    """The workbook, or the reason why it cannot be read, as `{"failed": reason, "detail": text}`."""
    try:
        return read_book(path)
    except PasswordError:
        return {"failed": "password", "detail": ""}
    except MemoryError:
        return {"failed": "memory", "detail": ""}
    except (BadZipFile, KeyError, ValueError, SyntaxError, struct.error, OSError, EOFError, RecursionError) as error:
        return {"failed": "broken", "detail": f"{type(error).__name__}: {error}"[:300]}
    except BaseException as error:
        # A panic of the Rust library is no Exception; the answer is a finding either way.
        if isinstance(error, KeyboardInterrupt | SystemExit):
            raise
        return {"failed": "broken", "detail": f"{type(error).__name__}: {error}"[:300]}


def serve(requests: BinaryIO, answers: BinaryIO) -> None:
    """Answers until the requests end."""
    while head := requests.read(_LENGTH.size):
        path = requests.read(_LENGTH.unpack(head)[0]).decode("utf-8", "surrogateescape")
        try:
            body = pickle.dumps(answer(Path(path)), protocol=pickle.HIGHEST_PROTOCOL)
        except MemoryError:
            body = pickle.dumps({"failed": "memory", "detail": ""})
        answers.write(_LENGTH.pack(len(body)))
        answers.write(body)
        answers.flush()


def main() -> None:
    """Limits first: memory as the parent says, no core files, no files written."""
    memory = int(sys.argv[1])
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    answers = os.fdopen(os.dup(1), "wb")
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    os.dup2(2, 1)  # a library that prints must not garble the answers
    serve(sys.stdin.buffer, answers)


if __name__ == "__main__":
    main()
