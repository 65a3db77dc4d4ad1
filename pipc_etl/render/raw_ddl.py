"""The tables of schemas `raw` and `private`, from all published versions of a contract."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pipc_etl.contracts import Column, Contract
from pipc_etl.errors import ContractError
from pipc_etl.render.dbt_sources import LINEAGE_COLUMNS, PERSON_COLUMN, RESPONSE_COLUMNS, raw_column_descriptions

_TYPES = {
    "string": "text",
    "integer": "bigint",
    "number": "numeric(18,4)",
    "boolean": "boolean",
    "date": "date",
    "timestamp": "timestamp with time zone",
    "time": "text",
    "month": "date",
}
_LOAD_TYPES = {
    "_missing": "jsonb",
    "_submission_id": "bigint",
    "_sheet": "text",
    "_row": "integer",
    "_loaded_at": "timestamp with time zone",
    "_contract_version": "text",
    "_response_key": "text",
    "_content_hash": "text",
    "person_key": "text",
}
_ORIGIN_INDEX = "brin (_submission_id, _row) with (pages_per_range = 32, autosummarize = on)"
_NOT_NULL = {"_submission_id", "_sheet", "_row", "_loaded_at", "_contract_version", "_response_key", "_content_hash"}


@dataclass(frozen=True)
class TableColumn:
    """A column as PostgreSQL has it: `type` spelled like `format_type` prints it, `comment` in Spanish."""

    name: str
    type: str
    comment: str
    not_null: bool = False


@dataclass(frozen=True)
class Table:
    """A table with its columns in order; `indexes` are the texts after `using`, by their suffix."""

    schema: str
    name: str
    comment: str
    columns: tuple[TableColumn, ...]
    indexes: tuple[tuple[str, str], ...]

    @property
    def qualified(self) -> str:
        return f"{self.schema}.{self.name}"


def sql_type(column: Column) -> str:
    """PostgreSQL's type of a contract column, spelled like `format_type` prints it."""
    return "text[]" if column.multiple else _TYPES[column.type]


def load_column_type(name: str) -> str:
    """PostgreSQL's type of a column that the load adds."""
    return _LOAD_TYPES[name]


def tables(versions: Sequence[Contract]) -> tuple[Table, ...]:
    """`raw.<kind>` and, where a version has personal columns, `private.<kind>`; `versions` oldest first.

    A column that a later version dropped stays. Raises ContractError where versions give a column two types or move it between schemas.
    """
    current = versions[-1]
    columns = _united(versions)
    raw_names = raw_column_descriptions(current)
    contract_part = [_table_column(column) for column in columns if not column.is_personal]
    lineage = {name: text for name, text in raw_names.items() if name in LINEAGE_COLUMNS | RESPONSE_COLUMNS}
    persons = PERSON_COLUMN if any(version.has_persons for version in versions) else {}
    # Rows are only ever added, a submission's side by side: block ranges find them, and cost a large load next to nothing.
    indexes = [("origin", _ORIGIN_INDEX), ("loaded", "brin (_loaded_at) with (autosummarize = on)")]
    if current.flow == "form_responses":
        # What the incremental models filter by: the versions of a response, the responses of a session.
        indexes.append(("response", "btree (_response_key)"))
        if "session_code" in raw_names:
            indexes.append(("session", "btree (session_code)"))
    raw = Table(
        "raw", current.kind, f"{current.title}. {current.description}",
        (*contract_part, *_load_columns(persons), *_load_columns(lineage)), tuple(indexes),
    )  # fmt: skip
    personal = [_table_column(column) for column in columns if column.is_personal]
    if not personal:
        return (raw,)
    origin = {name: LINEAGE_COLUMNS[name] for name in ("_submission_id", "_sheet", "_row")}
    private = Table(
        "private", current.kind, f"Datos personales de: {current.title}.",
        (*personal, *_load_columns(persons), *_load_columns(origin)), (("origin", _ORIGIN_INDEX),),
    )  # fmt: skip
    return (raw, private)


def create_statements(table: Table) -> list[str]:
    """The statements that make `table`, its indexes and comments where there is none."""
    body = ",\n    ".join(_definition(column) for column in table.columns)
    statements = [f"create table {table.qualified} (\n    {body}\n)"]
    statements += [f"create index {table.name}_{suffix} on {table.qualified} using {how}" for suffix, how in table.indexes]
    return statements + comment_statements(table)


def add_column_statement(table: Table, column: TableColumn) -> str:
    """The statement that adds `column`; rows already there have null, hence no `not null`."""
    return f"alter table {table.qualified} add column {column.name} {column.type}"


def comment_statements(table: Table) -> list[str]:
    """The statements that describe `table` and its columns in Spanish."""
    comments = [f"comment on column {table.qualified}.{column.name} is {_literal(column.comment)}" for column in table.columns]
    return [f"comment on table {table.qualified} is {_literal(table.comment)}", *comments]


def _united(versions: Sequence[Contract]) -> list[Column]:
    united: dict[str, Column] = {}
    for version in versions:
        for column in version.columns:
            known = united.get(column.name)
            if known and (sql_type(known), known.is_personal) != (sql_type(column), column.is_personal):
                raise ContractError(f"{version.kind}: version {version.version} changes the type or the privacy class of {column.name}")
            united[column.name] = column
    return list(united.values())


def _table_column(column: Column) -> TableColumn:
    return TableColumn(column.name, sql_type(column), column.description)


def _load_columns(described: dict[str, str]) -> list[TableColumn]:
    return [TableColumn(name, _LOAD_TYPES[name], text, name in _NOT_NULL) for name, text in described.items()]


def _definition(column: TableColumn) -> str:
    return f"{column.name} {column.type}{' not null' if column.not_null else ''}"


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
