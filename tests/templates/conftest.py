"""The catalogue, one reader of foreign files, and a warehouse that knows a registry, a plan, a closed month and commitments."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipc_etl.contracts import Catalog, load_catalog
from pipc_etl.intake import ReaderPool
from pipc_etl.settings import PROJECT_ROOT, Settings

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture(scope="session")
def catalog() -> Catalog:
    return load_catalog(PROJECT_ROOT / "expectations")


@pytest.fixture(scope="session")
def pool() -> Iterator[ReaderPool]:
    with ReaderPool(timeout_seconds=60) as readers:
        yield readers


@pytest.fixture(scope="module")
def planned(module_database: Settings, catalog: Catalog) -> Settings:
    """Settings of a warehouse filled with `known.py`, one a module."""
    from known import fill

    fill(module_database, catalog)
    return module_database
