"""Reads foreign files: sniffs what they are, refuses what is dangerous, and has workbooks opened by one expendable child process."""

from __future__ import annotations

import io
import os
import pickle
import selectors
import signal
import struct
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Any
from zipfile import BadZipFile, ZipFile

import pipc_etl
from pipc_etl.contracts import Catalog, Finding
from pipc_etl.intake.cells import CellError, PercentCell, RawSheet, RawWorkbook, Uncomputed
from pipc_etl.intake.foreign.biff import is_protected
from pipc_etl.intake.foreign.marks import ERROR, UNCOMPUTED

_LENGTH = struct.Struct("<Q")
_OLE, _ZIP = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"PK\x03\x04"
_WORKBOOKS = (".xlsx", ".xlsm", ".xls", ".ods")
_FOREIGN = (b"%pdf", b"<html", b"<!doctype", b"<?xml", b"<table", b"{\\rtf")
_DELIMITED = (".csv", ".tsv", ".txt")
_INHERITED = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "VIRTUAL_ENV")
_NOT_OURS = "no es un libro (.xlsx, .xlsm, .xls, .ods) ni un archivo de texto (.csv, .tsv, .txt)"
_MOST_UNPACKED = 1024**3
_MOST_RATIO = 200
_RATIO_MATTERS_FROM = 20 * 1024**2


def sniff(path: Path, name: str, catalog: Catalog, max_file_bytes: int) -> str | Finding:
    """`workbook` or `delimited` by content, whatever the name says; a Finding that speaks of `name` for what is not read at all."""
    size = path.stat().st_size
    if size == 0:
        return _unreadable(catalog, name, "no tiene contenido")
    if size > max_file_bytes:
        return catalog.finding("file.too_large", value=name, size=_megabytes(size), limit=_megabytes(max_file_bytes))
    with path.open("rb") as file:
        head = file.read(4096)
    if head.startswith(_OLE):
        return catalog.finding("file.password", value=name) if is_protected(path.read_bytes()) else "workbook"
    if head.startswith(_ZIP):
        return _sniff_zip(path, name, catalog)
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if text.startswith(_FOREIGN) or path.suffix.lower() not in (*_DELIMITED, *_WORKBOOKS):
        return _unreadable(catalog, name, _NOT_OURS)
    strange = sum(byte < 9 or 13 < byte < 32 for byte in head)
    if strange > len(head) // 50 and not head.startswith((b"\xff\xfe", b"\xfe\xff")) and head.count(b"\0") < len(head) // 4:
        return _unreadable(catalog, name, "el nombre dice que es texto y su contenido no lo es")
    return "delimited"


def _sniff_zip(path: Path, name: str, catalog: Catalog) -> str | Finding:
    try:
        with ZipFile(path) as archive:
            entries = archive.infolist()
    except (BadZipFile, OSError, ValueError, NotImplementedError) as error:
        return _unreadable(catalog, name, f"el archivo está dañado ({error})")
    unpacked, packed = sum(entry.file_size for entry in entries), max(1, path.stat().st_size)
    if unpacked > _MOST_UNPACKED or (unpacked > _RATIO_MATTERS_FROM and unpacked / packed > _MOST_RATIO):
        return _unreadable(catalog, name, f"ocupa {_megabytes(packed)} y descomprimido ocuparía {_megabytes(unpacked)}")
    names = {entry.filename for entry in entries}
    if any(entry.flag_bits & 1 for entry in entries):
        return catalog.finding("file.password", value=name)
    if "xl/workbook.xml" in names or "content.xml" in names:
        return "workbook"
    return _unreadable(catalog, name, _NOT_OURS)


def _unreadable(catalog: Catalog, name: str, reason: str) -> Finding:
    return catalog.finding("file.unreadable", value=name, reason=reason)


def _megabytes(size: int) -> str:
    return f"{size / 1024**2:.1f}".replace(".", ",") + " MB"


class _Plain(pickle.Unpickler):
    """Only plain values: what comes back was made from foreign bytes."""

    def find_class(self, module: str, name: str) -> Any:
        if module == "datetime" and name in ("date", "datetime", "time", "timedelta"):
            return super().find_class(module, name)
        raise pickle.UnpicklingError(f"{module}.{name}")


