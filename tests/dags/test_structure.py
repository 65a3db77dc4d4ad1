"""Every DAG has what an operator counts on, and parsing it imports nothing heavy."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from pipc_etl.contracts import load_catalog
from pipc_etl.settings import PROJECT_ROOT

DAG_IDS = {
    "backup",
    "build_warehouse",
    "housekeeping",
    "ingest_form_responses",
    "ingest_submissions",
    "publish_report",
    "refresh_dashboards",
    "remind_dependencies",
    "render_templates",
    "send_dashboard_picture",
}


@pytest.fixture(scope="module")
def dags() -> dict[str, Any]:
    """The DAGs as Airflow's own loader finds them in `dags/`."""
    from airflow.dag_processing.dagbag import DagBag

    bag = DagBag(PROJECT_ROOT / "dags", collect_dags=True)
    assert bag.import_errors == {}
    return dict(bag.dags)


def test_all_dags_are_found_when_the_folder_is_parsed(dags: dict[str, Any]) -> None:
    assert set(dags) == DAG_IDS
    assert len(list((PROJECT_ROOT / "dags").glob("*.py"))) == len(DAG_IDS), "one DAG a file"


@pytest.mark.parametrize("dag_id", sorted(DAG_IDS))
def test_operators_find_owner_runbook_and_retries_when_they_open_a_dag(dags: dict[str, Any], dag_id: str) -> None:
    dag = dags[dag_id]
    assert {"pipc"} < set(dag.tags)
    assert dag.doc_md.strip().startswith("###")
    assert "Falló" in dag.doc_md
    assert not dag.catchup
    # Several reports may wait for their approval at once.
    assert dag.max_active_runs == (8 if dag_id == "publish_report" else 1)
    assert dag.has_on_failure_callback
    assert dag.params
    assert all(param.schema.get("type") for param in (dag.params.get_param(name) for name in dag.params))
    assert dag.tasks
    for task in dag.tasks:
        assert task.owner == "participacion"
        # A backup lets loads go on.
        pool = "default_pool" if task.task_id in ("report_failures", "make_backup") else "warehouse"
        assert (task.pool, task.retries) == (pool, 0 if task.task_id == "report_failures" else 2), task.task_id


@pytest.mark.parametrize("dag_id", ["ingest_submissions", "ingest_form_responses"])
def test_ingests_keep_office_hours_of_bogota_when_they_are_scheduled(dags: dict[str, Any], dag_id: str) -> None:
    timetable = dags[dag_id].timetable
    assert type(timetable).__name__ == "CronTriggerTimetable", "no run at the very start of Airflow"
    assert str(timetable.timezone) == "America/Bogota" or timetable.timezone.name == "America/Bogota"
    assert " 6-23 * * *" in timetable.expression


@pytest.mark.parametrize("dag_id", ["ingest_submissions", "ingest_form_responses"])
def test_senders_are_answered_whatever_happened_and_failures_show_when_an_ingest_ends(dags: dict[str, Any], dag_id: str) -> None:
    tasks = {task.task_id: task for task in dags[dag_id].tasks}
    upstream = {name: task.upstream_task_ids for name, task in tasks.items()}
    assert upstream["answer_senders"] == {"ingest_batch"}
    assert upstream["send_letters"] == {"answer_senders"}
    assert [tasks[name].trigger_rule for name in ("answer_senders", "send_letters")] == ["all_done", "all_done"]
    # A run is as red as its last tasks: what fails on the way must reach one of them.
    assert upstream["report_failures"] == {"new_file_batches", "ingest_needed", "ingest_batch", "answer_senders"}
    # Batches of several workers begin when what they need is there, or when nothing had to be there before them.
    assert upstream["ingest_batch"] == {"new_file_batches", "ingest_needed"}
    assert tasks["ingest_batch"].trigger_rule == "none_failed"
    assert tasks["report_failures"].trigger_rule == "none_failed"


def test_the_build_waits_for_every_kind_when_its_schedule_is_read(dags: dict[str, Any]) -> None:
    kinds = set(load_catalog(PROJECT_ROOT / "expectations").contracts)
    condition = dags["build_warehouse"].timetable.asset_condition
    assert type(condition).__name__ == "AssetAny", "any kind starts a build"
    names = {asset.name for asset in condition.objects}
    assert len(kinds) >= 13
    assert names == {f"raw_{kind}" for kind in kinds}


