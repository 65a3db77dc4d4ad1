"""What a backup is on disk: a folder whose manifest names every file in it; without a manifest, or under another name, it is none."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from pipc_etl.errors import PipcError

FORMAT = 1
MANIFEST = "manifest.json"
# What is being made, or taken away: never a backup.
UNFINISHED = ".part"
# Of the last backup that ended well, for whoever watches its age.
LAST = "last.json"
# The databases of the two other programs, in the warehouse's server, by their role in a backup.
METADATA_DATABASES = {"airflow": "airflow", "superset": "superset"}
WAREHOUSE = "warehouse"
ARCHIVE = "archive"
# Each becomes one file; the archive stays a file each, so that the next backup shares what has not changed.
FOLDERS = ("secrets", "landing", "publications", "outbox", "pickup")


class BackupError(PipcError):
    """A backup cannot be made, read or put back; the message says what to do."""


@dataclass(frozen=True)
class StoredFile:
    """Hash and size (bytes) of a file as it stands in the backup, encrypted or not."""

    sha256: str
    size_bytes: int


@dataclass(frozen=True)
class StoredDatabase:
    """One dump: the database's name and owner, (grantee, privilege) on the database itself, and rows by table when it was taken."""

    name: str
    owner: str
    grants: tuple[tuple[str, str], ...]
    counts: dict[str, int]


@dataclass(frozen=True)
class StoredRole:
    """A role that owns or reads what is in the dumps; its password is the secret of the restored installation."""

    name: str
    can_login: bool
    member_of: tuple[str, ...]


@dataclass(frozen=True)
class Manifest:
    """Everything that is said of a backup; `files` by path below its folder, `recipient` the public key it is encrypted for."""

    name: str
    began_at: datetime
    finished_at: datetime
    versions: dict[str, str]
    recipient: str | None
    databases: dict[str, StoredDatabase]
    roles: tuple[StoredRole, ...]
    files: dict[str, StoredFile]
    warnings: tuple[str, ...]

    @property
    def size_bytes(self) -> int:
        """Of all files, those shared with other backups included."""
        return sum(file.size_bytes for file in self.files.values())

    @property
    def seconds(self) -> float:
        return (self.finished_at - self.began_at).total_seconds()

    def counts_of(self, key: str) -> dict[str, int]:
        """Rows by table of the database `key`, as the dump has them."""
        return self.databases[key].counts

    def as_json(self) -> str:
        said = {"format": FORMAT, **asdict(self), "began_at": self.began_at.isoformat(), "finished_at": self.finished_at.isoformat()}
        return json.dumps(said, ensure_ascii=False, indent=1)

    @classmethod
    def from_json(cls, said: dict[str, Any]) -> Manifest:
        databases = {
            key: StoredDatabase(one["name"], one["owner"], tuple((grantee, right) for grantee, right in one["grants"]), one["counts"])
            for key, one in said["databases"].items()
        }
        return cls(
            name=said["name"],
            began_at=datetime.fromisoformat(said["began_at"]),
            finished_at=datetime.fromisoformat(said["finished_at"]),
            versions=said["versions"],
            recipient=said["recipient"],
            databases=databases,
            roles=tuple(StoredRole(one["name"], one["can_login"], tuple(one["member_of"])) for one in said["roles"]),
            files={path: StoredFile(one["sha256"], one["size_bytes"]) for path, one in said["files"].items()},
            warnings=tuple(said["warnings"]),
        )


def read_manifest(folder: Path) -> Manifest:
    """The manifest of the backup at `folder`; raises BackupError where it is none, or one that this release cannot read."""
    path = folder / MANIFEST
    if folder.name.endswith(UNFINISHED):
        raise BackupError(f"{folder} was never finished: take another one (pipc backups)")
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        if said["format"] != FORMAT:
            raise BackupError(f"{folder} has format {said['format']}, and this release reads {FORMAT}: use the release that made it")
        return Manifest.from_json(said)
    except FileNotFoundError:
        raise BackupError(f"{folder} is no backup: it has no {MANIFEST} (pipc backups lists them)") from None
    except OSError as error:
        raise BackupError(f"{path} cannot be read: {error.strerror}") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BackupError(f"{path} is damaged ({error}): take another backup") from error


def backups_in(folder: Path) -> list[tuple[Path, Manifest]]:
    """The readable backups of a folder, the newest first."""
    found = []
    for path in sorted(folder.iterdir(), reverse=True) if folder.is_dir() else ():
        if path.is_dir() and not path.name.endswith(UNFINISHED) and (path / MANIFEST).exists():
            try:
                found.append((path, read_manifest(path)))
            except BackupError:
                continue  # `damaged_in` names it
    return sorted(found, key=lambda one: one[1].began_at, reverse=True)


def damaged_in(folder: Path) -> list[tuple[Path, str]]:
    """What looks like a backup and is none, with the reason."""
    found = []
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if path.is_dir() and (path.name.endswith(UNFINISHED) or (path / MANIFEST).exists()):
            try:
                read_manifest(path)
            except BackupError as error:
                found.append((path, str(error)))
    return found
