"""The project's dashboards as `ejecutivo` reads them: a chart's own answer, with the page's filters or with others."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any

from sqlalchemy import text

from pipc_etl.dashboards.assets import Dashboard, Filter
from pipc_etl.dashboards.environment import superset_address, superset_python, user_password
from pipc_etl.dashboards.native_filters import applies, form_data_of
from pipc_etl.dashboards.push import Prepared, check
from pipc_etl.dashboards.queries import chart_queries
from pipc_etl.dashboards.queries import form_data_of as chart_form
from pipc_etl.settings import Settings
from pipc_etl.warehouse.engine import role_engine
from tests.dashboards.browser_client import Person

USER = "ejecutivo"
Row = dict[str, Any]


def browse(settings: Settings, program: str, **request: Any) -> dict[str, Any]:
    """The answer of a program beside this file that runs a browser in Superset's own Python."""
    done = subprocess.run(
        [str(superset_python(settings)), str(Path(__file__).parent / program)],
        input=json.dumps({"chromium": settings.chromium, **request}),
        capture_output=True,
        text=True,
        timeout=1_000,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


class Boards:
    """Superset with the project's dashboards pushed to it, over the marts that `settings` name."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.address = superset_address(settings)
        self.password = user_password(settings, USER)
        self._periods: dict[tuple[str, str], str] = {}

    @cached_property
    def prepared(self) -> Prepared:
        return check(self.settings)

    @cached_property
    def reader(self) -> Person:
        return Person(self.address, USER, self.password)

    @cached_property
    def ids(self) -> dict[str, int]:
        """Superset's number of each of our charts, datasets and dashboards, by its uuid."""
        found = {}
        admin = Person(self.address, "admin", user_password(self.settings, "admin"))
        for kind in ("chart", "dataset", "dashboard"):
            for page in range(10):
                columns = "!(id,uuid)"
                listed = admin.get(f"/api/v1/{kind}/?q=(page_size:100,page:{page},columns:{columns})").json()["result"]
                found.update({str(each["uuid"]): int(each["id"]) for each in listed})
                if len(listed) < 100:
                    break
        return found

    def chart_id(self, chart: str) -> int:
        return self.ids[self.prepared.assets.charts[chart].uuid]

    def stored(self, chart: str) -> list[Row]:
        """What the chart's stored query answers, without any filter of a page."""
        answer = self.reader.get(f"/api/v1/chart/{self.chart_id(chart)}/data/")
        assert answer.status_code == 200, f"{chart}: {answer.text[:500]}"
        return _rows(chart, answer.json()["result"])

    def ask(self, slug: str, chart: str, **chosen: Any) -> list[Row]:
        """What the chart answers on its dashboard with the first values of the filters, but for those in `chosen`; None clears one."""
        assets = self.prepared.assets
        dashboard, asset = assets.dashboards[slug], assets.charts[chart]
        added = self._filters(dashboard, chart, chosen)
        body = {
            "datasource": {"id": self.ids[assets.datasets[asset.dataset].uuid], "type": "table"},
            "queries": chart_queries(asset, {"filters": added} if added else {}),
            "form_data": {**chart_form(asset), "slice_id": self.chart_id(chart), "dashboardId": self.ids[dashboard.uuid]},
            "result_format": "json",
            "result_type": "full",
        }
        answer = self.reader.send("POST", "/api/v1/chart/data", body)
        assert answer.status_code == 200, f"{slug}/{chart}: {answer.text[:500]}"
        return _rows(f"{slug}/{chart}", answer.json()["result"])

    def chosen_filters(self, dashboard: Dashboard, chosen: Mapping[str, Any]) -> dict[str, Any]:
        """The values of the page's filters, by their ids, where `chosen` stands before the first values; a period is chosen by its code."""
        uses = {use.filter: use.dataset or self.prepared.assets.filters[use.filter].dataset for use in dashboard.filters}
        assert set(chosen) <= set(uses), f"{dashboard.slug} has no filter {set(chosen) - set(uses)}"
        values = {one: chosen[one] if one in chosen else self.prepared.facts.defaults[dashboard.slug].get(one) for one in uses}
        if "periodo" in chosen:
            values["periodo"] = self.period_shown(uses["periodo"], chosen["periodo"])
        return values

    def period_shown(self, mart: str, code: str) -> str:
        """What the filter offers for the period."""
        if (mart, code) not in self._periods:
            column = self.prepared.assets.filters["periodo"].column
            rows = self.marts(f"select distinct {column} as shown from marts.{mart} where period_code = :code", code=code)
            assert len(rows) == 1, f"{mart} has {len(rows)} periods {code}"
            self._periods[mart, code] = str(rows[0]["shown"])
        return self._periods[mart, code]

    def _filters(self, dashboard: Dashboard, chart: str, chosen: Mapping[str, Any]) -> list[dict[str, Any]]:
        assets, tables = self.prepared.assets, self.prepared.facts.tables
        values = self.chosen_filters(dashboard, chosen)
        reached = [assets.filters[one] for one in values if applies(assets.filters[one], assets.charts[chart], tables)]
        return [each for one in reached if values[one.id] is not None for each in _condition(one, values[one.id])]

    def marts(self, query: str, **parameters: Any) -> list[Row]:
        """What an analyst reads in the marts."""
        engine = role_engine(self.settings, "analyst")
        try:
            with engine.connect() as connection:
                return [dict(row) for row in connection.execute(text(query), parameters).mappings()]
        finally:
            engine.dispose()


def _condition(one: Filter, value: Any) -> list[dict[str, Any]]:
    if isinstance(value, list):
        return [{"col": one.column, "op": "IN", "val": value}]
    return list(form_data_of(one, value)["filters"])


def number(value: Any) -> Decimal | None:
    """A figure of an answer, to the 9 places that a float of JSON keeps."""
    return None if value is None else round(Decimal(str(value)), 9)


def _rows(name: str, result: list[dict[str, Any]]) -> list[Row]:
    for each in result:
        assert each.get("error") is None, f"{name}: {each['error']}"
    found: list[Row] = result[0]["data"]
    return found
