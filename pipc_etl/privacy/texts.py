"""Whatever names the person in any other column of the warehouse: findings, free texts of others, file names, marts."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, text

from pipc_etl.contracts import Catalog
from pipc_etl.privacy.wanted import Wanted

_SCHEMAS = ("raw", "private", "audit", "staging", "intermediate", "marts")
# Officials stand in the registry by their office (Ley 1581 de 2012, art. 10 a).
REGISTRY = "dependency_registry"
# What is published stays; the record of erasures speaks of nobody.
_PUBLISHED = ("publication", "report_text")
_NOT_SEARCHED = ("erasure", "erasure_work", "erased_person", "redaction", "redaction_check", "housekeeping", "alembic_version", "prepared")
_TYPES = ("text", "character varying", "text[]", "jsonb", "json")


@dataclass(frozen=True)
class Cleaned:
    """Cells changed, by table, and what was found in tables that keep what they say."""

    changed: dict[str, int]
    kept: dict[str, int]


def clean_findings(connection: Connection, wanted: Wanted) -> int:
    """Take the values out of what was found in the person's rows, and their masks out of whatever else was found in those files."""
    of_rows = connection.execute(
        text(
            "update audit.finding as f set value = null, row_key = null, "
            "message = case when f.value is null then f.message else replace(f.message, f.value, '…') end, "
            "remedy = case when f.value is null then f.remedy else replace(f.remedy, f.value, '…') end "
            "from erased_row as e where f.submission_id = e.submission_id and f.sheet = e.sheet and f.row_number = e.row_number "
            "and (f.value is not null or f.row_key is not null)"
        )
    ).rowcount
    if wanted.spellings.masked is None:
        return of_rows
    rows = connection.execute(
        text(
            "select finding_id, value, message, remedy, row_key from audit.finding "
            "where submission_id in (select submission_id from erased_row) and concat_ws(' ', value, message, remedy, row_key) like '%…%'"
        )
    ).all()
    given = []
    for row in rows:
        texts = {name: getattr(row, name) and wanted.spellings.masked.sub("…", getattr(row, name)) for name in row._fields[1:]}
        if texts != {name: getattr(row, name) for name in texts}:
            given.append({"id": row.finding_id, **texts})
    if given:
        statement = (
            "update audit.finding set value = :value, message = :message, remedy = :remedy, row_key = :row_key where finding_id = :id"
        )
        connection.execute(text(statement), given)
    return of_rows + len(given)


def clean_texts(connection: Connection, catalog: Catalog, wanted: Wanted, *, submissions: list[int] | None = None) -> Cleaned:
    """Look for the person's spellings in every text of every table; another person's own columns are theirs.

    With `submissions`, only in the rows loaded from those files.
    """
    changed: dict[str, int] = {}
    kept: dict[str, int] = {}
    if wanted.spellings.candidates is None:
        return Cleaned(changed, kept)
    texts = _Texts(connection, catalog, wanted, submissions)
    for schema, table, columns in _tables(connection, has_lineage=submissions is not None):
        is_kept = table == REGISTRY or table.startswith(_PUBLISHED)
        count = texts.clean(schema, table, columns, is_kept=is_kept)
        if count:
            (kept if is_kept else changed)[f"{schema}.{table}"] = count
    return Cleaned(changed, kept)


@dataclass(frozen=True)
class _Texts:
    """The texts of one table after the other."""

    connection: Connection
    catalog: Catalog
    wanted: Wanted
    submissions: list[int] | None

    def clean(self, schema: str, table: str, columns: list[tuple[str, str]], *, is_kept: bool) -> int:
        """How many cells named the person; changed, unless the table keeps what it says."""
        name = f'{schema}."{table}"'
        # Nearly every table names nobody: its rows are looked at once, as wholes.
        if not self._rows(f"select exists (select from {name} as t where t::text ~ :candidates{self._of_files})")[0][0]:
            return 0
        contract = self.catalog.contracts.get(table) if schema == "private" else None
        personal = {column.name for column in contract.personal_columns} if contract else set()
        count = 0
        for column, type_ in columns:
            # Of the private rows, only those that identify nobody may lose what another person may have said of themselves.
            nobody = " and person_key is null" if contract and contract.has_persons and column in personal else ""
            query = f'select ctid::text, "{column}" from {name} where "{column}"::text ~ :candidates{nobody}{self._of_files}'
            found = [(at, redacted) for at, value in self._rows(query) if (redacted := _redacted(value, self.wanted)) != value]
            if found and not is_kept:
                _write(self.connection, name, column, type_, found, empty=column in personal)
            count += len(found)
        return count

    @property
    def _of_files(self) -> str:
        return "" if self.submissions is None else " and _submission_id = any(:submissions)"

    def _rows(self, query: str) -> list[Any]:
        given: dict[str, Any] = {"candidates": self.wanted.spellings.candidates}
        if self.submissions is not None:
            given["submissions"] = self.submissions
        return list(self.connection.execute(text(query), given))


def _tables(connection: Connection, *, has_lineage: bool) -> list[tuple[str, str, list[tuple[str, str]]]]:
    query = text(
        "select c.relnamespace::regnamespace::text, c.relname, array_agg(array[a.attname::text, format_type(a.atttypid, null)]) "
        "from pg_class as c inner join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped "
        "where c.relkind = 'r' and c.relnamespace::regnamespace::text = any(:schemas) and a.attgenerated = '' "
        "and format_type(a.atttypid, null) = any(:types) and c.relname <> all(:left) and not starts_with(c.relname, 'incoming_') "
        "and (not :lineage or c.relnamespace::regnamespace::text in ('raw', 'private') and exists (select from pg_attribute as l "
        "where l.attrelid = c.oid and l.attname = '_submission_id')) group by 1, 2 order by 1, 2"
    )
    rows = connection.execute(
        query, {"lineage": has_lineage, "schemas": list(_SCHEMAS), "types": list(_TYPES), "left": list(_NOT_SEARCHED)}
    )
    return [(row[0], row[1], [(name, type_) for name, type_ in row[2]]) for row in rows]


def _redacted(value: Any, wanted: Wanted) -> Any:
    """The same value without the person, whatever it is made of."""
    if isinstance(value, str):
        return wanted.spellings.redacted(value)[0]
    if isinstance(value, list):
        return [_redacted(item, wanted) for item in value]
    if isinstance(value, dict):
        return {_redacted(key, wanted): _redacted(item, wanted) for key, item in value.items()}
    if isinstance(value, int | float) and not isinstance(value, bool):
        text_, count = wanted.spellings.redacted(str(value))
        return text_ if count else value
    return value


def _write(connection: Connection, table: str, name: str, type_: str, found: list[tuple[str, Any]], *, empty: bool) -> None:
    statement = text(f'update {table} set "{name}" = cast(:value as {type_}) where ctid = cast(:at as tid)')
    given = []
    for at, value in found:
        written = None if empty else json.dumps(value, ensure_ascii=False) if type_ in ("jsonb", "json") else value
        given.append({"at": at, "value": written})
    for one in given:
        # One by one: a row that is changed in two columns has another address the second time, and is found anew.
        connection.execute(statement, one)
