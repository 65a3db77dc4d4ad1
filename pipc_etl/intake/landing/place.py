"""What a landing place is, wherever it stands: what waits there, how its bytes come into the archive, and how a file leaves it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from pipc_etl.errors import PipcError
from pipc_etl.intake.archive import Archived


class PlaceError(PipcError):
    """A landing place does not answer, refuses us, or is not who it should be: nothing of it can be taken now."""


@dataclass(frozen=True)
class Waiting:
    """A file that waits.

    `path` is where it lies in the landing folder, or would lie there if it did not wait elsewhere. For a file elsewhere, `address` is that
    of its place (no password in it), `name` what it is called below the address, letter by letter, and `version` tells it from any
    other file that had or will have the name.
    """

    path: Path
    address: str = ""
    name: str = ""
    version: str = ""

    def __str__(self) -> str:
        return f"{self.address}/{self.name}" if self.address else str(self.path)

    @classmethod
    def elsewhere(cls, landing: Path, address: str, name: str, version: str) -> Waiting:
        """A file of another server; its place below the address says whose it is, as below the landing folder."""
        return cls(landing / name.strip("/"), address, name, version)


@dataclass(frozen=True)
class Fetched:
    """A file whose bytes are in the archive; `stamp` changes when another takes its place, `landed_at` is when it came to lie there."""

    waiting: Waiting
    archived: Archived
    stamp: str
    landed_at: datetime


@dataclass(frozen=True)
class Look:
    """What a place holds now: the files to take, oldest first, and all that were seen; `problems` says what could not be looked at."""

    settled: tuple[Waiting, ...]
    present: tuple[Waiting, ...]
    problems: tuple[str, ...] = ()


class LandingPlace(Protocol):
    """A place where files are handed in. What goes wrong with the whole of it is a PlaceError, which names no password."""

    @property
    def address(self) -> str:
        """What the place is called in the ledger and in messages; empty for the landing folder."""

    def look(self, settle_seconds: float) -> Look:
        """The files that did not change for `settle_seconds`, without lock files, unfinished ones and links."""

    def fetch(self, waiting: Waiting, archive_root: Path) -> Fetched:
        """Its bytes, durably in the archive; FileNotFoundError or FileChangedError where it is gone or no longer what was seen."""

    def remove(self, fetched: Fetched) -> bool:
        """Take the file away, never another one that has its name meanwhile; False where such a one stays. Folders stay."""

    def close(self) -> None:
        """Leave the place."""
