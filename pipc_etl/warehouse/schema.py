"""Schemas, roles, audit tables, and the raw and private tables that follow the contracts."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import cast

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from pipc_etl.contracts import Catalog
from pipc_etl.errors import WarehouseError
from pipc_etl.render.raw_ddl import Table, add_column_statement, comment_statements, create_statements, tables
from pipc_etl.settings import Settings
from pipc_etl.warehouse.engine import ROLES, role_password
from pipc_etl.warehouse.migrations import FOLDER as _MIGRATIONS
from pipc_etl.warehouse.migrations import run_file, upgrade_to_head
from pipc_etl.warehouse.roles import ensure_login

OWNER = "pipc_owner"
SCHEMAS = ("raw", "audit", "private", "staging", "intermediate", "marts")
_SQL = Path(__file__).parent / "sql"
_LOCK_TIMEOUT = "60s"


def prepare(engine: Engine, settings: Settings, catalog: Catalog) -> bool:
    """Bring the warehouse to what the contracts, the migrations and `sql/` say; True where something changed.

    `engine` is the superuser's. Safe at every start and beside running loads: one transaction under a lock, nothing done when nothing
    is new. Raises WarehouseError where a table cannot follow its contract by adding columns.
    """
    wanted = [table for kind in catalog.load_order() for table in tables(catalog.versions(kind))]
    digest = _digest(wanted, catalog)
    try:
        with engine.begin() as connection:
            connection.execute(text("select pg_advisory_xact_lock(hashtextextended('pipc schema', 0))"))
            connection.execute(text(f"set local lock_timeout = '{_LOCK_TIMEOUT}'"))
            _create_roles(connection, settings)
            if _prepared_digest(connection) == digest:
                return False
            _create_schemas(connection)
            connection.execute(text(f"set local role {OWNER}"))
            connection.execute(
                text(
                    "create table if not exists audit.prepared "
                    "(digest text not null, prepared_at timestamptz not null default clock_timestamp())"
                )
            )
            upgrade_to_head(connection)
            for table in wanted:
                _follow(connection, table)
            run_file(connection, _SQL / "references.sql")
            _check_lookups(connection, catalog)
            run_file(connection, _SQL / "grants.sql")
            connection.execute(text("insert into audit.prepared (digest) values (:digest)"), {"digest": digest})
            return True
    except DBAPIError as error:
        raise WarehouseError(f"the warehouse cannot be prepared: {str(error.orig).strip()}") from error


def require_prepared(engine: Engine) -> None:
    """Raise WarehouseError, saying what to do, unless `prepare` has run on this database."""
    with engine.connect() as connection:
        if connection.scalar(text("select to_regclass('audit.prepared')")) is None:
            raise WarehouseError("the warehouse has no tables yet: run `pipc up`")


def is_as_declared(connection: Connection, catalog: Catalog) -> bool:
    """Whether `prepare` would find nothing to do: this release's migrations and contracts are those of the warehouse."""
    return _prepared_digest(connection) == _digest(
        [table for kind in catalog.load_order() for table in tables(catalog.versions(kind))], catalog
    )


def _digest(wanted: list[Table], catalog: Catalog) -> str:
    content = hashlib.sha256()
    for path in sorted([*_SQL.glob("*.sql"), *_MIGRATIONS.rglob("*.sql"), *_MIGRATIONS.rglob("*.py")]):
        content.update(path.read_bytes())
    for table in wanted:
        content.update("\n".join(create_statements(table)).encode())
    content.update(repr([contract.lookups for contract in catalog.contracts.values()]).encode())
    return content.hexdigest()


def _prepared_digest(connection: Connection) -> str | None:
    if connection.scalar(text("select to_regclass('audit.prepared')")) is None:
        return None
    return cast(str | None, connection.scalar(text("select digest from audit.prepared order by prepared_at desc limit 1")))


def _create_roles(connection: Connection, settings: Settings) -> None:
    if connection.scalar(text("select 1 from pg_roles where rolname = :name"), {"name": OWNER}) is None:
        connection.execute(text(f"create role {OWNER} nologin"))
        connection.execute(text(f"grant {OWNER} to current_user"))
    for role in ROLES:
        ensure_login(connection, f"pipc_{role}", role_password(settings, role))
        connection.execute(text(f"alter role pipc_{role} set timezone to 'America/Bogota'"))
    # Whoever publishes reads what analysts read: the marts and their functions, as dbt grants them.
    connection.execute(text("grant pipc_analyst to pipc_publisher"))
    # A backup reads every table of every schema, and writes none.
    connection.execute(text("grant pg_read_all_data to pipc_backup"))
    # An erasure changes what the models hold of a person without building them anew.
    connection.execute(text("grant pipc_transformer to pipc_eraser"))


def _create_schemas(connection: Connection) -> None:
    database = connection.engine.dialect.identifier_preparer.quote_identifier(str(connection.scalar(text("select current_database()"))))
    for statement in (
        f"revoke all on database {database} from public",
        f"grant connect on database {database} to {', '.join(f'pipc_{role}' for role in ROLES)}",
        f"grant temporary on database {database} to pipc_loader, pipc_transformer, pipc_eraser",
        "revoke all on schema public from public",
        *(f"create schema if not exists {schema} authorization {OWNER}" for schema in SCHEMAS),
        # The models are dbt's: analysts see every mart as soon as it is built; the dashboards' grants stand in the models themselves.
        "alter default privileges for role pipc_transformer in schema marts grant select on tables to pipc_analyst",
        "alter default privileges for role pipc_transformer revoke execute on functions from public",
        "alter default privileges for role pipc_transformer in schema marts grant execute on functions to pipc_analyst",
    ):
        connection.execute(text(statement))


def _follow(connection: Connection, table: Table) -> None:
    """Create `table`, or add the columns it lacks; refuse what cannot be done by adding."""
    present = _present_columns(connection, table)
    if not present:
        statements = create_statements(table)
    else:
        wanted = {column.name: column for column in table.columns}
        for name, type_ in present.items():
            if name not in wanted:
                raise WarehouseError(
                    f"{table.qualified} has the column {name}, which no version of the contract declares: "
                    "put the version that had it into expectations/versions/"
                )
            if wanted[name].type != type_:
                raise WarehouseError(
                    f"{table.qualified}.{name} is {type_} and the contract says {wanted[name].type}: "
                    "a type never changes; give the new meaning a new column"
                )
        added = [add_column_statement(table, column) for name, column in wanted.items() if name not in present]
        statements = added + comment_statements(table)
    for statement in statements:
        connection.exec_driver_sql(statement.replace("%", "%%"))


def _present_columns(connection: Connection, table: Table) -> dict[str, str]:
    rows = connection.execute(
        text(
            "select attname, format_type(atttypid, atttypmod) from pg_attribute "
            "where attrelid = to_regclass(:table) and attnum > 0 and not attisdropped order by attnum"
        ),
        {"table": table.qualified},
    )
    return {row[0]: row[1] for row in rows}


def _check_lookups(connection: Connection, catalog: Catalog) -> None:
    for contract in catalog.contracts.values():
        for lookup in contract.lookups:
            if connection.scalar(text("select to_regclass(:view)"), {"view": f"audit.{lookup.relation}"}) is None:
                raise WarehouseError(f"{contract.kind} looks things up in audit.{lookup.relation}, which does not exist")
