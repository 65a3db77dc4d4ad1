"""The ledger where a month is declared empty: a report replaces the declaration, whatever plan it is of, and forbids another."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import Connection, text

if TYPE_CHECKING:
    from pipc_etl.warehouse.ledger import Entry

ACCEPTED = "state in ('accepted', 'accepted_with_observations', 'superseded')"


def first_report_after(connection: Connection, entry: Entry, received_at: datetime) -> tuple[int, datetime] | None:
    """Of a declaration of an empty month: the first report of the same sender and month received after it."""
    assert entry.key is not None
    if not entry.key.is_declaration:
        return None
    row = connection.execute(
        text(
            "select submission_id, received_at from audit.submission where kind = :kind and entity_code = :entity "
            "and dependency_code = :dependency and period_code = :period and submission_key <> :key and not accumulates "
            f"and {ACCEPTED} and received_at > :received_at order by received_at, submission_id limit 1"
        ),
        {
            "kind": entry.kind, "entity": entry.entity_code, "dependency": entry.dependency_code, "period": entry.period_code,
            "key": entry.key.text, "received_at": received_at,
        },
    ).one_or_none()  # fmt: skip
    return None if row is None else (int(row[0]), row[1])


def declared_before(connection: Connection, entry: Entry, received_at: datetime) -> list[int]:
    """Of a report: the current declaration that its month was empty, received before it."""
    assert entry.key is not None
    if entry.key.declaration is None or entry.key.is_declaration:
        return []
    rows = connection.scalars(
        text(
            "select submission_id from audit.submission where kind = :kind and submission_key = :key "
            "and state in ('accepted', 'accepted_with_observations') and received_at <= :received_at"
        ),
        {"kind": entry.kind, "key": entry.key.declaration, "received_at": received_at},
    )
    return [int(row) for row in rows]


def current_report(connection: Connection, kind: str, envelope: Mapping[str, str | None], at: datetime) -> tuple[str, int, datetime] | None:
    """(file, rows, received at) of a report with rows, known at `at`, of the sender and period; corrections are not the sender's own."""
    row = connection.execute(
        text(
            "select file_name, rows_read, received_at from audit.submission where kind = :kind and entity_code = :entity_code "
            f"and dependency_code = :dependency_code and period_code = :period_code and not accumulates and {ACCEPTED} "
            "and rows_read > 0 and known_from <= :at and known_to > :at order by received_at desc limit 1"
        ),
        {"kind": kind, "at": at, **{name: envelope[name] for name in ("entity_code", "dependency_code", "period_code")}},
    ).one_or_none()
    return None if row is None else (str(row[0]), int(row[1]), row[2])
