"""What the frontend's controls say where a chart's form data says nothing: only what changes a query."""

from __future__ import annotations

from typing import Any

_SERIES: dict[str, Any] = {
    "row_limit": 10000,
    "order_desc": True,
    "truncate_metric": True,
    "show_empty_columns": True,
    "x_axis_sort_asc": True,
    "comparison_type": "values",
}
_DEFAULTS: dict[str, dict[str, Any]] = {
    "table": {"row_limit": 10000, "server_page_length": 10, "order_desc": True},
    "big_number_total": {},
    "mixed_timeseries": {},
    "heatmap_v2": {"row_limit": 10000, "normalize_across": "heatmap"},
    "pie": {"row_limit": 100, "sort_by_metric": True},
    "pivot_table_v2": {"row_limit": 10000, "order_desc": True},
}


def with_defaults(viz_type: str, form: dict[str, Any]) -> dict[str, Any]:
    """`form` with the defaults of its chart type behind it."""
    defaults = _SERIES if viz_type.startswith(("echarts_timeseries", "echarts_area")) else _DEFAULTS.get(viz_type, {})
    return {**form, **{name: value for name, value in defaults.items() if name not in form}}
