"""A process that ingests in forks of itself, each killed where it is told: Great Expectations is imported once for all of them.

Reads a JSON list of jobs a line ({"point": ..., "paths": [...], "environment": {...}}), runs them at once, answers with what became
of each: the exit status as `os.waitpid` gives it.
"""

from __future__ import annotations

import io
import json
import os
import signal
import sys
from typing import Any

from pipc_etl.intake import archive
from pipc_etl.intake.landing import LandingPlaces
from pipc_etl.intake.landing.sftp import SftpServer
from pipc_etl.settings import load_settings
from pipc_etl.validation import warm_up
from pipc_etl.warehouse import bulk, ingest, load, remote_files
from pipc_etl.warehouse.ahead import Source
from pipc_etl.warehouse.rows import copy_statement, csv_bytes


def die(*_: Any, **__: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


class DyingFile(io.BytesIO):
    """Hands out its first bytes, then ends the process."""

    def read(self, size: int | None = -1, /) -> bytes:
        if self.tell():
            die()
        return super().read(64)


def copy_half(cursor: Any, relation: str, rows: Any) -> None:
    cursor.copy_expert(copy_statement(relation, rows.schema.names), DyingFile(csv_bytes(rows)))


def die_on_second_read(self: Source, size: int) -> bytes:
    if self._rest:
        die()
    self._rest = memoryview(next(self._chunks))[100:]
    return b"1"


POINTS: dict[str, tuple[Any, str, Any]] = {
    "after archive": (ingest._Ingest, "take", die),
    "in the middle of copy": (load, "copy_rows", copy_half),
    "before commit": (load, "insert_findings", die),
    "after commit": (ingest._Ingest, "_remove", die),
    "in the middle of staging": (Source, "read", die_on_second_read),
    "after staging": (bulk, "validate_staged", die),
    "before bulk commit": (bulk, "insert_findings", die),
    "in the middle of fetching": (archive, "_write", die),
    "in the middle of the removal": (SftpServer, "_remove_aside", die),
    "after the removal": (remote_files, "gone", die),
}


def run(job: dict[str, Any]) -> None:
    os.environ.update(job["environment"])
    if job["point"]:
        setattr(*POINTS[job["point"]])
    settings = load_settings()
    with LandingPlaces(settings) as places:
        outcomes = ingest.ingest_files([places.read(path) for path in job["paths"]], places, settings)
    os._exit(1 if any(outcome.error for outcome in outcomes) else 0)


def main() -> None:
    warm_up()
    print("ready", flush=True)
    for line in sys.stdin:
        children = []
        for job in json.loads(line):
            child = os.fork()
            if child == 0:
                try:
                    run(job)
                finally:
                    os._exit(2)
            children.append(child)
        print(json.dumps([os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]), flush=True)


if __name__ == "__main__":
    main()
