"""A mart that changed under the project's dashboards stops their push: who must act is told, and Superset keeps what it had."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import text

from pipc_etl.dashboards.environment import user_password
from pipc_etl.dashboards.problems import ChainError
from pipc_etl.dashboards.push import push
from pipc_etl.settings import Settings
from pipc_etl.warehouse.engine import superuser_engine
from tests.dashboards.boards import Boards
from tests.dashboards.browser_client import Person


def _execute(settings: Settings, statement: str) -> None:
    engine = superuser_engine(settings)
    with engine.begin() as connection:
        connection.execute(text(statement))
    engine.dispose()


@pytest.fixture
def broken(boards: Boards) -> Iterator[Boards]:
    """A column of a mart has another name meanwhile."""
    assert boards.prepared
    _execute(boards.settings, "alter table marts.rpt_board_activity rename column activity_name to actividad")
    yield boards
    _execute(boards.settings, "alter table marts.rpt_board_activity rename column actividad to activity_name")


def _held(admin: Person) -> dict[str, Any]:
    """Every chart and dashboard with its last change."""
    held = {}
    for kind, title in (("chart", "slice_name"), ("dashboard", "dashboard_title")):
        found = admin.get(f"/api/v1/{kind}/?q=(page_size:100)").json()["result"]
        held[kind] = sorted([each["id"], each[title], each["changed_on_utc"]] for each in found)
    return held


def test_push_stops_with_the_whole_chain_named_when_a_column_is_gone(broken: Boards) -> None:
    admin = Person(broken.address, "admin", user_password(broken.settings, "admin"))
    before = json.dumps(_held(admin))
    with pytest.raises(ChainError) as caught:
        push(broken.settings)
    said = [line for line in str(caught.value).splitlines() if "column activity_name does not exist" in line]
    chain = ("dashboard cumplimiento", "chart cumplimiento_actividades.yaml", "dataset rpt_board_activity", "mart marts.rpt_board_activity")
    assert any(all(part in line for part in chain) for line in said), said
    assert json.dumps(_held(admin)) == before
    # Whoever reads meanwhile: what does not need the column still answers.
    assert broken.ask("resumen", "resumen_ejecucion")
