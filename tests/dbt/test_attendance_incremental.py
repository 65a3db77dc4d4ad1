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
from pipc_etl.events.joining import join_responses
from pipc_etl.events.settling import settle, withdraw
from pipc_etl.events.waiting import Choice
from pipc_etl.settings import Settings
from pipc_etl.warehouse.dbt import BuildResult, _run, build
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


def test_next_build_catches_up_when_a_full_refresh_was_killed_after_the_log(warehouse: tuple[Settings, Engine]) -> None:
    settings, engine = warehouse
    # The log is begun anew, the models still count by the former one, and nobody was left to record the failure.
    _run(settings, ("int_attendance_touched", "int_attendance_touched_windows"), full_refresh=True, unit_tests=False)
    with engine.begin() as connection:
        Participation(connection, "asistencia").responses("2023-12-02", [{"id": 31, "session": "S1", "who": "otra"}])
        _event(connection)
    before = _snapshot(engine)
    _build_incrementally(settings, engine)
    incremental = _snapshot(engine)
    assert incremental["marts.fct_attendance"] != before["marts.fct_attendance"]
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


def _load(engine: Engine, form: str, received: str, rows: list[dict[str, Any]], kind: str = "attendance_form") -> None:
    with engine.begin() as connection:
        submission = Participation(connection, "cola").responses(received, rows, kind)
        connection.execute(
            text("update audit.submission set form_code = :form where submission_id = :id"), {"form": form, "id": submission}
        )
        _event(connection)


def _sessions(engine: Engine, received: str, rows: list[dict[str, Any]]) -> None:
    with engine.begin() as connection:
        Participation(connection, "cola").sessions(received, "2023-M06", rows)
        _event(connection)


def _attended(engine: Engine, relation: str = "marts.rpt_attendance_by_session") -> dict[str, int]:
    with engine.connect() as connection:
        rows = connection.execute(text(f"select session_code, form_rows from {relation} where entity_code = 'cola' and form_rows > 0"))
        return dict(tuple(row) for row in rows)


def _unmatched(engine: Engine) -> dict[tuple[str, str], int]:
    query = (
        "select session_code, reason, sum(form_rows)::integer from marts.rpt_attendance_unmatched where entity_code = 'cola' group by 1, 2"
    )
    with engine.connect() as connection:
        return {(row[0], row[1]): row[2] for row in connection.execute(text(query))}


