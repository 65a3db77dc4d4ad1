"""An installation with every sample, backed up, restored on an empty machine, and restored again over what had come since."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from sqlalchemy import text

from pipc_etl.backup.layout import BackupError
from pipc_etl.backup.making import Made, back_up
from pipc_etl.backup.restoring import Restored, restore
from pipc_etl.backup.sealing import make_identity
from pipc_etl.privacy.erasing import Request, erase
from pipc_etl.settings import Settings, load_settings
from pipc_etl.warehouse.engine import embedded_cluster, superuser_engine
from tests.backup.dying import BACKUP_POINTS, RESTORE_POINTS
from tests.privacy.story import own_home
from tests.reconstruction import without_superuser

REFERENCE = "radicado 1-2026-99"
PUBLISHED = {"sg/2021/P0001/informe.html": b"<p>105 %</p>", "sg/2021/P0001/datos.csv": b"a;b\r\n"}
WAITING = {"secretaria-general/OAP/session/2023-M07/por cargar.csv": b"x"}


def rows_of(settings: Settings) -> dict[str, tuple[int, str]]:
    """How many rows every table has, and one hash over all of them, by schema and name."""
    engine = superuser_engine(settings)
    listed = text(
        "select format('%I.%I', relnamespace::regnamespace, relname) from pg_class where relkind in ('r', 'm', 'p') "
        "and relnamespace::regnamespace::text in ('raw', 'audit', 'private', 'staging', 'intermediate', 'marts', 'public') order by 1"
    )
    with engine.connect() as connection:
        query = "select count(*), coalesce(md5(string_agg(md5(t::text), '' order by md5(t::text))), '') from {} as t"
        found = {str(table): connection.execute(text(query.format(table))).one() for table in list(connection.scalars(listed))}
    engine.dispose()
    return {table: (int(row[0]), str(row[1])) for table, row in found.items()}


def files_of(folder: Path) -> dict[str, bytes]:
    """The bytes of every file below a folder."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


@dataclass
class Trial:
    """What was done, in this order, and what was seen after each step; `target` is another home with a server of its own."""

    source: Settings
    target: Settings
    folder: Path
    identity: Path
    document: str
    made: Made
    again: Made
    rows: dict[str, tuple[int, str]]
    files: dict[str, dict[str, bytes]]
    backup_exits: list[int] = field(default_factory=list)
    restored: Restored | None = None
    restored_rows: dict[str, tuple[int, str]] = field(default_factory=dict)
    restored_files: dict[str, dict[str, bytes]] = field(default_factory=dict)
    refusal: str = ""
    restore_exits: list[int] = field(default_factory=list)
    replaced: Restored | None = None

    def run(self, point: str, what: str, settings: Settings, *arguments: Path) -> int:
        """The exit code of a run that is killed at `point`."""
        url = {"PIPC_WAREHOUSE_URL": settings.warehouse_url} if settings.warehouse_url else {}
        names = ("home", "landing", "archive", "outbox", "pickup", "publications", "secrets")
        environment = {**os.environ, **{f"PIPC_{name.upper()}": str(getattr(settings, name)) for name in names}, **url}
        environment |= {
            "PIPC_POSTGRES_PORT": "0",
            "PIPC_BACKUP_KEY": settings.backup_key or "",
            "PYTHONPATH": str(Path(__file__).parents[2]),
        }
        script = Path(__file__).with_name("dying.py")
        command = [sys.executable, str(script), point, what, *map(str, arguments)]
        return subprocess.run(command, env=environment, check=False, timeout=300).returncode


FOLDERS = ("archive", "publications", "outbox", "pickup", "landing")


@pytest.fixture(scope="module")
def trial(reconstruction_copy: Settings, reachable_tmp: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trial]:
    """The whole story, told once."""
    base = tmp_path_factory.mktemp("backup")
    source = _own_source(reconstruction_copy, base / "home")
    folder, identity = base / "backups", base / "key.txt"
    source = replace(source, backup_key=make_identity(identity), backups=folder)
    for root, contents in ((source.publications, PUBLISHED), (source.landing, WAITING)):
        for name, content in contents.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_bytes(content)
    (source.publications / "borrador").mkdir()
    worker = without_superuser(source, base / "worker")
    made = back_up(worker)
    target = load_settings({"PIPC_HOME": str(reachable_tmp / "restored"), "PIPC_POSTGRES_PORT": "0"})
    trial = Trial(source, target, folder, identity, _document(source), made, made, rows_of(source), _files(source))
    trial.backup_exits = [trial.run(point, "backup", source, folder) for point in BACKUP_POINTS]
    trial.again = back_up(worker)
    try:
        trial.restored = restore(target, made.path, identity=identity)
        trial.restored_rows, trial.restored_files = rows_of(target), _files(target)
        erased = erase(source, Request(((None, trial.document),), (), REFERENCE, "Oficial de datos"))
        assert erased.counts["private_rows"] > 0
        with pytest.raises(BackupError) as refusal:
            restore(target, made.path, identity=identity)
        trial.refusal = str(refusal.value)
        trial.restore_exits = [trial.run(point, "restore", target, made.path, identity) for point in RESTORE_POINTS]
        trial.replaced = restore(target, made.path, identity=identity, replace_present=True)
        yield trial
    finally:
        embedded_cluster(target).stop()


def _own_source(copied: Settings, home: Path) -> Settings:
    """The samples under a home of their own."""
    settings = own_home(copied, home)
    shutil.copytree(copied.archive, settings.archive)
    return replace(settings, secrets=home / "secrets")


def _files(settings: Settings) -> dict[str, dict[str, bytes]]:
    return {name: files_of(getattr(settings, name)) for name in FOLDERS}


def _document(settings: Settings) -> str:
    """Somebody's of the samples, who signed at several places."""
    engine = superuser_engine(settings)
    query = (
        "select document_number from private.attendance_form where document_number ~ '^[0-9]{7,}$' and person_key is not null "
        "group by 1 order by count(*) desc, 1 limit 1"
    )
    with engine.connect() as connection:
        number = str(connection.execute(text(query)).scalar_one())
    engine.dispose()
    return number
