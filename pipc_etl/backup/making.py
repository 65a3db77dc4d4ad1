"""A backup from its first byte to its name: whole or not there, and of one moment in each of its parts."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError

from pipc_etl.backup import databases, folders
from pipc_etl.backup.layout import (
    LAST,
    MANIFEST,
    METADATA_DATABASES,
    UNFINISHED,
    WAREHOUSE,
    BackupError,
    Manifest,
    StoredDatabase,
    StoredFile,
    StoredRole,
    backups_in,
)
from pipc_etl.backup.sealing import Seal, sync_folders
from pipc_etl.errors import WarehouseError
from pipc_etl.privacy.erasure_list import add_to_list, listed_in
from pipc_etl.settings import Settings
from pipc_etl.warehouse.engine import warehouse_url
from pipc_etl.warehouse.migrations import SCHEMA, VERSION_TABLE

ROLE = "backup"
Progress = Callable[[str], None]
# An erasure changes files and rows together: it waits for the backup, or the backup for it.
_ERASURE_LOCK = "pipc erasure run"
# A build replaces tables while they are listed; an approval writes files and register together.
_WAREHOUSE_LOCKS = ("pipc build", "pipc publication")


@dataclass(frozen=True)
class Made:
    """A finished backup; `shared` files of the archive are the same bytes on the disk as in the one before."""

    path: Path
    manifest: Manifest
    shared: int

    def __str__(self) -> str:
        sealed = "encrypted" if self.manifest.recipient else "NOT encrypted"
        size = self.manifest.size_bytes / 1e6
        return (
            f"{self.path} ({size:.1f} MB, {len(self.manifest.files)} files, {self.shared} shared, {self.manifest.seconds:.1f} s, {sealed})"
        )


@dataclass
class _Making:
    """The backup that is being made in `folder`."""

    settings: Settings
    folder: Path
    seal: Seal
    progress: Progress
    files: dict[str, StoredFile] = field(default_factory=dict)
    databases: dict[str, StoredDatabase] = field(default_factory=dict)
    roles: tuple[StoredRole, ...] = ()
    versions: dict[str, str] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    shared: int = 0

    def everything(self, earlier: list[tuple[Path, Manifest]]) -> None:
        """All parts, in the order in which none refers to what a later one lacks.

        Files waiting in the landing folder first, since those that are taken meanwhile are in the ledger; the archive after the ledger,
        since bytes are archived before the ledger speaks of them.
        """
        engine = databases.reading_engine(warehouse_url(self.settings, ROLE))
        try:
            with _held(engine, _ERASURE_LOCK, self.progress):
                with engine.connect() as connection:
                    add_to_list(self.settings, listed_in(connection))
                self._folder("secrets")
                self._folder("landing")
                with ExitStack() as stack:
                    for lock in _WAREHOUSE_LOCKS:
                        stack.enter_context(_held(engine, lock, self.progress))
                    self._database(WAREHOUSE, engine)
                    self._folder("publications")
                self._archive(earlier)
                self._folder("outbox")
                self._folder("pickup")
                for key, name in METADATA_DATABASES.items():
                    self._metadata(key, name, engine)
        finally:
            engine.dispose()

    def _database(self, key: str, engine: Engine) -> None:
        with databases.snapshot(engine) as (connection, moment):
            if key == WAREHOUSE:
                self.roles = databases.read_roles(connection)
                self.versions["postgresql"] = str(connection.scalar(text("show server_version")))
                migration = text(f"select version_num from {SCHEMA}.{VERSION_TABLE}")
                self.versions["migration"] = str(connection.scalar(migration))
            name = f"databases/{key}.dump{self.seal.suffix}"
            self.files[name] = databases.dump(engine.url, moment, self.seal, self.folder / name)
            self.databases[key] = databases.describe(connection)
        rows = sum(self.databases[key].counts.values())
        self.progress(f"{key}: {rows:,} rows in {len(self.databases[key].counts)} tables, {self.files[name].size_bytes / 1e6:.1f} MB")

    def _metadata(self, key: str, name: str, warehouse: Engine) -> None:
        with warehouse.connect() as connection:
            if connection.scalar(text("select 1 from pg_database where datname = :name"), {"name": name}) is None:
                return
        engine = databases.reading_engine(warehouse.url.set(database=name))
        try:
            self._database(key, engine)
        finally:
            engine.dispose()

    def _folder(self, name: str) -> None:
        source: Path = getattr(self.settings, name)
        target = f"folders/{name}.tar{self.seal.suffix}"
        with folders.tar_stream(source) as stream:
            self.files[target] = self.seal.write(stream, self.folder / target)

    def _archive(self, earlier: list[tuple[Path, Manifest]]) -> None:
        previous, known = folders.previous_archive(earlier, self.seal.recipient)
        copy = folders.ArchiveCopy(self.settings.archive, self.folder, self.seal, previous, known)
        found = copy.files(self.progress)
        self.files |= found
        self.warnings += copy.warnings
        self.shared = copy.shared
        self.progress(f"archive: {len(found)} files, {copy.shared} of them shared with the backup before")


def back_up(settings: Settings, *, to: Path | None = None, progress: Progress = lambda _: None) -> Made:
    """Make a backup in `to` (default: the folder of the settings), under the public key of the settings where there is one.

    It has its name only when it is whole and on the disk. Raises BackupError or WarehouseError; what was there before is untouched.
    """
    folder = (to or settings.backup_folder).resolve()
    seal = Seal(settings.backup_key)
    with _alone(folder):
        remove_unfinished(folder)
        began = datetime.now(UTC)
        final = folder / f"{began:%Y-%m-%dT%H%M%SZ}"
        while final.exists():
            time.sleep(0.2)
            began = datetime.now(UTC)
            final = folder / f"{began:%Y-%m-%dT%H%M%SZ}"
        making = _Making(settings, final.with_name(final.name + UNFINISHED), seal, progress, versions=_versions())
        try:
            making.folder.mkdir(mode=0o700)
            making.everything(backups_in(folder))
            if seal.recipient is None:
                making.warnings.append("the secrets and all personal data are in this backup in clear: set PIPC_BACKUP_KEY")
            manifest = _finish(making, final.name, began)
            making.folder.rename(final)
            sync_folders([folder])
        except BaseException as error:
            shutil.rmtree(making.folder, ignore_errors=True)
            if isinstance(error, OSError):
                raise BackupError(f"the backup cannot be written to {folder}: {error.strerror or error}") from error
            if isinstance(error, OperationalError):
                raise WarehouseError(f"the database does not answer as {_reader()}: {str(error.orig).strip()}") from error
            raise
        made = Made(final, manifest, making.shared)
        _remember(folder, made)
        for warning in manifest.warnings:
            progress(f"WARNING: {warning}")
        return made


def _reader() -> str:
    """How the account that reads for backups is called, with what makes it."""
    return f"pipc_{ROLE} (`pipc up` makes that account)"


def remove_unfinished(folder: Path) -> int:
    """Take away what killed backups and prunings left; how many. Only while no backup runs in the folder."""
    left = [path for path in folder.glob(f"*{UNFINISHED}") if path.is_dir()]
    for path in left:
        shutil.rmtree(path)
    return len(left)


def _finish(making: _Making, name: str, began: datetime) -> Manifest:
    manifest = Manifest(
        name=name,
        began_at=began,
        finished_at=datetime.now(UTC),
        versions=making.versions,
        recipient=making.seal.recipient,
        databases=making.databases,
        roles=making.roles,
        files=making.files,
        warnings=tuple(making.warnings),
    )
    path = making.folder / MANIFEST
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(manifest.as_json())
        file.flush()
        os.fsync(file.fileno())
    sync_folders([making.folder, *(folder for folder in making.folder.rglob("*") if folder.is_dir())])
    return manifest


def _versions() -> dict[str, str]:
    return {
        "pipc": version("pipc-etl"),
        "airflow": version("apache-airflow-core"),
        "python": ".".join(map(str, sys.version_info[:3])),
    }


def _remember(folder: Path, made: Made) -> None:
    """The last backup that ended well, in one small file: its age is what is watched."""
    said = {
        "name": made.manifest.name,
        "path": str(made.path),
        "finished_at": made.manifest.finished_at.isoformat(),
        "seconds": round(made.manifest.seconds, 1),
        "size_bytes": made.manifest.size_bytes,
        "is_encrypted": made.manifest.recipient is not None,
        "warnings": list(made.manifest.warnings),
    }
    unfinished = folder / f"{LAST}.new"
    unfinished.write_text(json.dumps(said, ensure_ascii=False, indent=1), encoding="utf-8")
    unfinished.replace(folder / LAST)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One backup at a time in a folder; a second one is refused, since it would hardly be another."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = (folder / ".lock").open("a")
    except OSError as error:
        raise BackupError(f"no permission to write in {folder}: {error.strerror} (PIPC_BACKUPS)") from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BackupError(f"another backup is being made in {folder}: wait for it") from None
        yield


@contextmanager
def _held(engine: Engine, name: str, progress: Progress) -> Iterator[None]:
    """The lock `name` of the warehouse, by a session without a transaction: nothing waits for more than the lock."""
    with engine.connect() as holder:
        if not holder.scalar(text("select pg_try_advisory_lock(hashtextextended(:name, 0))"), {"name": name}):
            progress(f"waiting until what holds the lock `{name}` has ended")
            holder.execute(text("select pg_advisory_lock(hashtextextended(:name, 0))"), {"name": name})
        holder.commit()
        try:
            yield
        finally:
            with suppress(OperationalError):  # a server that went away has let go of it
                holder.execute(text("select pg_advisory_unlock(hashtextextended(:name, 0))"), {"name": name})
                holder.commit()
