"""A running Superset with the sample pushed to it, and the people who use it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from pipc_etl.dashboards.environment import superset_address, user_password
from pipc_etl.dashboards.push import push
from pipc_etl.settings import Settings
from pipc_etl.warehouse.embedded import Cluster
from tests.dashboards.boards import Boards
from tests.dashboards.browser_client import Person
from tests.dashboards.sample import MARTS_SQL, write_assets, write_labels, write_tree
from tests.reconstruction import Reconstruction


@pytest.fixture(scope="session")
def board(dashboards: Settings, cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Settings of the sample: its assets, labels and a warehouse of two marts, beside the session's Superset; not pushed yet."""
    name = f"board_{os.getpid()}"
    folder = tmp_path_factory.mktemp("superset")
    admin = create_engine(cluster.url(), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"create database {name} template template0 encoding 'UTF8'"))
    sample = replace(
        dashboards,
        warehouse_url=cluster.url(name).render_as_string(hide_password=False),
        superset=write_tree(folder),
        dbt_project=write_labels(tmp_path_factory.mktemp("dbt")),
    )
    engine = create_engine(cluster.url(name))
    with engine.begin() as connection:
        connection.exec_driver_sql(MARTS_SQL)
    engine.dispose()
    yield sample
    with admin.connect() as connection:
        connection.execute(text(f"drop database {name} with (force)"))
    admin.dispose()


@pytest.fixture(scope="module")
def pushed(board: Settings) -> Settings:
    """The sample as Superset holds it. A test that pushes something else pushes the sample again (`fresh_assets`)."""
    push(board, only_changes=True)
    return board


@pytest.fixture(scope="module")
def boards(dashboards: Settings, reconstruction: Reconstruction) -> Boards:
    """The project's own dashboards as Superset holds them, over the marts of all samples, and the user who reads them."""
    settings = replace(dashboards, warehouse_url=reconstruction.settings.warehouse_url)
    push(settings, only_changes=True)
    return Boards(settings)


@pytest.fixture
def fresh_assets(pushed: Settings) -> Iterator[Path]:
    """The folder of the sample's assets for a test to change and push; afterwards the files, and Superset, are as before."""
    folder = pushed.superset / "assets"
    yield folder
    for path in folder.rglob("*.yaml"):
        path.unlink()
    write_assets(folder)
    push(pushed)


@pytest.fixture(scope="module")
def person(pushed: Settings) -> Callable[[str | None], Person]:
    """Logs in as one of the sample's users (None: nobody), once each."""
    known: dict[str | None, Person] = {}

    def login(user: str | None) -> Person:
        if user not in known:
            password = user_password(pushed, user) if user else ""
            known[user] = Person(superset_address(pushed), user, password)
        return known[user]

    return login
