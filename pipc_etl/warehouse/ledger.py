"""The ledger of submissions: who takes what place in the history of its key. Every function runs inside the caller's transaction."""

from __future__ import annotations

import getpass
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, cast

from sqlalchemy import Connection, text

from pipc_etl.contracts import Contract
from pipc_etl.intake.landing import Fetched
from pipc_etl.warehouse.empty_month import ACCEPTED, declared_before, first_report_after

State = Literal["unreadable", "returned", "accepted", "accepted_with_observations", "superseded"]


@dataclass(frozen=True)
class Arrival:
    """One file as it lay in a landing place; `fingerprint` is the same only if it is the same arrival."""

    path: Path
    landing_path: str
    sha256: str
    size_bytes: int
    landed_at: datetime
    stamp: str

    @property
    def fingerprint(self) -> str:
        return f"{self.landing_path}|{self.stamp}|{self.sha256}"


@dataclass(frozen=True)
class Key:
    """The submission key of a file; `accumulates` if it adds to the history without replacing anything.

    `declaration` is the key under which the same sender declares the same month empty: a report replaces it.
    """

    text: str
    accumulates: bool
    declaration: str | None = None

    @property
    def is_declaration(self) -> bool:
        return self.text == self.declaration


@dataclass(frozen=True)
class Receipt:
    """When a file was received; `is_reconstruction` if the samples' manifest says so."""

    received_at: datetime
    is_reconstruction: bool


@dataclass(frozen=True)
class Entry:
    """What the ledger says of a file beside its arrival and its receipt; `key` None where it could not be told."""

    kind: str
    contract_version: str
    entity_code: str
    dependency_code: str
    period_code: str
    fiscal_year: int | None
    form_code: str | None
    key: Key | None
    state: State
    rows_read: int
    rows_accepted: int
    rows_quarantined: int
    rows_already_known: int


def actor() -> str:
    """Who takes files in: the account that runs the ingest."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # an account without a name, as containers have
        return "unknown"


def arrival(fetched: Fetched, landing: Path, presence: int | None = None) -> Arrival:
    """The arrival of a file that was just archived; `presence` is the id of a file elsewhere as long as it is there (remote_files)."""
    waiting = fetched.waiting
    path = waiting.path
    return Arrival(
        path=path,
        landing_path=str(path.relative_to(landing)) if path.is_relative_to(landing) else str(path),
        sha256=fetched.archived.sha256,
        size_bytes=fetched.archived.size_bytes,
        landed_at=fetched.landed_at,
        # Elsewhere times are what the sender's program says: the same file may come again with the times that it had before.
        stamp=f"{waiting.address}|{fetched.stamp}|{presence}" if waiting.address else fetched.stamp,
    )


def make_key(contract: Contract, envelope: Mapping[str, str | None], values: Mapping[str, str], sha256: str, *, is_correction: bool) -> Key:
    """The key from the path's fields and the one value each of the others has; a correction's key is its own."""
    parts = [envelope[name] if name in envelope else values[name] for name in contract.submission_key]
    key = "|".join((part or "").replace("|", "%7C") for part in parts)
    if is_correction:
        return Key(f"{key}|correction:{sha256[:16]}", accumulates=True)
    declaration = declaration_key(contract, envelope).text if contract.empty_declaration else None
    return Key(key, accumulates=contract.supersession == "append", declaration=declaration)


def declaration_key(contract: Contract, envelope: Mapping[str, str | None]) -> Key:
    """The key of a file without rows: its place is all that it says, so it speaks for the sender's whole period."""
    parts = [envelope[name] or "" for name in contract.submission_key if name in envelope]
    text = "|".join(part.replace("|", "%7C") for part in (*parts, f"declaration:{envelope['period_code']}"))
    return Key(text, accumulates=False, declaration=text)


def lock(connection: Connection, kind: str, key: Key | None) -> None:
    """Hold the key, then that of its declaration, until the transaction ends: two files of one key are never loaded at once."""
    names = [key.text, key.declaration] if key and key.declaration else [key.text if key else ""]
    for name in dict.fromkeys(names):
        connection.execute(text("select pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": f"{kind}|{name}"})


def taken(connection: Connection, fingerprint: str) -> int | None:
    """The submission that this very arrival already became (or was found equal to)."""
    row = connection.scalar(
        text(
            "select submission_id from audit.submission where arrival = :arrival "
            "union all select submission_id from audit.submission_event where arrival = :arrival limit 1"
        ),
        {"arrival": fingerprint},
    )
    return None if row is None else int(row)


def same_place(connection: Connection, sha256: str, kind: str, envelope: Mapping[str, str | None]) -> Key | None:
    """The key of a current file with these bytes from this place: equal bytes in the same place have the same key."""
    row = connection.execute(
        text(
            "select submission_key, accumulates from audit.submission "
            "where sha256 = :sha256 and kind = :kind and entity_code = :entity_code and dependency_code = :dependency_code "
            "and period_code = :period_code and form_code is not distinct from :form_code "
            "and state in ('accepted', 'accepted_with_observations') limit 1"
        ),
        {"sha256": sha256, "kind": kind, **envelope},
    ).one_or_none()
    return None if row is None else Key(str(row[0]), bool(row[1]))


def current_equal(connection: Connection, kind: str, key: Key, sha256: str) -> tuple[int, str] | None:
    """(submission, state) of the current file of the key if it has these bytes."""
    row = connection.execute(
        text(
            "select submission_id, state from audit.submission where kind = :kind and submission_key = :key and sha256 = :sha256 "
            "and state in ('accepted', 'accepted_with_observations') limit 1"
        ),
        {"kind": kind, "key": key.text, "sha256": sha256},
    ).one_or_none()
    return None if row is None else (int(row[0]), str(row[1]))


