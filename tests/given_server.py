"""Another PostgreSQL than the embedded one for the whole suite: the server of PIPC_TEST_POSTGRES_URL, which belongs to the tests alone."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
from sqlalchemy import URL, Engine, create_engine, make_url, text

from pipc_etl.warehouse.embedded import Cluster

VARIABLE = "PIPC_TEST_POSTGRES_URL"


def given_url() -> URL | None:
    """The address of the given server, as its superuser; None: the suite runs on the embedded one."""
    given = os.environ.get(VARIABLE)
    return make_url(given).set(drivername="postgresql+psycopg2") if given else None


@dataclass(frozen=True)
class GivenServer:
    """What the tests ask of a server, whichever it is: see `Cluster` of the library."""

    address: URL

    @property
    def port(self) -> int:
        return self.address.port or 5432

    def url(self, database: str = "postgres", user: str | None = None, password: str | None = None) -> URL:
        return self.address.set(database=database, username=user or self.address.username, password=password or self.address.password)


Server = Cluster | GivenServer


@contextmanager
def lent(address: URL) -> Iterator[GivenServer]:
    """The given server for one session; what the session leaves in it is dropped.

    Roles belong to a server and their passwords to a session: two processes at once would lock each other out.
    """
    if "PYTEST_XDIST_WORKER" in os.environ:
        pytest.exit(f"with {VARIABLE} the suite runs in one process: without -n", returncode=4)
    server = GivenServer(address)
    engine = create_engine(server.url(), isolation_level="AUTOCOMMIT")
    if left := _databases(engine):
        pytest.exit(f"{VARIABLE} must name a server for tests alone; it holds {', '.join(left)}", returncode=4)
    try:
        yield server
    finally:
        with engine.connect() as connection:
            for name in _databases(engine):
                connection.execute(text(f'drop database "{name}" with (force)'))
        engine.dispose()


def _databases(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        return list(connection.scalars(text("select datname from pg_database where not datistemplate and datname <> 'postgres'")))
