"""The history of decisions about responses, and the temporary tables through which many are taken at once.

`asked` has the responses in question, `latest` their last versions with what is decided about them now, `change` what is to be decided.
Everything runs inside the caller's transaction, under `lock`.
"""

from __future__ import annotations

from typing import cast

from sqlalchemy import Connection, text

# Days are those of Bogotá; responses of one group say the same and get the same answer.
_LATEST = """
    create temporary table latest on commit drop as
    select
        versions.*,
        d.decision_id,
        d.method,
        d.session_code,
        d.reason,
        d.known_from,
        dense_rank() over (
            order by dependency_code, form_code, versions.written_code, title, submitted_on, d.method, d.reason, d.session_code
        ) as group_id
    from (
        select distinct on (r._response_key)
            r._response_key as response_key,
            r.session_code as written_code,
            coalesce(nullif(r.event_title, ''), replace(s.form_code, '-', ' ')) as title,
            (r.submitted_at at time zone 'America/Bogota')::date as submitted_on,
            s.form_code,
            s.dependency_code
        from (select distinct response_key from asked) as asked
        inner join raw.{kind} as r on asked.response_key = r._response_key
        inner join audit.submission as s on r._submission_id = s.submission_id
        where s.entity_code = :entity
        order by r._response_key, s.known_from desc, s.submission_id desc, r._row desc
    ) as versions
    left join audit.response_session as d
        on d.kind = '{kind}' and versions.response_key = d.response_key and versions.written_code is not distinct from d.written_code
        and d.known_to = 'infinity'
"""


def lock(connection: Connection, entity_code: str) -> None:
    """One at a time decides about the responses of an entity, until the transaction ends."""
    connection.execute(text("select pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": f"response_session|{entity_code}"})


def empty_asked(connection: Connection) -> None:
    """An empty `asked`."""
    connection.execute(text("drop table if exists asked"))
    connection.execute(text("create temporary table asked (response_key text not null) on commit drop"))


def find_latest(connection: Connection, kind: str, entity_code: str) -> None:
    """Fill `latest` for the responses of `asked`."""
    connection.execute(text("analyze asked"))
    connection.execute(text("drop table if exists latest"))
    connection.execute(text(_LATEST.format(kind=kind)), {"entity": entity_code})
    connection.execute(text("analyze latest"))


def empty_changes(connection: Connection) -> None:
    """An empty `change`; `replaces` is the decision that the new one follows, null for the first."""
    connection.execute(text("drop table if exists change"))
    connection.execute(
        text(
            "create temporary table change (response_key text not null, written_code text, replaces bigint, session_code text, "
            "method text not null, reason text not null) on commit drop"
        )
    )


def record_changes(connection: Connection, kind: str, entity_code: str, actor: str) -> int:
    """Write what `change` has into the history, all from one moment on; returns how many decisions that are."""
    qty = cast(int, connection.scalar(text("select count(*) from change")))
    if qty == 0:
        return 0
    parameters = {"kind": kind, "entity": entity_code, "actor": actor, "qty": qty}
    join = connection.execute(
        text(
            "insert into audit.response_join (kind, entity_code, decided_qty, joined_at, actor) "
            # A clock that was set back must not make a decision end before it began.
            "select :kind, :entity, :qty, greatest(clock_timestamp(), max(joined_at)), :actor from audit.response_join "
            "where entity_code = :entity returning join_id, joined_at"
        ),
        parameters,
    ).one()
    parameters |= {"join": join.join_id, "at": join.joined_at}
    connection.execute(
        text("update audit.response_session as d set known_to = :at from change as c where d.decision_id = c.replaces"), parameters
    )
    connection.execute(
        text(
            "insert into audit.response_session (join_id, kind, entity_code, response_key, written_code, session_code, method, reason, "
            "actor, known_from, is_first) select :join, :kind, :entity, response_key, written_code, session_code, method, reason, :actor, "
            ":at, replaces is null from change"
        ),
        parameters,
    )
    return qty
