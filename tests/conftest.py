"""What every test may ask for: settings of a temporary installation, a real PostgreSQL, an empty database in it."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from pipc_etl.settings import Settings, load_settings
from pipc_etl.warehouse.embedded import Cluster

_numbers = count(1)


@pytest.fixture(scope="session")
def reachable_tmp() -> Iterator[Path]:
    """A temporary folder that an unprivileged account can enter: pytest's own is 0700."""
    folder = Path(tempfile.mkdtemp(prefix="pipc-test-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def settings(reachable_tmp: Path) -> Settings:
    """Settings of a fresh installation; its PostgreSQL is `cluster`."""
    return load_settings({"PIPC_HOME": str(reachable_tmp / "home"), "PIPC_POSTGRES_PORT": "0"})


@pytest.fixture(scope="session")
def cluster(settings: Settings) -> Iterator[Cluster]:
    """The suite's one embedded PostgreSQL, stopped at the end."""
    server = Cluster(settings.home / "postgres", 0, settings.secret("postgres_password"), durable=False)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def fresh_database(settings: Settings, cluster: Cluster, tmp_path: Path) -> Iterator[Settings]:
    """Settings whose `warehouse_url` is an empty database of its own, and whose landing, archive and outbox are empty.

    The secrets are those of the session: roles belong to the server, so two databases must agree on their passwords.
    """
    yield from _database(settings, cluster, tmp_path)


@pytest.fixture(scope="module")
def module_database(settings: Settings, cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """As `fresh_database`, shared by the tests of one module."""
    yield from _database(settings, cluster, tmp_path_factory.mktemp("module"))


def _database(settings: Settings, cluster: Cluster, folder: Path) -> Iterator[Settings]:
    name = f"test_{os.getpid()}_{next(_numbers)}"
    admin = create_engine(cluster.url(), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"create database {name} template template0"))
    try:
        yield replace(
            settings,
            warehouse_url=cluster.url(name).render_as_string(hide_password=False),
            landing=folder / "landing",
            archive=folder / "archive",
            outbox=folder / "outbox",
        )
    finally:
        with admin.connect() as connection:
            connection.execute(text(f"drop database {name} with (force)"))
        admin.dispose()
