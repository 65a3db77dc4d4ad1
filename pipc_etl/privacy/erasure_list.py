"""The erasure list outside the database: an append-only file of HMACs, so that a restored backup does not bring the persons back.

It stands below the home and, where backups go elsewhere, beside the backups too: whoever restores on another machine finds it there.
A line says what `audit.erasure` says (reference, norm, who) and the hashes of `private.erased_person`; without the secret `person_key`
it names nobody.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, text

from pipc_etl.errors import PipcError
from pipc_etl.settings import Settings
from pipc_etl.warehouse.forgotten import RETENTION_RULE

FILE = "erasures.jsonl"


class ErasureListError(PipcError):
    """The list cannot be written or read: an erasure that is not on it would not survive a restore."""


@dataclass(frozen=True)
class Listed:
    """One erasure: of the persons with these `hashes`, or of all answers `before` (time in Bogotá, without zone)."""

    request: str
    norm: str
    actor: str
    hashes: tuple[str, ...]
    before: datetime | None = None

    def as_json(self) -> str:
        said = {"request": self.request, "norm": self.norm, "actor": self.actor, "hashes": self.hashes}
        return json.dumps({**said, "before": self.before and self.before.isoformat()}, ensure_ascii=False)


def list_files(settings: Settings) -> list[Path]:
    """Where the list stands: below the home, and in the folder of the backups where that is another place and exists."""
    places = [settings.home / FILE]
    if settings.backups is not None and settings.backups.is_dir():
        places.append(settings.backups / FILE)
    return places


def add_to_list(settings: Settings, entries: Sequence[Listed]) -> int:
    """Write down the entries that each place lacks, durably; how many were new below the home. Raises ErasureListError."""
    own, *_ = [_append(path, entries) for path in list_files(settings)]
    return own


def read_list(paths: Iterable[Path]) -> list[Listed]:
    """The entries of all the files that exist, in their order, none twice; raises ErasureListError where a line makes no sense."""
    found: dict[Listed, None] = {}
    for path in paths:
        with suppress(FileNotFoundError):
            lines = path.read_text(encoding="utf-8").splitlines()
            for number, line in enumerate(lines, 1):
                try:
                    found[_entry(line)] = None
                except (ValueError, KeyError, TypeError) as error:
                    # A kill in the middle of the last line: that erasure was not begun in the database either.
                    if number == len(lines):
                        continue
                    raise ErasureListError(f"line {number} of {path} makes no sense: take the file from the newest backup") from error
    return list(found)


def listed_in(connection: Connection) -> list[Listed]:
    """The same entries as the database has them."""
    entries = []
    query = text(
        "select e.request, e.norm, e.actor, array_agg(p.person_hash order by p.person_hash) as hashes from audit.erasure as e "
        "inner join private.erased_person as p using (erasure_id) group by e.erasure_id order by e.erasure_id"
    )
    for row in connection.execute(query):
        entries.append(Listed(row.request, row.norm, row.actor, tuple(row.hashes)))
    kept = text(
        "select norm, actor, kept_from at time zone 'America/Bogota' as before from audit.housekeeping where rule = :rule "
        "order by kept_from desc limit 1"
    )
    for row in connection.execute(kept, {"rule": RETENTION_RULE}):
        entries.append(Listed(f"retention: answers before {row.before:%Y-%m-%d}", row.norm, row.actor, (), row.before))
    return entries


def _entry(line: str) -> Listed:
    said = json.loads(line)
    before = said["before"] and datetime.fromisoformat(said["before"])
    return Listed(said["request"], said["norm"], said["actor"], tuple(said["hashes"]), before or None)


def _append(path: Path, entries: Sequence[Listed]) -> int:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+", encoding="utf-8") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            whole = file.read().rpartition("\n")[0]
            present = _covered(read_list([path]))
            new = [entry for entry in entries if not _covers(present, entry)]
            if new:
                # Over what a kill left of a line.
                file.seek(len(f"{whole}\n".encode()) if whole else 0)
                file.truncate()
                file.write("".join(f"{entry.as_json()}\n" for entry in new))
                file.flush()
                os.fsync(file.fileno())
            return len(new)
    except OSError as error:
        raise ErasureListError(
            f"the erasure list {path} cannot be written ({error.strerror}): mend that first, or a restore brings the person back"
        ) from error


def _covered(entries: Iterable[Listed]) -> tuple[frozenset[str], datetime | None]:
    entries = list(entries)
    hashes = frozenset(one for entry in entries for one in entry.hashes)
    return hashes, max((entry.before for entry in entries if entry.before is not None), default=None)


def _covers(present: tuple[frozenset[str], datetime | None], entry: Listed) -> bool:
    hashes, before = present
    return hashes.issuperset(entry.hashes) and (entry.before is None or (before is not None and before >= entry.before))
