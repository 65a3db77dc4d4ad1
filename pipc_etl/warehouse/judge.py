"""From an archived file to what the load needs: rows read, verdict, submission key, rows to load and rows to set apart."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
from sqlalchemy import Connection, Engine, text

from pipc_etl import journal
from pipc_etl.contracts import Catalog, Contract, Finding
from pipc_etl.contracts.model import CORRECTION_COLUMN
from pipc_etl.intake import Batch, Envelope, ReaderPool, read_batch
from pipc_etl.validation import EnvelopeFacts, Verdict, validate
from pipc_etl.validation.facts import ClosedPeriod
from pipc_etl.validation.findings import shown_value
from pipc_etl.validation.verdict import Place, closed_finding
from pipc_etl.warehouse.compared import compared
from pipc_etl.warehouse.forgotten import Forgotten, batch_without_persons, forgotten_rows, read_forgotten
from pipc_etl.warehouse.ledger import Arrival, Entry, Key, declaration_key, make_key
from pipc_etl.warehouse.load import QuarantinedRow
from pipc_etl.warehouse.people import KeyedHash
from pipc_etl.warehouse.reviews import CLOSED_STATES, STATE_WORDS
from pipc_etl.warehouse.rows import Identifier, rows_from_frame
from pipc_etl.warehouse.template_age import old_template


@dataclass(frozen=True)
class Judged:
    """A file as it goes into the ledger; `accepted` is None where it is returned or unreadable, or has no rows by its own declaration.

    `row_keys` are the primary keys of the rows that findings speak of, by sheet and row, as their answer may repeat them.
    """

    contract: Contract | None
    entry: Entry
    accepted: pa.RecordBatch | None
    quarantined: tuple[QuarantinedRow, ...]
    findings: tuple[Finding, ...]
    row_keys: Mapping[Place, str] = field(default_factory=dict)


def misplaced(landing_path: str, findings: tuple[Finding, ...]) -> Judged:
    """The verdict on a file whose place says nothing usable: returned, under what its folders are called."""
    entity, dependency, kind, period = (*Path(landing_path).parts[:-1], "", "", "", "")[:4]
    entry = Entry(kind, "", entity, dependency, period, None, None, None, "returned", 0, 0, 0, 0)
    return Judged(None, entry, None, (), findings)


def envelope_fields(envelope: Envelope) -> dict[str, str | None]:
    """The fields of the path that a submission key may name."""
    return {
        "entity_code": envelope.entity_code,
        "dependency_code": envelope.dependency_code,
        "period_code": envelope.period_code,
        "form_code": envelope.form_code,
    }


def form_of(envelope: Envelope) -> str:
    """The form that an export is of, whatever period's folder it lies in."""
    return f"{envelope.entity_code}|{envelope.dependency_code}|{envelope.form_code}"


def facts_of(engine: Engine, envelope: Envelope, received_on: date) -> EnvelopeFacts:
    """What registry and reviews say of the sender now; one that ended may still report its last months. `received_on`: in Bogotá."""
    query = text("select is_planning_office from audit.ref_dependency where entity_code = :entity and dependency_code = :dependency")
    with engine.connect() as connection:
        sender = connection.execute(query, {"entity": envelope.entity_code, "dependency": envelope.dependency_code}).one_or_none()
        closed = _closed_periods(connection, envelope)
    return EnvelopeFacts(
        entity_code=envelope.entity_code,
        dependency_code=envelope.dependency_code,
        kind=envelope.kind,
        period_code=envelope.period_code,
        received_on=received_on,
        is_planning_office=bool(sender[0]) if sender else False,
        is_registered=sender is not None,
        closed=closed,
    )


def as_closed_now(engine: Engine, envelope: Envelope, facts: EnvelopeFacts) -> EnvelopeFacts:
    """The same with the periods that are closed now: the office may have decided while the file was judged, which takes seconds."""
    with engine.connect() as connection:
        return replace(facts, closed=_closed_periods(connection, envelope))


