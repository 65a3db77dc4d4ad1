"""What a browser asks of Superset when it opens each dashboard with its first filter values."""

from __future__ import annotations

from typing import Any

from pipc_etl.dashboards.assets import Assets, Chart, Dashboard
from pipc_etl.dashboards.compilation import Facts
from pipc_etl.dashboards.native_filters import applies, form_data_of, native_id
from pipc_etl.dashboards.queries import chart_queries, filter_query
from pipc_etl.dashboards.queries import form_data_of as chart_form


def warm_requests(assets: Assets, facts: Facts) -> list[dict[str, Any]]:
    """Chart data requests, those of first tabs first; ids are given as uuids."""
    requests = []
    for dashboard in assets.dashboards.values():
        requests += [_of_filter(dashboard, index, assets, facts) for index in range(len(dashboard.filters))]
        requests += [_of_chart(dashboard, assets.charts[name], assets, facts) for name in dashboard.charts()]
    return requests


def _of_chart(dashboard: Dashboard, chart: Chart, assets: Assets, facts: Facts) -> dict[str, Any]:
    defaults = facts.defaults[dashboard.slug]
    added: list[dict[str, Any]] = []
    for use in dashboard.filters:
        one = assets.filters[use.filter]
        if applies(one, chart, facts.tables):
            added += form_data_of(one, defaults.get(one.id)).get("filters", [])
    return {
        "name": f"{dashboard.slug}/{chart.stem}",
        "dashboard": dashboard.uuid,
        "chart": chart.uuid,
        "dataset": assets.datasets[chart.dataset].uuid,
        "form_data": chart_form(chart),
        "queries": chart_queries(chart, {"filters": added} if added else {}),
    }


def _of_filter(dashboard: Dashboard, index: int, assets: Assets, facts: Facts) -> dict[str, Any]:
    use = dashboard.filters[index]
    one = assets.filters[use.filter]
    defaults = facts.defaults[dashboard.slug]
    used = {each.filter for each in dashboard.filters}
    # While the page starts, the browser asks once before the parents have their values.
    parents: list[dict[str, Any]] = []
    for parent in one.parents:
        if parent in used:
            parents += form_data_of(assets.filters[parent], defaults.get(parent)).get("filters", [])
    return {
        "name": f"{dashboard.slug}/{one.title}",
        "dashboard": dashboard.uuid,
        "dataset": assets.datasets[use.dataset or one.dataset].uuid,
        "form_data": {"type": "NATIVE_FILTER", "native_filter_id": native_id(one)},
        "queries": [filter_query(one.column, one.sort_metric, one.sort_ascending, given) for given in ([parents, []] if parents else [[]])],
    }
