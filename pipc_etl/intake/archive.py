"""The originals: kept under the hash of their bytes before anybody reads them, taken from landing once they have stopped growing."""

from __future__ import annotations

import hashlib
import os
import tempfile
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePath

from pipc_etl.errors import PipcError

_CHUNK = 4 * 1024 * 1024
_UNFINISHED = (".part", ".partial", ".crdownload", ".tmp", ".temp", ".filepart", ".swp", ".download", ".opdownload", ".upload")
_REDACTED = ".redacted"
_INCOMING = ".incoming-"
_SYSTEM_FILES = frozenset({"thumbs.db", "desktop.ini"})


class FileChangedError(PipcError):
    """The file grew or changed while it was being archived: it is taken the next time."""


@dataclass(frozen=True)
class Archived:
    """A stored original: `path` is where `stored` finds it, `sha256` that of the bytes as they came, whatever was redacted since."""

    sha256: str
    path: Path
    size_bytes: int


def stored(archive_root: Path, sha256: str, file_name: str) -> Path:
    """Where the archive keeps the file that came with these bytes and a name like `file_name`, whether it is there or not.

    The one place that knows the layout: `<aa>/<sha256><ext>`, or `<aa>/<sha256>.redacted<ext>` once a person's data was erased from it;
    the hash of the original then is the tombstone under which its redacted copy is found.
    """
    redacted = redacted_path(archive_root, sha256, file_name)
    return redacted if redacted.exists() else original_path(archive_root, sha256, file_name)


def original_path(archive_root: Path, sha256: str, file_name: str) -> Path:
    """Where the bytes stand as they came; gone once a redacted copy has taken their place."""
    return archive_root / sha256[:2] / f"{sha256}{Path(file_name).suffix.lower()}"


def redacted_path(archive_root: Path, sha256: str, file_name: str) -> Path:
    """Where the copy without erased persons stands, if there is one."""
    return archive_root / sha256[:2] / f"{sha256}{_REDACTED}{Path(file_name).suffix.lower()}"


def archived_files(archive_root: Path) -> list[tuple[str, Path]]:
    """(hash of the bytes as they came, file) of all that the archive holds, a redacted copy in the place of its original."""
    found: dict[str, Path] = {}
    for path in sorted(archive_root.glob("[0-9a-f][0-9a-f]/*")):
        as_it_came = path.name.replace(_REDACTED, "", 1)
        if path.name != as_it_came or as_it_came not in found:
            found[as_it_came] = path
    return [(name[:64], path) for name, path in found.items()]


def replace_stored(archive_root: Path, sha256: str, file_name: str, content: Path) -> Path:
    """Put the file at `content` (on the same disk) in the place of the stored one, durably; the bytes as they came are gone afterwards.

    Killed anywhere and called again, the result is the same: the redacted copy has its name before the original goes.
    """
    final = redacted_path(archive_root, sha256, file_name)
    with content.open("rb") as file:
        os.fsync(file.fileno())
    content.chmod(0o600)
    content.replace(final)
    _sync_folder(final.parent)
    original_path(archive_root, sha256, file_name).unlink(missing_ok=True)
    _sync_folder(final.parent)
    return final


def store(path: Path, archive_root: Path) -> Archived:
    """Copies `path` into the archive (0600, durable) under the hash of its bytes; the same bytes twice are one file.

    Bytes from which a person was erased do not come back: their redacted copy stands for them. Raises FileChangedError if the file
    changes meanwhile.
    """

    def fill(target: int) -> tuple[str, int]:
        with path.open("rb", buffering=0) as source:
            before = os.fstat(source.fileno())
            digest, size = _copy(source.fileno(), target)
            after = os.fstat(source.fileno())
            if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns) or size != after.st_size:
                raise FileChangedError(f"{path.name} changed while it was being archived")
        return digest, size

    return _keep(path.name, archive_root, fill)


def store_stream(chunks: Iterable[bytes], file_name: str, archive_root: Path, check: Callable[[int], None]) -> Archived:
    """As `store`, of bytes that come from elsewhere; `check` gets their number, and raises FileChangedError if they are not the file."""

    def fill(target: int) -> tuple[str, int]:
        digest, size = hashlib.sha256(), 0
        for chunk in chunks:
            digest.update(chunk)
            _write(target, memoryview(chunk))
            size += len(chunk)
        check(size)
        return digest.hexdigest(), size

    return _keep(file_name, archive_root, fill)


def drop_unfinished(archive_root: Path, *, older_than_seconds: float = 3600.0) -> int:
    """Remove what killed runs left half copied, which nobody reads and no erasure would find; how many.

    A copy that is still being written changes all the time.
    """
    dropped = 0
    for path in archive_root.glob(f"{_INCOMING}*"):
        with suppress(FileNotFoundError):
            if path.stat().st_mtime < time.time() - older_than_seconds:
                path.unlink()
                dropped += 1
    return dropped


def _keep(file_name: str, archive_root: Path, fill: Callable[[int], tuple[str, int]]) -> Archived:
    """Let `fill` write the bytes to a file of the archive, which gets its name from the hash that it returns, beside the size."""
    archive_root.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor, name = tempfile.mkstemp(prefix=_INCOMING, dir=archive_root)  # 0600
    incoming = Path(name)
    try:
        with os.fdopen(descriptor, "wb", buffering=0) as target:
            digest, size = fill(target.fileno())
            final = stored(archive_root, digest, file_name)
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
        _write(target, chunk)
        size += read
    return digest.hexdigest(), size


def _write(target: int, chunk: memoryview) -> None:
    while chunk:
        chunk = chunk[os.write(target, chunk) :]


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
    seen = {path: stamp for path in landing.rglob("*") if is_candidate(path.relative_to(landing)) and (stamp := _stamp(path))}
    settled_before = time.time_ns() - int(settle_seconds * 1e9)
    fresh = [path for path, (changed, _) in seen.items() if changed > settled_before]
    if fresh:
        sleep(settle_seconds)
        for path in fresh:
            if _stamp(path) != seen[path]:
                del seen[path]
    return sorted(seen, key=lambda path: (seen[path][0], str(path)))


def is_candidate(relative: PurePath) -> bool:
    """Whether a file of that name, below its landing place, is handed in: no lock, hidden, unfinished or system file."""
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
