"""A prepared warehouse of its own for each test of the checks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import Engine, text

from pipc_etl.contracts import load_catalog
from pipc_etl.settings import Settings
from pipc_etl.warehouse.engine import superuser_engine
from pipc_etl.warehouse.schema import prepare


@pytest.fixture(scope="module")
def warehouse(module_database: Settings) -> Settings:
    """Settings of an empty warehouse with all its tables, shared by a module."""
    engine = superuser_engine(module_database)
    assert prepare(engine, module_database, load_catalog(module_database.expectations))
    engine.dispose()
    return module_database


@pytest.fixture(scope="module")
def owner(warehouse: Settings) -> Iterator[Engine]:
    engine = superuser_engine(warehouse)
    yield engine
    engine.dispose()


@pytest.fixture
def file_came(owner: Engine) -> Iterator[Callable[..., int]]:
    """Writes an accepted file into the ledger, so many hours ago, and returns its number; afterwards the ledger is empty again."""
    numbers: list[int] = []

    def put(*, hours: float, read: int = 100, quarantined: int = 0, kind: str = "execution_report") -> int:
        statement = text(
            "insert into audit.submission (kind, contract_version, entity_code, dependency_code, period_code, sha256, file_name, "
            "landing_path, arrival, size_bytes, landed_at, received_at, ingested_at, state, accumulates, known_from, rows_read, "
            "rows_accepted, rows_quarantined) "
            "select :kind, '1', 'sg', 'TIC', '2026-M01', repeat('a', 64), 'f.csv', 'sg/TIC/f.csv', :arrival, 1, at, at, at, "
            "'accepted_with_observations', true, at, cast(:read as bigint), cast(:read as bigint) - :bad, :bad "
            "from (select clock_timestamp() - make_interval(mins => :minutes) as at) as moment returning submission_id"
        )
        values: dict[str, Any] = {"kind": kind, "arrival": f"a{len(numbers)}", "read": read, "bad": quarantined, "minutes": int(hours * 60)}
        with owner.begin() as connection:
            number = int(connection.execute(statement, values).scalar_one())
            event = "insert into audit.submission_event (submission_id, state, at, actor) values (:id, 'received', now(), 'test')"
            connection.execute(text(event), {"id": number})
        numbers.append(number)
        return number

    yield put
    with owner.begin() as connection:
        for table in ("submission_event", "submission", "build", "build_failure", "letter"):
            connection.execute(text(f"delete from audit.{table}"))
