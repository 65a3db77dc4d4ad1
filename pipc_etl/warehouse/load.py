"""One load = one transaction: ledger, rows, private rows, quarantine, findings, supersession."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

import pyarrow as pa
from sqlalchemy import Connection, Engine, text

from pipc_etl.contracts import Contract, Finding
from pipc_etl.validation.verdict import Place
from pipc_etl.warehouse import ledger
from pipc_etl.warehouse.forgotten import keep_random_keys
from pipc_etl.warehouse.ledger import Arrival, Entry
from pipc_etl.warehouse.rows import copy_rows, incoming_columns

_TIMEZONE = "America/Bogota"  # of the naive times in a form
_FINDING = pa.schema(
    [
        ("submission_id", pa.int64()), ("rule", pa.string()), ("severity", pa.string()), ("scope", pa.string()), ("sheet", pa.string()),
        ("cell", pa.string()), ("row_number", pa.int32()), ("column_name", pa.string()), ("value", pa.string()), ("message", pa.string()),
        ("remedy", pa.string()), ("row_key", pa.string()),
    ]
)  # fmt: skip
_QUARANTINE = pa.schema(
    [
        ("submission_id", pa.int64()), ("sheet", pa.string()), ("row_number", pa.int32()), ("values", pa.string()),
        ("rules", pa.list_(pa.string())),
    ]
)  # fmt: skip


@dataclass(frozen=True)
class QuarantinedRow:
    """A row set apart: its original text as JSON and the ids of the rules it broke."""

    sheet: str
    row: int
    values: str
    rules: tuple[str, ...]


@dataclass(frozen=True)
class Loaded:
    """What became of a file: `how` tells a load from an arrival already taken and from bytes that are already current."""

    submission_id: int
    state: str
    how: Literal["loaded", "taken", "duplicate"]
    rows_accepted: int = 0
    rows_already_known: int = 0


def load_small(
    engine: Engine,
    contract: Contract | None,
    entry: Entry,
    found: Arrival,
    taken_at: datetime,
    accepted: pa.RecordBatch | None,
    quarantined: Iterable[QuarantinedRow],
    findings: Sequence[Finding],
    row_keys: Mapping[Place, str] | None = None,
) -> Loaded:
    """Load one judged file; `accepted` are identified rows (None for a returned or unreadable file), `entry` has the verdict's counts.

    A file that is already in the ledger changes nothing but, for equal bytes that arrived again, its history.
    """
    with engine.begin() as connection:
        earlier = open_load(connection, entry, found)
        if earlier is not None:
            return earlier
        if accepted is not None and contract is not None:
            cursor = connection.connection.cursor()
            columns = ", ".join(f"{name} {type_}" for name, type_ in incoming_columns(contract).items())
            cursor.execute(f"create temporary table incoming ({columns}) on commit drop")
            copy_rows(cursor, "incoming", accepted)
            loaded = finish(connection, contract, entry, found, taken_at, "incoming")
            _copy_quarantine(cursor, contract, loaded.submission_id, quarantined)
        else:
            loaded = record(connection, entry, found, taken_at)
        insert_findings(connection, loaded.submission_id, findings, row_keys)
        return loaded


def record(connection: Connection, entry: Entry, found: Arrival, taken_at: datetime) -> Loaded:
    """Write the ledger for a file of which nothing is loaded."""
    submission_id = ledger.insert(connection, entry, found, ledger.receipt(connection, found.sha256), taken_at)
    return Loaded(submission_id, entry.state, "loaded")


def open_load(connection: Connection, entry: Entry, found: Arrival) -> Loaded | None:
    """Lock the key; the earlier fate of the file if the ledger already has it, else None and the load may go on."""
    connection.execute(text(f"set local timezone to '{_TIMEZONE}'"))
    ledger.lock(connection, entry.kind, entry.key)
    submission_id = ledger.taken(connection, found.fingerprint)
    if submission_id is not None:
        return Loaded(submission_id, entry.state, "taken")
    if entry.key is not None and entry.state in ("accepted", "accepted_with_observations"):
        equal = ledger.current_equal(connection, entry.kind, entry.key, found.sha256)
        if equal is not None:
            ledger.record_duplicate(connection, equal[0], found)
            return Loaded(equal[0], equal[1], "duplicate")
    return None


def finish(
    connection: Connection, contract: Contract, entry: Entry, found: Arrival, taken_at: datetime, incoming: str, *, may_repeat: bool = True
) -> Loaded:
    """Write the ledger and copy the rows of the relation `incoming` (all of them accepted) to `raw` and `private`.

    `may_repeat` False: no response stands in it twice.
    """
    when = ledger.receipt(connection, found.sha256)
    known = 0
    if contract.flow == "form_responses":
        known = _forget_repeated(connection, incoming) if may_repeat else 0
        if entry.key is not None and ledger.has_earlier(connection, entry.kind, entry.key):
            known += _forget_known(connection, contract, incoming, when.received_at)
    if contract.has_persons:
        keep_random_keys(connection, contract, incoming, when.received_at)
    entry = replace(entry, rows_accepted=entry.rows_accepted - known, rows_already_known=known)
    submission_id = ledger.insert(connection, entry, found, when, taken_at)
    inserted = _insert_rows(connection, contract, incoming, submission_id)
    if inserted != entry.rows_accepted or inserted + entry.rows_quarantined + known != entry.rows_read:
        raise AssertionError(
            f"{found.landing_path}: {inserted} rows loaded + {entry.rows_quarantined} quarantined + {known} already known "
            f"are not the {entry.rows_read} rows read"
        )
    return Loaded(submission_id, entry.state, "loaded", entry.rows_accepted, known)


def _forget_repeated(connection: Connection, incoming: str) -> int:
    """Delete from `incoming` the second and later rows of a response with the same content; returns how many."""
    result = connection.execute(
        text(
            f"""
            delete from {incoming} where ctid in (
                select ctid from (
                    select ctid, row_number() over (partition by _response_key, _content_hash order by _row) as occurrence
                    from {incoming}
                    where _response_key in (select _response_key from {incoming} group by _response_key having count(*) > 1)
                ) as copies
                where occurrence > 1
            )
            """
        )
    )
    return int(result.rowcount)


def _forget_known(connection: Connection, contract: Contract, incoming: str, received_at: datetime) -> int:
    """Delete from `incoming` the responses whose last version known at that time has the same content; returns how many."""
    connection.execute(text(f"analyze {incoming} (_response_key)"))
    result = connection.execute(
        text(
            f"""
            with versions as (
                select distinct on (r._response_key) r._response_key, r._content_hash
                from raw.{contract.kind} as r
                inner join audit.submission as s on r._submission_id = s.submission_id
                where r._response_key in (select _response_key from {incoming}) and s.received_at <= :received_at
                order by r._response_key, s.received_at desc, s.submission_id desc, r._row desc
            )
            delete from {incoming} as i using versions as v
            where i._response_key = v._response_key and i._content_hash = v._content_hash
            """
        ),
        {"received_at": received_at},
    )
    return int(result.rowcount)


def _insert_rows(connection: Connection, contract: Contract, incoming: str, submission_id: int) -> int:
    """Copy `incoming` to `private` and `raw`; personal columns of whoever did not consent are left behind. Returns the rows in `raw`."""
    params = {"id": submission_id, "version": contract.version}
    columns = list(incoming_columns(contract))
    personal = [column.name for column in contract.personal_columns]
    origin = ["_sheet", "_row"]
    if personal:
        names = ", ".join([*personal, *(["person_key"] if contract.has_persons else []), *origin])
        consented = "where consent" if contract.has_persons else ""
        connection.execute(
            text(f"insert into private.{contract.kind} (_submission_id, {names}) select :id, {names} from {incoming} {consented}"), params
        )
    names = ", ".join(name for name in columns if name not in personal)
    result = connection.execute(
        text(
            f"insert into raw.{contract.kind} (_submission_id, _loaded_at, _contract_version, {names}) "
            f"select :id, now(), :version, {names} from {incoming}"
        ),
        params,
    )
    return int(result.rowcount)


def _copy_quarantine(cursor: Any, contract: Contract, submission_id: int, rows: Iterable[QuarantinedRow]) -> None:
    records = [
        {"submission_id": submission_id, "sheet": row.sheet, "row_number": row.row, "values": row.values, "rules": list(row.rules)}
        for row in rows
    ]
    if records:
        copy_rows(cursor, quarantine_table(contract), pa.RecordBatch.from_pylist(records, schema=_QUARANTINE))


def quarantine_table(contract: Contract) -> str:
    """Where the rows that a contract's rules set apart go."""
    return "private.quarantine" if contract.personal_columns else "audit.quarantine"


def insert_findings(
    connection: Connection, submission_id: int, findings: Sequence[Finding], row_keys: Mapping[Place, str] | None = None
) -> None:
    """Write what was found in a file, each with the key of its row where `row_keys` (by sheet and row) has it."""
    keys = row_keys or {}
    records = [
        {
            "submission_id": submission_id,
            "row_number": finding.row,
            "column_name": finding.column,
            "row_key": keys.get((finding.sheet or "", finding.row or 0)),
            **vars(finding),
        }
        for finding in findings
    ]
    if records:
        rows = pa.RecordBatch.from_pylist(records, schema=_FINDING)
        copy_rows(connection.connection.cursor(), "audit.finding", rows)
