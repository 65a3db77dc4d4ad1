"""What an incremental build leaves is what a full refresh makes, whatever came and in whatever order it had been received."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from participation_scenario import Participation, write
from sqlalchemy import Connection, Engine, text

from pipc_etl.contracts import load_catalog
from pipc_etl.settings import Settings
from pipc_etl.warehouse.dbt import BuildResult, build
from pipc_etl.warehouse.engine import superuser_engine
from pipc_etl.warehouse.schema import prepare

INCREMENTAL = (
    "intermediate.int_attendance_profile_cells",
    "marts.fct_attendance",
    "marts.rpt_attendance_by_session",
    "marts.rpt_participants_by_month",
    "marts.rpt_attendance_profile",
    "marts.rpt_attendance_unmatched",
)
Snapshot = dict[str, list[tuple[Any, ...]]]


@pytest.fixture(scope="module")
def warehouse(module_database: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Settings, Engine]]:
    """A built warehouse, with a copy of the project: a build is incremental only over the very project that built before."""
    folder = tmp_path_factory.mktemp("project")
    shutil.copytree(module_database.dbt_project, folder / "dbt_project", ignore=shutil.ignore_patterns("target", "logs"))
    shutil.copytree(module_database.expectations, folder / "expectations")
    settings = replace(module_database, dbt_project=folder / "dbt_project", expectations=folder / "expectations")
    engine = superuser_engine(settings)
    prepare(engine, settings, load_catalog(settings.expectations))
    with engine.begin() as connection:
        write(connection)
        _event(connection)
    assert build(settings).built
    yield settings, engine
    engine.dispose()


def _build_incrementally(settings: Settings, engine: Engine) -> BuildResult:
    result = build(settings)
    assert result.built
    with engine.connect() as connection:
        assert connection.scalar(text("select full_refresh from audit.build order by build_id desc limit 1")) is False
    return result


def _event(connection: Connection) -> None:
    """What every load leaves, and what tells the next build that something is new."""
    connection.execute(
        text(
            "insert into audit.submission_event (submission_id, state, at, actor) "
            "select max(submission_id), 'accepted', now(), 'test' from audit.submission"
        )
    )


def _snapshot(engine: Engine) -> Snapshot:
    tables: Snapshot = {}
    with engine.connect() as connection:
        for table in INCREMENTAL:
            rows = connection.execute(text(f"select to_jsonb(t) - '_touch_number' as row from {table} as t order by 1"))
            tables[table] = [tuple(row) for row in rows]
    return tables


def test_incremental_build_equals_a_full_refresh_when_everything_changed(warehouse: tuple[Settings, Engine]) -> None:
    settings, engine = warehouse
    before = _snapshot(engine)
    with engine.begin() as connection:
        ledger = Participation(connection, "asistencia")
        # The unknown code is registered; S2 moves to another month and activity; S4 is gone from its file; the count of S3 changes.
        dialogue = {"plan_code": "RDC", "activity_code": "DC-01"}
        moved = {"code": "S2", "on": "2023-06-02", **dialogue}
        ledger.sessions("2023-11-01", "2023-M06", [{"code": "S1", "on": "2023-06-30", **dialogue}, moved])
        ledger.sessions("2023-11-01", "2023-M07", [{"code": "S3", "on": "2023-07-05"}, {"code": "XX", "on": "2024-01-07"}])
        ledger.counts("2023-11-01", "2023-M07", [{"session_code": "S3", "people_qty": 45}, {"session_code": "S5", "people_qty": 9}])
        # New people, a response that moves to a session that was counted, one that takes another person's place.
        ledger.responses("2023-11-02", [
            {"id": 3, "session": "S3", "who": "luis"}, {"id": 11, "session": "S5", "who": "rosa", "sex": "female"},
            {"id": 20, "session": "S1", "who": "ana", "at": "2023-07-09"}, {"id": 21, "session": "S1"}, {"id": 22, "session": None},
        ])  # fmt: skip
        # An export received before all that, loaded only now.
        late = ledger.responses("2023-07-08", [{"id": 4, "session": "S5", "who": "tarde"}, {"id": 3, "session": "S5", "who": "luis"}])
        old = Participation(connection, "perfil-0")
        old.responses("2023-11-03", [{"id": n, "session": "P1", "who": f"nuevo-{n}", "sex": "male"} for n in range(900, 912)])
        _event(connection)
    assert late
    _build_incrementally(settings, engine)
    incremental = _snapshot(engine)
    assert all(incremental[table] != before[table] for table in INCREMENTAL)
    assert build(settings, full_refresh=True).built
    assert incremental == _snapshot(engine)


def test_next_build_catches_up_when_one_stopped_after_the_log(warehouse: tuple[Settings, Engine]) -> None:
    settings, engine = warehouse
    with engine.begin() as connection:
        Participation(connection, "asistencia").responses("2023-12-01", [{"id": 30, "session": "S1", "who": "nueva"}])
        _event(connection)
        # What a build that was killed here leaves: the log has the change, no model has worked it through.
        connection.execute(
            text(
                "insert into intermediate.int_attendance_touched (touch_number, _submission_id, entity_code, session_code, attendance_key) "
                "select (select max(touch_number) + 1 from intermediate.int_attendance_touched), s.submission_id, s.entity_code, "
                "r.session_code, md5(s.entity_code || '|' || r.session_code || '|' || r.person_key) "
                "from audit.submission as s join raw.attendance_form as r on r._submission_id = s.submission_id "
                "where s.submission_id = (select max(submission_id) from audit.submission)"
            )
        )
    _build_incrementally(settings, engine)
    incremental = _snapshot(engine)
    with engine.connect() as connection:
        persons = connection.scalar(
            text("select distinct_persons from marts.rpt_attendance_by_session where entity_code = 'asistencia' and session_code = 'S1'")
        )
    assert persons == 2  # ana and the new one: luis went to another session
    assert build(settings, full_refresh=True).built
    assert incremental == _snapshot(engine)


def test_nothing_is_computed_again_when_nothing_is_new(warehouse: tuple[Settings, Engine]) -> None:
    settings, engine = warehouse
    with engine.begin() as connection:
        ledger = Participation(connection, "compromisos")
        ledger.commitments("2021-12-01", "2021-11-30", [{"code": "C9", "on": "2021-11-04", "status": "registered"}])
        _event(connection)
        numbers = connection.scalar(text("select max(touch_number) from intermediate.int_attendance_touched"))
    result = _build_incrementally(settings, engine)
    with engine.connect() as connection:
        assert connection.scalar(text("select max(touch_number) from intermediate.int_attendance_touched")) == numbers
    inserted = {node.unique_id.split(".")[-1]: node.message for node in result.nodes}
    assert inserted["fct_attendance"] == inserted["rpt_attendance_profile"] == "INSERT 0 0"
