"""Every chart of every dashboard asked over HTTP by `ejecutivo`, one after the other: computed anew, and from the cache."""

from __future__ import annotations

import re
import time
from contextlib import closing
from dataclasses import dataclass, field
from statistics import quantiles
from typing import Any

import httpx

from pipc_etl.dashboards.environment import superset_address, user_password
from pipc_etl.dashboards.push import Prepared
from pipc_etl.dashboards.requests import warm_requests
from pipc_etl.settings import Settings

USER = "ejecutivo"
UNCACHED, CACHED = "uncached", "cached"


@dataclass
class Answers:
    """Milliseconds of each answer by dashboard, then chart; rows of the largest answer of each chart."""

    milliseconds: dict[str, dict[str, list[float]]] = field(default_factory=dict)

    def add(self, name: str, value: float) -> None:
        dashboard, chart = name.split("/", 1)
        self.milliseconds.setdefault(dashboard, {}).setdefault(chart, []).append(value)

    def of(self, dashboard: str) -> list[float]:
        return [value for values in self.milliseconds[dashboard].values() for value in values]

    def all(self) -> list[float]:
        return [value for dashboard in self.milliseconds for value in self.of(dashboard)]

    def slowest(self, count: int) -> list[tuple[str, float]]:
        """Charts by the median of their answers."""
        medians = {
            f"{dashboard}/{chart}": sorted(values)[len(values) // 2]
            for dashboard, charts in self.milliseconds.items()
            for chart, values in charts.items()
        }
        return sorted(medians.items(), key=lambda item: -item[1])[:count]


def p50_p95(values: list[float]) -> tuple[float, float]:
    if len(values) == 1:
        return values[0], values[0]
    cuts = quantiles(values, n=20, method="inclusive")
    return cuts[9], cuts[18]


def login(settings: Settings, user: str = USER) -> httpx.Client:
    """A session of `user`, as the login page makes one, with what a request that changes something must carry."""
    address = superset_address(settings)
    client = httpx.Client(base_url=address, timeout=60, trust_env=False, headers={"Referer": f"{address}/"})
    token = re.search(r'csrf_token"[^>]*?value="([^"]+)"', client.get("/login/").text, re.DOTALL)
    if token is None:
        raise SystemExit("the login page has no token")
    client.post("/login/", data={"username": user, "password": user_password(settings, user), "csrf_token": token[1]})
    client.headers["X-CSRFToken"] = client.get("/api/v1/security/csrf_token/").json()["result"]
    return client


def ask_all(settings: Settings, prepared: Prepared, rounds: int) -> dict[str, Answers]:
    """Each round asks every chart once by force and once without."""
    requests = [request for request in warm_requests(prepared.assets, prepared.facts) if "chart" in request]
    found = {UNCACHED: Answers(), CACHED: Answers()}
    ids = _ids(settings)
    with closing(login(settings)) as client:
        for _ in range(rounds):
            for kind in (UNCACHED, CACHED):
                for request in requests:
                    found[kind].add(request["name"], _ask(client, request, ids, is_forced=kind == UNCACHED))
    return found


def _ids(settings: Settings) -> dict[str, int]:
    """Superset's number of each chart, dataset and dashboard, by its uuid."""
    found: dict[str, int] = {}
    with closing(login(settings, "admin")) as client:
        for kind in ("chart", "dataset", "dashboard"):
            for page in range(10):
                listed = client.get(f"/api/v1/{kind}/?q=(page_size:100,page:{page},columns:!(id,uuid))").json()["result"]
                found |= {str(each["uuid"]): int(each["id"]) for each in listed}
                if len(listed) < 100:
                    break
    return found


def _ask(client: httpx.Client, request: dict[str, Any], ids: dict[str, int], *, is_forced: bool) -> float:
    body = {
        "datasource": {"id": ids[request["dataset"]], "type": "table"},
        "queries": request["queries"],
        "form_data": {**request["form_data"], "slice_id": ids[request["chart"]], "dashboardId": ids[request["dashboard"]]},
        "result_format": "json",
        "result_type": "full",
        "force": is_forced,
    }
    started = time.perf_counter()
    answer = client.post("/api/v1/chart/data", json=body)
    milliseconds = (time.perf_counter() - started) * 1000
    results = answer.json().get("result") if answer.status_code == httpx.codes.OK else None
    if not results or any(each.get("error") or bool(each["is_cached"]) is is_forced for each in results):
        raise SystemExit(f"{request['name']} was not answered as asked: {answer.status_code} {answer.text[:300]}")
    return milliseconds