def test_the_build_runs_by_the_clock_too_when_due_days_pass_and_reviews_are_made(dags: dict[str, Any]) -> None:
    timetable = dags["build_warehouse"].timetable
    assert type(timetable).__name__ == "AssetOrTimeSchedule"
    crons = timetable.timetable.timetables
    assert [(cron.expression, str(cron.timezone)) for cron in crons] == [
        ("10 0 * * *", "America/Bogota"),
        ("20,50 6-18 * * 1-5", "America/Bogota"),
    ]


def test_reminders_go_out_in_the_morning_of_bogota_when_they_are_scheduled(dags: dict[str, Any]) -> None:
    timetable = dags["remind_dependencies"].timetable
    assert type(timetable).__name__ == "CronTriggerTimetable", "no run at the very start of Airflow"
    assert (timetable.expression, str(timetable.timezone)) == ("30 7 * * 1-5", "America/Bogota")
    assert dags["remind_dependencies"].get_task("queue_reminders").downstream_task_ids == {"send_letters"}


def test_templates_wait_on_the_first_of_the_month_when_they_are_scheduled(dags: dict[str, Any]) -> None:
    timetable = dags["render_templates"].timetable
    assert type(timetable).__name__ == "CronTriggerTimetable", "no run at the very start of Airflow"
    assert (timetable.expression, str(timetable.timezone)) == ("0 5 1 * *", "America/Bogota")
    assert set(dags["render_templates"].params) == {"entity", "period"}


def test_house_is_kept_by_night_and_can_be_rehearsed_when_it_is_scheduled(dags: dict[str, Any]) -> None:
    timetable = dags["housekeeping"].timetable
    assert type(timetable).__name__ == "CronTriggerTimetable", "no run at the very start of Airflow"
    assert (timetable.expression, str(timetable.timezone)) == ("15 3 * * *", "America/Bogota")
    assert dags["housekeeping"].params["dry_run"] is False


def test_backup_is_made_by_night_when_it_is_scheduled(dags: dict[str, Any]) -> None:
    timetable = dags["backup"].timetable
    assert type(timetable).__name__ == "CronTriggerTimetable", "no run at the very start of Airflow"
    assert (timetable.expression, str(timetable.timezone)) == ("0 2 * * *", "America/Bogota")
    assert (dags["backup"].params["verify"], dags["backup"].params["prune"]) == (True, True)


def test_dashboards_follow_the_marts_when_a_build_ends(dags: dict[str, Any]) -> None:
    (asset,) = dags["refresh_dashboards"].timetable.asset_condition.objects
    assert asset.name == "marts"
    (outlet,) = dags["build_warehouse"].get_task("build_marts").outlets
    assert outlet.name == asset.name


def test_picture_is_sent_on_mondays_of_bogota_when_it_is_scheduled(dags: dict[str, Any]) -> None:
    timetable = dags["send_dashboard_picture"].timetable
    assert type(timetable).__name__ == "CronTriggerTimetable", "no run at the very start of Airflow"
    assert (timetable.expression, str(timetable.timezone)) == ("0 7 * * 1", "America/Bogota")
    assert dags["send_dashboard_picture"].params.get_param("format").schema["enum"] == ["pdf", "png"]


def test_nothing_heavy_is_imported_when_a_dag_file_is_parsed() -> None:
    program = (
        "import runpy, sys\n"
        "runpy.run_path(sys.argv[1])\n"
        "print(sorted(m for m in ('great_expectations', 'dbt', 'pandas', 'duckdb', 'pyarrow') if m in sys.modules))\n"
    )
    for dag_id in sorted(DAG_IDS):
        path = PROJECT_ROOT / "dags" / f"{dag_id}.py"
        done = subprocess.run([sys.executable, "-c", program, str(path)], capture_output=True, text=True, cwd=PROJECT_ROOT, check=True)
        assert done.stdout.splitlines()[-1] == "[]", dag_id
