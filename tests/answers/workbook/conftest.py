"""The function that makes the feedback of a file; one reader of foreign files for all tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pipc_etl.answers.review import Review
from pipc_etl.answers.workbook import Feedback, feedback_workbook
from pipc_etl.contracts import Catalog
from pipc_etl.intake import ReaderPool
from tests.answers.workbook.feedback_files import MakeFeedback


@pytest.fixture(scope="session")
def pool() -> Iterator[ReaderPool]:
    with ReaderPool(timeout_seconds=60) as readers:
        yield readers


@pytest.fixture(scope="session")
def feedback(catalog: Catalog, pool: ReaderPool) -> MakeFeedback:
    """Makes the feedback of the file at a path."""

    def make(path: Path, review: Review, *, pending_only: bool = False, bulk_bytes: int = 8 * 1024**2) -> Feedback:
        return feedback_workbook(path, path.name, review, catalog, pool, bulk_bytes, pending_only=pending_only)

    return make
