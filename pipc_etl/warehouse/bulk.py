"""Large delimited files: streamed into an unlogged staging table, judged there, and loaded from there in one transaction."""

from __future__ import annotations

import json
import logging
import os
import secrets
import time
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pyarrow as pa
from sqlalchemy import Connection, Engine, text

from pipc_etl import journal
from pipc_etl.contracts import Catalog, Contract, Finding
from pipc_etl.contracts.model import CORRECTION_COLUMN
from pipc_etl.intake import Envelope, Problem, stream_batches
from pipc_etl.intake.stream import Stream
from pipc_etl.validation import EnvelopeFacts, StagedVerdict, validate_staged
from pipc_etl.validation.staged_sql import FINDING_COLUMNS
from pipc_etl.validation.verdict import is_unreadable
from pipc_etl.warehouse.ahead import Ahead, Source
from pipc_etl.warehouse.forgotten import Forgotten, forgotten_rows, read_forgotten, without_persons
from pipc_etl.warehouse.judge import Judged, as_closed_now, entry_of, envelope_fields, form_of, key_of
from pipc_etl.warehouse.ledger import Arrival, Key
from pipc_etl.warehouse.load import Loaded, finish, insert_findings, load_small, open_load, quarantine_table, record
from pipc_etl.warehouse.people import KeyedHash
from pipc_etl.warehouse.rows import Identifier, copy_statement, csv_bytes, incoming_columns

_ROWS_PER_CHUNK = 25_000
_PREFIX = "incoming_"
_log = logging.getLogger(__name__)


def is_bulk(path: Path, bulk_bytes: int) -> bool:
    """Whether the file goes this way: delimited text of at least `bulk_bytes`."""
    return path.suffix.lower() in (".csv", ".tsv", ".txt") and path.stat().st_size >= bulk_bytes


