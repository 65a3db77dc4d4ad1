"""The catalogue, one reader for all tests, and the function that reads a file under a kind."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pipc_etl.contracts import Catalog, Contract, load_catalog
from pipc_etl.intake import Batch, Envelope, ReaderPool, read_batch
from pipc_etl.settings import PROJECT_ROOT

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture(scope="session")
def catalog() -> Catalog:
    return load_catalog(PROJECT_ROOT / "expectations")


@pytest.fixture(scope="session")
def pool() -> Iterator[ReaderPool]:
    with ReaderPool(timeout_seconds=20, memory_bytes=1024**3) as readers:
        yield readers


@pytest.fixture
def read(catalog: Catalog, pool: ReaderPool) -> Callable[..., Batch]:
    """Reads a file as `kind`, handed in for `period`."""

    def reading(path: Path, kind: str = "execution_report", period: str = "2021-M05", contract: Contract | None = None) -> Batch:
        envelope = Envelope("secretaria-general", "OAP", kind, period, path.name)
        return read_batch(path, contract or catalog.contracts[kind], catalog, envelope, pool)

    return reading
