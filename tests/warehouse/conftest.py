"""A prepared warehouse: schemas, roles, tables of the contracts."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from pipc_etl.contracts import Catalog, load_catalog
from pipc_etl.settings import Settings
from pipc_etl.warehouse.engine import role_engine, superuser_engine
from pipc_etl.warehouse.schema import prepare


@pytest.fixture(scope="session")
def catalog(settings: Settings) -> Catalog:
    return load_catalog(settings.expectations)


@pytest.fixture
def warehouse(fresh_database: Settings, catalog: Catalog) -> Settings:
    """Settings of an empty warehouse with all its tables."""
    engine = superuser_engine(fresh_database)
    assert prepare(engine, fresh_database, catalog)
    engine.dispose()
    return fresh_database


@pytest.fixture(scope="module")
def shared_warehouse(module_database: Settings, catalog: Catalog) -> Settings:
    """As `warehouse`, shared by the tests of one module that leave nothing behind."""
    engine = superuser_engine(module_database)
    assert prepare(engine, module_database, catalog)
    engine.dispose()
    return module_database


@pytest.fixture
def owner(warehouse: Settings) -> Iterator[Engine]:
    engine = superuser_engine(warehouse)
    yield engine
    engine.dispose()


@pytest.fixture
def loader(warehouse: Settings) -> Iterator[Engine]:
    engine = role_engine(warehouse, "loader")
    yield engine
    engine.dispose()
