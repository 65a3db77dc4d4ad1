"""A warehouse with a registry and a plan, and the planning office's decisions about what comes in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Engine, text

from pipc_etl.contracts import Catalog, load_catalog
from pipc_etl.settings import Settings
from pipc_etl.warehouse.engine import role_engine, superuser_engine
from pipc_etl.warehouse.ingest import Outcome, ingest_paths
from pipc_etl.warehouse.schema import prepare
from tests.warehouse.conftest import Sender


@pytest.fixture(scope="session")
def catalog(settings: Settings) -> Catalog:
    return load_catalog(settings.expectations)


@pytest.fixture(scope="module")
def reviewed(module_database: Settings, catalog: Catalog) -> Settings:
    """Settings of a warehouse with a registry (OAP is the planning office, TIC a dependency) and their plan of 2021."""
    engine = superuser_engine(module_database)
    assert prepare(engine, module_database, catalog)
    engine.dispose()
    sender = Sender(module_database, catalog)
    outcomes = ingest_paths([sender.registry(), sender.plan()], module_database)
    assert [outcome.state for outcome in outcomes] == ["accepted", "accepted"]
    return module_database


@pytest.fixture(scope="module")
def sender(reviewed: Settings, catalog: Catalog) -> Sender:
    return Sender(reviewed, catalog)


@pytest.fixture(scope="module")
def take(reviewed: Settings) -> Callable[..., Outcome]:
    """Loads one file; `bulk` by the way of the large ones."""

    def load(path: Any, *, bulk: bool = False) -> Outcome:
        (outcome,) = ingest_paths([path], replace(reviewed, bulk_bytes=1) if bulk else reviewed)
        return outcome

    return load


@pytest.fixture(scope="module")
def loader(reviewed: Settings) -> Iterator[Engine]:
    engine = role_engine(reviewed, "loader")
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def owner(reviewed: Settings) -> Iterator[Engine]:
    engine = superuser_engine(reviewed)
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def rows_of(owner: Engine) -> Callable[..., list[tuple[Any, ...]]]:
    """Runs a query and returns its rows as plain tuples."""

    def run(query: str, **params: object) -> list[tuple[Any, ...]]:
        with owner.connect() as connection:
            return [tuple(row) for row in connection.execute(text(query), params)]

    return run
