"""Who looks at the installation that has received every sample."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from pipc_etl.warehouse.engine import role_engine
from tests.reconstruction import Reconstruction


@pytest.fixture(scope="module")
def analyst(reconstruction: Reconstruction) -> Iterator[Engine]:
    engine = role_engine(reconstruction.settings, "analyst")
    yield engine
    engine.dispose()
