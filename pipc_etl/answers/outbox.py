"""The outbox folder: what was answered to whom, readable by the service alone."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

_FOLDER_MODE, _FILE_MODE = 0o700, 0o600
_LONGEST_NAME_BYTES, _LONGEST_SUFFIX_BYTES = 200, 20


def folder_of(entity_code: str, dependency_code: str, kind: str, period_code: str, name: str) -> str:
    """The folder of an answer below the outbox; `name` may have subfolders, a code that is missing is `_`."""
    parts = [entity_code, dependency_code, kind, period_code, *name.split("/")]
    return "/".join(safe_name(part) for part in parts)


def safe_name(name: str) -> str:
    """`name` as one part of a path: short enough for every system, and never another folder."""
    plain = "".join("_" if character in '/\\:*?"<>|' or character < " " else character for character in name).strip()
    if plain in ("", ".", ".."):
        return "_"
    suffix = Path(plain).suffix if len(Path(plain).suffix.encode()) <= _LONGEST_SUFFIX_BYTES else ""
    stem = plain.removesuffix(suffix).encode()[: _LONGEST_NAME_BYTES - len(suffix.encode())]
    return stem.decode(errors="ignore") + suffix


def write(outbox: Path, folder: str, files: Mapping[str, bytes]) -> None:
    """Put `files` (name -> content) into `folder` below the outbox, each all or nothing; the same names are replaced."""
    target = outbox
    for part in ("", *folder.split("/")):
        target = target / part
        target.mkdir(mode=_FOLDER_MODE, parents=True, exist_ok=True)
    for name, content in files.items():
        # 0600 from the beginning: the temporary file is made so.
        with tempfile.NamedTemporaryFile("wb", dir=target, prefix=".", suffix=".tmp", delete=False) as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary = Path(file.name)
        temporary.chmod(_FILE_MODE)
        temporary.replace(target / safe_name(name))


def read(outbox: Path, folder: str, name: str) -> bytes:
    """A file of an answer; FileNotFoundError where somebody took it away."""
    return (outbox / folder / safe_name(name)).read_bytes()
