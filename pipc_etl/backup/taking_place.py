"""A staged installation in the place of the present one: short moves of names, which a killed run goes on with."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Connection, text

from pipc_etl.backup.sealing import sync_folders
from pipc_etl.backup.staging import STAGED, Target
from pipc_etl.privacy.erasure_list import add_to_list, list_files, read_list
from pipc_etl.warehouse.engine import superuser_engine

Progress = Callable[[str], None]
# What stood there before; it goes with the last step.
_REPLACED = ".replaced"
_REPLACED_DATABASE = "_replaced"
# The staged folder under this name: all of the former content was moved away.
_COMING = ".coming"
_REPLACED_FOLDERS = ("archive", "publications", "outbox", "pickup")


def take_place(target: Target, progress: Progress) -> None:
    """Put what `stage` made into place. Killed anywhere and called again, it goes on where it was."""
    _databases(target)
    progress("databases in place")
    for name in _REPLACED_FOLDERS:
        _folder(getattr(target.settings, name))
    _add_waiting(target)
    _secrets(target)
    add_to_list(target.settings, read_list([path for path in list_files(target.staged) if path.exists()]))
    progress("folders and secrets in place")


def drop_replaced(target: Target) -> None:
    """Take away what stood there before, and what is left of the staging."""
    for name in _REPLACED_FOLDERS:
        shutil.rmtree(getattr(target.settings, name) / _REPLACED, ignore_errors=True)
    shutil.rmtree(target.folder("landing"), ignore_errors=True)
    engine = superuser_engine(target.settings, database="postgres").execution_options(isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            for key in target.manifest.databases:
                connection.execute(
                    text(f"drop database if exists {_quoted(connection, target.database(key) + _REPLACED_DATABASE)} with (force)")
                )
    finally:
        engine.dispose()
    shutil.rmtree(target.home, ignore_errors=True)


def _databases(target: Target) -> None:
    """Each database by two renames; between them there is none of that name, and the next run makes the second."""
    engine = superuser_engine(target.settings, database="postgres").execution_options(isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            for key in target.manifest.databases:
                present = set(connection.scalars(text("select datname from pg_database")))
                name, staged = target.database(key), target.staged_database(key)
                if staged not in present:
                    continue
                replaced = name + _REPLACED_DATABASE
                if name in present:
                    connection.execute(text(f"drop database if exists {_quoted(connection, replaced)} with (force)"))
                    _rename(connection, name, replaced)
                _rename(connection, staged, name)
    finally:
        engine.dispose()


def _rename(connection: Connection, name: str, to: str) -> None:
    # Nobody works here: what is still connected is a pool that nobody asked.
    connection.execute(text("select pg_terminate_backend(pid) from pg_stat_activity where datname = :name"), {"name": name})
    connection.execute(text(f"alter database {_quoted(connection, name)} rename to {_quoted(connection, to)}"))


def _quoted(connection: Connection, name: str) -> str:
    return connection.engine.dialect.identifier_preparer.quote(name)


def _folder(folder: Path) -> None:
    """The content of a folder that may be a disk of its own: first everything out, then everything in, a name at a time."""
    staged, coming, replaced = folder / STAGED, folder / _COMING, folder / _REPLACED
    if staged.exists():
        replaced.mkdir(exist_ok=True, mode=0o700)
        for path in sorted(folder.iterdir()):
            if path not in (staged, coming, replaced):
                path.rename(replaced / path.name)
        staged.rename(coming)
    if coming.exists():
        for path in sorted(coming.iterdir()):
            path.rename(folder / path.name)
        coming.rmdir()
        sync_folders([folder])


def _add_waiting(target: Target) -> None:
    """Files that wait in the landing folder are nobody's yet: those of the backup come beside those that are there."""
    staged = target.folder("landing")
    for path in sorted(staged.rglob("*")) if staged.is_dir() else ():
        place = target.settings.landing / path.relative_to(staged)
        if path.is_dir():
            place.mkdir(parents=True, exist_ok=True, mode=0o700)
        elif not place.exists():
            path.rename(place)


def _secrets(target: Target) -> None:
    """One by one over the present ones: there is no moment without any. What the backup does not know stays."""
    staged = target.folder("secrets")
    target.settings.secrets.mkdir(parents=True, exist_ok=True, mode=0o700)
    for path in sorted(staged.iterdir()) if staged.is_dir() else ():
        if path.is_file():
            # Perhaps another disk than the home's: complete under another name first.
            copy = target.settings.secrets / f".{path.name}{STAGED}"
            shutil.copyfile(path, copy)
            copy.chmod(0o600)
            copy.replace(target.settings.secrets / path.name)
    sync_folders([target.settings.secrets])
