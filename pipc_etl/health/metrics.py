"""The figures as Prometheus reads them (text format 0.0.4)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from pipc_etl.health.check import Check
from pipc_etl.health.figures import LedgerFigures, free_bytes, landing_figures
from pipc_etl.health.machine_checks import last_backup
from pipc_etl.settings import Settings

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_LEVELS = {"ok": 0, "warning": 1, "problem": 2}
Sample = tuple[Mapping[str, str], float]


def exposition(settings: Settings, checks: Iterable[Check], ledger: LedgerFigures | None, at: datetime) -> str:
    """Every figure of ours; those of the warehouse are missing where it does not answer, and never 0 instead."""
    lines: list[str] = []
    for name, help_text, samples in _families(settings, checks, ledger, at):
        lines += [f"# HELP {name} {help_text}", f"# TYPE {name} gauge"]
        lines += [f"{name}{_labels(labels)} {value:.15g}" for labels, value in samples]
    return "\n".join(lines) + "\n"


def _families(
    settings: Settings, checks: Iterable[Check], ledger: LedgerFigures | None, at: datetime
) -> Iterator[tuple[str, str, list[Sample]]]:
    states: list[Sample] = [({"check": check.name, "subject": check.subject}, _LEVELS[check.state]) for check in checks]
    yield "pipc_check_state", "How each check is: 0 ok, 1 warning, 2 problem.", states
    yield "pipc_examined_timestamp_seconds", "When the checks were made.", [({}, at.timestamp())]
    places = {str(place): free_bytes(place) for place in (settings.home, settings.archive, settings.publications)}
    yield "pipc_disk_free_bytes", "Free space.", [({"place": place}, free) for place, (free, _) in places.items()]
    yield "pipc_disk_size_bytes", "Size of the disk.", [({"place": place}, size) for place, (_, size) in places.items()]
    landing = landing_figures(settings)
    yield "pipc_landing_files", "Files that wait in the landing folder.", [({}, landing.files)]
    if landing.oldest_at is not None:
        yield "pipc_landing_oldest_timestamp_seconds", "When the oldest of them came.", [({}, landing.oldest_at.timestamp())]
    if (backup := last_backup(settings)) is not None:
        yield "pipc_backup_timestamp_seconds", "When the last backup was finished.", [({}, backup.timestamp())]
    if ledger is not None:
        yield from _ledger(ledger)


def _ledger(ledger: LedgerFigures) -> Iterator[tuple[str, str, list[Sample]]]:
    yield "pipc_files", "Files received, by state.", _by("state", ledger.files)
    yield "pipc_letters", "Letters, by state.", _by("state", ledger.letters)
    yield "pipc_publications", "Publications, by state.", _by("state", ledger.publications)
    yield "pipc_quarantined_rows", "Rows set apart, reconstruction aside.", [({}, ledger.quarantined_total)]
    yield "pipc_quarantined_rows_day", "Rows set apart in the last 24 hours.", [({}, ledger.quarantined_day)]
    yield "pipc_rows_day", "Rows read in the last 24 hours.", [({}, ledger.rows_day)]
    yield "pipc_database_bytes", "Size of each database.", _by("database", ledger.database_bytes)
    yield "pipc_build_unseen_kinds", "Kinds of which accepted files wait for a build.", [({}, len(ledger.build.unseen))]
    if ledger.build.finished_at is not None:
        yield "pipc_build_timestamp_seconds", "When the last good build ended.", [({}, ledger.build.finished_at.timestamp())]
    if ledger.build.unseen_since is not None:
        yield "pipc_build_unseen_timestamp_seconds", "Since when the oldest waits.", [({}, ledger.build.unseen_since.timestamp())]


def _by(label: str, counts: Mapping[str, int]) -> list[Sample]:
    return [({label: name}, count) for name, count in sorted(counts.items())]


def _labels(labels: Mapping[str, str]) -> str:
    if not labels:
        return ""
    escaped = {name: value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n") for name, value in labels.items()}
    return "{" + ",".join(f'{name}="{value}"' for name, value in escaped.items()) + "}"
