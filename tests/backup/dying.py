"""A backup or a restore that is killed where it is told: `dying.py POINT backup|restore PATH [IDENTITY]`."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Any

from pipc_etl.backup import making, staging, taking_place
from pipc_etl.backup.making import back_up
from pipc_etl.backup.restoring import restore
from pipc_etl.settings import load_settings


def die(*_: Any, **__: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def rename_then_die(*given: Any) -> None:
    rename(*given)
    die()


rename = taking_place._rename
BACKUP_POINTS: dict[str, tuple[Any, str, Any]] = {
    "warehouse dumped": (making._Making, "_archive", die),
    "all but the manifest": (making, "_finish", die),
}
RESTORE_POINTS: dict[str, tuple[Any, str, Any]] = {
    "before the erasures": (staging, "erase_again", die),
    "between two renames": (taking_place, "_rename", rename_then_die),
    "before the folders": (taking_place, "_folder", die),
    "before the secrets": (taking_place, "_secrets", die),
}


def main(point: str, what: str, path: str, *identity: str) -> None:
    setattr(*{**BACKUP_POINTS, **RESTORE_POINTS}[point])
    if what == "backup":
        back_up(load_settings(), to=Path(path))
    else:
        restore(load_settings(), Path(path), identity=Path(identity[0]), replace_present=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
