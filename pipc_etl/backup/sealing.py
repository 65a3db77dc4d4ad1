"""How a backup's files are written and read: durably, hashed on the way, encrypted with age where a public key is given."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Protocol

from pipc_etl.backup.layout import BackupError, StoredFile
from pipc_etl.errors import SettingsError

if TYPE_CHECKING:
    from pyrage import x25519

SUFFIX = ".age"
_CHUNK = 1024 * 1024


class Readable(Protocol):
    """What bytes are taken from."""

    def read(self, size: int = -1, /) -> bytes: ...


class _Hashed:
    """Writes through to a file and keeps the hash and the size of what went by, and the error that stopped it."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self._hash, self._size = file, hashlib.sha256(), 0
        self.error: OSError | None = None

    def write(self, content: bytes) -> int:
        try:
            self._file.write(content)
        except OSError as error:
            self.error = error
            raise
        self._hash.update(content)
        self._size += len(content)
        return len(content)

    def flush(self) -> None:
        self._file.flush()

    def stored(self) -> StoredFile:
        return StoredFile(self._hash.hexdigest(), self._size)


@dataclass(frozen=True)
class Seal:
    """Writes files for `recipient` (an age public key); None: in clear."""

    recipient: str | None

    def __post_init__(self) -> None:
        if self.recipient is not None:
            self._key()

    @property
    def suffix(self) -> str:
        return SUFFIX if self.recipient else ""

    def write(self, source: Readable, target: Path) -> StoredFile:
        """All of `source` at `target` (0600, on the disk when this returns); raises BackupError where the disk does not take it."""
        try:
            target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                hashed = _Hashed(file)
                self._copy(source, hashed)
                file.flush()
                os.fsync(file.fileno())
            return hashed.stored()
        except OSError as error:
            raise BackupError(f"{target} cannot be written: {error.strerror or error}") from error

    def _copy(self, source: Readable, target: _Hashed) -> None:
        if self.recipient is None:
            while chunk := source.read(_CHUNK):
                target.write(chunk)
            return
        import pyrage

        try:
            pyrage.encrypt_io(source, target, [self._key()])
        except pyrage.EncryptError as error:
            raise target.error or BackupError(f"the encryption stopped: {error}") from error

    def _key(self) -> x25519.Recipient:
        from pyrage import RecipientError, x25519

        try:
            return x25519.Recipient.from_str(self.recipient or "")
        except RecipientError as error:
            raise SettingsError("PIPC_BACKUP_KEY must be an age public key (age1...): `pipc backup new-key FILE` makes one") from error


@dataclass(frozen=True)
class Opener:
    """Reads what a Seal wrote; `identities` are age secret keys, none are needed for what is in clear."""

    identities: tuple[str, ...] = ()

    def read(self, source: Path, target: BinaryIO) -> None:
        """Write the clear bytes of `source` to `target`; raises BackupError where no key fits or the bytes were changed."""
        with source.open("rb") as file:
            if source.suffix != SUFFIX:
                shutil.copyfileobj(file, target, _CHUNK)
                return
            import pyrage

            try:
                pyrage.decrypt_io(file, target, [pyrage.x25519.Identity.from_str(one) for one in self.identities])
            except pyrage.IdentityError as error:
                raise BackupError("the identity is no age secret key (AGE-SECRET-KEY-1...)") from error
            except pyrage.DecryptError as error:
                raise BackupError(f"{source.name} cannot be decrypted: {error} (is it the key of this backup?)") from error
            except OSError as error:
                raise BackupError(f"{source} cannot be decrypted: the file was cut or changed, or the disk is full ({error})") from error

    def read_to(self, source: Path, target: Path) -> None:
        """As `read`, into a file (0600) that is on the disk when this returns."""
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                self.read(source, file)
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise BackupError(f"{target} cannot be written: {error.strerror or error}") from error


def read_identities(path: Path) -> tuple[str, ...]:
    """The secret keys in an identity file of age, whose comments start with #; raises BackupError where it has none."""
    try:
        lines = [line.strip() for line in path.read_text(encoding="utf-8").splitlines()]
    except (OSError, UnicodeDecodeError) as error:
        raise BackupError(f"the identity file {path} cannot be read: {error}") from error
    keys = tuple(line for line in lines if line.startswith("AGE-SECRET-KEY-1"))
    if not keys:
        raise BackupError(f"{path} has no age secret key (a line AGE-SECRET-KEY-1...)")
    return keys


def make_identity(path: Path) -> str:
    """Write a new secret key to `path` (0600, never over an existing file); returns the public key for PIPC_BACKUP_KEY."""
    from pyrage import x25519

    identity = x25519.Identity.generate()
    public = str(identity.to_public())
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
            file.write(f"# public key: {public}\n{identity}\n")
    except OSError as error:
        raise BackupError(f"{path} cannot be written: {error.strerror}") from error
    return public


def hash_file(path: Path) -> StoredFile:
    """Hash and size of a file as it is."""
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
            size += len(chunk)
    return StoredFile(digest.hexdigest(), size)


def sync_folders(folders: Iterable[Path]) -> None:
    """Bring the names in the folders to the disk."""
    for folder in folders:
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            # Some network disks cannot: their names are then as safe as they get.
            with suppress(OSError):
                os.fsync(descriptor)
        finally:
            os.close(descriptor)
