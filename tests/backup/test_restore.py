"""A restore gives the same installation, row by row and byte by byte; killed, it goes on; who was erased since does not come back."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from pipc_etl.backup.layout import WAREHOUSE, BackupError, backups_in, damaged_in, read_manifest
from pipc_etl.backup.making import back_up
from pipc_etl.backup.sealing import Opener, hash_file, read_identities
from pipc_etl.backup.verifying import check_bytes, check_contents
from pipc_etl.contracts import load_catalog
from pipc_etl.privacy.erasure_list import read_list
from pipc_etl.publish.figures import compare
from pipc_etl.warehouse.dbt import has_seen_ledger
from pipc_etl.warehouse.engine import role_engine, role_password, superuser_engine, warehouse_url
from tests.backup.conftest import PUBLISHED, REFERENCE, WAITING, Trial
from tests.backup.dying import BACKUP_POINTS, RESTORE_POINTS
from tests.backup.full_disk import full_disk

# The story is made by its first test: two backups, three restores and six kills.
pytestmark = pytest.mark.timeout(1200)


def test_every_table_has_the_same_rows_when_a_backup_was_restored_on_an_empty_machine(trial: Trial) -> None:
    assert len(trial.rows) > 150
    assert sum(count for count, _ in trial.rows.values()) > 50_000
    assert {name.split(".")[0] for name in trial.rows} >= {"raw", "private", "audit", "intermediate", "marts"}
    assert trial.restored_rows == trial.rows
    assert trial.restored is not None
    assert trial.restored.erased_again == ()
    assert not trial.restored.replaced


def test_every_file_has_the_same_bytes_when_a_backup_was_restored(trial: Trial) -> None:
    assert len(trial.files["archive"]) > 90
    assert trial.files["publications"].items() >= PUBLISHED.items()
    assert trial.files["landing"].items() >= WAITING.items()
    assert trial.restored_files == trial.files
    assert (trial.target.publications / "borrador").is_dir(), "an empty folder stays"
    assert trial.target.archive.stat().st_mode & 0o077 == 0


def test_figures_and_accounts_are_right_when_the_restored_warehouse_is_asked(trial: Trial) -> None:
    assert warehouse_url(trial.target).port != warehouse_url(trial.source).port
    analyst = role_engine(trial.target, "analyst")
    checks = compare(analyst, trial.target.samples / "published_figures.csv", load_catalog(trial.target.expectations))
    assert len(checks) > 70
    assert [check for check in checks if not check.match] == []
    with analyst.connect() as connection:
        asked = "select count(*) from marts.rpt_plan_compliance_asof('2021-08-31', 'infinity')"
        assert connection.execute(text(asked)).scalar_one() > 0
        with pytest.raises(ProgrammingError, match="permission denied"):
            connection.execute(text("select 1 from private.attendance_form"))
    analyst.dispose()
    assert role_password(trial.target, "analyst") == role_password(trial.source, "analyst")
    assert (trial.target.secrets / "person_key").read_bytes() == (trial.source.secrets / "person_key").read_bytes()
    assert has_seen_ledger(trial.target), "no build is needed"


def test_backup_is_encrypted_and_whole_when_it_is_verified(trial: Trial) -> None:
    assert trial.made.manifest.recipient == trial.source.backup_key
    assert trial.made.manifest.warnings == ()
    number = trial.document.encode()
    stored = [path for path in trial.made.path.rglob("*") if path.is_file()]
    assert len(stored) > 100
    assert all(number not in path.read_bytes() for path in stored)
    assert {path.suffix for path in stored} == {".age", ".json"}
    assert all(path.stat().st_mode & 0o077 == 0 for path in stored)
    opener = Opener(read_identities(trial.identity))
    assert check_contents(trial.made.path, opener).counts_of("warehouse") == {name: count for name, (count, _) in trial.rows.items()}


def test_archive_is_shared_when_the_next_backup_is_made(trial: Trial) -> None:
    files = [name for name in trial.made.manifest.files if name.startswith("archive/")]
    assert (trial.made.shared, trial.again.shared) == (0, len(files))
    assert all((trial.made.path / name).samefile(trial.again.path / name) for name in files)
    check_bytes(trial.again.path)


def test_killed_backups_are_none_when_the_next_is_made(trial: Trial) -> None:
    assert trial.backup_exits == [-9] * len(BACKUP_POINTS)
    assert [path for path, _ in backups_in(trial.folder)] == [trial.again.path, trial.made.path]
    assert damaged_in(trial.folder) == []
    last = json.loads((trial.folder / "last.json").read_text(encoding="utf-8"))
    assert (last["name"], last["is_encrypted"], last["warnings"]) == (trial.again.path.name, True, [])


def test_installation_with_data_is_refused_when_nobody_said_to_replace_it(trial: Trial) -> None:
    assert "--replace" in trial.refusal
    assert f"{trial.rows['audit.submission'][0]} files in the ledger (0 of them received after the backup)" in trial.refusal


def test_restore_goes_on_when_runs_before_it_were_killed(trial: Trial) -> None:
    assert trial.restore_exits == [-9] * len(RESTORE_POINTS)
    assert trial.replaced is not None
    assert not (trial.target.home / "restore.json").exists()
    assert not any(path.name.startswith(".") for name in trial.files for path in getattr(trial.target, name).iterdir())
    engine = superuser_engine(trial.target, database="postgres")
    with engine.connect() as connection:
        names = set(connection.scalars(text("select datname from pg_database where not datistemplate")))
    engine.dispose()
    # What the backup holds under its own name, and nothing half restored: the source's server may have a Superset of other tests.
    assert names == {"postgres", "pipc", *trial.made.manifest.databases} - {WAREHOUSE}
    # All but what the erasure since then took away.
    found = {name: count for name, (count, _) in trial.rows.items()}
    kept = {name: count for name, count in check_bytes(trial.made.path).counts_of("warehouse").items() if name.startswith("raw.")}
    assert kept
    assert kept.items() <= found.items()


def test_person_does_not_come_back_when_the_backup_is_older_than_the_erasure(trial: Trial) -> None:
    assert trial.rows["private.erased_person"][0] == 0, "the backup does not know the erasure"
    lists = read_list([trial.source.home / "erasures.jsonl"])
    assert read_list([trial.folder / "erasures.jsonl"]) == lists
    assert [entry.request for entry in lists] == [REFERENCE]
    assert trial.document not in (trial.folder / "erasures.jsonl").read_text(encoding="utf-8")
    engine = superuser_engine(trial.target)
    with engine.connect() as connection:
        for table in (name for name in trial.rows if name.split(".")[0] in ("private", "raw", "marts", "intermediate")):
            found = text(f"select count(*) from {table} as t where position(:number in t::text) > 0")
            assert connection.execute(found, {"number": trial.document}).scalar_one() == 0, table
        assert connection.scalars(text("select request from audit.erasure")).all() == [REFERENCE]
    engine.dispose()
    redacted = list(trial.target.archive.rglob("*.redacted.*"))
    assert redacted
    assert all(trial.document.encode() not in path.read_bytes() for path in trial.target.archive.rglob("*.csv"))
    assert [entry.request for entry in read_list([trial.target.home / "erasures.jsonl"])] == [REFERENCE]


def test_manifest_names_the_moment_and_the_migration_when_it_is_read(trial: Trial) -> None:
    manifest = read_manifest(trial.made.path)
    assert manifest == trial.made.manifest
    assert set(manifest.versions) >= {"pipc", "airflow", "postgresql", "migration"}


def test_backups_before_stay_whole_when_the_disk_takes_no_more(trial: Trial) -> None:
    before = {path: hash_file(path) for path in trial.folder.rglob("*") if path.is_file()}
    with full_disk(200_000), pytest.raises(BackupError, match=r"warehouse\.dump.* cannot be written"):
        back_up(trial.source)
    assert {path: hash_file(path) for path in trial.folder.rglob("*") if path.is_file()} == before
