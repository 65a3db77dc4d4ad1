"""Folders into a backup and back: small ones as one tar, the archive a file each, shared with the backup before."""

from __future__ import annotations

import hashlib
import os
import tarfile
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from pipc_etl.backup.layout import ARCHIVE, BackupError, Manifest, StoredFile
from pipc_etl.backup.sealing import SUFFIX, Opener, Seal, hash_file

_IN_MEMORY = 16 * 1024**2
_CHUNK = 1024 * 1024
_REDACTED = ".redacted"
_SHA256 = 64


@contextmanager
def tar_stream(folder: Path) -> Iterator[BinaryIO]:
    """The regular files and folders below `folder` as one stream, made while it is read; dot files of programs at work are left out."""
    reading, writing = os.pipe()
    failed: list[Exception] = []

    def pack() -> None:
        try:
            with os.fdopen(writing, "wb") as output, tarfile.open(fileobj=output, mode="w|", format=tarfile.PAX_FORMAT) as tar:
                for path in sorted(folder.rglob("*")) if folder.is_dir() else ():
                    if not any(part.startswith(".") for part in path.relative_to(folder).parts):
                        _add(tar, path, str(path.relative_to(folder)))
        except BrokenPipeError:
            return  # whoever reads stopped, and says why
        except (OSError, tarfile.TarError, ValueError) as error:
            failed.append(error)

    packer = threading.Thread(target=pack, name=f"tar of {folder.name}")
    packer.start()
    try:
        with os.fdopen(reading, "rb") as stream:
            yield stream
    finally:
        packer.join()
    if failed:
        raise BackupError(f"{folder} cannot be read: {failed[0]}") from failed[0]


def _add(tar: tarfile.TarFile, path: Path, name: str) -> None:
    try:
        if path.is_symlink() or not (path.is_file() or path.is_dir()):
            return
        if path.is_dir():
            tar.add(path, name, recursive=False)
            return
        # The size stands before the content: a file that grows meanwhile is taken as far as it was read.
        with path.open("rb") as source, tempfile.SpooledTemporaryFile(_IN_MEMORY) as copy:
            member = tar.gettarinfo(arcname=name, fileobj=source)
            while chunk := source.read(_CHUNK):
                copy.write(chunk)
            member.size = copy.tell()
            member.type = tarfile.REGTYPE
            copy.seek(0)
            tar.addfile(member, copy)
    except FileNotFoundError:
        return  # taken away since it was listed: it is not part of this moment


def unpack(tar_file: Path, target: Path) -> None:
    """Everything of a tar in clear below `target`, with times and modes; raises BackupError where it is damaged or leads elsewhere."""
    target.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        with tarfile.open(tar_file, mode="r:") as tar:
            tar.extractall(target, filter="data")
    except (tarfile.TarError, OSError) as error:
        raise BackupError(f"{tar_file.name} cannot be unpacked to {target}: {error}") from error


class _HashedReader:
    """Reads through and keeps the hash of what went by."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self._hash = file, hashlib.sha256()

    def read(self, size: int = -1, /) -> bytes:
        content = self._file.read(size)
        self._hash.update(content)
        return content

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()


@dataclass
class ArchiveCopy:
    """The archive below `source` into the backup at `target`; what `previous` holds in the same seal is linked, not written again."""

    source: Path
    target: Path
    seal: Seal
    previous: Path | None = None
    known: Mapping[str, StoredFile] = field(default_factory=dict)
    shared: int = 0
    warnings: list[str] = field(default_factory=list)

    def files(self, progress: Callable[[str], None]) -> dict[str, StoredFile]:
        """Copy all; hash and size of each file as it stands in the backup, by path below it.

        The answer to a load may put a redacted copy in the place of an original meanwhile: what is new at the second look is taken then.
        """
        done: dict[str, StoredFile] = {}
        wanted: set[str] = set()
        for _ in range(2):
            for path in self._listed():
                wanted.add(path.name[:_SHA256])
                name = f"{ARCHIVE}/{path.parent.name}/{path.name}{self.seal.suffix}"
                stored = None if name in done else self._linked(name) or self._written(path, name)
                if stored is not None:
                    done[name] = stored
                    if len(done) % 5000 == 0:
                        progress(f"archive: {len(done)} files")
        self._drop_originals(done)
        if missing := wanted - {_hash_in(name) for name in done}:
            raise BackupError(f"{len(missing)} archived files went away while they were copied ({min(missing)}...): make the backup again")
        return done

    def _listed(self) -> list[Path]:
        return sorted(self.source.glob("[0-9a-f][0-9a-f]/*")) if self.source.is_dir() else []

    def _linked(self, name: str) -> StoredFile | None:
        """A redacted copy is never taken from before: a later erasure changes it under the same name."""
        known = self.known.get(name)
        if known is None or self.previous is None or _REDACTED in name:
            return None
        before, now = self.previous / name, self.target / name
        try:
            if hash_file(before) != known:
                return None  # it went bad on the disk: written anew
            now.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            os.link(before, now)
        except OSError:
            return None  # the disk has no links: a copy then
        self.shared += 1
        return known

    def _written(self, path: Path, name: str) -> StoredFile | None:
        try:
            with path.open("rb") as file:
                source = _HashedReader(file)
                stored = self.seal.write(source, self.target / name)
        except FileNotFoundError:
            return None
        if _REDACTED not in name and source.sha256 != path.name[:_SHA256]:
            self.warnings.append(f"the archived file {path.name} does not have the bytes that its name says: look at that disk")
        return stored

    def _drop_originals(self, done: dict[str, StoredFile]) -> None:
        """Where a redacted copy stands for an original, the original is not kept beside it."""
        for name in [name for name in done if _REDACTED in name]:
            original = name.replace(_REDACTED, "", 1)
            if done.pop(original, None) is not None:
                (self.target / original).unlink()


def _hash_in(name: str) -> str:
    return name.rpartition("/")[2][:_SHA256]


def previous_archive(backups: list[tuple[Path, Manifest]], recipient: str | None) -> tuple[Path | None, dict[str, StoredFile]]:
    """The newest backup of the folder that was written under the same key, and what it holds of the archive."""
    for path, manifest in backups:
        if manifest.recipient == recipient:
            return path, {name: file for name, file in manifest.files.items() if name.startswith(f"{ARCHIVE}/")}
    return None, {}


def restore_archive(backup: Path, manifest: Manifest, opener: Opener, target: Path) -> int:
    """Every file of the archive below `target`, under its own name; how many there were.

    Raises BackupError where one has not the bytes that its name says, unless the backup said so already.
    """
    count = 0
    target.mkdir(parents=True, exist_ok=True, mode=0o700)
    for name in sorted(manifest.files):
        if name.startswith(f"{ARCHIVE}/"):
            folder, plain = name.removesuffix(SUFFIX).split("/")[1:]
            path = target / folder / plain
            opener.read_to(backup / name, path)
            is_itself = _REDACTED in plain or hash_file(path).sha256 == plain[:_SHA256]
            if not is_itself and not any(plain in warning for warning in manifest.warnings):
                raise BackupError(f"{name} has not the bytes that its name says: take another backup")
            count += 1
    return count
