"""The parts of a backup without a database: what is kept, what is sealed, what is shared, what has gone bad."""

from __future__ import annotations

import hashlib
import io
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipc_etl.backup import layout
from pipc_etl.backup.folders import ArchiveCopy, tar_stream, unpack
from pipc_etl.backup.layout import BackupError, Manifest, StoredFile, backups_in, damaged_in, read_manifest
from pipc_etl.backup.making import remove_unfinished
from pipc_etl.backup.pruning import Keep, kept, prune, read_keep
from pipc_etl.backup.sealing import Opener, Seal, hash_file, make_identity, read_identities
from pipc_etl.backup.verifying import check_bytes
from pipc_etl.dashboards import environment as superset
from pipc_etl.errors import SettingsError
from pipc_etl.orchestration import airflow_environment as airflow
from pipc_etl.privacy.erasure_list import ErasureListError, Listed, add_to_list, read_list
from pipc_etl.settings import load_settings
from tests.backup.full_disk import full_disk


def _manifest(name: str, at: datetime, files: dict[str, StoredFile] | None = None) -> Manifest:
    return Manifest(name, at, at, {}, None, {}, (), files or {}, ())


def _write(folder: Path, at: datetime, contents: dict[str, bytes] | None = None) -> Path:
    path = folder / f"{at:%Y-%m-%dT%H%M%SZ}"
    path.mkdir(parents=True)
    for name, content in (contents or {}).items():
        (path / name).write_bytes(content)
    files = {name: hash_file(path / name) for name in contents or {}}
    (path / layout.MANIFEST).write_text(_manifest(path.name, at, files).as_json(), encoding="utf-8")
    return path


def test_other_programs_databases_are_theirs_when_their_names_are_compared() -> None:
    assert layout.METADATA_DATABASES == {"airflow": airflow.METADATA_DATABASE, "superset": superset.METADATA_DATABASE}


def test_one_a_day_week_and_month_is_kept_when_backups_have_served_their_term() -> None:
    # 2:00 in Bogotá, every night of 2026, and one more in the evening of the last day.
    nights = [datetime(2026, 1, 1, 7, tzinfo=UTC) + timedelta(days=day) for day in range(365)]
    evening = datetime(2027, 1, 1, 1, tzinfo=UTC)
    stay = sorted(kept([*nights, evening], Keep(7, 4, 6)), reverse=True)
    assert stay[:7] == [evening, *nights[-2:-8:-1]], "the last of each of seven days"
    assert [f"{moment:%m-%d}" for moment in stay[7:]] == ["12-20", "12-13", "11-30", "10-31", "09-30", "08-31", "07-31"]
    assert kept(nights, Keep(0, 0, 0)) == {nights[-1]}, "the newest stays whatever the policy says"
    assert kept([], Keep(1, 1, 1)) == set()


@pytest.mark.parametrize("text", ["7", "7,4", "a,b,c", "7,4,-1"])
def test_policy_is_refused_when_it_makes_no_sense(text: str) -> None:
    with pytest.raises(SettingsError, match="PIPC_BACKUP_KEEP"):
        read_keep(text)


def test_only_whole_backups_are_pruned_when_their_term_is_over(tmp_path: Path) -> None:
    old, new = (_write(tmp_path, datetime(2026, month, 1, tzinfo=UTC)) for month in (1, 2))
    (tmp_path / "2025-01-01T000000Z").mkdir()
    (tmp_path / "2025-01-01T000000Z" / layout.MANIFEST).write_text("{", encoding="utf-8")
    (tmp_path / "mis notas").mkdir()
    assert prune(tmp_path, Keep(1, 0, 0)) == [old]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["2025-01-01T000000Z", new.name, "mis notas"]
    assert [path.name for path, _ in damaged_in(tmp_path)] == ["2025-01-01T000000Z"]
    assert [path for path, _ in backups_in(tmp_path)] == [new]


