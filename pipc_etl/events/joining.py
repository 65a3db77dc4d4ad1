"""Finds the session of responses after a load of forms or sessions, and takes earlier automatic decisions again where sessions changed."""

from __future__ import annotations

import logging

from sqlalchemy import Connection, Engine, text

from pipc_etl.events import decisions
from pipc_etl.events.problems import JoiningError
from pipc_etl.events.rules import EXACT, Question, Session, Sessions
from pipc_etl.settings import Settings
from pipc_etl.warehouse.engine import role_engine
from pipc_etl.warehouse.ledger import actor

_log = logging.getLogger(__name__)

# The kinds whose rows are responses, and the kind that their sessions are.
FORMS = ("attendance_form", "evaluation_form")
SESSION = "session"
_TAKEN = "state in ('accepted', 'accepted_with_observations', 'superseded')"

# A response whose written code is no session's, or about which something was decided already.
_OF_SUBMISSIONS = """
    insert into asked (response_key)
    select distinct r._response_key
    from raw.{kind} as r
    left join known_session as known on r.session_code = known.session_code
    left join audit.response_session as d on d.kind = '{kind}' and d.response_key = r._response_key and d.known_to = 'infinity'
    where r._submission_id = any(:submissions) and (known.session_code is null or d.response_key is not null)
"""
# Sessions changed: what was decided without a person, and responses whose written code was a session's once and is none now.
_OF_SESSIONS = """
    insert into asked (response_key)
    select d.response_key from audit.response_session as d
    where d.kind = '{kind}' and d.entity_code = :entity and d.known_to = 'infinity' and d.method <> 'settled'
    union
    select r._response_key
    from (
        select distinct former.session_code from raw.session as former
        inner join audit.submission as s on former._submission_id = s.submission_id
        where s.entity_code = :entity and former.session_code not in (select session_code from known_session)
    ) as gone
    inner join raw.{kind} as r on gone.session_code = r.session_code
    inner join audit.submission as s on r._submission_id = s.submission_id
    where s.entity_code = :entity
"""


def join_responses(engine: Engine, *, by: str) -> int:
    """Decide for every response that came, or whose sessions changed, since the last call; returns how many decisions changed.

    `engine` is the loader's. An entity is one transaction under a lock; submissions that were worked through are remembered, so a call
    that was killed is caught up by the next one. Raises JoiningError, after the last entity, where some could not be worked through.
    """
    with engine.connect() as connection:
        entities = connection.scalars(
            text(f"select distinct entity_code from ({_unseen()}) as unseen order by 1"), {"kinds": [*FORMS, SESSION]}
        ).all()
    decided = 0
    failed: dict[str, Exception] = {}
    for entity_code in entities:
        try:
            with engine.begin() as connection:
                decided += _join_entity(connection, entity_code, by)
        except Exception as error:  # noqa: BLE001 - one entity must not stop the others: all errors are raised at the end
            _log.exception("the responses of %s could not be joined with their sessions", entity_code)
            failed[entity_code] = error
    if failed:
        named = "; ".join(f"{entity_code} ({type(error).__name__})" for entity_code, error in failed.items())
        raise JoiningError(
            f"the responses of these entities could not be joined with their sessions: {named}. Those of the others were; "
            "these are tried again with the next load or with: pipc events queue"
        ) from ExceptionGroup("errors by entity", list(failed.values()))
    return decided


def join_after_load(settings: Settings) -> int:
    """`join_responses` in the name of the account that loads; every way in ends with it."""
    engine = role_engine(settings, "loader")
    try:
        return join_responses(engine, by=actor())
    finally:
        engine.dispose()


