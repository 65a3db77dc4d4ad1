"""Hostile and broken files become findings, and the next file is read all the same."""

from __future__ import annotations

import io
import os
import signal
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from written_files import REPORT_HEADER, report_row, rules, write_xlsx

from pipc_etl.contracts import Catalog, Finding
from pipc_etl.intake import Batch, Envelope, ReaderPool, read_batch
from pipc_etl.intake.cells import RawWorkbook
from pipc_etl.intake.foreign.biff import CompoundFile

Read = Callable[..., Batch]


def good(path: Path) -> Path:
    return write_xlsx(path, [REPORT_HEADER, report_row("GAB-01")])


def unreadable(batch: Batch) -> str:
    assert [(finding.rule, finding.scope, finding.severity) for finding in batch.findings] == [("file.unreadable", "file", "error")]
    assert (len(batch.frame), batch.is_readable) == (0, False)
    return batch.findings[0].message


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.xlsx", b"", "no tiene contenido"),
        ("a.csv", b"\n\n;;\n", "no tiene contenido"),
        ("a.xlsx", b"PK\x03\x04 y nada m\xc3\xa1s", "dañado"),
        ("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "dañado"),
        ("a.pdf", b"%PDF-1.7 ...", "no es un libro"),
        ("a.xlsx", b"%PDF-1.7 ...", "no es un libro"),
        ("a.xls", b"<html><table><tr><td>1</td></tr></table></html>", "no es un libro"),
        ("a.xls", b'<?xml version="1.0"?><Workbook/>', "no es un libro"),
        ("a.docx", b"texto", "no es un libro"),
        ("a.csv", b"a;b\x00\x01\x02\x03;c\n", "su contenido no lo es"),
    ],
)
def test_file_is_unreadable_with_its_reason_when_it_is_nothing_we_read(
    tmp_path: Path, read: Read, name: str, content: bytes, reason: str
) -> None:
    (tmp_path / name).write_bytes(content)
    assert reason in unreadable(read(tmp_path / name))


