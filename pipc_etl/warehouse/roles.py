"""Accounts of the database server: made or given a password, which never stands in the server's log or activity view."""

from __future__ import annotations

import psycopg2.extensions
from sqlalchemy import Connection, text
from sqlalchemy.exc import OperationalError, ProgrammingError

from pipc_etl.errors import WarehouseError
from pipc_etl.settings import Settings
from pipc_etl.warehouse.engine import ensure_database, superuser_engine


def ensure_login(connection: Connection, name: str, password: str) -> bool:
    """The account `name` may log in with `password` and is nobody's superior; True where it was made."""
    exists = connection.scalar(text("select 1 from pg_roles where rolname = :name"), {"name": name}) is not None
    secret = encrypted(connection, name, password)
    verb = "alter" if exists else "create"
    quoted = connection.engine.dialect.identifier_preparer.quote_identifier(name)
    connection.exec_driver_sql(f"{verb} role {quoted} login nosuperuser nocreatedb nocreaterole password '{secret}'")
    return not exists


def ensure_own_database(settings: Settings, database: str, owner: str, password: str) -> None:
    """The database of another program (Airflow, Superset) and its owner, an account that may enter no other database's tables.

    Raises WarehouseError where the server does not answer or does not let us make accounts.
    """
    engine = superuser_engine(settings, database="postgres")
    try:
        with engine.begin() as connection:
            ensure_login(connection, owner, password)
        if ensure_database(settings, database):
            with engine.begin() as connection:
                connection.execute(text(f"alter database {database} owner to {owner}"))
    except OperationalError as error:
        raise WarehouseError(f"the database server does not answer: {str(error.orig).strip()}") from error
    except ProgrammingError as error:
        raise WarehouseError(f"the role {owner} cannot be made by {engine.url.username}: {str(error.orig).strip()}") from error
    finally:
        engine.dispose()


def set_password(connection: Connection, name: str, password: str) -> None:
    """Another password for an account that exists, whatever it may do."""
    quoted = connection.engine.dialect.identifier_preparer.quote_identifier(name)
    connection.exec_driver_sql(f"alter role {quoted} password '{encrypted(connection, name, password)}'")


def encrypted(connection: Connection, name: str, password: str) -> str:
    """The password as the server keeps it (SCRAM), made on this side."""
    raw = connection.connection.driver_connection
    secret: str = psycopg2.extensions.encrypt_password(password, name, raw, "scram-sha-256")
    return secret
