"""How much of a full build an incremental one costs: 1,000,000 attendance responses, nothing new, 1 % more.

    python benchmarks/incremental_build.py [--responses 1000000] [--home DIR]

Rows go straight into `raw` with generate_series, in a PostgreSQL of its own. Printed per step: execution time of the models (sum in
run_results) with its ratio to the full refresh, and the wall time of the whole command. The new 1 % comes twice: into the sessions of one
new month, as forms are filled in, and spread over every session of all years (the worst case).
"""

from __future__ import annotations

import argparse
from pathlib import Path

from sqlalchemy import Engine, text
from stage import installation, prepare_warehouse

from pipc_etl.warehouse.dbt import BuildResult, build
from pipc_etl.warehouse.engine import superuser_engine

SESSIONS = 2000
MONTHS = 36
FIRST_MONTH = "2021-01-01"
TARGET = 0.2

SUBMISSION = """
    insert into audit.submission (
        kind, contract_version, entity_code, dependency_code, period_code, fiscal_year, submission_key, form_code, sha256, file_name,
        landing_path, arrival, size_bytes, landed_at, received_at, state, accumulates, known_from, rows_read, rows_accepted
    )
    select
        :kind, '1.0.0', 'sg', 'OAP', '2021', 2021, :kind || :name, :name, encode(sha256((:kind || :name)::bytea), 'hex'), :name || '.csv',
        :name, :kind || :name, 1, now(), clock_timestamp(), 'accepted', :kind = 'attendance_form', clock_timestamp(), :rows, :rows
    returning submission_id
"""
EVENT = "insert into audit.submission_event (submission_id, state, at, actor) values (:id, 'accepted', now(), 'benchmark')"
# Twenty activities; a session's number says its month, so that later numbers are later months.
SESSION_ROWS = f"""
    insert into raw.session (
        session_code, title, space_type, plan_code, activity_code, session_on, session_status, modality,
        _submission_id, _sheet, _row, _loaded_at, _contract_version
    )
    select
        'S' || n, 'Sesión ' || n, 'talk', 'PIPC', 'A-' || n % 20,
        (date '{FIRST_MONTH}' + make_interval(months => ((n - 1) * {MONTHS} / {SESSIONS})::integer, days => (n % 28)::integer))::date,
        'held', 'virtual', :id, 'Sesiones', n, clock_timestamp(), '1.0.0'
    from generate_series(:first, :last) as n
"""
# 300,000 persons, one in twenty rows identifies nobody, one in a hundred has an unknown session.
RESPONSE_ROWS = """
    insert into raw.attendance_form (
        submitted_at, session_code, consent, sex, gender_identity, age, age_band, ethnic_group, disability, locality_code, person_key,
        _submission_id, _sheet, _row, _loaded_at, _contract_version, _response_key, _content_hash
    )
    select
        timestamptz '2021-01-01' + make_interval(mins => (n % 1000000)::integer),
        case when n % 100 = 7 then 'X' || n % 50 else 'S' || (:first_session + h % :sessions) end,
        n % 20 <> 0,
        (array['female', 'female', 'male', 'male', 'no_answer'])[1 + h / 7 % 5],
        (array['feminine', 'feminine', 'masculine', 'non_binary'])[1 + h / 11 % 4],
        case when n % 3 > 0 then 10 + h / 13 % 70 end,
        (array['young', 'adults', 'older_adults', 'no_answer'])[1 + h / 17 % 4],
        (array['6', '6', '6', '6', '5', '1', '9'])[1 + h / 19 % 7],
        case when h / 23 % 9 = 0 then array['visual', 'physical'] else array['none'] end,
        lpad((1 + h / 29 % 20)::text, 2, '0'),
        case when n % 20 <> 0 then encode(sha256((h / 31 % 300000)::text::bytea), 'hex') end,
        :id, 'Form1', n % 1000000, clock_timestamp(), '1.0.0', 'f:' || n, md5(n::text)
    from generate_series(cast(:first as bigint), cast(:last as bigint)) as n
    cross join lateral (values (abs(hashint8(n)::bigint))) as hashed (h)
"""


def add_sessions(engine: Engine, name: str, first: int, last: int) -> None:
    _add(engine, "session", name, SESSION_ROWS, {"first": first, "last": last, "rows": last - first + 1})


def add_responses(engine: Engine, name: str, first: int, last: int, first_session: int, sessions: int) -> None:
    parameters = {"first": first, "last": last, "first_session": first_session, "sessions": sessions, "rows": last - first + 1}
    _add(engine, "attendance_form", name, RESPONSE_ROWS, parameters)


def _add(engine: Engine, kind: str, name: str, rows: str, parameters: dict[str, int]) -> None:
    with engine.begin() as connection:
        identity = connection.execute(text(SUBMISSION), {"kind": kind, "name": name, "rows": parameters["rows"]}).scalar_one()
        connection.execute(text(rows), {key: value for key, value in parameters.items() if f":{key}" in rows} | {"id": identity})
        connection.execute(text(EVENT), {"id": identity})
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f"analyze raw.{kind}"))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--responses", type=int, default=1_000_000)
    parser.add_argument("--home", type=Path, help="keep the database here (default: a temporary folder)")
    arguments = parser.parse_args()
    with installation(arguments.home) as settings:
        prepare_warehouse(settings)
        engine = superuser_engine(settings)
        add_sessions(engine, "sesiones", 1, SESSIONS)
        add_responses(engine, "formulario", 1, arguments.responses, 1, SESSIONS)
        print(f"{arguments.responses:,} responses in {SESSIONS:,} sessions of {MONTHS} months")
        one_percent = arguments.responses // 100
        new_sessions = max(1, SESSIONS // MONTHS)
        full = build(settings, full_refresh=True)
        _print("full refresh", full, full)
        nothing = build(settings)
        print(f"{'nothing new':42}{'no dbt' if not nothing.built else 'BUILT':>14}{'':>14}{nothing.seconds:>12.1f} s")
        add_sessions(engine, "sesiones-2", SESSIONS + 1, SESSIONS + new_sessions)
        add_responses(engine, "f-2", arguments.responses + 1, arguments.responses + one_percent, SESSIONS + 1, new_sessions)
        month = build(settings)
        _print("+1 %, sessions of a new month", month, full)
        add_responses(engine, "f-3", arguments.responses + one_percent + 1, arguments.responses + 2 * one_percent, 1, SESSIONS)
        _print("+1 %, spread over every session", build(settings), full)
        again = build(settings, full_refresh=True)
        _print("full refresh again", again, full)
    ratio = month.model_seconds / full.model_seconds
    print(f"models' execution time, +1 % over full refresh: {ratio:.3f} (target {TARGET})")
    return 0 if ratio <= TARGET else 1


def _print(step: str, result: BuildResult, full: BuildResult) -> None:
    models = result.model_seconds
    print(f"{step:42}models {models:6.1f} s ({models / full.model_seconds:.3f})  command {result.seconds:6.1f} s")
    slowest = sorted((node for node in result.nodes if node.unique_id.startswith("model.")), key=lambda node: -node.seconds)[:8]
    print("    " + ", ".join(f"{node.unique_id.removeprefix('model.pipc.')} {node.seconds:.2f}" for node in slowest))


if __name__ == "__main__":
    raise SystemExit(main())
