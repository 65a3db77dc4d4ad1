"""Tasks that have nothing to do are skipped: no reminder on a holiday, no refresh after a look at the clock that found nothing new."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest


def test_nobody_is_reminded_when_the_day_is_a_holiday(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from airflow.sdk.exceptions import AirflowSkipException

    from pipc_etl.contracts import due_days
    from pipc_etl.orchestration.reminder_tasks import queue_reminders

    monkeypatch.setenv("PIPC_HOME", str(tmp_path))
    monkeypatch.setattr(due_days, "is_business_day", lambda _: False)
    with pytest.raises(AirflowSkipException, match="is no business day"):
        queue_reminders.function(params={"day": None})


@pytest.mark.parametrize(("run_type", "built"), [("scheduled", True), ("asset_triggered", False), ("manual", False)])
def test_dashboards_follow_when_somebody_asked_or_something_was_built(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, run_type: str, built: bool
) -> None:
    from pipc_etl.orchestration.tasks import build_marts
    from pipc_etl.warehouse import dbt

    monkeypatch.setenv("PIPC_HOME", str(tmp_path))
    monkeypatch.setattr(dbt, "build", lambda *_, **__: dbt.BuildResult(built, "", 0.1))
    assert build_marts.function(params={}, dag_run=SimpleNamespace(run_type=run_type))


def test_run_by_the_clock_is_skipped_when_nothing_is_new(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from airflow.sdk.exceptions import AirflowSkipException

    from pipc_etl.orchestration.tasks import build_marts
    from pipc_etl.warehouse import dbt

    monkeypatch.setenv("PIPC_HOME", str(tmp_path))
    monkeypatch.setattr(dbt, "build", lambda *_, **__: dbt.BuildResult(False, "", 0.1))
    with pytest.raises(AirflowSkipException, match="nothing new"):
        build_marts.function(params={}, dag_run=SimpleNamespace(run_type="scheduled"))
