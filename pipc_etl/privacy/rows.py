"""The person's own rows: gone from `private`, under a random key everywhere else, with nothing in them that tells who it was."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pyarrow as pa
from sqlalchemy import Connection, text

from pipc_etl.contracts import Catalog, Contract
from pipc_etl.contracts.periods import BOGOTA
from pipc_etl.privacy.gathering import person_kinds
from pipc_etl.warehouse.forgotten import RANDOM_KEY, erased_columns
from pipc_etl.warehouse.rows import Identifier, arrow_schema

_ATTENDANCE_KEY = "md5(t.entity_code || '|' || coalesce(t.session_code, '') || '|' || m.{})"
_CHUNK = 5_000


@dataclass(frozen=True)
class OwnRows:
    """Works on the rows in the temporary table `erased_row` (submission_id, sheet, row_number), inside the caller's transaction."""

    connection: Connection
    catalog: Catalog
    secret: str

    def begin(self) -> None:
        """Make the two temporary tables."""
        for statement in (
            "create temporary table erased_row (submission_id bigint, sheet text, row_number integer, "
            "primary key (submission_id, sheet, row_number)) on commit drop",
            "create temporary table erased_key (old_key text primary key, new_key text not null) on commit drop",
        ):
            self.connection.execute(text(statement))

    def add_places(self, places: Iterable[tuple[int, str, int]]) -> None:
        """Rows that were found elsewhere."""
        given = [{"id": submission_id, "sheet": sheet, "row": row} for submission_id, sheet, row in places]
        if given:
            self.connection.execute(text("insert into erased_row values (:id, :sheet, :row) on conflict do nothing"), given)

    def add_file_rows(self, rows: Iterable[tuple[str, str, int]]) -> None:
        """Rows of archived files, by the hash of their bytes."""
        given = [{"sha": sha256, "sheet": sheet, "row": row} for sha256, sheet, row in rows]
        if given:
            statement = (
                "insert into erased_row select submission_id, :sheet, :row from audit.submission where sha256 = :sha on conflict do nothing"
            )
            self.connection.execute(text(statement), given)

    def add_rows_where(self, condition: str, **values: object) -> None:
        """The rows in `raw` (as `r`) of the sources about persons that meet the condition."""
        for contract in person_kinds(self.catalog):
            statement = (
                f"insert into erased_row select r._submission_id, r._sheet, r._row from raw.{contract.kind} as r where {condition} "
                "on conflict do nothing"
            )
            self.connection.execute(text(statement), values)

    def erase(self) -> dict[str, int]:
        """Everything that is the person's own; how many rows of which kind."""
        counts: dict[str, int] = {"private_rows": 0, "responses": 0}
        for contract in person_kinds(self.catalog):
            self._draw_keys(contract)
            of_row = "p._submission_id = e.submission_id and p._sheet = e.sheet and p._row = e.row_number"
            gone = self.connection.execute(text(f"delete from private.{contract.kind} as p using erased_row as e where {of_row}"))
            counts["private_rows"] += gone.rowcount
            counts["responses"] += self._empty_raw(contract)
        counts["facts"] = self._replace_keys()
        counts["quarantined_rows"] = self._empty_quarantine("private") + self._empty_quarantine("audit")
        return counts

    def _draw_keys(self, contract: Contract) -> None:
        """A random key for each of the person's, the same in all their rows: what was counted once stays counted once."""
        query = text(
            f"select distinct r.person_key from raw.{contract.kind} as r inner join erased_row as e "
            "on r._submission_id = e.submission_id and r._sheet = e.sheet and r._row = e.row_number "
            "where r.person_key is not null and not starts_with(r.person_key, :random)"
        )
        drawn = [{"old": old, "new": RANDOM_KEY + secrets.token_hex(28)} for old in self.connection.scalars(query, {"random": RANDOM_KEY})]
        if drawn:
            self.connection.execute(text("insert into erased_key values (:old, :new) on conflict do nothing"), drawn)

    def _empty_raw(self, contract: Contract) -> int:
        """Take the free texts out of the rows in `raw`, and give them the hash that the same row without its person has."""
        names = [column.name for column in erased_columns(contract) if not column.is_personal]
        query = text(
            f"select r.ctid::text as at, r.* from raw.{contract.kind} as r inner join erased_row as e "
            "on r._submission_id = e.submission_id and r._sheet = e.sheet and r._row = e.row_number for update of r"
        )
        rows = [dict(row) for row in self.connection.execute(query).mappings()]
        gone = {column.name for column in erased_columns(contract)}
        changed = 0
        for row in rows:
            missing = {name: why for name, why in (row["_missing"] or {}).items() if name not in gone} or None
            before = (row["_missing"], *(row[name] for name in names))
            row |= {"_missing": missing, **dict.fromkeys(names)}
            changed += before != (row["_missing"], *(row[name] for name in names)) or not _is_random(row["person_key"])
        assignments = ", ".join(f"{name} = null" for name in names)
        statement = text(
            f"update raw.{contract.kind} set {assignments}, _missing = cast(:missing as jsonb), _content_hash = :hash "
            "where ctid = cast(:at as tid)"
        )
        for start in range(0, len(rows), _CHUNK):
            part = rows[start : start + _CHUNK]
            hashes = content_hashes(self.catalog, contract.kind, part, self.secret)
            given = [
                {"at": row["at"], "missing": json.dumps(row["_missing"]) if row["_missing"] else None, "hash": value}
                for row, value in zip(part, hashes, strict=True)
            ]
            self.connection.execute(statement, given)
        return changed

    def _replace_keys(self) -> int:
        """The random keys in every table that has the person's, and in what is made of them: the marts need not be built anew."""
        count = 0
        for schema, table, columns in self._keyed_tables():
            name = f'{schema}."{table}"'
            if "_row" not in columns:
                # The log of what the models are to compute again: without a key, the whole session.
                old = _ATTENDANCE_KEY.format("old_key")
                self.connection.execute(
                    text(f"update {name} as t set attendance_key = null from erased_key as m where t.attendance_key = {old}")
                )
                continue
            made = f", attendance_key = {_ATTENDANCE_KEY.format('new_key')}" if "attendance_key" in columns else ""
            statement = (
                f"update {name} as t set person_key = m.new_key{made} from erased_key as m, erased_row as e where t.person_key = m.old_key "
                "and t._submission_id = e.submission_id and t._sheet = e.sheet and t._row = e.row_number"
            )
            count += self.connection.execute(text(statement)).rowcount * (schema == "marts")
        return count

    def _keyed_tables(self) -> Sequence[tuple[str, str, list[str]]]:
        query = text(
            "select c.relnamespace::regnamespace::text, c.relname, array_agg(a.attname::text) from pg_class as c "
            "inner join pg_attribute as a on a.attrelid = c.oid and not a.attisdropped "
            "where c.relkind in ('r', 'p') and c.relnamespace::regnamespace::text = any(:schemas) "
            "and a.attname in ('person_key', 'attendance_key', '_row') and not starts_with(c.relname, 'incoming_') "
            "group by 1, 2 having bool_or(a.attname in ('person_key', 'attendance_key')) order by 1, 2"
        )
        schemas = ["raw", "private", "staging", "intermediate", "marts"]
        return [(row[0], row[1], row[2]) for row in self.connection.execute(query, {"schemas": schemas})]

    def _empty_quarantine(self, schema: str) -> int:
        names = [column.name for contract in person_kinds(self.catalog) for column in erased_columns(contract)]
        statement = text(
            f'update {schema}.quarantine as q set "values" = q."values" - cast(:names as text[]) from erased_row as e '
            "where q.submission_id = e.submission_id and q.sheet = e.sheet and q.row_number = e.row_number "
            'and q."values" ?| cast(:names as text[])'
        )
        return self.connection.execute(statement, {"names": names}).rowcount