def judge(connection: Connection, kind: str, entity_code: str, by: str, sessions: Sessions) -> int:
    """Decide about the responses of temporary table `asked` by the rules; what a person settled stays. Returns how many changed."""
    decisions.find_latest(connection, kind, entity_code)
    groups = connection.execute(
        text("select distinct group_id, written_code, title, submitted_on from latest where method is distinct from 'settled'")
    ).all()
    decided = [(group.group_id, sessions.decide(Question(group.written_code, group.title, group.submitted_on))) for group in groups]
    connection.execute(text("create temporary table verdict (group_id bigint, method text, session_code text, reason text) on commit drop"))
    connection.execute(
        text(
            "insert into verdict select * from unnest(cast(:groups as bigint[]), cast(:methods as text[]), cast(:sessions as text[]), "
            "cast(:reasons as text[]))"
        ),
        {
            "groups": [group for group, _ in decided],
            "methods": [decision.method for _, decision in decided],
            "sessions": [decision.session_code for _, decision in decided],
            "reasons": [decision.reason for _, decision in decided],
        },
    )
    decisions.empty_changes(connection)
    connection.execute(
        text(
            """
            insert into change (response_key, written_code, replaces, session_code, method, reason)
            select l.response_key, l.written_code, l.decision_id, v.session_code, v.method, v.reason
            from latest as l
            inner join verdict as v on l.group_id = v.group_id
            where l.method is distinct from 'settled' and case
                when l.decision_id is null then v.reason <> :exact
                else (l.method, l.session_code, l.reason) is distinct from (v.method, v.session_code, v.reason)
            end
            """
        ),
        {"exact": EXACT},
    )
    # The person changed the code that was written: what was decided about the former one no longer matters.
    connection.execute(
        text(
            """
            insert into change (response_key, written_code, replaces, session_code, method, reason)
            select d.response_key, d.written_code, d.decision_id, d.written_code, 'withdrawn', 'rewritten'
            from latest as l
            inner join audit.response_session as d on d.kind = :kind and l.response_key = d.response_key and d.known_to = 'infinity'
            where d.written_code is distinct from l.written_code and d.method <> 'withdrawn'
            """
        ),
        {"kind": kind},
    )
    connection.execute(text("drop table verdict"))
    return decisions.record_changes(connection, kind, entity_code, by)


def known_sessions(connection: Connection, entity_code: str) -> Sessions:
    """The sessions of the entity as its marts know them now, and the codes issued to it."""
    rows = connection.execute(
        text(
            """
            select distinct on (r.session_code) r.session_code, r.title, r.session_on, r.session_status
            from raw.session as r
            inner join audit.submission as s on r._submission_id = s.submission_id
            where s.entity_code = :entity and s.known_to = 'infinity'
            order by r.session_code, r.session_status = 'held' desc, r.session_on desc, s.known_from desc, s.submission_id desc, r._row desc
            """
        ),
        {"entity": entity_code},
    )
    sessions = [Session(row.session_code, row.title or "", row.session_on, row.session_status or "") for row in rows]
    issued = connection.scalars(text("select session_code from audit.event_code where entity_code = :entity"), {"entity": entity_code})
    return Sessions(sessions, issued)


def _join_entity(connection: Connection, entity_code: str, by: str) -> int:
    decisions.lock(connection, entity_code)
    unseen = connection.execute(
        text(f"select submission_id, kind from ({_unseen()}) as unseen where entity_code = :entity"),
        {"kinds": [*FORMS, SESSION], "entity": entity_code},
    ).all()
    if not unseen:
        return 0  # somebody else was quicker
    sessions = known_sessions(connection, entity_code)
    connection.execute(text("create temporary table known_session (session_code text primary key) on commit drop"))
    connection.execute(text("insert into known_session select unnest(cast(:codes as text[]))"), {"codes": list(sessions.by_code)})
    decided = 0
    for kind in FORMS:
        decisions.empty_asked(connection)
        submissions = [row.submission_id for row in unseen if row.kind == kind]
        if submissions:
            connection.execute(text(_OF_SUBMISSIONS.format(kind=kind)), {"submissions": submissions})
        if any(row.kind == SESSION for row in unseen):
            connection.execute(text(_OF_SESSIONS.format(kind=kind)), {"entity": entity_code})
        decided += judge(connection, kind, entity_code, by, sessions)
    connection.execute(
        text("insert into audit.joined_submission (submission_id) select unnest(cast(:submissions as bigint[]))"),
        {"submissions": [row.submission_id for row in unseen]},
    )
    return decided


def _unseen() -> str:
    """Accepted submissions of forms and sessions that nobody worked through yet."""
    return (
        f"select submission_id, kind, entity_code from audit.submission as s where kind = any(:kinds) and {_TAKEN} "
        "and not exists (select 1 from audit.joined_submission as j where j.submission_id = s.submission_id)"
    )