def test_incremental_build_equals_a_full_refresh_when_decisions_move_responses(warehouse: tuple[Settings, Engine]) -> None:
    settings, engine = warehouse
    join_responses(engine, by="carga")  # what the other tests left
    day = "2023-06-30"
    dialogue, workshop = {"code": "D1", "on": day, "title": "Diálogo ciudadano"}, {"code": "T1", "on": day, "title": "Taller de datos"}
    _sessions(engine, "2023-07-02", [dialogue, workshop, {"code": "C1", "on": day, "title": "Solo contada"}])
    with engine.begin() as connection:
        Participation(connection, "cola").counts("2023-07-02", "2023-M06", [{"session_code": "C1", "people_qty": 40}])
    talk, data, fair = ({"session": None, "at": day, "event_title": title} for title in ("Diálogo ciudadano", "Taller de datos", "Feria"))
    _load(engine, "lista", "2023-07-03", [
        {"id": 1, **talk, "who": "ana", "sex": "female"}, {"id": 2, **talk, "who": "luis"}, {"id": 3, **data, "who": "eva"},
        {"id": 4, **fair, "who": "ana"}, {"id": 5, **fair}, {"id": 6, "session": "t 1", "who": "eva"},
        {"id": 7, "session": "ZZ", "who": "rosa"}, {"id": 8, "session": "D1", "who": "ana"},
    ])  # fmt: skip
    _load(engine, "lista", "2023-07-03", [{"id": 1, **talk, "rating_clarity": 5}], kind="evaluation_form")
    assert join_responses(engine, by="carga") == 8
    # Settled into a session that was only counted: the count no longer stands.
    fair_choice = Choice("cola", "lista", title="Feria")
    assert settle(engine, fair_choice, "C1", reason="acta", actor="Ana") == 2
    _build_incrementally(settings, engine)
    assert _attended(engine) == {"D1": 3, "T1": 2, "C1": 2}
    assert _unmatched(engine) == {("ZZ", "unknown"): 1}
    first = _snapshot(engine)

    # Two of no session. A namesake of the workshop on the same day: who wrote no code waits again, until somebody says which. A person
    # corrects the code. What was settled is taken back.
    assert settle(engine, Choice("cola", "lista", written_code="ZZ"), None, reason="prueba", actor="Ana") == 1
    _sessions(engine, "2023-07-09", [dialogue, workshop, {**workshop, "code": "T2"}, {"code": "C1", "on": day, "title": "Solo contada"}])
    _load(engine, "lista", "2023-07-10", [
        {"id": 2, **talk, "who": "luis", "session": "T1"}, {"id": 9, **data, "who": "iris"}, {"id": 10, **data, "who": "paz"},
    ])  # fmt: skip
    assert join_responses(engine, by="carga") == 4
    assert settle(engine, Choice("cola", "lista", title="Taller de datos"), "T2", reason="lo dice el acta", actor="Luis") == 3
    assert withdraw(engine, fair_choice, reason="no era", actor="Luis") == 2
    assert withdraw(engine, Choice("cola", "lista", title="Taller de datos"), reason="faltaba mirar", actor="Luis") == 3
    assert settle(engine, Choice("cola", "lista", title="Taller de datos"), "T2", reason="lo dice el acta", actor="Luis") == 3
    _build_incrementally(settings, engine)
    assert _attended(engine) == {"D1": 2, "T1": 2, "T2": 3}
    assert _unmatched(engine) == {("", "blank"): 2, ("", "no_session"): 1}
    second = _snapshot(engine)
    assert all(first[table] != second[table] for table in INCREMENTAL)
    with engine.connect() as connection:
        counted = connection.scalar(
            text("select counted_qty from marts.rpt_attendance_by_session where entity_code = 'cola' and session_code = 'C1'")
        )
        evaluated = connection.execute(
            text("select session_code, answers from marts.rpt_evaluation where entity_code = 'cola' and question_code = 'rating_clarity'")
        ).all()
        decided_at = connection.scalar(text("select min(joined_at) from audit.response_join where entity_code = 'cola'"))
    assert counted == 40  # nobody answered there any more
    assert [tuple(row) for row in evaluated] == [("D1", 1)]
    # Two clocks: before the first decision, what was written.
    assert _attended(engine, f"marts.rpt_attendance_by_session_asof('infinity', '{decided_at}'::timestamptz - interval '1 second')") == {
        "D1": 1,
        "T1": 1,
    }
    assert _attended(engine, "marts.rpt_attendance_by_session_asof('infinity', now())") == _attended(engine)
    assert build(settings, full_refresh=True).built
    assert second == _snapshot(engine)


def test_responses_of_a_session_are_found_by_index_when_few_of_many_are_decided(warehouse: tuple[Settings, Engine]) -> None:
    settings, engine = warehouse
    assert not build(settings).built
    with engine.connect() as connection:
        submission = Participation(connection, "muchas").responses("2023-07-03", [{"id": 0, "session": "M0"}])
        connection.execute(
            text(
                "insert into raw.attendance_form (submitted_at, session_code, consent, _submission_id, _sheet, _row, _loaded_at, "
                "_contract_version, _response_key, _content_hash) select now(), case when n % 100 > 0 then 'M' || n % 500 end, "
                "false, :id, 'h', n, now(), '1.0.0', 'muchas:' || n, n::text from generate_series(1, 50000) as n"
            ),
            {"id": submission},
        )
        joined = connection.scalar(
            text("insert into audit.response_join (kind, entity_code, decided_qty, joined_at, actor) "
                 "values ('attendance_form', 'muchas', 500, now(), 'prueba') returning join_id")
        )  # fmt: skip
        connection.execute(
            text(
                "insert into audit.response_session (join_id, kind, entity_code, response_key, session_code, method, reason, actor, "
                "known_from, is_first) select :join, 'attendance_form', 'muchas', 'muchas:' || n, 'M' || n % 7, 'settled', '', 'prueba', "
                "now(), true from generate_series(100, 50000, 100) as n"
            ),
            {"join": joined},
        )
        connection.execute(text("analyze raw.attendance_form, audit.response_session, audit.submission"))
        wanted = "from staging.stg_attendance_form where entity_code = 'muchas' and session_code = 'M3'"
        found = connection.execute(text(f"select count(*), count(distinct _response_key) {wanted}")).one()
        plan = "\n".join(connection.scalars(text(f"explain select * {wanted}")))
        connection.rollback()
    assert tuple(found) == (100 + 71, 100 + 71)  # as written, and one in seven of the 500
    assert "attendance_form_session" in plan
    assert "response_session_session" in plan
    assert "Seq Scan on attendance_form" not in plan
