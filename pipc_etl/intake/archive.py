"""The originals: kept under the hash of their bytes before anybody reads them, taken from landing once they have stopped growing."""

from __future__ import annotations

import hashlib
import os
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from pipc_etl.errors import PipcError

_CHUNK = 4 * 1024 * 1024
_UNFINISHED = (".part", ".partial", ".crdownload", ".tmp", ".temp", ".filepart", ".swp", ".download", ".opdownload", ".upload")
_SYSTEM_FILES = frozenset({"thumbs.db", "desktop.ini"})


class FileChangedError(PipcError):
    """The file grew or changed while it was being archived: it is taken the next time."""


@dataclass(frozen=True)
class Archived:
    """A stored original: `path` is `<aa>/<sha256><ext>` below the archive."""

    sha256: str
    path: Path
    size_bytes: int


def store(path: Path, archive_root: Path) -> Archived:
    """Copies `path` into the archive (0600, durable) under the hash of its bytes; the same bytes twice are one file.

    Raises FileChangedError if the file changes meanwhile.
    """
    archive_root.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor, name = tempfile.mkstemp(prefix=".incoming-", dir=archive_root)  # 0600
    incoming = Path(name)
    try:
        with os.fdopen(descriptor, "wb", buffering=0) as target, path.open("rb", buffering=0) as source:
            before = os.fstat(source.fileno())
            digest, size = _copy(source.fileno(), target.fileno())
            after = os.fstat(source.fileno())
            if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns) or size != after.st_size:
                raise FileChangedError(f"{path.name} changed while it was being archived")
            final = archive_root / digest[:2] / f"{digest}{path.suffix.lower()}"
            if not final.exists():
                os.fsync(target.fileno())
                final.parent.mkdir(exist_ok=True, mode=0o700)
                incoming.rename(final)
                _sync_folder(final.parent)
                _sync_folder(archive_root)
        return Archived(digest, final, size)
    finally:
        with suppress(FileNotFoundError):
            incoming.unlink()


def _copy(source: int, target: int) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    buffer = memoryview(bytearray(_CHUNK))
    while read := os.readv(source, [buffer]):
        chunk = buffer[:read]
        digest.update(chunk)
        while chunk:
            chunk = chunk[os.write(target, chunk) :]
        size += read
    return digest.hexdigest(), size


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def landing_files(landing: Path, *, settle_seconds: float = 2.0, sleep: Callable[[float], None] = time.sleep) -> list[Path]:
    """The files of `landing` to take now, oldest first: those that did not change for `settle_seconds`.

    Files touched lately are looked at twice, once for all of them; lock, dot and unfinished files and links are left alone.
    """
    seen = {path: stamp for path in landing.rglob("*") if _is_candidate(path.relative_to(landing)) and (stamp := _stamp(path))}
    settled_before = time.time_ns() - int(settle_seconds * 1e9)
    fresh = [path for path, (changed, _) in seen.items() if changed > settled_before]
    if fresh:
        sleep(settle_seconds)
        for path in fresh:
            if _stamp(path) != seen[path]:
                del seen[path]
    return sorted(seen, key=lambda path: (seen[path][0], str(path)))


def _is_candidate(relative: Path) -> bool:
    name = relative.name.lower()
    return not (
        any(part.startswith(".") for part in relative.parts)
        or name.startswith(("~$", "~lock", ".~"))
        or name.endswith(("~", *_UNFINISHED))
        or name in _SYSTEM_FILES
    )


def _stamp(path: Path) -> tuple[int, int] | None:
    """Time of the last change (ns) and size of a regular file."""
    try:
        status = path.lstat()
    except FileNotFoundError:
        return None
    regular = path.is_file() and not path.is_symlink()
    return (status.st_mtime_ns, status.st_size) if regular else None
