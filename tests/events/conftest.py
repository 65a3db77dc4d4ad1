"""An empty warehouse with plans, sessions and forms written at ledger level, as tests/dbt writes them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from pipc_etl.contracts import Catalog, load_catalog
from pipc_etl.settings import Settings
from pipc_etl.warehouse.engine import role_engine, superuser_engine
from pipc_etl.warehouse.schema import prepare

# The scenarios of tests/dbt, and the ledger of these tests.
sys.path += [str(Path(__file__).parent.parent / "dbt"), str(Path(__file__).parent)]


@pytest.fixture(scope="session")
def catalog(settings: Settings) -> Catalog:
    return load_catalog(settings.expectations)


@pytest.fixture(scope="module")
def warehouse(module_database: Settings, catalog: Catalog) -> Settings:
    """Settings of a prepared warehouse, shared by the tests of a module: each writes entities of its own."""
    engine = superuser_engine(module_database)
    assert prepare(engine, module_database, catalog)
    engine.dispose()
    return module_database


@pytest.fixture(scope="module")
def loader(warehouse: Settings) -> Iterator[Engine]:
    engine = role_engine(warehouse, "loader")
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def owner(warehouse: Settings) -> Iterator[Engine]:
    engine = superuser_engine(warehouse)
    yield engine
    engine.dispose()