def _closed_periods(connection: Connection, envelope: Envelope) -> tuple[ClosedPeriod, ...]:
    """The periods of the file's kind and entity that take no files now; where nothing was ever reviewed, nothing is computed."""
    query = text(
        "select dependency_code, period_code, state, actor, (at at time zone 'America/Bogota')::date, "
        "array(select array[s.submission_key, s.sha256] from audit.submission as s where s.entity_code = o.entity_code "
        "and s.dependency_code = o.dependency_code and s.kind = o.kind and s.period_code = o.period_code "
        "and s.state in ('accepted', 'accepted_with_observations')) from audit.obligation_state as o "
        "where exists (select from audit.obligation_event where entity_code = :entity and kind = :kind) "
        "and entity_code = :entity and kind = :kind and state = any(:closed) order by dependency_code, period_code"
    )
    rows = connection.execute(query, {"entity": envelope.entity_code, "kind": envelope.kind, "closed": list(CLOSED_STATES)})
    return tuple(ClosedPeriod(row[0], row[1], STATE_WORDS[row[2]], row[3], row[4], tuple(map(tuple, row[5]))) for row in rows)


@dataclass(frozen=True)
class Judge:
    """Reads and validates small files: one catalogue, one connection, one reader of foreign files for all of them."""

    catalog: Catalog
    engine: Engine
    pool: ReaderPool
    secret: str

    def judge(self, arrival: Arrival, stored: Path, envelope: Envelope, facts: EnvelopeFacts) -> Judged:
        """The verdict on the archived file at `stored`."""
        batch = self._known(self._read(stored, envelope))
        journal.stage("read", rows=len(batch.frame))
        contract = batch.contract
        reference = _reference(self.engine, contract, envelope.entity_code)
        batch = replace(batch, findings=(*batch.findings, *old_template(batch, reference, self.catalog)))
        batch = compared(self.engine, batch, self.catalog, facts, reference, arrival.sha256)
        verdict = validate(batch, self.catalog, reference, facts)
        journal.stage("validated", state=verdict.state, findings=len(verdict.findings))
        key: Key | None = None
        is_accepted = verdict.state in ("accepted", "accepted_with_observations")
        if is_accepted and batch.declares_empty:
            key = declaration_key(contract, envelope_fields(envelope))
        elif is_accepted:
            names = {*contract.submission_key, CORRECTION_COLUMN} & {column.name for column in contract.columns}
            values = {name: list(verdict.accepted[name].unique()) for name in names}
            key, objection = key_of(contract, envelope, values, arrival.sha256, self.catalog, facts)
            if objection is not None:
                verdict = _returned(verdict, objection)
        entry = entry_of(contract, envelope, key, verdict.state, verdict.rows_read, verdict.rows_accepted, verdict.rows_quarantined)
        row_keys = _row_keys(batch, verdict.findings)
        if key is None or batch.declares_empty:
            return Judged(contract, entry, None, (), verdict.findings, row_keys)
        identified = Identifier(contract, form_of(envelope), self.secret).identify(rows_from_frame(batch.frame, contract))
        accepted = identified.take(pa.array(batch.frame.index.get_indexer(verdict.accepted.index)))
        return Judged(contract, entry, accepted, _quarantined(contract, batch, verdict), verdict.findings, row_keys)

    def _known(self, batch: Batch) -> Batch:
        """The batch without those who asked to be forgotten: neither its rows nor what is found in them speaks of them."""
        forgotten = read_forgotten(self.engine) if batch.contract.has_persons and len(batch.frame) else Forgotten()
        if not forgotten:
            return batch
        found = forgotten_rows(rows_from_frame(batch.frame, batch.contract), batch.contract, KeyedHash(self.secret), forgotten)
        return batch_without_persons(batch, found.to_pylist())

    def _read(self, stored: Path, envelope: Envelope) -> Batch:
        """The file under the newest version of its contract whose headers it has; under today's where it has none's."""
        today, *former = reversed(self.catalog.versions(envelope.kind))
        batch = read_batch(stored, today, self.catalog, envelope, self.pool)
        for contract in former if _lacks_headers(batch) else ():
            older = read_batch(stored, contract, self.catalog, envelope, self.pool)
            if not _lacks_headers(older):
                return older
        return batch


def _lacks_headers(batch: Batch) -> bool:
    return any(finding.rule in ("header.missing", "header.not_found") for finding in batch.findings)


def entry_of(
    contract: Contract, envelope: Envelope, key: Key | None, state: Any, rows_read: int, rows_accepted: int, rows_quarantined: int
) -> Entry:
    """The ledger's line of a file in its place; what is already known is not known yet."""
    return Entry(
        kind=contract.kind,
        contract_version=contract.version,
        entity_code=envelope.entity_code,
        dependency_code=envelope.dependency_code,
        period_code=envelope.period_code,
        fiscal_year=envelope.fiscal_year,
        form_code=envelope.form_code,
        key=key,
        state=state,
        rows_read=rows_read,
        rows_accepted=rows_accepted,
        rows_quarantined=rows_quarantined,
        rows_already_known=0,
    )


