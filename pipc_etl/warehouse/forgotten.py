"""Persons who are not to be loaded: the erasure list, and answers older than personal data is kept (definitions.md, «Erasure»)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Connection, Engine, text

from pipc_etl.contracts import Column, Contract
from pipc_etl.contracts.periods import BOGOTA
from pipc_etl.errors import PipcError
from pipc_etl.warehouse.people import KeyedHash, identities

if TYPE_CHECKING:
    from pipc_etl.intake import Batch

# A key that stands for nobody any more; the others are hexadecimal.
RANDOM_KEY = "erased:"
RETENTION_RULE = "personal_data"
# Held shared by every load, and alone by an erasure.
ERASURE_LOCK = "select pg_advisory_xact_lock{}(hashtextextended('pipc erasure', 0))"


class ErasedMeanwhileError(PipcError):
    """Somebody in the file was erased after it had been read: it is taken the next time."""


@dataclass(frozen=True)
class Forgotten:
    """`hashes` of documents and e-mails; personal data of answers `before` (time in Bogotá, without zone) is no longer kept."""

    hashes: frozenset[str] = frozenset()
    before: datetime | None = None

    def __bool__(self) -> bool:
        return bool(self.hashes) or self.before is not None


def read_forgotten(source: Engine | Connection) -> Forgotten:
    """The list as it is now."""
    if isinstance(source, Engine):
        with source.connect() as connection:
            return read_forgotten(connection)
    hashes = frozenset(source.scalars(text("select person_hash from private.erased_person")))
    before = source.scalar(text("select max(kept_from) from audit.housekeeping where rule = :rule"), {"rule": RETENTION_RULE})
    return Forgotten(hashes, None if before is None else before.astimezone(BOGOTA).replace(tzinfo=None))


def erased_columns(contract: Contract) -> tuple[Column, ...]:
    """What a forgotten person's row loses: the personal columns, and the free texts in which people describe themselves."""
    return tuple(column for column in contract.columns if column.is_personal or _is_free_text(column))


def _is_free_text(column: Column) -> bool:
    return column.type == "string" and column.codelist is None and column.classification not in ("public", "personal")


def forgotten_rows(rows: pa.RecordBatch, contract: Contract, hashes: KeyedHash, forgotten: Forgotten) -> pa.Array:
    """Which rows are a forgotten person's: by document or by e-mail, consented or not, or by their age."""
    found = pa.repeat(pa.scalar(False), len(rows))
    if forgotten.hashes:
        listed = pa.array(sorted(forgotten.hashes), pa.string())
        for messages in identities(rows, contract):
            found = pc.or_(found, pc.is_in(hashes.hexdigests(messages), value_set=listed))
    if forgotten.before is not None and "submitted_at" in rows.schema.names:
        limit = pa.scalar(forgotten.before, pa.timestamp("us"))
        found = pc.or_(found, pc.fill_null(pc.less(rows.column("submitted_at"), limit), False))
    return found


def without_persons(rows: pa.RecordBatch, contract: Contract, found: pa.Array) -> pa.RecordBatch:
    """`rows` where those `found` have lost what tells who they are, also what could not be read of it."""
    if not pc.any(found, min_count=0).as_py():
        return rows
    names = {column.name for column in erased_columns(contract)}
    positions = [position for position, is_found in enumerate(found.to_pylist()) if is_found]
    for place, name in enumerate(rows.schema.names):
        column = rows.column(name)
        if name in names:
            rows = rows.set_column(place, rows.schema.field(place), pc.if_else(found, None, column))
        elif name in ("_missing", "_problems"):
            texts = column.to_pylist()
            for position in positions:
                texts[position] = _cleaned(texts[position], names)
            rows = rows.set_column(place, rows.schema.field(place), pa.array(texts, column.type))
    return rows


def _cleaned(said: str | None, names: set[str]) -> str | None:
    """Reasons (by column) or problems (a list, the column first) as JSON, without those about `names`."""
    if said is None:
        return None
    entries = json.loads(said)
    if isinstance(entries, dict):
        kept: Any = {name: reason for name, reason in entries.items() if name not in names}
        return json.dumps(kept, sort_keys=True) if kept else None
    kept = [entry for entry in entries if entry[0] not in names]
    return json.dumps(kept, ensure_ascii=False) if kept else None


def batch_without_persons(batch: Batch, found: list[bool]) -> Batch:
    """The same for a file in memory, in its typed and in its original form: nothing that is said of it later repeats them."""
    from dataclasses import replace

    import pandas as pd

    names = {column.name for column in erased_columns(batch.contract)}
    frame, original = batch.frame.copy(), batch.original.copy()
    mask = pd.Series(found, index=frame.index, dtype=bool)
    for table in (frame, original):
        for name in names & set(table.columns):
            table[name] = table[name].mask(mask)
    frame["_missing"] = pd.Series(
        [
            {name: why for name, why in reasons.items() if name not in names} if is_found else reasons
            for reasons, is_found in zip(frame["_missing"], found, strict=True)
        ],
        index=frame.index,
        dtype=object,
    )
    frame["_problems"] = pd.Series(
        [
            [problem for problem in problems if problem.column not in names] if is_found else problems
            for problems, is_found in zip(frame["_problems"], found, strict=True)
        ],
        index=frame.index,
        dtype=object,
    )
    return replace(batch, frame=frame, original=original)


def keep_random_keys(connection: Connection, contract: Contract, incoming: str, received_at: datetime) -> None:
    """Hold erasures back until this load ends; an edited response of a forgotten person keeps the random key of its former version.

    Raises ErasedMeanwhileError where somebody in `incoming` was erased since it was read.
    """
    connection.execute(text(ERASURE_LOCK.format("_shared")))
    listed = "select exists (select from private.erased_person)"
    if connection.scalar(text(listed)):
        late = f"select exists (select from {incoming} as i inner join private.erased_person as e on i.person_key = e.person_hash)"
        if connection.scalar(text(late)):
            raise ErasedMeanwhileError("somebody in the file was erased while it was read: it is taken the next time")
    if not connection.scalar(text("select exists (select from audit.erasure) or exists (select from audit.housekeeping)")):
        return
    connection.execute(
        text(
            f"update {incoming} as i set person_key = former.person_key from ("
            "select distinct on (r._response_key) r._response_key, r.person_key "
            f"from raw.{contract.kind} as r inner join audit.submission as s on r._submission_id = s.submission_id "
            f"where r._response_key in (select _response_key from {incoming} where person_key is null and consent) "
            "and s.received_at <= :received_at order by r._response_key, s.received_at desc, s.submission_id desc, r._row desc"
            ") as former where i._response_key = former._response_key and i.person_key is null and i.consent "
            "and starts_with(former.person_key, :random)"
        ),
        {"received_at": received_at, "random": RANDOM_KEY},
    )