def test_zip_is_unreadable_when_it_is_no_workbook_or_truncated(tmp_path: Path, read: Read) -> None:
    with zipfile.ZipFile(tmp_path / "a.xlsx", "w") as archive:
        archive.writestr("fotos/1.txt", "x")
    assert "no es un libro" in unreadable(read(tmp_path / "a.xlsx"))
    whole = good(tmp_path / "b.xlsx").read_bytes()
    (tmp_path / "c.xlsx").write_bytes(whole[: len(whole) // 2])
    assert "dañado" in unreadable(read(tmp_path / "c.xlsx"))


@pytest.mark.parametrize("part", ["xl/workbook.xml", "xl/worksheets/sheet1.xml", "xl/_rels/workbook.xml.rels", "xl/styles.xml"])
def test_workbook_is_unreadable_when_a_part_of_it_is_rubbish(tmp_path: Path, read: Read, part: str) -> None:
    with zipfile.ZipFile(good(tmp_path / "a.xlsx")) as old, zipfile.ZipFile(tmp_path / "b.xlsx", "w") as new:
        for entry in old.infolist():
            new.writestr(entry, b"<rubbish" if entry.filename == part else old.read(entry))
    assert "dañado" in unreadable(read(tmp_path / "b.xlsx"))


def test_zip_bomb_is_refused_before_it_is_opened(tmp_path: Path, read: Read) -> None:
    with zipfile.ZipFile(tmp_path / "a.xlsx", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 64 * 1024**2)
    assert (tmp_path / "a.xlsx").stat().st_size < 200_000
    assert "descomprimido ocuparía 64,0 MB" in unreadable(read(tmp_path / "a.xlsx"))


def compound(names: dict[str, bytes]) -> bytes:
    """A small compound file with these streams, each of 4096 bytes or more."""
    size, fat, sectors, directory = 512, [], [], [b""]
    for name, content in names.items():
        padded = content.ljust(4096, b"\0")
        start = len(sectors)
        count = -(-len(padded) // size)
        sectors += [padded[place * size : (place + 1) * size].ljust(size, b"\0") for place in range(count)]
        fat += [*range(start + 1, start + count), 0xFFFFFFFE]
        encoded = name.encode("utf-16-le")
        entry = encoded.ljust(64, b"\0") + (len(encoded) + 2).to_bytes(2, "little") + b"\x02\x01" + b"\xff" * 12 + b"\0" * 36
        directory.append(entry + start.to_bytes(4, "little") + len(padded).to_bytes(8, "little"))
    root = "Root Entry".encode("utf-16-le")
    directory[0] = (
        root.ljust(64, b"\0") + (22).to_bytes(2, "little") + b"\x05\x01" + b"\xff" * 12 + b"\0" * 36 + b"\xfe\xff\xff\xff" + b"\0" * 8
    )
    table = b"".join(entry.ljust(128, b"\0") for entry in directory).ljust(size * -(-128 * len(directory) // size), b"\0")
    first = len(sectors)
    for place in range(0, len(table), size):
        sectors.append(table[place : place + size])
        fat.append(0xFFFFFFFE if place + size >= len(table) else len(sectors))
    fat_sector = len(sectors)
    fat.append(0xFFFFFFFD)
    sectors.append(b"".join(number.to_bytes(4, "little") for number in fat).ljust(size, b"\xff"))
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 16 + b"\x3e\0\x03\0\xfe\xff\x09\0\x06\0" + b"\0" * 6
    head += (0).to_bytes(4, "little") + (1).to_bytes(4, "little") + first.to_bytes(4, "little") + b"\0" * 4 + (4096).to_bytes(4, "little")
    head += b"\xfe\xff\xff\xff" + b"\0" * 4 + b"\xfe\xff\xff\xff" + b"\0" * 4 + fat_sector.to_bytes(4, "little") + b"\xff" * 4 * 108
    return head + b"".join(sectors)


def test_workbook_is_returned_when_a_password_protects_it(tmp_path: Path, read: Read) -> None:
    encrypted = compound({"EncryptionInfo": b"\x04\0\x04\0", "EncryptedPackage": b"\x01" * 5000})
    assert CompoundFile(encrypted).names >= {"EncryptionInfo", "EncryptedPackage"}
    (tmp_path / "a.xlsx").write_bytes(encrypted)
    bof = b"\x09\x08\x10\x00\x00\x06\x05\x00" + b"\0" * 12
    filepass = b"\x2f\x00\x06\x00\x01\x00\x01\x00\x01\x00"
    (tmp_path / "b.xls").write_bytes(compound({"Workbook": bof + filepass + b"\x0a\0\0\0"}))
    with zipfile.ZipFile(tmp_path / "c.ods", "w") as archive:
        archive.writestr("content.xml", "<x/>")
    data = bytearray((tmp_path / "c.ods").read_bytes())
    data[data.index(b"PK\x01\x02") + 8] |= 1
    (tmp_path / "c.ods").write_bytes(data)
    for name in ("a.xlsx", "b.xls", "c.ods"):
        assert rules(read(tmp_path / name)) == ["file.password"], name


def test_finding_names_the_file_as_it_was_handed_in_when_it_is_read_from_the_archive(
    tmp_path: Path, catalog: Catalog, pool: ReaderPool
) -> None:
    (tmp_path / "ab12.xlsx").write_bytes(b"PK\x03\x04 roto")
    envelope = Envelope("sg", "OAP", "execution_report", "2021-M05", "Reporte de mayo.xlsx")
    batch = read_batch(tmp_path / "ab12.xlsx", catalog.contracts["execution_report"], catalog, envelope, pool)
    assert "«Reporte de mayo.xlsx»" in unreadable(batch)


def test_file_is_returned_when_it_is_larger_than_allowed(tmp_path: Path, catalog: Catalog) -> None:
    path = good(tmp_path / "a.xlsx")
    with ReaderPool(max_file_bytes=1000) as pool:
        batch = read_batch(
            path, catalog.contracts["execution_report"], catalog, Envelope("sg", "OAP", "execution_report", "2021", "a.xlsx"), pool
        )
    assert rules(batch) == ["file.too_large"]


@pytest.fixture
def own_pool() -> Iterator[ReaderPool]:
    with ReaderPool(timeout_seconds=20) as pool:
        yield pool


def test_next_file_is_read_when_the_child_was_killed(tmp_path: Path, catalog: Catalog, own_pool: ReaderPool) -> None:
    path = good(tmp_path / "a.xlsx")
    assert isinstance(own_pool.read(path, catalog), RawWorkbook)
    child = own_pool._child
    assert child is not None
    os.kill(child.pid, signal.SIGSTOP)  # it cannot answer: the request is on its way when it dies
    own_pool.timeout_seconds = 0.3
    failed = own_pool.read(path, catalog)
    assert isinstance(failed, Finding)
    assert "no se pudo leer en 0.3 segundos" in failed.message
    assert child.poll() is not None
    own_pool.timeout_seconds = 20
    assert isinstance(own_pool.read(path, catalog), RawWorkbook)
    second = own_pool._child
    assert second is not None
    assert second.pid != child.pid
    os.kill(second.pid, signal.SIGABRT)
    second.wait(10)
    assert isinstance(own_pool.read(path, catalog), RawWorkbook)


def test_crash_is_a_finding_when_the_child_dies_while_reading(tmp_path: Path, catalog: Catalog, own_pool: ReaderPool) -> None:
    path = tmp_path / "a.xlsx"
    os.mkfifo(path)  # opening it blocks the child until somebody writes
    import threading

    def abort() -> None:
        while own_pool._child is None:
            time.sleep(0.01)
        time.sleep(0.3)
        os.kill(own_pool._child.pid, signal.SIGABRT)

    killer = threading.Thread(target=abort)
    killer.start()
    failed = own_pool.read(path, catalog)
    killer.join()
    assert isinstance(failed, Finding)
    assert failed.rule == "file.unreadable"
    assert "SIGABRT" in failed.message


def test_memory_limit_is_a_finding_when_a_sheet_is_too_wide(tmp_path: Path, catalog: Catalog) -> None:
    path = tmp_path / "a.xlsx"
    corner = b'<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    far = b"<worksheet><sheetData>" + corner + b"</sheetData></worksheet>"
    with zipfile.ZipFile(good(tmp_path / "b.xlsx")) as old, zipfile.ZipFile(path, "w") as new:
        for entry in old.infolist():
            new.writestr(entry, far if entry.filename == "xl/worksheets/sheet1.xml" else old.read(entry))
    with ReaderPool(timeout_seconds=20, memory_bytes=512 * 1024**2) as pool:
        failed = pool.read(path, catalog)
        assert isinstance(failed, Finding)
        assert failed.rule == "file.unreadable"
        assert isinstance(pool.read(tmp_path / "b.xlsx", catalog), RawWorkbook)


def test_thirty_small_workbooks_are_quick_when_one_child_reads_them_all(tmp_path: Path, catalog: Catalog, own_pool: ReaderPool) -> None:
    paths = [good(tmp_path / f"{number}.xlsx") for number in range(30)]
    own_pool.read(paths[0], catalog)
    child = own_pool._child
    started = time.perf_counter()
    books = [own_pool.read(path, catalog) for path in paths]
    elapsed = time.perf_counter() - started
    assert sum(isinstance(book, RawWorkbook) for book in books) == 30
    assert own_pool._child is child
    assert elapsed / 30 < 0.1


def test_childs_environment_holds_no_secret_when_started(tmp_path: Path, catalog: Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIPC_SECRET_PERSON_KEY", "no-debe-llegar")
    with ReaderPool() as pool:
        assert isinstance(pool.read(good(tmp_path / "a.xlsx"), catalog), RawWorkbook)
        assert pool._child is not None
        environment = Path(f"/proc/{pool._child.pid}/environ").read_bytes()
    assert b"PYTHONPATH" in environment
    assert b"no-debe-llegar" not in environment


def test_only_plain_values_come_back_when_the_child_answers() -> None:
    import pickle

    from pipc_etl.intake.reader import _Plain

    with pytest.raises(pickle.UnpicklingError):
        _Plain(io.BytesIO(pickle.dumps(Path("/")))).load()