def test_unfinished_ones_go_when_the_next_backup_begins(tmp_path: Path) -> None:
    (tmp_path / f"2026-01-01T000000Z{layout.UNFINISHED}" / "folders").mkdir(parents=True)
    with pytest.raises(BackupError, match="never finished"):
        read_manifest(tmp_path / f"2026-01-01T000000Z{layout.UNFINISHED}")
    assert remove_unfinished(tmp_path) == 1
    assert list(tmp_path.iterdir()) == []


def test_changed_missing_and_added_files_are_named_when_a_backup_is_verified(tmp_path: Path) -> None:
    backup = _write(tmp_path, datetime(2026, 1, 1, tzinfo=UTC), {"a": b"one", "b": b"two"})
    assert set(check_bytes(backup).files) == {"a", "b"}
    (backup / "b").write_bytes(b"twa")
    with pytest.raises(BackupError, match=r"b of .* is not what was written"):
        check_bytes(backup)
    (backup / "b").unlink()
    with pytest.raises(BackupError, match=r"b of .* is missing"):
        check_bytes(backup)
    (backup / "b").write_bytes(b"two")
    (backup / "c").write_bytes(b"")
    with pytest.raises(BackupError, match="does not name"):
        check_bytes(backup)


def test_sealed_file_opens_with_its_key_alone_and_whole_when_it_is_read(tmp_path: Path) -> None:
    seal = Seal(make_identity(tmp_path / "key.txt"))
    content = os.urandom(300_000)
    stored = seal.write(io.BytesIO(content), tmp_path / "x.age")
    assert stored == hash_file(tmp_path / "x.age")
    assert (tmp_path / "x.age").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "key.txt").stat().st_mode & 0o777 == 0o600
    opener = Opener(read_identities(tmp_path / "key.txt"))
    opener.read_to(tmp_path / "x.age", tmp_path / "x")
    assert (tmp_path / "x").read_bytes() == content
    make_identity(tmp_path / "other.txt")
    with pytest.raises(BackupError, match="is it the key of this backup"):
        Opener(read_identities(tmp_path / "other.txt")).read(tmp_path / "x.age", io.BytesIO())
    (tmp_path / "x.age").write_bytes((tmp_path / "x.age").read_bytes()[:-1])
    with pytest.raises(BackupError, match="cut or changed"):
        opener.read(tmp_path / "x.age", io.BytesIO())
    with pytest.raises(BackupError, match="cannot be written"):
        make_identity(tmp_path / "key.txt")
    with pytest.raises(SettingsError, match="PIPC_BACKUP_KEY"):
        Seal("age1x")


def _archive(root: Path, *contents: bytes) -> list[Path]:
    paths = []
    for content in contents:
        name = hashlib.sha256(content).hexdigest()
        path = root / name[:2] / f"{name}.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        paths.append(path)
    return paths


def test_archive_is_linked_only_where_the_bytes_are_still_the_same_when_it_is_copied_again(tmp_path: Path) -> None:
    root, first, second = tmp_path / "archive", tmp_path / "1", tmp_path / "2"
    good, bad, erased = _archive(root, b"good", b"bad", b"erased")
    redacted = erased.with_name(f"{erased.stem}.redacted.csv")
    erased.rename(redacted)
    known = ArchiveCopy(root, first, Seal(None)).files(lambda _: None)
    assert len(known) == 3
    (first / "archive" / bad.parent.name / bad.name).write_bytes(b"rot")
    redacted.write_bytes(b"erased again, and shorter")
    copy = ArchiveCopy(root, second, Seal(None), first, known)
    found = copy.files(lambda _: None)
    assert (copy.shared, copy.warnings) == (1, [])
    stored = {path.name: (second / "archive" / path.parent.name / path.name) for path in (good, bad, redacted)}
    assert stored[good.name].samefile(first / "archive" / good.parent.name / good.name)
    assert stored[bad.name].read_bytes() == b"bad", "what went bad in the backup before is written anew"
    assert stored[redacted.name].read_bytes() == redacted.read_bytes(), "a copy from which somebody else was erased since"
    assert found == {f"archive/{path.parent.name}/{path.name}": hash_file(path) for path in (good, bad, redacted)}


