"""Lineage of loads reaches a real collector, names no secret, and is never in the way of the work that it tells of."""

from __future__ import annotations

import json
import logging
import socket
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from pipc_etl.lineage.destination import Parent, transport
from pipc_etl.lineage.loads import tell_load
from pipc_etl.orchestration.airflow_environment import process_variables
from pipc_etl.settings import Settings, load_settings
from pipc_etl.warehouse.ingest import Outcome

BEGAN = datetime(2021, 9, 6, 14, 0, tzinfo=UTC)
RUN = "0190a2b4-7c1e-7d3a-9f10-000000000001"
LOADED = Outcome(
    Path("/srv/landing/e/OAP/execution_report/2021-M08/agosto.xlsx"),
    "loaded",
    kind="execution_report",
    state="accepted",
    submission_id=41,
    rows_accepted=12,
)
FAR = replace(LOADED, submission_id=42, rows_accepted=3, source="sftp://entregas@sftp.example:2222/buzon/e/OAP/agosto.xlsx")
RETURNED = replace(LOADED, kind="session", state="returned", submission_id=43, rows_accepted=0)
DUPLICATE = replace(LOADED, how="duplicate")


class Collector:
    """A real HTTP server that keeps what it is sent."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.keys: set[str | None] = set()
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                collector.events.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                collector.keys.add(self.headers["Authorization"])
                self.send_response(201)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"


@pytest.fixture
def collector() -> Iterator[Collector]:
    found = Collector()
    Thread(target=found.server.serve_forever, daemon=True).start()
    yield found
    found.server.shutdown()
    found.server.server_close()


@pytest.fixture
def given(tmp_path: Path) -> Settings:
    """Settings of another server's warehouse; nothing is asked of it."""
    return load_settings({"PIPC_HOME": str(tmp_path), "PIPC_WAREHOUSE_URL": "postgresql://chief:hidden@db.example:6432/participacion"})


def test_load_is_one_run_a_kind_when_a_collector_is_named(given: Settings, collector: Collector) -> None:
    (given.secrets).mkdir(parents=True)
    (given.secrets / "openlineage_key").write_text("abc")
    settings = replace(given, openlineage=collector.url)
    tell_load(settings, [LOADED, FAR, RETURNED, DUPLICATE], BEGAN, Parent("pipc", "ingest_submissions.ingest_batch", RUN))
    assert collector.keys == {"Bearer abc"}
    assert [(event["job"]["name"], event["eventType"]) for event in collector.events] == [
        ("load.execution_report", "START"),
        ("load.execution_report", "COMPLETE"),
        ("load.session", "START"),
        ("load.session", "COMPLETE"),
    ]
    start, complete, returned = collector.events[0], collector.events[1], collector.events[3]
    assert start["eventTime"].startswith("2021-09-06T14:00:00")
    assert start["run"]["runId"] == complete["run"]["runId"] != returned["run"]["runId"]
    assert [(file["namespace"], file["name"]) for file in complete["inputs"]] == [
        ("file", "/srv/landing/e/OAP/execution_report/2021-M08/agosto.xlsx"),
        ("sftp://sftp.example:2222", "buzon/e/OAP/agosto.xlsx"),
    ]
    counts = {table["name"]: table["outputFacets"]["outputStatistics"]["rowCount"] for table in complete["outputs"]}
    assert counts == {"participacion.audit.submission": 2, "participacion.raw.execution_report": 15}
    assert {table["namespace"] for table in complete["outputs"]} == {"postgres://db.example:6432"}
    assert complete["run"]["facets"]["parent"]["run"]["runId"] == RUN
    tags = complete["run"]["facets"]["tags"]["tags"]
    assert [tag["value"] for tag in tags if tag["key"] == "submission_id"] == ["41", "42"]
    # What was returned is in the ledger, and no row of it in `raw`.
    assert [table["name"] for table in returned["outputs"]] == ["participacion.audit.submission"]
    assert "hidden" not in json.dumps(collector.events)
    assert "entregas@" not in json.dumps(collector.events)


def test_events_are_lines_of_a_file_when_a_path_is_named(given: Settings, tmp_path: Path) -> None:
    path = tmp_path / "new" / "lineage.jsonl"
    settings = replace(given, openlineage=str(path))
    tell_load(settings, [LOADED], BEGAN)
    tell_load(settings, [RETURNED], BEGAN)
    events = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert [event["job"]["name"] for event in events] == ["load.execution_report"] * 2 + ["load.session"] * 2
    assert all("parent" not in event["run"]["facets"] for event in events)


def test_load_goes_on_when_the_collector_does_not_answer(given: Settings, caplog: pytest.LogCaptureFixture) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        settings = replace(given, openlineage=f"http://127.0.0.1:{unused.getsockname()[1]}")
    with caplog.at_level(logging.ERROR, logger="pipc_etl.lineage.destination"):
        tell_load(settings, [LOADED], BEGAN)
    assert "2 lineage events could not be sent" in caplog.text


def test_nothing_is_told_when_lineage_is_off(given: Settings) -> None:
    tell_load(given, [LOADED], BEGAN)
    assert transport(given) is None
    assert list(given.home.iterdir()) == []


def test_airflow_tells_the_same_place_when_lineage_is_on(settings: Settings, cluster: object) -> None:
    off = process_variables(settings)
    assert off["AIRFLOW__OPENLINEAGE__DISABLED"] == "True"
    assert "AIRFLOW__OPENLINEAGE__TRANSPORT" not in off
    on = process_variables(replace(settings, openlineage="/var/lineage.jsonl"))
    assert json.loads(on["AIRFLOW__OPENLINEAGE__TRANSPORT"]) == {"type": "file", "log_file_path": "/var/lineage.jsonl", "append": True}
    assert (on["AIRFLOW__OPENLINEAGE__NAMESPACE"], "AIRFLOW__OPENLINEAGE__DISABLED" in on) == ("pipc", False)


def test_relative_path_is_the_starting_folders_when_it_is_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert load_settings({"PIPC_OPENLINEAGE": "events.jsonl"}).openlineage == str(tmp_path / "events.jsonl")
    assert load_settings({"PIPC_OPENLINEAGE": "https://marquez.example:5000"}).openlineage == "https://marquez.example:5000"
