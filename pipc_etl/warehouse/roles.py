"""Accounts of the database server: made or given a password, which never stands in the server's log or activity view."""

from __future__ import annotations

import psycopg2.extensions
from sqlalchemy import Connection, text


def ensure_login(connection: Connection, name: str, password: str) -> bool:
    """The account `name` may log in with `password` and is nobody's superior; True where it was made."""
    exists = connection.scalar(text("select 1 from pg_roles where rolname = :name"), {"name": name}) is not None
    secret = encrypted(connection, name, password)
    verb = "alter" if exists else "create"
    quoted = connection.engine.dialect.identifier_preparer.quote_identifier(name)
    connection.exec_driver_sql(f"{verb} role {quoted} login nosuperuser nocreatedb nocreaterole password '{secret}'")
    return not exists


def set_password(connection: Connection, name: str, password: str) -> None:
    """Another password for an account that exists, whatever it may do."""
    quoted = connection.engine.dialect.identifier_preparer.quote_identifier(name)
    connection.exec_driver_sql(f"alter role {quoted} password '{encrypted(connection, name, password)}'")


def encrypted(connection: Connection, name: str, password: str) -> str:
    """The password as the server keeps it (SCRAM), made on this side."""
    raw = connection.connection.driver_connection
    secret: str = psycopg2.extensions.encrypt_password(password, name, raw, "scram-sha-256")
    return secret