@dataclass(frozen=True)
class BulkLoad:
    """What is needed to take large files in; `secret` keys persons and contents."""

    engine: Engine
    catalog: Catalog
    secret: str

    def load(self, arrival: Arrival, stored: Path, envelope: Envelope, facts: EnvelopeFacts, taken_at: datetime) -> tuple[Judged, Loaded]:
        """Stage, judge and load the archived file at `stored`; findings about rows stay in the database."""
        contract = self.catalog.contracts[envelope.kind]
        stream: Stream = stream_batches(stored, contract, self.catalog, envelope, _ROWS_PER_CHUNK)
        if any(finding.severity == "error" for finding in stream.findings):
            state = "unreadable" if is_unreadable(stream.findings) else "returned"
            judged = Judged(contract, entry_of(contract, envelope, None, state, 0, 0, 0), None, (), stream.findings)
            return judged, load_small(self.engine, contract, judged.entry, arrival, taken_at, None, (), stream.findings)
        with _staging(self.engine, contract) as staging:
            with _timed("staged", arrival):
                may_repeat = self._fill(staging, stream, envelope)
            with _timed("judged", arrival):
                verdict = validate_staged(
                    self.engine, staging, contract, self.catalog, facts, letters=stream.letters, findings=stream.findings
                )
            now = as_closed_now(self.engine, envelope, facts)
            if now == facts:
                with _timed("loaded", arrival):
                    return self._finish(contract, verdict, staging, may_repeat, arrival, envelope, facts, taken_at)
        return self.load(arrival, stored, envelope, now, taken_at)

    def _fill(self, staging: str, stream: Stream, envelope: Envelope) -> bool:
        """Whether a response may stand in the file twice."""
        contract = stream.contract
        identifier = Identifier(contract, form_of(envelope), self.secret)
        columns = [*incoming_columns(contract), "_problems"]
        forgotten = read_forgotten(self.engine) if contract.has_persons else Forgotten()
        hashes = KeyedHash(self.secret)

        def read() -> Generator[pa.RecordBatch]:
            yield from stream

        def identify() -> Generator[pa.RecordBatch]:
            for rows in read_rows:
                if forgotten:
                    rows = without_persons(rows, contract, forgotten_rows(rows, contract, hashes, forgotten))
                identified = identifier.identify(rows)
                place = identified.schema.get_field_index("_problems")
                yield identified.set_column(place, "_problems", _problem_objects(rows.column("_problems"))).select(columns)

        # Three threads: most of what each does is done by Arrow or by the server, without the interpreter's lock.
        with closing(Ahead(read)) as read_rows, closing(Ahead(identify)) as identified_rows, self.engine.begin() as connection:
            connection.execute(text("set local timezone to 'America/Bogota'"))
            source = Source(csv_bytes(rows) for rows in identified_rows)
            connection.connection.cursor().copy_expert(copy_statement(staging, columns), source, 1024 * 1024)
        return identifier.may_repeat

    def _finish(
        self,
        contract: Contract,
        verdict: StagedVerdict,
        staging: str,
        may_repeat: bool,
        arrival: Arrival,
        envelope: Envelope,
        facts: EnvelopeFacts,
        taken_at: datetime,
    ) -> tuple[Judged, Loaded]:
        key: Key | None = None
        findings = verdict.findings
        if verdict.state != "returned":
            key, objection = self._key(contract, envelope, verdict, staging, arrival.sha256, facts)
            findings = (*((objection,) if objection else ()), *findings)
        counts = (verdict.rows_read, verdict.rows_accepted, verdict.rows_quarantined) if key else (verdict.rows_read, 0, 0)
        entry = entry_of(contract, envelope, key, verdict.state if key else "returned", *counts)
        with self.engine.begin() as connection:
            loaded = open_load(connection, entry, arrival)
            if loaded is None:
                if key is None:
                    loaded = record(connection, entry, arrival, taken_at)
                else:
                    _set_apart(connection, contract, staging, verdict)
                    loaded = finish(connection, contract, entry, arrival, taken_at, staging, may_repeat=may_repeat)
                    _quarantine(connection, contract, loaded.submission_id)
                _copy_findings(connection, verdict, loaded.submission_id)
                insert_findings(connection, loaded.submission_id, findings)
        return Judged(contract, entry, None, (), findings), loaded

    def _key(
        self, contract: Contract, envelope: Envelope, verdict: StagedVerdict, staging: str, sha256: str, facts: EnvelopeFacts
    ) -> tuple[Key | None, Finding | None]:
        """As in the small path, from the rows that stay."""
        names = [name for name in contract.submission_key if name not in envelope_fields(envelope)]
        if any(column.name == CORRECTION_COLUMN for column in contract.columns):
            names.append(CORRECTION_COLUMN)
        if not names:
            return key_of(contract, envelope, {}, sha256, self.catalog, facts)
        with self.engine.connect() as connection:
            query = (
                f"select distinct {', '.join(names)} from {staging} as s "
                f"where not exists (select from {verdict.quarantine_table} as q where q._sheet = s._sheet and q._row = s._row)"
            )
            rows = connection.execute(text(query)).all()
        values = {name: list(dict.fromkeys(row[place] for row in rows)) for place, name in enumerate(names)}
        return key_of(contract, envelope, values, sha256, self.catalog, facts)


def _problem_objects(texts: pa.Array) -> pa.Array:
    """What could not be read, as the validation in PostgreSQL looks at it: objects instead of the tuples of the stream."""

    def named(item: str | None) -> str | None:
        return None if item is None else json.dumps([Problem(*problem)._asdict() for problem in json.loads(item)])

    return pa.array([named(item) for item in texts.to_pylist()], pa.string())


# What the journal calls them; that it is loaded is said by whoever knows its number.
_STAGES = {"staged": "read", "judged": "validated"}


@contextmanager
def _timed(what: str, arrival: Arrival) -> Iterator[None]:
    started = time.monotonic()
    yield
    seconds = time.monotonic() - started
    if what in _STAGES:
        journal.stage(_STAGES[what], seconds=round(seconds, 1))
    _log.info("%s %s in %.1f s", arrival.landing_path, what, seconds)


