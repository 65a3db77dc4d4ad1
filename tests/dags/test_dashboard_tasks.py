"""The tasks of the dashboards where there is nothing to work with: what is skipped, and what is not tried again."""

from __future__ import annotations

from pathlib import Path

import pytest

PARAMS = {"dashboard": "resumen", "format": "pdf", "recipients": None}


@pytest.fixture
def empty_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("PIPC_HOME", str(tmp_path))
    monkeypatch.setenv("PIPC_CHROMIUM", "/bin/true")
    for name in ("PIPC_PICTURE_RECIPIENTS", "PIPC_SMTP_URL"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def test_refresh_says_what_to_start_and_is_not_tried_again_when_superset_does_not_run(empty_home: Path) -> None:
    from airflow.sdk.exceptions import AirflowFailException

    from pipc_etl.orchestration.tasks import push_dashboards

    with pytest.raises(AirflowFailException, match=r"start it with `pipc up` .*; then trigger refresh_dashboards again"):
        push_dashboards.function(params={"always": False})


def test_picture_is_skipped_when_nobody_is_named(empty_home: Path) -> None:
    from airflow.sdk.exceptions import AirflowSkipException

    from pipc_etl.orchestration.tasks import mail_picture

    with pytest.raises(AirflowSkipException, match="set PIPC_PICTURE_RECIPIENTS, or give recipients with Trigger"):
        mail_picture.function(params=PARAMS)
    with pytest.raises(AirflowSkipException):
        mail_picture.function(params={**PARAMS, "recipients": " , "})


def test_recipients_of_the_trigger_come_before_those_of_the_setting_when_both_are_given(
    empty_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pipc_etl.dashboards.problems import DashboardError
    from pipc_etl.orchestration.tasks import mail_picture

    monkeypatch.setenv("PIPC_PICTURE_RECIPIENTS", "of the setting")
    with pytest.raises(DashboardError, match="'of the setting' is no e-mail address"):
        mail_picture.function(params=PARAMS)
    with pytest.raises(DashboardError, match="'of the trigger' is no e-mail address"):
        mail_picture.function(params={**PARAMS, "recipients": "of the trigger"})