def _is_random(key: str | None) -> bool:
    return key is None or key.startswith(RANDOM_KEY)


def content_hashes(catalog: Catalog, kind: str, rows: Sequence[dict[str, Any]], secret: str) -> list[str]:
    """The `_content_hash` of rows as they stand in `raw` (a personal column counts where the row has it), each under its own version."""
    versions = {contract.version: contract for contract in catalog.versions(kind)}
    found: dict[int, str] = {}
    for version, contract in versions.items():
        members = [position for position, row in enumerate(rows) if row["_contract_version"] == version]
        if members:
            batch = _batch(contract, [rows[position] for position in members])
            found |= dict(zip(members, Identifier(contract, "", secret).content_hashes(batch).to_pylist(), strict=True))
    return [found[position] for position in range(len(rows))]


def _batch(contract: Contract, rows: Sequence[dict[str, Any]]) -> pa.RecordBatch:
    schema = arrow_schema(contract)
    arrays = [pa.array([_value(row.get(one.name), one.name) for row in rows], one.type) for one in schema]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def _value(value: Any, name: str) -> Any:
    """As the load had it: times in Bogotá without zone, reasons as JSON."""
    if name == "_missing":
        return json.dumps(value, sort_keys=True) if value else None
    if hasattr(value, "astimezone"):
        return value.astimezone(BOGOTA).replace(tzinfo=None)
    return float(value) if isinstance(value, Decimal) else value