@contextmanager
def _staging(engine: Engine, contract: Contract) -> Iterator[str]:
    """A table for the rows of one file. It holds personal columns, hence schema private; unlogged and gone at the end."""
    name = f"{_PREFIX}{os.getpid()}_{secrets.token_hex(4)}"
    columns = ", ".join(f"{column} {type_}" for column, type_ in (incoming_columns(contract) | {"_problems": "jsonb"}).items())
    with engine.connect() as holder:
        # The session's lock says that the table has an owner: after a kill -9 nobody holds it.
        holder.execute(text("select pg_advisory_lock(hashtextextended(:name, 0))"), {"name": name})
        holder.execute(text(f"create unlogged table private.{name} ({columns}) with (autovacuum_enabled = off)"))
        holder.commit()
        try:
            yield f"private.{name}"
        finally:
            _drop(holder, name)
            holder.execute(text("select pg_advisory_unlock(hashtextextended(:name, 0))"), {"name": name})
            holder.commit()


def _drop(connection: Connection, name: str) -> None:
    """Drop a staging table and what the validation made beside it."""
    query = text(
        "select relname from pg_class where relnamespace = 'private'::regnamespace and relkind = 'r' and starts_with(relname, :name)"
    )
    tables = list(connection.scalars(query, {"name": name}))
    if tables:
        connection.execute(text(f"drop table {', '.join(f'private.{table}' for table in tables)}"))


def drop_leftovers(engine: Engine) -> int:
    """Drop the staging tables of processes that were killed; returns how many files they were of."""
    query = text(
        "select distinct substring(relname from '^incoming_[0-9]+_[0-9a-f]{8}') from pg_class "
        "where relnamespace = 'private'::regnamespace and relkind = 'r' and starts_with(relname, 'incoming_')"
    )
    dropped = 0
    with engine.begin() as connection:
        for name in list(connection.scalars(query)):
            if connection.scalar(text("select pg_try_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": name}):
                _drop(connection, name)
                dropped += 1
    return dropped


def _set_apart(connection: Connection, contract: Contract, staging: str, verdict: StagedVerdict) -> None:
    """Take the bad rows out of the staging table: typed values, and the original text of every cell that could not be read."""
    cells = ", ".join(f"'{column.name}', s.{column.name}" for column in contract.columns)
    values = (
        f"jsonb_strip_nulls(jsonb_build_object({cells})) || coalesce((select jsonb_object_agg(p ->> 'column', p ->> 'text') "
        "from jsonb_array_elements(s._problems) as p), '{}')"
    )
    if contract.has_persons:
        personal = ", ".join(f"'{column.name}'" for column in contract.personal_columns)
        values = f"({values}) - case when s.consent then array[]::text[] else array[{personal}] end"
    breach_table, *_ = verdict.tables
    # By address: the rows are few, and neither table has an index or statistics to find them by.
    connection.exec_driver_sql(
        f"create temporary table bad on commit drop as select b._at, q.rules from {breach_table} as b "
        f"inner join {verdict.quarantine_table} as q on b._sheet = q._sheet and b._row = q._row"
    )
    addresses = "any (array(select _at from bad))"
    connection.exec_driver_sql(
        f'create temporary table set_apart on commit drop as select s._sheet, s._row, {values} as "values", bad.rules '
        f"from (select *, ctid as _at from {staging} where ctid = {addresses}) as s inner join bad on s._at = bad._at"
    )
    connection.exec_driver_sql(f"delete from {staging} where ctid = {addresses}")


def _quarantine(connection: Connection, contract: Contract, submission_id: int) -> None:
    connection.execute(
        text(
            f'insert into {quarantine_table(contract)} (submission_id, sheet, row_number, "values", rules) '
            'select :id, _sheet, _row, "values", rules from set_apart'
        ),
        {"id": submission_id},
    )


def _copy_findings(connection: Connection, verdict: StagedVerdict, submission_id: int) -> None:
    connection.execute(
        text(f"insert into audit.finding (submission_id, {FINDING_COLUMNS}) select :id, {FINDING_COLUMNS} from {verdict.finding_table}"),
        {"id": submission_id},
    )
