"""The archive keeps every original once, whatever happens; landing gives up only what has stopped growing."""

from __future__ import annotations

import hashlib
import os
import time
from pathlib import Path

import pytest

from pipc_etl.intake.archive import (
    FileChangedError,
    archived_files,
    drop_unfinished,
    landing_files,
    redacted_path,
    replace_stored,
    store,
    store_stream,
    stored,
)


def test_original_is_kept_under_its_hash_when_stored(tmp_path: Path) -> None:
    source = tmp_path / "Reporte.XLSX"
    source.write_bytes(b"contenido" * 1000)
    stored = store(source, tmp_path / "archive")
    digest = hashlib.sha256(source.read_bytes()).hexdigest()
    assert stored.sha256 == digest
    assert stored.path == tmp_path / "archive" / digest[:2] / f"{digest}.xlsx"
    assert stored.path.read_bytes() == source.read_bytes()
    assert stored.size_bytes == 9000
    assert stored.path.stat().st_mode & 0o777 == 0o600
    assert stored.path.parent.stat().st_mode & 0o077 == 0


def test_one_file_is_kept_when_the_same_bytes_come_twice(tmp_path: Path) -> None:
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_bytes(b"1;2\n")
    first = store(tmp_path / "a.csv", tmp_path / "archive")
    inode = first.path.stat().st_ino
    assert store(tmp_path / "b.csv", tmp_path / "archive") == first
    assert first.path.stat().st_ino == inode
    assert [path for path in (tmp_path / "archive").rglob("*") if path.is_file()] == [first.path]


def test_nothing_is_kept_when_the_file_changes_meanwhile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = tmp_path / "a.csv"
    source.write_bytes(b"1;2\n")
    real = os.fstat
    calls: list[int] = []

    def growing(descriptor: int) -> os.stat_result:
        status = real(descriptor)
        calls.append(descriptor)
        if len(calls) == 1:
            with source.open("ab") as file:
                file.write(b"3;4\n")
        return status

    monkeypatch.setattr(os, "fstat", growing)
    with pytest.raises(FileChangedError):
        store(source, tmp_path / "archive")
    monkeypatch.undo()
    assert [path for path in (tmp_path / "archive").rglob("*") if path.is_file()] == []
    assert store(source, tmp_path / "archive").size_bytes == 8


def test_bytes_from_elsewhere_are_kept_only_when_they_are_the_whole_file(tmp_path: Path) -> None:
    sizes: list[int] = []
    archived = store_stream(iter([b"1;2\n", b"3;4\n"]), "Reporte.CSV", tmp_path, sizes.append)
    assert archived.path.read_bytes() == b"1;2\n3;4\n"
    digest = hashlib.sha256(archived.path.read_bytes()).hexdigest()
    assert archived.path == tmp_path / digest[:2] / f"{digest}.csv"
    assert (sizes, archived.size_bytes) == ([8], 8)

    def refuse(size_bytes: int) -> None:
        raise FileChangedError(f"{size_bytes} bytes")

    with pytest.raises(FileChangedError, match="4 bytes"):
        store_stream(iter([b"5;6\n"]), "otro.csv", tmp_path, refuse)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [archived.path]


def test_half_copied_files_go_when_nobody_writes_them_any_more(tmp_path: Path) -> None:
    for name in (".incoming-dead", ".incoming-alive"):
        (tmp_path / name).write_bytes(b"personal")
    kept = store_stream(iter([b"x"]), "a.csv", tmp_path, lambda _: None).path
    for path in (tmp_path / ".incoming-dead", kept):
        age(path, 3700)
    assert drop_unfinished(tmp_path) == 1
    assert {path.name for path in tmp_path.rglob("*") if path.is_file()} == {".incoming-alive", kept.name}


def age(path: Path, seconds: float) -> None:
    stamp = time.time() - seconds
    os.utime(path, (stamp, stamp))


def test_landing_gives_stable_files_oldest_first_when_asked(tmp_path: Path) -> None:
    names = ["b/new.xlsx", "a/old.csv", "a/middle.ods"]
    ignored = [
        "a/~$old.xlsx",
        "a/.oculto.xlsx",
        ".cola/x.xlsx",
        "a/big.csv.part",
        "a/x.crdownload",
        "a/x.tmp",
        "a/Thumbs.db",
        "a/x.xlsx~",
        "a/.~lock.x#",
    ]
    for name in [*names, *ignored]:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
        age(tmp_path / name, 100)
    age(tmp_path / "a/old.csv", 300)
    age(tmp_path / "a/middle.ods", 200)
    (tmp_path / "a/link.xlsx").symlink_to(tmp_path / "a/old.csv")
    assert landing_files(tmp_path, sleep=lambda _: pytest.fail("nothing to wait for")) == [
        tmp_path / name for name in ("a/old.csv", "a/middle.ods", "b/new.xlsx")
    ]


def test_landing_leaves_the_file_when_it_is_still_growing(tmp_path: Path) -> None:
    for name in ("fresh.csv", "growing.csv"):
        (tmp_path / name).write_bytes(b"1")
    waits: list[float] = []

    def waiting(seconds: float) -> None:
        waits.append(seconds)
        (tmp_path / "growing.csv").write_bytes(b"12")

    assert landing_files(tmp_path, settle_seconds=1.5, sleep=waiting) == [tmp_path / "fresh.csv"]
    assert waits == [1.5]


def redact(root: Path, sha256: str, name: str, content: bytes) -> Path:
    written = root / ".redacting"
    written.write_bytes(content)
    return replace_stored(root, sha256, name, written)


def test_redacted_copy_stands_for_the_original_when_its_hash_is_asked_for(tmp_path: Path) -> None:
    root, sent = tmp_path / "archive", tmp_path / "Asistencia.CSV"
    sent.write_bytes(b"52345678")
    original = store(sent, root)
    assert stored(root, original.sha256, "otro.csv") == original.path
    copy = redact(root, original.sha256, sent.name, b"")
    assert copy.read_bytes() == b""
    assert copy.stat().st_mode & 0o777 == 0o600
    assert not original.path.exists()
    assert stored(root, original.sha256, "otro.csv") == copy
    assert archived_files(root) == [(original.sha256, copy)]


def test_erased_bytes_do_not_come_back_when_they_are_sent_again(tmp_path: Path) -> None:
    root, sent = tmp_path / "archive", tmp_path / "Asistencia.csv"
    sent.write_bytes(b"52345678")
    original = store(sent, root)
    copy = redact(root, original.sha256, sent.name, b"redacted")
    again = store(sent, root)
    assert (again.sha256, again.path) == (original.sha256, copy)
    assert [path.read_bytes() for _, path in archived_files(root)] == [b"redacted"]


def test_original_goes_when_a_killed_redaction_is_run_again(tmp_path: Path) -> None:
    root, sent = tmp_path / "archive", tmp_path / "sin extensión"
    sent.write_bytes(b"52345678")
    original = store(sent, root)
    # Killed between the two steps: both stand in the archive, and the redacted copy is the one that counts.
    redacted_path(root, original.sha256, sent.name).write_bytes(b"redacted")
    assert archived_files(root) == [(original.sha256, stored(root, original.sha256, sent.name))]
    assert redact(root, original.sha256, sent.name, b"redacted").read_bytes() == b"redacted"
    assert not original.path.exists()
