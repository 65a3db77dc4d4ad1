"""A build ends, and the real scheduler pushes the dashboards, through the Asset of the marts. Runs after the main job, on its marts."""

from __future__ import annotations

import json
import time

import pytest
from sqlalchemy import text

from pipc_etl.commands.demonstration import BUILD
from pipc_etl.dashboards.environment import METADATA_DATABASE, superset_home
from pipc_etl.orchestration.airflow_api import DagRun
from pipc_etl.settings import PROJECT_ROOT, Settings
from pipc_etl.warehouse.engine import superuser_engine
from tests.conftest import Installation

pytestmark = pytest.mark.timeout(900)
REFRESH = "refresh_dashboards"


def refreshed(installation: Installation) -> DagRun:
    """The refresh that follows a build, ended well; a run that was due before does not count."""
    api = installation.api
    build = api.wait(api.trigger(BUILD), seconds=600)
    assert build.started_at is not None
    began = build.started_at
    deadline = time.monotonic() + 60
    while not (runs := api.runs(REFRESH, since=began)) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert [run.run_type for run in runs] == ["asset_triggered"]
    return api.wait(runs[0], seconds=300)


def test_dashboards_are_pushed_when_the_marts_were_built(installation: Installation, dashboards: Settings) -> None:
    installation.api.wait_for_dags([BUILD, REFRESH])
    assert refreshed(installation).state == "success"
    expected = {path.stem for path in (PROJECT_ROOT / "superset" / "assets" / "dashboards").glob("*.yaml")}
    assert "resumen" in expected
    engine = superuser_engine(dashboards, database=METADATA_DATABASE)
    with engine.connect() as connection:
        assert set(connection.scalars(text("select slug from dashboards"))) == expected
    engine.dispose()
    record = superset_home(dashboards) / "pushed.json"
    pushed_at = json.loads(record.read_text(encoding="ascii"))["at"]
    assert refreshed(installation).state == "success"
    assert json.loads(record.read_text(encoding="ascii"))["at"] == pushed_at, "nothing new: not pushed again"
