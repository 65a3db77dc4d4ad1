"""What audit keeps of a build: its fingerprint, the marts that it made with their rows, or why it did not end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, text

_NEW = """
select submission_id from audit.submission where ingested_at < :at
and ingested_at >= coalesce((select max(started_at) from audit.build), '-infinity') order by submission_id
"""


@dataclass(frozen=True)
class Made:
    """One relation of schema `marts` that the build made."""

    relation: str
    seconds: float
    finished_at: datetime | None


def record(
    connection: Connection, fingerprint: str, relations: int, started_at: datetime, full_refresh: bool, made: Sequence[Made]
) -> tuple[int, list[int]]:
    """Write a build that ended, with the rows of each mart, and commit; its number, and the submissions that came since the one before."""
    tables = _tables(connection)
    new = list(connection.scalars(text(_NEW), {"at": started_at}))
    build_id: int = connection.execute(
        text(
            "insert into audit.build (fingerprint, relations, started_at, full_refresh) values (:print, :relations, :at, :full) "
            "returning build_id"
        ),
        {"print": fingerprint, "relations": relations, "at": started_at, "full": full_refresh},
    ).scalar_one()
    rows = [
        {"id": build_id, "relation": item.relation, "seconds": item.seconds, "at": item.finished_at or datetime.now(UTC),
         "rows": _count(connection, tables[item.relation]) if item.relation in tables else None}
        for item in made
    ]  # fmt: skip
    if rows:
        statement = text("insert into audit.build_relation values (:id, :relation, :rows, :seconds, :at)")
        connection.execute(statement, rows)
    connection.commit()
    return build_id, new


def record_failure(connection: Connection, started_at: datetime, full_refresh: bool, message: str) -> None:
    """Write a build that did not end, and commit."""
    connection.execute(
        text("insert into audit.build_failure (started_at, full_refresh, message) values (:at, :full, :message)"),
        {"at": started_at, "full": full_refresh, "message": message},
    )
    connection.commit()


def _tables(connection: Connection) -> dict[str, str]:
    """Quoted names of the tables of schema `marts`, by name; a view has no rows of its own."""
    query = "select relname, format('marts.%I', relname) from pg_class where relnamespace = 'marts'::regnamespace and relkind in ('r', 'm')"
    return {str(name): str(quoted) for name, quoted in connection.execute(text(query))}


def _count(connection: Connection, relation: str) -> int:
    return int(connection.execute(text(f"select count(*) from {relation}")).scalar_one())
