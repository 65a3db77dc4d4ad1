"""Whether a backup is what it was: every byte of it, and with its key also whether the dumps and folders can be read."""

from __future__ import annotations

import tarfile
import tempfile
from collections.abc import Callable
from pathlib import Path

from pipc_etl.backup import databases
from pipc_etl.backup.layout import ARCHIVE, MANIFEST, BackupError, Manifest, read_manifest
from pipc_etl.backup.sealing import SUFFIX, Opener, hash_file

Progress = Callable[[str], None]


def check_bytes(folder: Path, progress: Progress = lambda _: None) -> Manifest:
    """The manifest of a backup whose every file has the size and hash that it says; raises BackupError naming the first that has not."""
    manifest = read_manifest(folder)
    for number, (name, said) in enumerate(manifest.files.items(), 1):
        path = folder / name
        try:
            found = hash_file(path)
        except OSError as error:
            raise BackupError(f"{name} of {folder} is missing or cannot be read ({error.strerror}): take another backup") from error
        if found != said:
            raise BackupError(f"{name} of {folder} is not what was written ({found.size_bytes} bytes of {said.size_bytes}): take another")
        if number % 5000 == 0:
            progress(f"{number} of {len(manifest.files)} files compared")
    present = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()} - {MANIFEST}
    if unknown := present - manifest.files.keys():
        raise BackupError(f"{folder} holds files that its manifest does not name ({min(unknown)}): it is not what was written")
    progress(f"{len(manifest.files)} files are what was written")
    return manifest


def require_key(manifest: Manifest, opener: Opener) -> None:
    """Raise BackupError where the backup is encrypted and no key was given."""
    if manifest.recipient is not None and not opener.identities:
        raise BackupError(f"the backup is encrypted for {manifest.recipient}: give its secret key with --identity FILE")


def check_contents(folder: Path, opener: Opener, progress: Progress = lambda _: None) -> Manifest:
    """As `check_bytes`, and every dump and folder read through to its end, which an encrypted backup allows to its key's owner alone."""
    manifest = check_bytes(folder, progress)
    require_key(manifest, opener)
    with tempfile.TemporaryDirectory(prefix="pipc-verify-") as temporary:
        for name in manifest.files:
            plain = Path(temporary) / Path(name.removesuffix(SUFFIX)).name
            opener.read_to(folder / name, plain)
            if name.startswith("databases/"):
                databases.require_readable(plain)
            elif not name.startswith(f"{ARCHIVE}/"):
                _read_through(plain)
            plain.unlink()
    progress("every dump and folder can be read")
    return manifest


def _read_through(tar_file: Path) -> None:
    try:
        with tarfile.open(tar_file, mode="r:") as tar:
            for member in tar:
                if content := tar.extractfile(member) if member.isfile() else None:
                    while content.read(1024 * 1024):
                        pass
    except tarfile.TarError as error:
        raise BackupError(f"{tar_file.name} cannot be read: {error}") from error
