"""Alarms of a real Airflow: a run that fails says so itself; what no run can say, such as a dead scheduler, `pipc watch` does."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest

from pipc_etl.errors import WarehouseError
from pipc_etl.orchestration import services
from pipc_etl.orchestration.airflow_api import AirflowApiError
from pipc_etl.orchestration.airflow_environment import airflow_address, process_variables, settings_variables
from pipc_etl.orchestration.alerts import safe_reason
from pipc_etl.settings import Settings
from tests.conftest import Installation
from tests.mail_server import MailServer

pytestmark = pytest.mark.timeout(1800)
# What is waited for at most; a machine with nothing else to do takes a tenth of it.
LONGEST_SECONDS = 500.0


def wait_for(what: Callable[[], Any], seconds: float = LONGEST_SECONDS) -> Any:
    deadline = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < deadline, f"waited {seconds:.0f} s in vain"
        time.sleep(0.3)
    return found


def test_who_is_on_call_learns_what_where_and_why_when_a_run_fails_and_when_one_succeeds_again(installation: Installation) -> None:
    api, received = installation.api, installation.hook.received
    api.wait_for_dags(["probe_alarm"])

    def told(event: str) -> list[dict[str, Any]]:
        return [body for body in received if (body["alarm"], body["subject"], body["event"]) == ("run", "probe_alarm", event)]

    failed = api.trigger("probe_alarm", {"fails": True})
    with pytest.raises(AirflowApiError, match="probe_alarm failed"):
        api.wait(failed, seconds=LONGEST_SECONDS)
    (alarm,) = wait_for(lambda: told("raised"))
    assert (alarm["dag"], alarm["task"], alarm["run"]) == ("probe_alarm", "load_the_file", failed.run_id)
    assert alarm["reason"] == "submission 42 could not be loaded: the disk is full"
    assert alarm["submissions"] == "42"
    assert alarm["runbook"].endswith("docs/operacion.md#alarma-run")
    assert alarm["text"].splitlines()[0] == "Falló una corrida de Airflow: probe_alarm"
    page = f"{airflow_address(installation.settings)}/dags/probe_alarm/runs/"
    assert alarm["log"].startswith(page)
    assert "/tasks/load_the_file" in alarm["log"]
    assert httpx.get(alarm["log"], trust_env=False, follow_redirects=True).status_code == 200
    api.wait(api.trigger("probe_alarm", {"fails": False}), seconds=LONGEST_SECONDS)
    (over,) = wait_for(lambda: told("resolved"))
    assert over["text"].splitlines()[0] == "Ya se resolvió: Falló una corrida de Airflow: probe_alarm"
    lines = [json.loads(line) for line in (installation.settings.logs / "alerts.jsonl").read_text(encoding="utf-8").splitlines()]
    ours = [line for line in lines if "probe_alarm" in (line.get("dag"), line.get("subject"))]
    assert [line["event"] for line in ours] == ["task_failed", "raised", "resolved"]


def test_rows_stay_inside_the_house_when_a_library_quotes_them_in_its_error() -> None:
    assert safe_reason(WarehouseError("the disk is full")) == "the disk is full"
    with pytest.raises(ValueError, match="Ana Rojas") as caught:
        int("CC 52345678 Ana Rojas")
    assert safe_reason(caught.value) == "ValueError"


@dataclass
class Watching:
    """A running `pipc watch`: where it answers, and what it printed."""

    process: subprocess.Popen[str]
    said: list[str] = field(default_factory=list)

    @property
    def address(self) -> str:
        found = wait_for(lambda: re.search(r"http://[\d.:]+", "".join(self.said)))
        return str(found[0])

    def ask(self, path: str) -> httpx.Response:
        return httpx.get(f"{self.address}{path}", trust_env=False, timeout=30)

    def state_of(self, name: str) -> str | None:
        checks = self.ask("/health").json().get("checks", [])
        return next((check["state"] for check in checks if check["name"] == name), None)


@pytest.fixture
def guard() -> Iterator[MailServer]:
    """The mail of whoever is on call."""
    with MailServer() as server:
        yield server


@pytest.fixture
def watching(installation: Installation, guard: MailServer) -> Iterator[Watching]:
    """`pipc watch` over the installation, as a process of its own that looks every second."""
    settings = replace(
        installation.settings,
        alert_to=("guardia@entidad.example",),
        alert_webhook=None,
        alert_grace_seconds=0,
        smtp_url=guard.url,
        watch_port=0,
    )
    process = subprocess.Popen(
        [sys.executable, "-m", "pipc_etl.cli", "watch", "--interval", "1"],
        env=os.environ | settings_variables(settings),
        stderr=subprocess.PIPE,
        text=True,
    )
    watch = Watching(process)
    threading.Thread(target=lambda: watch.said.extend(process.stderr or ()), daemon=True).start()
    yield watch
    process.terminate()
    assert process.wait(30) == 0


def test_a_dead_scheduler_is_noticed_and_its_return_too_when_the_watch_looks(
    installation: Installation, watching: Watching, guard: MailServer
) -> None:
    def headlines() -> list[str]:
        return [message["Subject"].removeprefix("[Bodega de participación] ") for _, message in guard.received]

    servers = ("scheduler", "api_server", "dag_processor", "triggerer", "warehouse", "migrations")
    wait_for(lambda: [watching.state_of(name) for name in servers] == ["ok"] * len(servers))
    assert watching.ask("/live").status_code == 200
    killed = services.status(installation.settings)["scheduler"]
    assert killed is not None
    os.kill(killed, signal.SIGKILL)
    wait_for(lambda: "El planificador de Airflow no da señales" in headlines())
    assert watching.ask("/health").status_code == 503
    assert 'pipc_check_state{check="scheduler",subject=""} 2' in watching.ask("/metrics").text
    recipients, message = guard.received[headlines().index("El planificador de Airflow no da señales")]
    assert recipients == ["guardia@entidad.example"]
    assert "#alarma-scheduler" in message.get_content()
    assert services.start(installation.settings) is True
    wait_for(lambda: "Ya se resolvió: El planificador de Airflow no da señales" in headlines())
    wait_for(lambda: 'pipc_check_state{check="scheduler",subject=""} 0' in watching.ask("/metrics").text)
    metrics = watching.ask("/metrics").text
    assert re.search(r'^pipc_database_bytes\{database="\w+"\} [1-9]', metrics, re.MULTILINE)
    assert re.search(r"^pipc_quarantined_rows \d+$", metrics, re.MULTILINE)


class Collector:
    """A real receiver of OTLP over HTTP: keeps the names of the metrics that it was sent."""

    def __init__(self) -> None:
        from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest

        self.names: set[str] = set()
        owner = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                sent = ExportMetricsServiceRequest.FromString(self.rfile.read(int(self.headers["Content-Length"])))
                assert self.path == "/v1/metrics"
                owner.names |= {
                    metric.name for resource in sent.resource_metrics for scope in resource.scope_metrics for metric in scope.metrics
                }
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                """Quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"


