"""A small client of Airflow's REST interface: trigger, wait, answer a question, see what assets triggered, read a failed task's log."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import Any, Self

import httpx

from pipc_etl.errors import PipcError

COMPONENTS = ("scheduler", "dag_processor", "triggerer")
FINISHED = ("success", "failed")
# The first request imports half of Airflow: on a busy machine, half a minute.
WARM_UP_SECONDS = 120.0


class AirflowApiError(PipcError):
    """Airflow does not answer, refuses a request, or a run did not succeed."""


@dataclass(frozen=True)
class DagRun:
    """One run: its state, what caused it, and its times in seconds since 1970 (None while it has none)."""

    dag_id: str
    run_id: str
    state: str
    run_type: str
    queued_at: float
    started_at: float | None
    ended_at: float | None

    @property
    def is_finished(self) -> bool:
        return self.state in FINISHED


class AirflowApi:
    """Requests to one api-server; `user` and `password` are asked for a token at the first request that needs one."""

    def __init__(self, address: str, user: str = "", password: str = "", *, verify: ssl.SSLContext | bool = True) -> None:
        self._user, self._password = user, password
        # trust_env off: a proxy of the environment must not be asked for 127.0.0.1.
        self._client = httpx.Client(base_url=address, timeout=30, trust_env=False, verify=verify)
        self._token = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._client.close()

    def unhealthy_components(self, began: float) -> list[str]:
        """Which of api-server, scheduler, dag_processor and triggerer have not reported since `began` (seconds since 1970)."""
        try:
            answer = self._client.get("/api/v2/monitor/health", timeout=5)
            answer.raise_for_status()
        except httpx.HTTPError:
            return ["api-server"]
        health = answer.json()
        if health["metadatabase"]["status"] != "healthy":
            return ["metadatabase"]
        late = []
        for name in COMPONENTS:
            beat = health.get(name, {}).get(f"latest_{name}_heartbeat")
            if health.get(name, {}).get("status") != "healthy" or not beat or _seconds(beat) < began:
                late.append(name)
        return late

    def warm_up(self) -> None:
        """Make the api-server build what tasks talk to: seconds that the first task would otherwise wait for."""
        try:
            self._client.get("/execution/health", timeout=WARM_UP_SECONDS)
        except httpx.HTTPError as error:
            raise AirflowApiError(f"Airflow's interface for tasks does not answer: {error}") from error

    def dag_ids(self) -> list[str]:
        return [dag["dag_id"] for dag in self._get("/api/v2/dags", limit=100)["dags"]]

    def import_errors(self) -> dict[str, str]:
        """File name -> traceback of DAG files that do not load."""
        return {error["filename"]: error["stack_trace"] for error in self._get("/api/v2/importErrors", limit=100)["import_errors"]}

    def wait_for_dags(self, wanted: Iterable[str], seconds: float = 60) -> None:
        """Until every wanted DAG has been parsed; raises with the import error if a file does not load."""
        missing = set(wanted)
        deadline = time.monotonic() + seconds
        while missing := missing - set(self.dag_ids()):
            if errors := self.import_errors():
                name, trace = next(iter(errors.items()))
                raise AirflowApiError(f"{name} does not load:\n{trace}")
            if time.monotonic() > deadline:
                raise AirflowApiError(f"the DAGs {', '.join(sorted(missing))} did not appear in {seconds:.0f} s")
            time.sleep(0.3)

    def ensure_pool(self, name: str, slots: int) -> None:
        """The pool exists and has so many slots; a task of an unknown pool would wait for ever."""
        pools = {pool["name"]: pool["slots"] for pool in self._get("/api/v2/pools", limit=100)["pools"]}
        if name not in pools:
            self._request("POST", "/api/v2/pools", json={"name": name, "slots": slots})
        elif pools[name] != slots:
            self._request("PATCH", f"/api/v2/pools/{name}", params={"update_mask": "slots"}, json={"slots": slots})

    def trigger(self, dag_id: str, conf: Mapping[str, Any] | None = None) -> DagRun:
        return _dag_run(self._request("POST", f"/api/v2/dags/{dag_id}/dagRuns", json={"logical_date": None, "conf": dict(conf or {})}))

    def run(self, dag_id: str, run_id: str) -> DagRun:
        return _dag_run(self._get(f"/api/v2/dags/{dag_id}/dagRuns/{run_id}"))

    def runs(self, dag_id: str, since: float = 0) -> list[DagRun]:
        """The runs queued at or after `since` (seconds since 1970), oldest first: how to find what an asset triggered."""
        found = self._get(f"/api/v2/dags/{dag_id}/dagRuns", limit=100, order_by="-run_after")["dag_runs"]
        return sorted((run for run in map(_dag_run, found) if run.queued_at >= since), key=lambda run: run.queued_at)

    def wait(self, run: DagRun, seconds: float = 600, on_change: Callable[[DagRun], None] = lambda _: None) -> DagRun:
        """Until the run is over; raises AirflowApiError with the failed tasks' last log lines if it failed or is late."""
        deadline = time.monotonic() + seconds
        state = ""
        while True:
            run = self.run(run.dag_id, run.run_id)
            if run.state != state:
                state = run.state
                on_change(run)
            if run.is_finished:
                break
            if time.monotonic() > deadline:
                raise AirflowApiError(f"{run.dag_id} is still {run.state} after {seconds:.0f} s")
            time.sleep(0.3)
        if run.state == "failed":
            raise AirflowApiError(f"{run.dag_id} failed\n{self.failure(run)}")
        return run

    def task_states(self, run: DagRun) -> dict[str, list[str]]:
        """Task id -> the states of its (mapped) instances."""
        states: dict[str, list[str]] = {}
        for task in self._tasks(run):
            states.setdefault(task["task_id"], []).append(task["state"] or "none")
        return states

    def question(self, run: DagRun, task_id: str) -> dict[str, Any]:
        """What the task asks a person: `subject`, `body`, `options`, and the answer once there is one."""
        return self._get(_question_path(run, task_id))

    def answer(self, run: DagRun, task_id: str, option: str, **fields: str) -> None:
        """Answer it, in the name of the user of this client."""
        self._request("PATCH", _question_path(run, task_id), json={"chosen_options": [option], "params_input": fields})

    def failure(self, run: DagRun, lines: int = 15) -> str:
        """The last log lines of the run's failed tasks."""
        failed = [task for task in self._tasks(run) if task["state"] == "failed"]
        return "\n".join(f"{task['task_id']}[{task['map_index']}]\n{self.task_log_tail(run, task, lines)}" for task in failed)

    def task_log_tail(self, run: DagRun, task: Mapping[str, Any], lines: int = 15) -> str:
        path = f"/api/v2/dags/{run.dag_id}/dagRuns/{run.run_id}/taskInstances/{task['task_id']}/logs/{max(1, task['try_number'])}"
        content = self._get(path, map_index=task["map_index"], full_content="true")["content"]
        return "\n".join(_log_line(entry) for entry in content[-lines:])

    def _tasks(self, run: DagRun) -> list[dict[str, Any]]:
        tasks: list[dict[str, Any]] = self._get(f"/api/v2/dags/{run.dag_id}/dagRuns/{run.run_id}/taskInstances", limit=100)[
            "task_instances"
        ]
        return tasks

    def _get(self, path: str, **parameters: str | int) -> dict[str, Any]:
        return self._request("GET", path, params=parameters)

    def _request(self, method: str, path: str, **options: Any) -> dict[str, Any]:
        try:
            if not self._token:
                self._login()
            answer = self._client.request(method, path, headers={"Authorization": f"Bearer {self._token}"}, **options)
            if answer.status_code == httpx.codes.UNAUTHORIZED:
                self._login()
                answer = self._client.request(method, path, headers={"Authorization": f"Bearer {self._token}"}, **options)
        except httpx.HTTPError as error:
            raise AirflowApiError(f"Airflow at {self._client.base_url} does not answer (start it with `pipc up`): {error}") from error
        if answer.is_error:
            raise AirflowApiError(f"{method} {path}: {answer.status_code} {answer.text[:500]}")
        body: dict[str, Any] = answer.json()
        return body

    def _login(self) -> None:
        answer = self._client.post("/auth/token", json={"username": self._user, "password": self._password})
        if answer.is_error:
            raise AirflowApiError(f"Airflow refuses the user {self._user!r}: {answer.status_code} {answer.text[:200]}")
        self._token = answer.json()["access_token"]


def _dag_run(body: Mapping[str, Any]) -> DagRun:
    def seconds(name: str) -> float | None:
        return _seconds(body[name]) if body.get(name) else None

    return DagRun(
        dag_id=body["dag_id"],
        run_id=body["dag_run_id"],
        state=body["state"],
        run_type=body["run_type"],
        queued_at=seconds("queued_at") or 0.0,
        started_at=seconds("start_date"),
        ended_at=seconds("end_date"),
    )


def _question_path(run: DagRun, task_id: str) -> str:
    return f"/api/v2/dags/{run.dag_id}/dagRuns/{run.run_id}/taskInstances/{task_id}/-1/hitlDetails"


def _seconds(moment: str) -> float:
    return datetime.fromisoformat(moment).timestamp()


def _log_line(entry: Any) -> str:
    if not isinstance(entry, Mapping):
        return str(entry)
    details = "\n".join(str(detail.get("exc_value", "")) for detail in entry.get("error_detail") or [])
    return f"{entry.get('level', ''):8} {entry.get('event', '')}" + (f"\n{details}" if details else "")
