"""The dashboards' filters as Superset's native filters, with static first values: no chart waits for a filter's own query."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pipc_etl.dashboards.assets import Assets, Chart, Dashboard, Filter
from pipc_etl.dashboards.marts import MartTable, Value


def native_id(one: Filter) -> str:
    return f"NATIVE_FILTER-{one.id}"


def applies(one: Filter, chart: Chart, tables: Mapping[str, MartTable]) -> bool:
    """Whether the filter reaches the chart: its mart has the column, and the chart does not opt out."""
    return one.id not in chart.ignores_filters and one.column in tables[chart.dataset].columns


def form_data_of(one: Filter, value: Value | None) -> dict[str, Any]:
    """What the filter adds to a chart's form data while it shows `value`."""
    return {} if value is None else {"filters": [{"col": one.column, "op": "IN", "val": [value]}]}


def configuration(
    dashboard: Dashboard, assets: Assets, tables: Mapping[str, MartTable], chart_ids: Mapping[str, int], defaults: Mapping[str, Value]
) -> list[dict[str, Any]]:
    """`native_filter_configuration`, in the order of the dashboard."""
    used = {use.filter for use in dashboard.filters}
    charts = [assets.charts[name] for name in dashboard.charts()]
    written = []
    for use in dashboard.filters:
        one = assets.filters[use.filter]
        excluded = [chart_ids[chart.stem] for chart in charts if not applies(one, chart, tables)]
        target = {"datasetUuid": assets.datasets[use.dataset or one.dataset].uuid, "column": {"name": one.column}}
        written.append(
            {
                "id": native_id(one),
                "type": "NATIVE_FILTER",
                "filterType": "filter_select",
                "name": one.title,
                "description": one.description,
                "targets": [target],
                "cascadeParentIds": [native_id(assets.filters[parent]) for parent in one.parents if parent in used],
                "scope": {"rootPath": ["ROOT_ID"], "excluded": excluded},
                "controlValues": {
                    "enableEmptyFilter": one.required,
                    "defaultToFirstItem": False,
                    "multiSelect": one.multiple,
                    "searchAllOptions": False,
                    "inverseSelection": False,
                    "sortAscending": one.sort_ascending,
                },
                "sortMetric": one.sort_metric,
                "defaultDataMask": _mask(one, defaults.get(one.id)),
            }
        )
    return written


def _mask(one: Filter, value: Value | None) -> dict[str, Any]:
    if value is None:
        return {"extraFormData": {}, "filterState": {}, "ownState": {}}
    return {"extraFormData": form_data_of(one, value), "filterState": {"label": str(value), "value": [value]}, "ownState": {}}