def test_metrics_arrive_from_parent_and_fork_when_a_collector_is_named(settings: Settings, cluster: object) -> None:
    program = """
import os, sys
from pipc_etl.orchestration import launch
launch.import_modules(launch.COMMON_MODULES)
from airflow.sdk.observability import stats
stats.incr("probe_of_the_parent")
assert launch._exporters(), "nothing would be sent"
launch._end_exporters()
assert not launch._exporters(), "a fork would lose a thread"
child = os.fork()
if child:
    sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
stats.incr("probe_of_the_fork")
from opentelemetry.metrics import get_meter_provider
assert get_meter_provider().force_flush()
os._exit(0)
"""
    collector = Collector()
    threading.Thread(target=collector.server.serve_forever, daemon=True).start()
    try:
        off, on = process_variables(settings), process_variables(replace(settings, otel_endpoint=collector.url))
        assert not any("OTEL" in name for name in set(off) - set(os.environ))
        done = subprocess.run([sys.executable, "-c", program], env=on, capture_output=True, text=True, timeout=300, check=False)
    finally:
        collector.server.shutdown()
        collector.server.server_close()
    assert done.returncode == 0, done.stderr[-2000:]
    assert {"airflow.probe_of_the_parent", "airflow.probe_of_the_fork"} <= collector.names
