"""Which backups have served their term: one a day, a week and a month is kept for so long, and always the newest."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from pipc_etl.backup.layout import UNFINISHED, backups_in
from pipc_etl.errors import SettingsError

BOGOTA = ZoneInfo("America/Bogota")


@dataclass(frozen=True)
class Keep:
    """How many days, weeks and months (that have a backup) are kept, each by its newest."""

    days: int
    weeks: int
    months: int


def read_keep(text: str) -> Keep:
    """`7,4,6`: days, weeks, months. Raises SettingsError."""
    try:
        days, weeks, months = (int(part) for part in text.split(","))
    except ValueError as error:
        raise SettingsError(f"PIPC_BACKUP_KEEP must be three numbers (days, weeks, months) such as 7,4,6, not {text!r}") from error
    if min(days, weeks, months) < 0:
        raise SettingsError("PIPC_BACKUP_KEEP: no number may be negative")
    return Keep(days, weeks, months)


def kept(moments: Iterable[datetime], keep: Keep) -> set[datetime]:
    """Those of `moments` that stay, by days, ISO weeks and months of Bogotá; the newest always does."""
    newest_first = sorted(moments, reverse=True)
    stay = set(newest_first[:1])
    for quantity, pattern in ((keep.days, "%Y-%m-%d"), (keep.weeks, "%G-%V"), (keep.months, "%Y-%m")):
        last_of: dict[str, datetime] = {}
        for moment in newest_first:
            last_of.setdefault(moment.astimezone(BOGOTA).strftime(pattern), moment)
        stay |= set(list(last_of.values())[:quantity])
    return stay


def prune(folder: Path, keep: Keep) -> list[Path]:
    """Remove the backups of `folder` that have served their term; what is no backup, or a damaged one, is not touched."""
    backups = backups_in(folder)
    stay = kept([manifest.began_at for _, manifest in backups], keep)
    gone = [path for path, manifest in backups if manifest.began_at not in stay]
    for path in gone:
        # Killed in between, what is left has no backup's name, and the next backup takes it away.
        unnamed = path.with_name(path.name + UNFINISHED)
        path.rename(unnamed)
        shutil.rmtree(unnamed)
    return gone