class ReaderPool:
    """One long-lived child process, started when first needed and again after every crash, that opens workbooks within limits.

    `timeout_seconds` is for one file, `memory_bytes` the child's address space. Thread-safe; close it, or use it as a context.
    """

    def __init__(self, timeout_seconds: float = 60, memory_bytes: int = 2 * 1024**3, max_file_bytes: int = 2 * 1024**3) -> None:
        self.timeout_seconds = timeout_seconds
        self.memory_bytes = memory_bytes
        self.max_file_bytes = max_file_bytes
        self._lock = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> ReaderPool:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Ends the child."""
        with self._lock:
            self._stop()

    def read(self, path: Path, catalog: Catalog, name: str | None = None) -> RawWorkbook | Finding:
        """The workbook at `path`; whatever happens to the child becomes a Finding that speaks of `name` (the file's own, if not given)."""
        with self._lock:
            answer = self._ask(path)
        if "failed" in answer:
            return self._failure(answer, name or path.name, catalog)
        sheets = tuple(_sheet(entry) for entry in answer["sheets"])
        return RawWorkbook(sheets, answer["epoch_1904"], answer["macros"], answer["properties"])

    def _failure(self, answer: dict[str, Any], name: str, catalog: Catalog) -> Finding:
        match answer["failed"]:
            case "password":
                return catalog.finding("file.password", value=name)
            case "timeout":
                return _unreadable(catalog, name, f"no se pudo leer en {self.timeout_seconds:g} segundos")
            case "memory":
                return _unreadable(catalog, name, "necesita más memoria de la permitida")
            case _:
                return _unreadable(catalog, name, f"el archivo está dañado ({answer['detail']})")

    def _ask(self, path: Path) -> dict[str, Any]:
        child = self._running()
        request = os.fsencode(path.resolve())
        try:
            assert child.stdin is not None
            child.stdin.write(_LENGTH.pack(len(request)) + request)
            child.stdin.flush()
            body = self._receive(child, time.monotonic() + self.timeout_seconds)
        except (BrokenPipeError, EOFError):
            return self._obituary(child)
        except TimeoutError:
            self._stop()
            return {"failed": "timeout"}
        answer: dict[str, Any] = _Plain(io.BytesIO(body)).load()
        if answer.get("failed") == "memory":
            self._stop()
        return answer

    def _obituary(self, child: subprocess.Popen[bytes]) -> dict[str, Any]:
        """How the child died; the next file gets a new one."""
        try:
            code = child.wait(5)
        except subprocess.TimeoutExpired:
            code = None
        self._stop()
        if code is not None and code < 0:
            # The Rust library aborts when memory runs out, and cannot say so.
            ended = signal.Signals(-code).name
            return {"failed": "memory"} if ended == "SIGKILL" else {"failed": "crash", "detail": f"el lector se detuvo: {ended}"}
        return {"failed": "crash", "detail": f"el lector se detuvo con el código {code}"}

    @staticmethod
    def _receive(child: subprocess.Popen[bytes], deadline: float) -> bytes:
        assert child.stdout is not None
        received, needed = bytearray(), _LENGTH.size
        is_head = True
        with selectors.DefaultSelector() as selector:
            selector.register(child.stdout, selectors.EVENT_READ)
            while True:
                while len(received) < needed:
                    if not selector.select(max(0.0, deadline - time.monotonic())):
                        raise TimeoutError
                    chunk = os.read(child.stdout.fileno(), 1 << 20)
                    if not chunk:
                        raise EOFError
                    received += chunk
                if not is_head:
                    return bytes(received)
                needed, is_head = _LENGTH.unpack(received[: _LENGTH.size])[0], False
                del received[: _LENGTH.size]

    def _running(self) -> subprocess.Popen[bytes]:
        if self._child is None or self._child.poll() is not None:
            self._stop()
            # The child gets no secrets: only what Python needs to find this package and its libraries.
            environment = {key: os.environ[key] for key in _INHERITED if key in os.environ}
            environment["PYTHONPATH"] = str(Path(pipc_etl.__file__).resolve().parent.parent)
            self._child = subprocess.Popen(
                [sys.executable, "-m", "pipc_etl.intake.foreign.worker", str(self.memory_bytes)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=environment,
                start_new_session=True,
                bufsize=0,
            )
        return self._child

    def _stop(self) -> None:
        child, self._child = self._child, None
        if child is None:
            return
        for pipe in (child.stdin, child.stdout):
            if pipe is not None:
                pipe.close()
        child.kill()
        child.wait()


def _sheet(entry: dict[str, Any]) -> RawSheet:
    rows: list[list[object]] = entry["rows"]
    for (row, column), (kind, text) in entry["cells"].items():
        if row < len(rows) and column < len(rows[row]):
            rows[row][column] = _marked(kind, text, rows[row][column])
        elif kind in (ERROR, UNCOMPUTED) and row < 1_048_576 and column < 16_384:
            _widen(rows, row, column)
            rows[row][column] = _marked(kind, text, "")
    merged = tuple(tuple(box) for box in entry["merged"]) if entry["merged"] is not None else None
    return RawSheet(entry["name"], entry["hidden"], rows, merged, tuple(entry["hidden_rows"]), tuple(entry["hidden_columns"]))


def _marked(kind: str, text: str, raw: object) -> object:
    if kind == ERROR:
        return CellError(text)
    if kind == UNCOMPUTED:
        return Uncomputed()
    return PercentCell(float(raw)) if isinstance(raw, int | float) and not isinstance(raw, bool) else raw


def _widen(rows: list[list[object]], row: int, column: int) -> None:
    """A cell whose only content is an error lies outside what calamine calls the sheet."""
    if row > len(rows) + 100_000:
        return
    while len(rows) <= row:
        rows.append([])
    rows[row].extend([""] * (column + 1 - len(rows[row])))
