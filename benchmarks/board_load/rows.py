"""A million attendances in thousands of sessions of six years, straight into `raw` with a submission for each dependency and year."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Engine, text

ENTITY = "secretaria-general"
YEARS = range(2018, 2024)
# The dependencies of the sample with activities of its plans: names on the boards are real ones.
ACTIVITIES = {
    "OAP": ("GAB-01", "GAB-02", "GAB-03"),
    "ACV": ("ACV-01", "ACV-02"),
    "TIC": ("TIC-01", "TIC-02", "TIC-03", "TIC-04"),
    "ST": ("ST-01", "ST-02"),
    "SSC": ("SSC-01", "SSC-02"),
}
SPACES = ("facebook_live", "workshop", "table", "talk")

_SUBMISSION = """
    insert into audit.submission (
        kind, contract_version, entity_code, dependency_code, period_code, fiscal_year, submission_key, form_code, sha256, file_name,
        landing_path, arrival, size_bytes, landed_at, received_at, is_reconstruction, state, accumulates, known_from, rows_read,
        rows_accepted
    )
    select
        :kind, '1.0.0', :entity, :dependency, cast(cast(:year as integer) as text), :year, :name, :name,
        encode(sha256(cast(:name as bytea)), 'hex'), :name || '.csv',
        :name, :name, 1, now(), clock_timestamp(), true, 'accepted', :kind <> 'session', clock_timestamp(), :rows, :rows
    returning submission_id
"""
_EVENT = "insert into audit.submission_event (submission_id, state, at, actor) values (:id, 'accepted', now(), 'benchmark')"
_SESSIONS = """
    insert into raw.session (
        session_code, title, space_type, plan_code, activity_code, session_on, session_status, modality, locality_code,
        _submission_id, _sheet, _row, _loaded_at, _contract_version
    )
    select
        cast(:prefix as text) || n, 'Sesión ' || n || ' de ' || :year, (cast(:spaces as text[]))[1 + n % :space_qty], 'PIPC',
        (cast(:activities as text[]))[1 + n % :activity_qty], make_date(:year, 1 + n % 12, 1 + n % 28), 'held',
        case when n % 3 = 0 then 'virtual' else 'in_person' end, lpad((1 + n % 20)::text, 2, '0'),
        :id, 'Sesiones', n, clock_timestamp(), '1.0.0'
    from generate_series(1, cast(:rows as integer)) as n
"""
# 300,000 persons in all; one response in twenty identifies nobody, one in a hundred names a session that nobody knows.
_ATTENDANCES = """
    insert into raw.attendance_form (
        submitted_at, session_code, consent, sex, gender_identity, age, age_band, ethnic_group, disability, locality_code, person_key,
        _submission_id, _sheet, _row, _loaded_at, _contract_version, _response_key, _content_hash
    )
    select
        make_timestamptz(:year, 1 + h % 12, 1 + h % 28, 10, n % 60, 0),
        case when n % 100 = 7 then 'X' || n % 50 else cast(:prefix as text) || (1 + h % :sessions) end,
        n % 20 <> 0,
        (array['female', 'female', 'male', 'male', 'no_answer'])[1 + h / 7 % 5],
        (array['feminine', 'feminine', 'masculine', 'non_binary'])[1 + h / 11 % 4],
        case when n % 3 > 0 then 10 + h / 13 % 70 end,
        (array['young', 'adults', 'older_adults', 'no_answer'])[1 + h / 17 % 4],
        (array['6', '6', '6', '6', '5', '1', '9'])[1 + h / 19 % 7],
        case when h / 23 % 9 = 0 then array['visual', 'physical'] else array['none'] end,
        lpad((1 + h / 29 % 20)::text, 2, '0'),
        case when n % 20 <> 0 then encode(sha256((h / 31 % 300000)::text::bytea), 'hex') end,
        :id, 'Form1', n, clock_timestamp(), '1.0.0', cast(:prefix as text) || n, md5(cast(:prefix as text) || n)
    from generate_series(1, cast(:rows as integer)) as n
    cross join lateral (values (abs(hashint8extended(n, cast(:id as bigint)) % 1000000007)::integer)) as hashed (h)
"""
_EVALUATIONS = """
    insert into raw.evaluation_form (
        submitted_at, session_code, rating_organization, rating_clarity, rating_relevance, rating_participation, would_return,
        _submission_id, _sheet, _row, _loaded_at, _contract_version, _response_key, _content_hash
    )
    select
        make_timestamptz(:year, 1 + h % 12, 1 + h % 28, 10, n % 60, 0), cast(:prefix as text) || (1 + h % :sessions),
        1 + h / 7 % 5, 1 + h / 11 % 5, 1 + h / 13 % 5, nullif(h / 17 % 6, 0), h / 19 % 4 > 0,
        :id, 'Form1', n, clock_timestamp(), '1.0.0', 'e' || cast(:prefix as text) || n, md5('e' || cast(:prefix as text) || n)
    from generate_series(1, cast(:rows as integer)) as n
    cross join lateral (values (abs(hashint8extended(n, cast(:id as bigint)) % 1000000007)::integer)) as hashed (h)
"""


@dataclass(frozen=True)
class Load:
    """How much there is, spread evenly over dependencies and years."""

    attendances: int = 1_000_000
    sessions: int = 6_000
    evaluations: int = 200_000


def add_rows(engine: Engine, load: Load) -> None:
    """Commit the rows with their submissions, and tell the planner about them."""
    places = [(dependency, year) for dependency in ACTIVITIES for year in YEARS]
    for number, (dependency, year) in enumerate(places):
        sessions = _share(load.sessions, number, len(places))
        prefix = f"{dependency}{year}-"
        common = {"year": year, "prefix": prefix}
        activities = list(ACTIVITIES[dependency])
        named = {"activities": activities, "activity_qty": len(activities), "spaces": list(SPACES), "space_qty": len(SPACES)}
        _add(engine, "session", dependency, year, _SESSIONS, {**common, **named, "rows": sessions})
        for kind, rows, qty in (("attendance_form", _ATTENDANCES, load.attendances), ("evaluation_form", _EVALUATIONS, load.evaluations)):
            _add(engine, kind, dependency, year, rows, {**common, "sessions": sessions, "rows": _share(qty, number, len(places))})
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for table in ("session", "attendance_form", "evaluation_form"):
            connection.execute(text(f"analyze raw.{table}"))


def _share(total: int, number: int, parts: int) -> int:
    return total // parts + (number < total % parts)


def _add(engine: Engine, kind: str, dependency: str, year: int, rows: str, parameters: dict[str, object]) -> None:
    name = f"banco-{kind}-{dependency}-{year}"
    submission = {"kind": kind, "entity": ENTITY, "dependency": dependency, "year": year, "name": name, "rows": parameters["rows"]}
    with engine.begin() as connection:
        identity = connection.execute(text(_SUBMISSION), submission).scalar_one()
        connection.execute(text(rows), {**parameters, "id": identity})
        connection.execute(text(_EVENT), {"id": identity})