def has_earlier(connection: Connection, kind: str, key: Key) -> bool:
    """Whether the key already has accepted submissions."""
    query = text(f"select exists (select from audit.submission where kind = :kind and submission_key = :key and {ACCEPTED})")
    return bool(connection.scalar(query, {"kind": kind, "key": key.text}))


def record_duplicate(connection: Connection, submission_id: int, found: Arrival) -> None:
    """Remember that the current file of the key arrived once more."""
    connection.execute(
        text(
            "insert into audit.submission_event (submission_id, state, at, actor, note, arrival) "
            "values (:id, 'duplicate', clock_timestamp(), :actor, :note, :arrival)"
        ),
        {"id": submission_id, "actor": actor(), "note": found.landing_path, "arrival": found.fingerprint},
    )


def simulated_receipt(connection: Connection, sha256: str) -> datetime | None:
    """When the samples' manifest says that these bytes were received."""
    query = text("select received_at from audit.simulated_receipt where sha256 = :sha256")
    return cast(datetime | None, connection.scalar(query, {"sha256": sha256}))


def receipt(connection: Connection, sha256: str) -> Receipt:
    """Now, by the database's clock, unless the samples' manifest has these bytes."""
    simulated = simulated_receipt(connection, sha256)
    if simulated is not None:
        return Receipt(simulated, is_reconstruction=True)
    return Receipt(connection.execute(text("select clock_timestamp()")).scalar_one(), is_reconstruction=False)


def insert(connection: Connection, entry: Entry, found: Arrival, when: Receipt, taken_at: datetime) -> int:
    """Write the submission with its first two events and its place in the history of its key; returns its id."""
    values = _values(entry, found, when)
    replaces = entry.key is not None and not entry.key.accumulates and entry.state in ("accepted", "accepted_with_observations")
    later = _neighbour(connection, entry, when, "later") or first_report_after(connection, entry, when.received_at) if replaces else None
    earlier = _neighbour(connection, entry, when, "earlier") if replaces else None
    if later is not None:
        values |= {"state": "superseded", "known_to": later[1], "superseded_by": later[0]}
    elif earlier is not None:
        # Out of the way first: the unique index admits one current file a key. It points to its successor as soon as that has an id.
        _close(connection, earlier[0], when.received_at, earlier[0])
    names = ", ".join(values)
    holders = ", ".join(f":{name}" for name in values)
    statement = f"insert into audit.submission ({names}) values ({holders}) returning submission_id"
    submission_id = int(connection.execute(text(statement), values).scalar_one())
    events: list[tuple[str, datetime, str | None]] = [("received", taken_at, None), (entry.state, datetime.now(UTC), None)]
    if later is not None:
        events.append(("superseded", datetime.now(UTC), f"by {later[0]}, received later"))
    add_events(connection, submission_id, events)
    replaced = [earlier[0]] if earlier is not None else []
    for former in (*replaced, *(declared_before(connection, entry, when.received_at) if replaces else ())):
        _close(connection, former, when.received_at, submission_id)
        add_events(connection, former, [("superseded", datetime.now(UTC), f"by {submission_id}")])
    return submission_id


def _values(entry: Entry, found: Arrival, when: Receipt) -> dict[str, object]:
    return {
        "kind": entry.kind,
        "contract_version": entry.contract_version,
        "entity_code": entry.entity_code,
        "dependency_code": entry.dependency_code,
        "period_code": entry.period_code,
        "fiscal_year": entry.fiscal_year,
        "submission_key": entry.key.text if entry.key else None,
        "form_code": entry.form_code,
        "sha256": found.sha256,
        "file_name": found.path.name,
        "landing_path": found.landing_path,
        "arrival": found.fingerprint,
        "size_bytes": found.size_bytes,
        "landed_at": found.landed_at,
        "received_at": when.received_at,
        "is_reconstruction": when.is_reconstruction,
        "state": entry.state,
        "accumulates": entry.key is not None and entry.key.accumulates,
        "known_from": when.received_at,
        "known_to": "infinity",
        "superseded_by": None,
        "rows_read": entry.rows_read,
        "rows_accepted": entry.rows_accepted,
        "rows_quarantined": entry.rows_quarantined,
        "rows_already_known": entry.rows_already_known,
    }


def _neighbour(connection: Connection, entry: Entry, when: Receipt, side: Literal["earlier", "later"]) -> tuple[int, datetime] | None:
    """The submission of the same key received just before (or at the same time), or just after."""
    assert entry.key is not None
    compare, order = ("<=", "desc") if side == "earlier" else (">", "asc")
    row = connection.execute(
        text(
            f"select submission_id, received_at from audit.submission where kind = :kind and submission_key = :key and {ACCEPTED} "
            f"and received_at {compare} :received_at order by received_at {order}, submission_id {order} limit 1"
        ),
        {"kind": entry.kind, "key": entry.key.text, "received_at": when.received_at},
    ).one_or_none()
    return None if row is None else (int(row[0]), row[1])


def _close(connection: Connection, submission_id: int, known_to: datetime, superseded_by: int) -> None:
    connection.execute(
        text("update audit.submission set state = 'superseded', known_to = :known_to, superseded_by = :by where submission_id = :id"),
        {"known_to": known_to, "by": superseded_by, "id": submission_id},
    )


def add_events(connection: Connection, submission_id: int, events: Sequence[tuple[str, datetime, str | None]]) -> None:
    """Add (state, at, note) to the history of a submission."""
    connection.execute(
        text("insert into audit.submission_event (submission_id, state, at, actor, note) values (:id, :state, :at, :actor, :note)"),
        [{"id": submission_id, "state": state, "at": at, "actor": actor(), "note": note} for state, at, note in events],
    )
