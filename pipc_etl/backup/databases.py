"""A database into a file and back, with PostgreSQL's own programs; what a dump does not carry (roles, rights on the database) beside it."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from sqlalchemy import URL, Connection, Engine, create_engine, text

from pipc_etl.backup.layout import BackupError, StoredDatabase, StoredFile, StoredRole
from pipc_etl.backup.sealing import Seal
from pipc_etl.warehouse.postgres_programs import client_program

# Rows on their way into the warehouse: gone at the end of their load, and loaded again after a restore.
_NOT_DUMPED = "private.incoming_*"
_NOT_COUNTED = "incoming\\_%"
_SYSTEM = "relnamespace::regnamespace::text not like 'pg\\_%' and relnamespace::regnamespace::text <> 'information_schema'"
_RESTORE_JOBS = 2


def reading_engine(url: URL) -> Engine:
    """An engine on one database of the server."""
    return create_engine(url, pool_pre_ping=True, connect_args={"connect_timeout": 10, "application_name": "pipc backup"})


@contextmanager
def connected(url: URL) -> Iterator[Connection]:
    """One connection to one database."""
    engine = reading_engine(url)
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()


@contextmanager
def snapshot(engine: Engine) -> Iterator[tuple[Connection, str]]:
    """A transaction that sees one moment, and the name under which others can see the same."""
    with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        connection.execute(text("set transaction read only"))
        yield connection, str(connection.scalar(text("select pg_export_snapshot()")))
        connection.rollback()


def dump(url: URL, moment: str, seal: Seal, target: Path) -> StoredFile:
    """The database as the snapshot `moment` sees it; it goes through a pipe, so that an encrypted dump never lies in clear anywhere."""
    # gzip at 1: half the time of the default for a tenth more bytes.
    arguments = ["--format=custom", "--compress=gzip:1", f"--snapshot={moment}", f"--exclude-table={_NOT_DUMPED}", "--no-password"]
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as errors:
        process = subprocess.Popen(
            [_program("pg_dump", url), *arguments, "--dbname", _address(url)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            env=_environment(url),
        )
        try:
            assert process.stdout is not None
            stored = seal.write(process.stdout, target)
        except BaseException:
            process.kill()
            raise
        finally:
            if process.stdout is not None:
                process.stdout.close()
            process.wait()
        if process.returncode != 0:
            raise BackupError(f"the database {url.database} cannot be dumped: {_said(errors)}")
    return stored


def restore(url: URL, dump_file: Path) -> None:
    """Fill the empty database of `url` from a dump in clear; raises BackupError with the first thing that PostgreSQL refused."""
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as errors:
        returncode = subprocess.call(
            [
                _program("pg_restore", url),
                "--exit-on-error",
                f"--jobs={_RESTORE_JOBS}",
                "--no-password",
                "--dbname",
                _address(url),
                dump_file,
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=errors,
            env=_environment(url),
        )
        if returncode != 0:
            raise BackupError(f"the database {url.database} cannot be restored: {_said(errors)}")


def require_readable(dump_file: Path) -> None:
    """Raise BackupError unless the file is a whole dump: its table of contents, and every block of data behind it, can be read."""
    done = subprocess.run(
        [_program("pg_restore"), "--file=/dev/null", str(dump_file)], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise BackupError(f"{dump_file.name} is no readable dump: {done.stderr.strip()}")


def describe(connection: Connection) -> StoredDatabase:
    """What is beside the dump, as the connection's moment sees it."""
    name, owner = connection.execute(
        text("select datname, pg_get_userbyid(datdba) from pg_database where datname = current_database()")
    ).one()
    grants = connection.execute(
        text(
            "select case acl.grantee when 0 then 'public' else pg_get_userbyid(acl.grantee) end, lower(acl.privilege_type) "
            "from pg_database, aclexplode(coalesce(datacl, acldefault('d', datdba))) as acl "
            "where datname = current_database() and acl.grantee <> datdba order by 1, 2"
        )
    )
    return StoredDatabase(str(name), str(owner), tuple((row[0], row[1]) for row in grants), count_rows(connection))


def count_rows(connection: Connection) -> dict[str, int]:
    """Rows of every table of ours, by schema and name."""
    query = (
        f"select quote_ident(relnamespace::regnamespace::text) || '.' || quote_ident(relname) from pg_class "
        f"where relkind in ('r', 'm', 'p') and {_SYSTEM} and relpersistence <> 't' and relname not like '{_NOT_COUNTED}' order by 1"
    )
    tables = list(connection.scalars(text(query)))
    return {str(table): int(connection.execute(text(f"select count(*) from {table}")).scalar_one()) for table in tables}


def read_roles(connection: Connection) -> tuple[StoredRole, ...]:
    """The roles of the product in this server."""
    query = text(
        "select r.rolname, r.rolcanlogin, "
        "array(select m.rolname from pg_auth_members as a inner join pg_roles as m on a.roleid = m.oid where a.member = r.oid order by 1) "
        "from pg_roles as r where r.rolname like 'pipc\\_%' order by 1"
    )
    return tuple(StoredRole(row[0], row[1], tuple(row[2])) for row in connection.execute(query))


def ensure_roles(connection: Connection, roles: tuple[StoredRole, ...]) -> None:
    """Make the roles that are missing, without a password: nobody enters before the warehouse was prepared."""
    quote = connection.engine.dialect.identifier_preparer.quote
    present = set(connection.scalars(text("select rolname from pg_roles")))
    is_superuser = bool(connection.scalar(text("select rolsuper from pg_roles where rolname = current_user")))
    for role in roles:
        if role.name not in present:
            connection.execute(text(f"create role {quote(role.name)} {'login' if role.can_login else 'nologin'}"))
        if not is_superuser:  # any other administrator hands things over to a role as its member
            connection.execute(text(f"grant {quote(role.name)} to current_user"))
    for role in roles:
        for group in role.member_of:
            connection.execute(text(f"grant {quote(group)} to {quote(role.name)}"))


def grant_on_database(connection: Connection, name: str, stored: StoredDatabase) -> None:
    """Owner and rights of the database `name`, as they were."""
    quote = connection.engine.dialect.identifier_preparer.quote
    known = set(connection.scalars(text("select rolname from pg_roles"))) | {"public"}
    if stored.owner in known and stored.owner.startswith("pipc_"):
        connection.execute(text(f"alter database {quote(name)} owner to {quote(stored.owner)}"))
    connection.execute(text(f"revoke all on database {quote(name)} from public"))
    for grantee, right in stored.grants:
        if grantee in known:
            target = grantee if grantee == "public" else quote(grantee)
            connection.execute(text(f"grant {right} on database {quote(name)} to {target}"))


def _program(name: str, url: URL | None = None) -> str:
    program = client_program(name, url)
    if program is None:
        raise BackupError(f"no {name} on this machine can reach that address: install postgresql-client")
    return program


def _address(url: URL) -> str:
    return url.set(drivername="postgresql", password=None).render_as_string(hide_password=False)


def _environment(url: URL) -> dict[str, str]:
    return {**os.environ, "PGPASSWORD": str(url.password or ""), "PGAPPNAME": "pipc backup", "LC_ALL": "C.UTF-8"}


def _said(errors: IO[str]) -> str:
    errors.seek(0)
    lines = [line for line in errors.read().strip().splitlines() if line]
    return " / ".join(lines[:4]) or "it said nothing"
