"""Marts built by the real dbt, in process, from scenarios written at ledger level. One build serves every module."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from pipc_etl.contracts import load_catalog
from pipc_etl.settings import Settings
from pipc_etl.warehouse.dbt import build
from pipc_etl.warehouse.engine import role_engine, superuser_engine
from pipc_etl.warehouse.schema import prepare

sys.path.append(str(Path(__file__).parent))

import activity_plans
import amendment_scenario
import deadline_scenario
import management_scenario
import participation_scenario
import voice_scenario
from activity_scenario import Query


@pytest.fixture(scope="session")
def activity_warehouse(session_database: Settings) -> Settings:
    """A warehouse with the scenarios of the modules named below, built once for the session."""
    engine = superuser_engine(session_database)
    assert prepare(engine, session_database, load_catalog(session_database.expectations))
    with engine.begin() as connection:
        activity_plans.write(connection)
        amendment_scenario.write(connection)
        participation_scenario.write(connection)
        deadline_scenario.write(connection)
        voice_scenario.write(connection)
        management_scenario.write(connection)
    engine.dispose()
    assert build(session_database, unit_tests=True).built
    return session_database


@pytest.fixture(scope="session")
def analyst(activity_warehouse: Settings) -> Iterator[Query]:
    """Rows of a query as an analyst may run it: role pipc_analyst, marts alone."""
    engine = role_engine(activity_warehouse, "analyst")

    def query(sql: str, **parameters: Any) -> list[dict[str, Any]]:
        with engine.connect() as connection:
            return [dict(row) for row in connection.execute(text(sql), parameters).mappings()]

    yield query
    engine.dispose()
