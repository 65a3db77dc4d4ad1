"""The landing folder of this machine."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

from pipc_etl.errors import WarehouseError
from pipc_etl.intake.archive import FileChangedError, landing_files, store
from pipc_etl.intake.landing.place import Fetched, Look, Waiting


class Folder:
    """A landing place on a disk of this machine."""

    address = ""

    def __init__(self, root: Path) -> None:
        self.root = root

    def look(self, settle_seconds: float) -> Look:
        waiting = tuple(Waiting(path) for path in landing_files(self.root, settle_seconds=settle_seconds))
        return Look(waiting, waiting)

    def fetch(self, waiting: Waiting, archive_root: Path) -> Fetched:
        path = waiting.path
        if not path.is_relative_to(self.root):
            raise WarehouseError(f"{path} is not below the landing folder {self.root}: put it into its sender's folder there")
        before = path.stat()
        archived = store(path, archive_root)
        after = path.stat()
        if _identity(before) != _identity(after):
            raise FileChangedError(f"{path.name} was replaced while it was being archived")
        # ctime is when it came to lie there: unlike mtime, a sender's program cannot set it.
        return Fetched(waiting, archived, _stamp(after), datetime.fromtimestamp(after.st_ctime, UTC))

    def remove(self, fetched: Fetched) -> bool:
        path = fetched.waiting.path
        try:
            if _stamp(path.stat()) != fetched.stamp:
                return False
            path.unlink()
        except FileNotFoundError:
            pass  # another run, which took the same arrival, was quicker
        return True

    def close(self) -> None:
        """A folder has nothing to close."""


def _identity(status: os.stat_result) -> tuple[int, int, int]:
    return (status.st_mtime_ns, status.st_size, status.st_ino)


def _stamp(status: os.stat_result) -> str:
    """What changes when a file is put anew in its place, even by a copy that keeps the times of the original."""
    return f"{status.st_mtime_ns}|{status.st_ctime_ns}|{status.st_size}"
