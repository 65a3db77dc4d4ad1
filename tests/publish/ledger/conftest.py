"""An office that publishes from the reconstruction: its own copy, and what it prepares, approves and asks there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Engine, text

from pipc_etl.publish import ledger
from pipc_etl.publish.ledger import GATES, Publication, Request
from pipc_etl.settings import Settings
from pipc_etl.warehouse.engine import role_engine, superuser_engine
from tests.reconstruction import Reconstruction

ENTITY = "secretaria-general"
REASON = "Reconstrucción: los archivos no pasaron por la revisión de la oficina"
# After the closing of August 2021.
OCTOBER_2021 = datetime(2021, 10, 4, 14, tzinfo=UTC)


def asked(period: str = "2021-C2", *, known_at: datetime | None = OCTOBER_2021, gates: tuple[str, ...] = GATES, **values: Any) -> Request:
    """The report of the plan for `period`, waived in `gates`."""
    return Request(ENTITY, "pipc", period, known_at=known_at, waivers=dict.fromkeys(gates, REASON), actor="Ana Ruiz", **values)


@pytest.fixture(scope="module")
def office(reconstruction_copy: Settings) -> Settings:
    return reconstruction_copy


@pytest.fixture(scope="module")
def catalog(reconstruction: Reconstruction) -> Any:
    return reconstruction.catalog


@pytest.fixture(scope="module")
def owner(office: Settings) -> Iterator[Engine]:
    engine = superuser_engine(office)
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def publisher(office: Settings) -> Iterator[Engine]:
    engine = role_engine(office, "publisher")
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def rows_of(owner: Engine) -> Callable[..., list[tuple[Any, ...]]]:
    """Runs a query and returns its rows as plain tuples."""

    def run(query: str, **parameters: object) -> list[tuple[Any, ...]]:
        with owner.connect() as connection:
            return [tuple(row) for row in connection.execute(text(query), parameters)]

    return run


@pytest.fixture(scope="module")
def published(office: Settings) -> Publication:
    """The report of May to August 2021 with its texts, prepared and approved with what is known now."""
    for slot, words in {"observations": "Se adelantaron talleres.", "recommendations": "Reportar a tiempo."}.items():
        ledger.write_text(office, ENTITY, "pipc", "2021-C2", slot, words, author="Ana Ruiz")
    draft = ledger.prepare(office, asked(known_at=None))
    assert draft.state == "draft"
    return ledger.approve(office, draft.number, actor="Jefe de Planeación", note="Conforme")


@pytest.fixture(scope="module")
def prepared_2020(office: Settings) -> Publication:
    """A draft of the second half of 2020, with what is known now."""
    return ledger.prepare(office, asked("2020-S2", known_at=None))
