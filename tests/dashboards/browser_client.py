"""A person at Superset: logs in as the login page does, and asks as the pages do."""

from __future__ import annotations

import re
from typing import Any

import httpx


class Person:
    """A session of one user; without a user, somebody who has not logged in."""

    def __init__(self, address: str, user: str | None = None, password: str = "") -> None:
        self.http = httpx.Client(base_url=address, timeout=60, trust_env=False, headers={"Referer": f"{address}/"})
        self.csrf: str | None = None
        if user:
            page = self.http.get("/login/").text
            token = re.search(r'csrf_token"[^>]*?value="([^"]+)"', page, re.DOTALL)
            assert token, "the login page has no token"
            answer = self.http.post("/login/", data={"username": user, "password": password, "csrf_token": token[1]})
            assert answer.status_code == 302, f"{user}: {answer.status_code}"
            assert "/login" not in answer.headers["location"], f"{user} was not let in"
            self.csrf = self.http.get("/api/v1/security/csrf_token/").json()["result"]

    def get(self, path: str) -> httpx.Response:
        return self.http.get(path)

    def send(self, method: str, path: str, body: Any) -> httpx.Response:
        return self.http.request(method, path, json=body, headers={"X-CSRFToken": self.csrf or "none"})

    def chart_data(self, dataset_id: int, query: dict[str, Any], form_data: dict[str, Any] | None = None, **context: Any) -> httpx.Response:
        """What a page asks when it draws a chart; `query` is only what matters, the rest is empty."""
        full = {"filters": [], "extras": {"having": "", "where": ""}, "columns": [], "metrics": [], "row_limit": 1000, **query}
        body = {"datasource": {"id": dataset_id, "type": "table"}, "queries": [full], "form_data": form_data or {}, **context}
        return self.send("POST", "/api/v1/chart/data", {"result_format": "json", "result_type": "full", **body})

    def rows(self, dataset_id: int, query: dict[str, Any], form_data: dict[str, Any] | None = None) -> list[dict[str, Any]]:
        answer = self.chart_data(dataset_id, query, form_data)
        assert answer.status_code == 200, answer.text[:500]
        found: list[dict[str, Any]] = answer.json()["result"][0]["data"]
        return found
