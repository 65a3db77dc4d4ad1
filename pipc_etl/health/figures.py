"""What is counted: the ledger, its build and its letters in one visit to the warehouse; the folders; the disk."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, text

from pipc_etl.intake.archive import landing_files
from pipc_etl.settings import Settings


@dataclass(frozen=True)
class BuildFigures:
    """The last build that ended well, the kinds that it has not seen, since when the oldest of them waits, and a failure since."""

    finished_at: datetime | None
    unseen: tuple[str, ...]
    unseen_since: datetime | None
    failed_at: datetime | None


@dataclass(frozen=True)
class LedgerFigures:
    """What the warehouse says of itself at `at`, the database's own clock. Rows are those of files that are no reconstruction."""

    at: datetime
    files: Mapping[str, int]
    rows_day: int
    quarantined_day: int
    quarantined_week: int
    quarantined_total: int
    letters: Mapping[str, int]
    letters_failed_lately: int
    letter_waiting_since: datetime | None
    publications: Mapping[str, int]
    draft_since: datetime | None
    build: BuildFigures
    database_bytes: Mapping[str, int]


@dataclass(frozen=True)
class LandingFigures:
    """The files that wait to be taken, and since when the oldest does."""

    files: int
    oldest_at: datetime | None


# The week before the last day, so that a bad day is compared with what is usual.
_ROWS = """
select
    coalesce(sum(rows_read) filter (where ingested_at > now() - interval '1 day'), 0),
    coalesce(sum(rows_quarantined) filter (where ingested_at > now() - interval '1 day'), 0),
    coalesce(sum(rows_quarantined) filter (where ingested_at between now() - interval '8 days' and now() - interval '1 day'), 0),
    coalesce(sum(rows_quarantined), 0)
from audit.submission where not is_reconstruction
"""
_LETTERS = """
select
    count(*) filter (where state = 'failed' and created_at > now() - interval '3 days'),
    min(created_at) filter (where state = 'queued')
from audit.letter
"""
# As warehouse/dbt.py counts what a build has seen: the events of each kind, without repeated files.
_SEEN = """
select s.kind, count(*), min(s.ingested_at) filter (where s.ingested_at >= :since)
from audit.submission_event as e inner join audit.submission as s using (submission_id)
where e.state <> 'duplicate' group by s.kind
"""


def ledger_figures(connection: Connection) -> LedgerFigures:
    """Everything that is counted in the warehouse; `connection` is the watcher's."""
    rows = connection.execute(text(_ROWS)).one()
    letters = connection.execute(text(_LETTERS)).one()
    return LedgerFigures(
        at=connection.execute(text("select clock_timestamp()")).scalar_one(),
        files=_counts(connection, "select state, count(*) from audit.submission group by state"),
        rows_day=int(rows[0]),
        quarantined_day=int(rows[1]),
        quarantined_week=int(rows[2]),
        quarantined_total=int(rows[3]),
        letters=_counts(connection, "select state, count(*) from audit.letter group by state"),
        letters_failed_lately=int(letters[0]),
        letter_waiting_since=letters[1],
        publications=_counts(connection, "select state, count(*) from audit.publication group by state"),
        draft_since=connection.scalar(text("select min(prepared_at) from audit.publication where state = 'draft'")),
        build=_build(connection),
        # The databases of the servers too, where the watcher may ask for their size.
        database_bytes=_counts(
            connection,
            "select datname, pg_database_size(datname) from pg_database "
            "where not datistemplate and has_database_privilege(datname, 'connect')",
        ),
    )


def _counts(connection: Connection, query: str) -> dict[str, int]:
    return {str(row[0]): int(row[1]) for row in connection.execute(text(query))}


def _build(connection: Connection) -> BuildFigures:
    last = connection.execute(
        text("select fingerprint, started_at, finished_at from audit.build order by build_id desc limit 1")
    ).one_or_none()
    failed_at = connection.scalar(text("select max(finished_at) from audit.build_failure"))
    since = last.started_at if last else datetime.min.replace(tzinfo=UTC)
    entries = last.fingerprint.split(":")[1:] if last else []
    seen = {kind: count for kind, _, count in (entry.partition("=") for entry in entries)}
    unseen = [row for row in connection.execute(text(_SEEN), {"since": since}) if str(row[1]) != seen.get(row[0])]
    waiting = [row[2] for row in unseen if row[2] is not None]
    return BuildFigures(
        finished_at=last.finished_at if last else None,
        unseen=tuple(sorted(row[0] for row in unseen)),
        unseen_since=min(waiting, default=None),
        failed_at=failed_at if failed_at and (last is None or failed_at > last.finished_at) else None,
    )


def landing_figures(settings: Settings) -> LandingFigures:
    """What waits in the landing folder; the change of the inode counts, since a copy may keep an old date."""
    moments = []
    for path in landing_files(settings.landing, settle_seconds=0) if settings.landing.is_dir() else ():
        try:
            moments.append(path.stat().st_ctime)
        except FileNotFoundError:  # taken meanwhile
            continue
    return LandingFigures(len(moments), datetime.fromtimestamp(min(moments), UTC) if moments else None)


def free_bytes(folder: Path) -> tuple[int, int]:
    """(free, size) of the disk on which `folder` is, or will be."""
    place = next(parent for parent in (folder, *folder.parents) if parent.exists())
    usage = shutil.disk_usage(place)
    return usage.free, usage.total