def _reference(engine: Engine, contract: Contract, entity_code: str) -> Mapping[str, pd.DataFrame]:
    """What is known now about the entity, for the lookups of the contract."""
    with engine.connect() as connection:
        return {
            lookup.relation: pd.read_sql(
                text(f"select * from audit.{lookup.relation} where entity_code = :entity"), connection, params={"entity": entity_code}
            )
            for lookup in contract.lookups
        }


def key_of(
    contract: Contract, envelope: Envelope, values: Mapping[str, Sequence[object]], sha256: str, catalog: Catalog, facts: EnvelopeFacts
) -> tuple[Key | None, Finding | None]:
    """The submission key; a Finding where the rows do not agree on one, or where it is that of a file of a closed period.

    `values` has the different values of the rows to load, by column; None among those of the correction column are rows of one's own.
    """
    fields = envelope_fields(envelope)
    agreed: dict[str, str] = {}
    for name in contract.submission_key:
        if name in fields:
            continue
        different = [_key_text(value) for value in values[name] if not _is_blank(value)]
        if len(different) != 1:
            return None, catalog.finding("file.key_not_constant", column=contract.column(name).title, value="; ".join(different[1:3]))
        agreed[name] = different[0]
    corrects = {not _is_blank(value) for value in values.get(CORRECTION_COLUMN, ())}
    if len(corrects) > 1:
        return None, catalog.finding("file.mixed_corrections", column=contract.column(CORRECTION_COLUMN).title)
    key = make_key(contract, fields, agreed, sha256, is_correction=corrects == {True})
    closed = facts.robbed_by(key.text, sha256)
    return (key, None) if closed is None else (None, closed_finding(catalog, closed))


def _key_text(value: object) -> str:
    if isinstance(value, date):  # a pandas Timestamp is one too
        return f"{value:%Y-%m-%d}"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _returned(verdict: Verdict, objection: Finding) -> Verdict:
    return replace(
        verdict,
        state="returned",
        findings=(objection, *verdict.findings),
        accepted=verdict.accepted.iloc[:0],
        quarantined=verdict.quarantined.iloc[:0],
        rows_accepted=0,
        rows_quarantined=0,
    )


def _quarantined(contract: Contract, batch: Batch, verdict: Verdict) -> tuple[QuarantinedRow, ...]:
    """The rows set apart, as they were written; of whoever did not say yes, without the personal columns."""
    personal = {column.name for column in contract.personal_columns} if contract.has_persons else set()
    said_yes = set(batch.frame.index[batch.frame["consent"].fillna(False).astype(bool)]) if contract.has_persons else set()
    columns = [name for name in verdict.quarantined.columns if not name.startswith("_")]
    rows = []
    for index, row in verdict.quarantined.iterrows():
        withheld = set() if index in said_yes else personal
        values = {name: str(row[name]) for name in columns if name not in withheld and not _is_blank(row[name])}
        rows.append(QuarantinedRow(row["_sheet"], int(row["_row"]), json.dumps(values, ensure_ascii=False), tuple(row["_rules"])))
    return tuple(rows)


def _row_keys(batch: Batch, findings: Iterable[Finding]) -> dict[Place, str]:
    """The primary key of each row with findings, typed values first, what could not be read as it was written; personal values masked."""
    names = [name for name in batch.contract.primary_key if name in batch.frame]
    wanted = {(finding.sheet, finding.row) for finding in findings}
    keys: dict[Place, str] = {}
    for position, place in enumerate(zip(batch.frame["_sheet"], batch.frame["_row"].tolist(), strict=True)):
        if names and place in wanted:
            parts = [_key_part(batch, name, position) for name in names]
            if any(parts):
                keys[place] = "|".join(parts)
    return keys


def _key_part(batch: Batch, name: str, position: int) -> str:
    sources = (source[name].iloc[position] for source in (batch.frame, batch.original) if name in source)
    value = next((value for value in sources if not _is_blank(value)), None)
    return (shown_value(value, batch.contract.column(name)) or "").replace("|", "%7C")


def _is_blank(value: object) -> bool:
    return value is None or value is pd.NA or value == "" or value != value
