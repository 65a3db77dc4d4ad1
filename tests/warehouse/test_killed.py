"""kill -9 at any moment and run again gives the same result; two runs at once give what one gives."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pipc_etl.settings import Settings
from pipc_etl.warehouse.ingest import ingest_paths

Rows = Callable[..., list[tuple[Any, ...]]]
Jobs = Callable[..., list[int]]


def state_of_everything(rows_of: Rows) -> list[Any]:
    """What must be the same however often the run was killed: no ids, no times."""
    return [
        rows_of(
            "select kind, submission_key, state, rows_read, rows_accepted, rows_quarantined, known_to = 'infinity' "
            "from audit.submission order by 1, 2, 3"
        ),
        rows_of("select state, count(*) from audit.submission_event group by 1 order by 1"),
        rows_of("select rule, cell, value from audit.finding order by 1, 2"),
        rows_of("select response_id, sex, age from raw.attendance_form order by _row"),
        rows_of("select full_name, document_number from private.attendance_form order by _row"),
        rows_of("select sheet, row_number, rules from private.quarantine order by 2"),
        rows_of("select relname from pg_class where relnamespace = 'private'::regnamespace and starts_with(relname, 'incoming')"),
    ]


def responses(sender: Any, count: int = 40) -> Path:
    people = [
        {"document_number": str(1000 + number), "full_name": f"Persona {number}", "sex": "Mujer", "age": number} for number in range(count)
    ]
    path: Path = sender.responses(*people[:-1], people[-1] | {"age": 300})
    return path


@pytest.mark.parametrize(
    ("point", "bulk_bytes", "is_committed"),
    [
        ("after archive", 10**9, False),
        ("in the middle of copy", 10**9, False),
        ("before commit", 10**9, False),
        ("after commit", 10**9, True),
        ("in the middle of staging", 1, False),
        ("after staging", 1, False),
        ("before bulk commit", 1, False),
        ("after commit", 1, True),
    ],
)
def test_result_is_the_same_when_killed_and_run_again(
    point: str, bulk_bytes: int, is_committed: bool, warehouse: Settings, sender: Any, rows_of: Rows, jobs: Jobs
) -> None:
    settings = replace(warehouse, bulk_bytes=bulk_bytes)
    assert ingest_paths([sender.registry()], warehouse)[0].loaded
    path = responses(sender)
    assert jobs((point, [path]), bulk_bytes=bulk_bytes) == [-9]
    assert path.exists()
    wait_until_backends_left(rows_of)
    assert rows_of("select count(*) from audit.submission where kind = 'attendance_form'") == [(int(is_committed),)]
    assert rows_of("select count(*) from raw.attendance_form") == [(39 if is_committed else 0,)]
    (again,) = ingest_paths([path], settings)
    assert (again.how, again.error) == ("taken" if is_committed else "loaded", None)
    assert not path.exists()
    found = state_of_everything(rows_of)
    assert found[0][0] == ("attendance_form", "secretaria-general|OAP|asistencia-dialogo", "accepted_with_observations", 40, 39, 1, True)
    assert found[1] == [("accepted", 1), ("accepted_with_observations", 1), ("received", 2)]
    assert (len(found[3]), len(found[4]), len(found[5]), found[6]) == (39, 39, 1, [])
    assert len(list(warehouse.archive.rglob("*.csv"))) == 2


def wait_until_backends_left(rows_of: Rows) -> None:
    """The server notices a killed client at its next word to it."""
    deadline = time.monotonic() + 30
    while rows_of("select pid from pg_stat_activity where usename = 'pipc_loader' and datname = current_database()"):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_file_is_loaded_once_when_two_runs_take_it_at_once(warehouse: Settings, sender: Any, rows_of: Rows, jobs: Jobs) -> None:
    assert ingest_paths([sender.registry()], warehouse)[0].loaded
    path = responses(sender)
    assert jobs((None, [path]), (None, [path]), (None, [path])) == [0, 0, 0]
    assert not path.exists()
    assert rows_of("select count(*) from audit.submission where kind = 'attendance_form'") == [(1,)]
    assert rows_of("select count(*), count(distinct response_id) from raw.attendance_form") == [(39, 39)]
    assert rows_of("select count(*) from audit.submission_event where state = 'duplicate'") == [(0,)]


def test_one_file_is_current_when_two_of_a_key_are_loaded_at_once(warehouse: Settings, sender: Any, rows_of: Rows, jobs: Jobs) -> None:
    for outcome in ingest_paths([sender.registry(), sender.plan()], warehouse):
        assert outcome.loaded
    paths = [sender.report(name=f"mayo {quantity}.csv", executed_qty=quantity) for quantity in range(1, 5)]
    assert jobs(*((None, [path]) for path in paths)) == [0, 0, 0, 0]
    history = rows_of(
        "select s.known_from <= s.known_to, s.state = 'superseded', s.known_to = coalesce(n.known_from, 'infinity') "
        "from audit.submission s left join audit.submission n on n.submission_id = s.superseded_by "
        "where s.kind = 'execution_report' order by s.known_from"
    )
    assert history == [(True, True, True)] * 3 + [(True, False, True)]
    assert rows_of("select count(*) from raw.execution_report") == [(4,)]