def test_original_is_left_out_and_damage_is_said_when_the_archive_is_copied(tmp_path: Path) -> None:
    root = tmp_path / "archive"
    erased, damaged = _archive(root, b"somebody", b"whole")
    erased.with_name(f"{erased.stem}.redacted.csv").write_bytes(b"nobody")
    damaged.write_bytes(b"rotten")
    copy = ArchiveCopy(root, tmp_path / "1", Seal(None))
    assert sorted(name.rpartition("/")[2] for name in copy.files(lambda _: None)) == sorted([f"{erased.stem}.redacted.csv", damaged.name])
    assert not (tmp_path / "1" / "archive" / erased.parent.name / erased.name).exists()
    (warning,) = copy.warnings
    assert damaged.name in warning


def test_folder_comes_back_with_names_times_and_empty_folders_when_it_was_packed(tmp_path: Path) -> None:
    source = tmp_path / "bandeja"
    (source / "año 2023" / "vacía").mkdir(parents=True)
    (source / ".restoring").mkdir()
    (source / ".restoring" / "x").write_bytes(b"no")
    (source / "año 2023" / "Ñandú (1).csv").write_bytes(b"a")
    os.utime(source / "año 2023" / "Ñandú (1).csv", (1_700_000_000.25, 1_700_000_000.25))
    (source / "enlace").symlink_to("/etc/passwd")
    with tar_stream(source) as stream:
        Seal(None).write(stream, tmp_path / "x.tar")
    unpack(tmp_path / "x.tar", tmp_path / "out")
    assert sorted(str(path.relative_to(tmp_path / "out")) for path in (tmp_path / "out").rglob("*")) == [
        "año 2023", "año 2023/vacía", "año 2023/Ñandú (1).csv",
    ]  # fmt: skip
    assert (tmp_path / "out" / "año 2023" / "Ñandú (1).csv").stat().st_mtime == 1_700_000_000.25
    with tar_stream(tmp_path / "no such folder") as stream:
        Seal(None).write(stream, tmp_path / "none.tar")
    unpack(tmp_path / "none.tar", tmp_path / "none")
    assert list((tmp_path / "none").iterdir()) == []


def test_erasure_is_listed_once_and_at_both_places_when_it_is_written_down(tmp_path: Path) -> None:
    (tmp_path / "backups").mkdir()
    settings = load_settings({"PIPC_HOME": str(tmp_path / "home"), "PIPC_BACKUPS": str(tmp_path / "backups")})
    one, two = Listed("r-1", "Ley", "ana", ("a" * 64, "b" * 64)), Listed("retention", "Ley", "ana", (), datetime(2020, 1, 1))
    assert add_to_list(settings, [one]) == 1
    assert add_to_list(settings, [one, two, Listed("r-1", "Ley", "ana", ("a" * 64,))]) == 1
    places = [tmp_path / "home" / "erasures.jsonl", tmp_path / "backups" / "erasures.jsonl"]
    assert [read_list([place]) for place in places] == [[one, two], [one, two]]
    assert all(place.stat().st_mode & 0o777 == 0o600 for place in places)
    # Killed in the middle of a line: the next entry takes its place.
    with places[0].open("a", encoding="utf-8") as file:
        file.write('{"request": "r-')
    assert read_list(places) == [one, two]
    three = Listed("r-2", "Ley", "ana", ("c" * 64,))
    assert add_to_list(settings, [three]) == 1
    assert [read_list([place]) for place in places] == [[one, two, three], [one, two, three]]
    with places[1].open("r+", encoding="utf-8") as file:
        file.write("nonsense\n")
    with pytest.raises(ErasureListError, match="line 1 of"):
        read_list([places[1]])


@pytest.mark.parametrize("is_encrypted", [False, True])
def test_disk_that_takes_no_more_is_said_when_a_file_is_sealed(tmp_path: Path, is_encrypted: bool) -> None:
    seal = Seal(make_identity(tmp_path / "key.txt") if is_encrypted else None)
    with full_disk(200_000), pytest.raises(BackupError, match="x cannot be written"):
        seal.write(io.BytesIO(os.urandom(400_000)), tmp_path / "x")
