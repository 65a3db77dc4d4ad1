"""A backup put back: looked at whole, made beside what is there, put in its place at the end."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from pipc_etl.backup.layout import BackupError, Manifest
from pipc_etl.backup.sealing import Opener, read_identities
from pipc_etl.backup.staging import Target, discard, stage
from pipc_etl.backup.taking_place import drop_replaced, take_place
from pipc_etl.backup.verifying import check_bytes, require_key
from pipc_etl.errors import WarehouseError
from pipc_etl.privacy.erasure_list import FILE as ERASURE_LIST
from pipc_etl.privacy.erasure_list import Listed, list_files, read_list
from pipc_etl.settings import Settings
from pipc_etl.warehouse.engine import embedded_cluster, superuser_engine

Progress = Callable[[str], None]
# Says that a restore has begun to change the installation, and which.
MARK = "restore.json"


@dataclass(frozen=True)
class Present:
    """What a restore would take the place of."""

    submissions: int = 0
    newer_submissions: int = 0
    publications: int = 0
    files: int = 0

    def __bool__(self) -> bool:
        return bool(self.submissions or self.publications or self.files)

    def __str__(self) -> str:
        said = f"{self.submissions} files in the ledger ({self.newer_submissions} of them received after the backup)"
        return f"{said}, {self.publications} publications, {self.files} files in the archive and among what is published"


@dataclass(frozen=True)
class Restored:
    """What was put back, and the erasures made again because the backup did not know them."""

    manifest: Manifest
    erased_again: tuple[Listed, ...]
    replaced: Present


def restore(
    settings: Settings,
    backup: Path,
    *,
    identity: Path | None = None,
    replace_present: bool = False,
    erasure_lists: tuple[Path, ...] = (),
    progress: Progress = lambda _: None,
) -> Restored:
    """Put `backup` into the installation of the settings; Airflow and Superset must not run.

    `erasure_lists` are files beside those that are looked for below the home and beside the backup. Raises BackupError where the backup
    is not whole, its key is missing, or the installation has data and `replace_present` was not said. Killed anywhere and run again, the
    result is the same; until the last step the present installation is as it was.
    """
    try:
        return _restore(settings, backup.resolve(), identity, replace_present, erasure_lists, progress)
    except OperationalError as error:
        raise WarehouseError(
            f"the database server went away: {str(error.orig).strip()}. Start it and run the same command again"
        ) from error


def _restore(
    settings: Settings, backup: Path, identity: Path | None, replace_present: bool, erasure_lists: tuple[Path, ...], progress: Progress
) -> Restored:
    opener = Opener(read_identities(identity) if identity else ())
    manifest = check_bytes(backup, progress)
    require_key(manifest, opener)
    target = Target(settings, manifest)
    _start_server(settings, manifest, progress)
    _require_quiet(target)
    mark = _Mark(settings.home / MARK)
    going_on = mark.read()
    if going_on and going_on["backup"] != manifest.name:
        raise BackupError(f"the restore of {going_on['backup']} was killed while it took its place: run that one again first")
    present = Present() if going_on else look(settings, manifest)
    if present and not replace_present:
        raise BackupError(f"here are {present}: a restore takes their place. To lose them, say --replace")
    again: list[Listed] = []
    if not going_on:
        lists = [*erasure_lists, backup.parent / ERASURE_LIST, *list_files(settings)]
        try:
            again = stage(target, backup, opener, read_list(dict.fromkeys(lists)), progress)
        except BaseException:
            with suppress(OperationalError):  # the next run takes it away first
                discard(target)
            raise
        mark.write({"backup": manifest.name, "erased_again": len(again)})
    take_place(target, progress)
    drop_replaced(target)
    mark.remove()
    return Restored(manifest, tuple(again), present)


def look(settings: Settings, manifest: Manifest) -> Present:
    """What is in the installation now."""
    files = sum(map(_count_files, (settings.archive, settings.publications)))
    server = superuser_engine(settings, database="postgres")
    engine = superuser_engine(settings)
    try:
        with server.connect() as connection:
            known = text("select 1 from pg_database where datname = :name")
            if connection.scalar(known, {"name": engine.url.database}) is None:
                return Present(files=files)
        with engine.connect() as connection:
            if connection.scalar(text("select to_regclass('audit.publication')")) is None:
                return Present(files=files)
            row = connection.execute(
                text(
                    "select count(*), count(*) filter (where received_at > cast(:at as timestamptz)), "
                    "(select count(*) from audit.publication) from audit.submission"
                ),
                {"at": manifest.began_at},
            ).one()
            return Present(int(row[0]), int(row[1]), int(row[2]), files)
    finally:
        engine.dispose()
        server.dispose()


def _count_files(folder: Path) -> int:
    """Without what a killed restore left below dot names."""
    return sum(path.is_file() for entry in folder.glob("[!.]*") for path in (entry, *entry.rglob("*")))


def _start_server(settings: Settings, manifest: Manifest, progress: Progress) -> None:
    """The embedded server runs, a new one under a password of its own; another server is there already."""
    if settings.warehouse_url is None and embedded_cluster(settings).start():
        progress("PostgreSQL started")
    _require_version(settings, manifest)


def _require_version(settings: Settings, manifest: Manifest) -> None:
    """A dump goes into the same or a later PostgreSQL."""
    engine = superuser_engine(settings, database="postgres")
    try:
        with engine.connect() as connection:
            here = int(connection.execute(text("show server_version_num")).scalar_one()) // 10_000
    except OperationalError as error:
        raise WarehouseError(f"the database server does not answer: {str(error.orig).strip()}") from error
    finally:
        engine.dispose()
    there = int(manifest.versions["postgresql"].split(".")[0])
    if here < there:
        raise BackupError(f"the backup is of PostgreSQL {there} and this server is {here}: restore into {there} or later")


def _require_quiet(target: Target) -> None:
    """Raise BackupError while anybody else works in the databases."""
    names = [target.database(key) for key in target.manifest.databases]
    engine = superuser_engine(target.settings, database="postgres")
    try:
        with engine.connect() as connection:
            query = text(
                "select distinct coalesce(nullif(application_name, ''), usename) from pg_stat_activity "
                "where datname = any(:names) and pid <> pg_backend_pid() and backend_type = 'client backend' order by 1"
            )
            others = list(connection.scalars(query, {"names": names}))
    finally:
        engine.dispose()
    if others:
        raise BackupError(f"others are working in the databases ({', '.join(others)}): stop Airflow and Superset first, and try again")


@dataclass(frozen=True)
class _Mark:
    """The file that says how far a restore came."""

    path: Path

    def read(self) -> dict[str, Any] | None:
        try:
            said: dict[str, Any] = json.loads(self.path.read_text(encoding="utf-8"))
            return said
        except FileNotFoundError:
            return None

    def write(self, said: dict[str, Any]) -> None:
        unfinished = self.path.with_suffix(".new")
        unfinished.write_text(json.dumps(said), encoding="utf-8")
        unfinished.replace(self.path)

    def remove(self) -> None:
        self.path.unlink(missing_ok=True)
