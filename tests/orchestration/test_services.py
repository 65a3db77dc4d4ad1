"""Airflow as `pipc up` runs it: real processes, real runs, ended as they were started."""

import os
import signal
import socket
import time
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from pipc_etl.errors import WarehouseError
from pipc_etl.orchestration import services
from pipc_etl.orchestration.airflow_api import AirflowApi, AirflowApiError
from pipc_etl.orchestration.airflow_environment import airflow_address, process_variables
from pipc_etl.settings import Settings, load_settings
from tests.conftest import Installation

NAMES = ["api-server", "dag-processor", "triggerer", "scheduler"]


def test_environment_carries_the_settings_when_a_task_reads_them(settings: Settings, cluster: object) -> None:
    variables = process_variables(replace(settings, suppression_k=7, bulk_bytes=123))
    seen = load_settings(variables)
    assert seen == replace(settings, suppression_k=7, bulk_bytes=123)
    assert len(variables["AIRFLOW__API_AUTH__JWT_SECRET"]) >= 64
    assert {name: variables[name] for name in ("AIRFLOW__API__HOST", "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED", "DO_NOT_TRACK")} == {
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
        "DO_NOT_TRACK": "1",
    }


def test_airflow_variables_of_the_caller_are_dropped_when_processes_start(
    settings: Settings, cluster: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIRFLOW__CORE__LOAD_EXAMPLES", "True")
    monkeypatch.setenv("AIRFLOW__SMTP__SMTP_HOST", "mail.example")
    variables = process_variables(settings)
    assert variables["AIRFLOW__CORE__LOAD_EXAMPLES"] == "False"
    assert "AIRFLOW__SMTP__SMTP_HOST" not in variables


def test_port_is_named_and_nothing_starts_when_it_is_taken(settings: Settings, reachable_tmp: Path) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        blocked = replace(settings, home=reachable_tmp / "blocked", airflow_port=port)
        with pytest.raises(WarehouseError, match=rf"port {port} is taken by .*\(pid {os.getpid()}\).*PIPC_AIRFLOW_PORT"):
            services.start(blocked)
    assert list(services.status(blocked)) == NAMES
    assert set(services.status(blocked).values()) == {None}


def test_message_says_how_to_start_when_airflow_does_not_run(settings: Settings) -> None:
    with AirflowApi("http://127.0.0.1:9", "admin", "x") as api, pytest.raises(AirflowApiError, match="pipc up"):
        api.dag_ids()


def test_wrong_password_is_refused_when_airflow_runs(installation: Installation) -> None:
    with (
        AirflowApi(airflow_address(installation.settings), "admin", "wrong") as api,
        pytest.raises(AirflowApiError, match="refuses the user"),
    ):
        api.dag_ids()


def test_every_process_listens_on_the_local_address_only_when_running(installation: Installation) -> None:
    pids = services.status(installation.settings)
    assert list(pids) == NAMES
    listening = set()
    for pid in pids.values():
        main = psutil.Process(pid)
        for process in (main, *main.children(recursive=True)):
            listening |= {connection.laddr[:2] for connection in process.net_connections() if connection.status == psutil.CONN_LISTEN}
    port = int(airflow_address(installation.settings).rsplit(":", 1)[1])
    assert listening == {("127.0.0.1", port)}


def test_only_our_dags_are_there_and_unpaused_when_parsed(installation: Installation) -> None:
    expected = {path.stem for path in installation.settings.dags.glob("*.py")}
    assert {"probe_success", "probe_failure", "ingest_submissions", "build_warehouse"} <= expected
    installation.api.wait_for_dags(expected)
    assert set(installation.api.dag_ids()) == expected
    assert installation.api.import_errors() == {}


def test_asset_triggers_the_next_dag_and_its_failure_is_told_when_a_run_succeeds(installation: Installation) -> None:
    api = installation.api
    api.wait_for_dags(["probe_success", "probe_failure"])
    states: list[str] = []
    run = api.wait(api.trigger("probe_success"), seconds=120, on_change=lambda run: states.append(run.state))
    assert (run.state, states[-1], run.run_type) == ("success", "success", "manual")
    assert api.task_states(run) == {"say_home": ["success"]}
    deadline = time.monotonic() + 60
    while not (triggered := api.runs("probe_failure", since=run.queued_at)) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert [run.run_type for run in triggered] == ["asset_triggered"]
    with pytest.raises(AirflowApiError, match=r"probe_failure failed(.|\n)*this probe fails on purpose"):
        api.wait(triggered[0], seconds=120)


def test_nothing_happens_when_started_twice(installation: Installation) -> None:
    before = services.status(installation.settings)
    assert None not in before.values()
    assert services.start(installation.settings) is False
    assert services.status(installation.settings) == before


def test_running_port_is_named_when_another_one_is_asked_for(installation: Installation) -> None:
    running = int(airflow_address(installation.settings).rsplit(":", 1)[1])
    with pytest.raises(services.OrchestrationError, match=rf"already runs on port {running}: `pipc down`"):
        services.start(replace(installation.settings, airflow_port=running + 1))


def test_only_the_dead_process_is_started_when_one_was_killed(installation: Installation) -> None:
    before = services.status(installation.settings)
    killed = before["triggerer"]
    assert killed is not None
    os.kill(killed, signal.SIGKILL)
    deadline = time.monotonic() + 10
    while services.status(installation.settings)["triggerer"] is not None and time.monotonic() < deadline:
        time.sleep(0.1)
    assert services.start(installation.settings) is True
    after = services.status(installation.settings)
    assert after["triggerer"] not in (None, killed)
    assert {name: pid for name, pid in after.items() if name != "triggerer"} == {
        name: pid for name, pid in before.items() if name != "triggerer"
    }
