"""A backup made into an installation of its own beside the present one: nothing of that is touched until the new one is whole."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import Engine, text

from pipc_etl.backup import databases, folders
from pipc_etl.backup.layout import FOLDERS, WAREHOUSE, BackupError, Manifest
from pipc_etl.backup.sealing import Opener
from pipc_etl.contracts import load_catalog
from pipc_etl.privacy.after_restore import erase_again
from pipc_etl.privacy.erasure_list import Listed, add_to_list, listed_in
from pipc_etl.settings import Settings
from pipc_etl.warehouse.engine import EMPTY_DATABASE, superuser_engine, warehouse_url
from pipc_etl.warehouse.schema import prepare

Progress = Callable[[str], None]
# Below each folder of the installation, so that a move never leaves its disk; all that lists a folder leaves dot names alone.
STAGED = ".restoring"
DATABASE_SUFFIX = "_restoring"
# What the running server was started with stays: it knows no other.
SERVER_SECRETS = ("postgres_password", "redis_password")


@dataclass(frozen=True)
class Target:
    """Where a backup goes: the present installation, and the one that is made beside it."""

    settings: Settings
    manifest: Manifest

    @property
    def home(self) -> Path:
        return self.settings.home / STAGED

    def folder(self, name: str) -> Path:
        """Where the folder `name` of the settings is made."""
        folder: Path = getattr(self.settings, name)
        return self.home / name if name == "secrets" else folder / STAGED

    def database(self, key: str) -> str:
        """The name that the database will have: the warehouse's is the settings', the others' are their programs'."""
        return str(warehouse_url(self.settings).database) if key == WAREHOUSE else self.manifest.databases[key].name

    def staged_database(self, key: str) -> str:
        return self.database(key) + DATABASE_SUFFIX

    @property
    def staged(self) -> Settings:
        """The settings of the installation that is being made."""
        url = warehouse_url(self.settings, database=self.staged_database(WAREHOUSE))
        return replace(
            self.settings,
            home=self.home,
            secrets=self.folder("secrets"),
            landing=self.folder("landing"),
            archive=self.folder("archive"),
            publications=self.folder("publications"),
            outbox=self.folder("outbox"),
            pickup=self.folder("pickup"),
            warehouse_url=url.render_as_string(hide_password=False),
        )


def stage(target: Target, backup: Path, opener: Opener, listed: list[Listed], progress: Progress) -> list[Listed]:
    """Make everything of the backup, compare its rows with what the backup says, and erase whom it does not know as erased.

    Returns the erasures that were made again. Killed anywhere and run again, it begins anew.
    """
    _clear(target)
    target.home.mkdir(mode=0o700, parents=True)
    for name in ("archive", "landing", "outbox"):  # what is handed in holds names, documents and addresses of people
        folder: Path = getattr(target.settings, name)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    _folders(target, backup, opener)
    progress("folders unpacked")
    count = folders.restore_archive(backup, target.manifest, opener, target.folder("archive"))
    progress(f"archive: {count} files")
    for key in target.manifest.databases:
        _database(target, backup, opener, key, progress)
    staged = target.staged
    engine = superuser_engine(staged)
    try:
        # The tables of today's release, and every account with the restored password.
        if prepare(engine, staged, load_catalog(staged.expectations)):
            progress("the warehouse was brought to this release: run `pipc build` afterwards")
    finally:
        engine.dispose()
    again = erase_again(staged, listed, progress)
    with databases.connected(warehouse_url(staged)) as connection:
        add_to_list(staged, [*listed_in(connection), *listed])
    return again


def discard(target: Target) -> None:
    """Take away what `stage` made."""
    _clear(target)


def _clear(target: Target) -> None:
    for folder in (target.home, *(target.folder(name) for name in (*FOLDERS, "archive"))):
        shutil.rmtree(folder, ignore_errors=True)
    engine = _server(target.settings)
    try:
        with engine.connect() as connection:
            for key in target.manifest.databases:
                quoted = engine.dialect.identifier_preparer.quote(target.staged_database(key))
                connection.execute(text(f"drop database if exists {quoted} with (force)"))
    finally:
        engine.dispose()


def _folders(target: Target, backup: Path, opener: Opener) -> None:
    for name in FOLDERS:
        packed = target.home / f"{name}.tar"
        opener.read_to(backup / f"folders/{name}.tar{'.age' if target.manifest.recipient else ''}", packed)
        folders.unpack(packed, target.folder(name))
        packed.unlink()
    for name in SERVER_SECRETS:
        if (present := target.settings.known_secret(name)) is not None:
            path = target.folder("secrets") / name
            path.unlink(missing_ok=True)
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
                file.write(present)
    kept = target.folder("secrets") / "person_key"
    if kept.exists() and kept.read_text(encoding="utf-8").strip() != target.staged.known_secret("person_key"):
        raise BackupError("PIPC_SECRET_PERSON_KEY is not the secret of this backup: persons would not be known again; give its own")


def _database(target: Target, backup: Path, opener: Opener, key: str, progress: Progress) -> None:
    stored, name = target.manifest.databases[key], target.staged_database(key)
    server = _server(target.settings)
    try:
        with server.connect() as connection:
            databases.ensure_roles(connection, target.manifest.roles)
            quoted = server.dialect.identifier_preparer.quote(name)
            connection.execute(text(f"create database {quoted} {EMPTY_DATABASE}"))
            databases.grant_on_database(connection, name, stored)
    finally:
        server.dispose()
    plain = target.home / f"{key}.dump"
    opener.read_to(backup / f"databases/{key}.dump{'.age' if target.manifest.recipient else ''}", plain)
    url = warehouse_url(target.settings, database=name)
    databases.restore(url, plain)
    plain.unlink()
    with databases.connected(url) as connection:
        connection.execute(text("analyze"))
        connection.commit()
        found = databases.count_rows(connection)
    if found != stored.counts:
        differing = sorted(table for table in found.keys() | stored.counts.keys() if found.get(table) != stored.counts.get(table))
        raise BackupError(f"{key}: {differing[0]} has {found.get(differing[0])} rows and the backup says {stored.counts.get(differing[0])}")
    progress(f"{key}: {sum(found.values()):,} rows in {len(found)} tables, as the backup says")


def _server(settings: Settings) -> Engine:
    return superuser_engine(settings, database="postgres").execution_options(isolation_level="AUTOCOMMIT")
