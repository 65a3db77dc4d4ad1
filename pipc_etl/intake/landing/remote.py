"""A landing place on another server: the same rules as in the landing folder, whatever the server speaks."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Protocol

from pipc_etl.errors import PipcError
from pipc_etl.intake.archive import FileChangedError, is_candidate, store_stream
from pipc_etl.intake.landing.place import Fetched, Look, Waiting

# What must stay free on the archive's disk beside a file that is fetched: PostgreSQL may stand on it too.
_RESERVE_BYTES = 512 * 1024**2


@dataclass(frozen=True)
class Entry:
    """A file as its server tells of it; `version` is another one as soon as the file is."""

    name: str
    version: str
    size_bytes: int
    changed_at: datetime


@dataclass(frozen=True)
class Listing:
    """All files below the place, whatever their names; `problems` are folders that could not be listed."""

    entries: tuple[Entry, ...]
    problems: tuple[str, ...] = ()


class Server(Protocol):
    """What a server can do. Where it does not answer or refuses us altogether: PlaceError; a file that is not there: FileNotFoundError."""

    def listing(self) -> Listing:
        """Every regular file below the place; no links."""

    def entry(self, name: str) -> Entry:
        """One file as it is now."""

    def read(self, entry: Entry) -> Iterator[bytes]:
        """Its bytes, in pieces."""

    def remove(self, entry: Entry) -> bool:
        """Remove this very version; False where another one has its name, which stays."""

    def close(self) -> None:
        """Leave the server."""


class DiskFullError(PipcError):
    """The archive's disk has no room for a file that waits elsewhere."""


class RemotePlace:
    """The landing place `address` on `server`; files are called as if they lay in `landing`."""

    def __init__(self, address: str, server: Server, landing: Path, *, sleep: Callable[[float], None] = time.sleep) -> None:
        self.address = address
        self._server = server
        self._landing = landing
        self._sleep = sleep

    def look(self, settle_seconds: float) -> Look:
        """Looked at twice whenever there is something: the server's clock is not ours, so that no file's time says that it is old."""
        first = self._server.listing()
        before = {entry.name: entry for entry in first.entries if is_candidate(PurePosixPath(entry.name))}
        if not before:
            return Look((), (), first.problems)
        self._sleep(settle_seconds)
        second = self._server.listing()
        present = [entry for entry in second.entries if is_candidate(PurePosixPath(entry.name))]
        settled = [entry for entry in present if before.get(entry.name) == entry]
        settled.sort(key=lambda entry: (entry.changed_at, entry.name))
        problems = tuple(dict.fromkeys([*first.problems, *second.problems]))
        return Look(tuple(map(self._waiting, settled)), tuple(map(self._waiting, present)), problems)

    def fetch(self, waiting: Waiting, archive_root: Path) -> Fetched:
        entry = self._server.entry(waiting.name)
        _require_same(entry, waiting.version)
        archive_root.mkdir(parents=True, exist_ok=True, mode=0o700)
        free = shutil.disk_usage(archive_root).free
        if entry.size_bytes + _RESERVE_BYTES > free:
            raise DiskFullError(
                f"{waiting} has {entry.size_bytes} bytes and the disk of {archive_root} {free}: make room; the file waits where it is"
            )

        def check(size_bytes: int) -> None:
            if size_bytes != entry.size_bytes:
                raise FileChangedError(f"{waiting} changed while it was being fetched")
            _require_same(self._server.entry(waiting.name), entry.version)

        archived = store_stream(self._server.read(entry), PurePosixPath(waiting.name).name, archive_root, check)
        # A sender's program may set any time; nothing came to lie there later than now.
        return Fetched(waiting, archived, entry.version, min(entry.changed_at, datetime.now(UTC)))

    def remove(self, fetched: Fetched) -> bool:
        try:
            entry = self._server.entry(fetched.waiting.name)
        except FileNotFoundError:
            return True  # another run, which took the same arrival, was quicker
        return entry.version == fetched.stamp and self._server.remove(entry)

    def close(self) -> None:
        self._server.close()

    def _waiting(self, entry: Entry) -> Waiting:
        return Waiting.elsewhere(self._landing, self.address, entry.name, entry.version)


def _require_same(entry: Entry, version: str) -> None:
    if entry.version != version:
        raise FileChangedError(f"{entry.name} is no longer what was seen of it")
