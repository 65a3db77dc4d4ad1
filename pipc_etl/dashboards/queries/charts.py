"""buildQuery of each chart type that our dashboards use, and of a filter's list of values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pipc_etl.dashboards.assets import Chart, Dataset
from pipc_etl.dashboards.problems import AssetError
from pipc_etl.dashboards.queries.defaults import with_defaults
from pipc_etl.dashboards.queries.post_processing import contribution, extra_metrics, series_steps
from pipc_etl.dashboards.queries.query import (
    FormData,
    Query,
    as_list,
    build_query,
    column_label,
    metric_label,
    unique,
    without_undefined,
    x_axis_of,
)


def form_data_of(chart: Chart) -> FormData:
    """The chart's form data with what the frontend fills in where the file says nothing."""
    return with_defaults(chart.viz_type, {**chart.params, "viz_type": chart.viz_type})


def chart_queries(chart: Chart, extra_form_data: FormData | None = None) -> list[Query]:
    """The queries that a browser sends for the chart while filters add `extra_form_data`."""
    if chart.viz_type in _BUILDERS:
        form = {**form_data_of(chart), "extra_form_data": extra_form_data or {}}
        queries = _BUILDERS[chart.viz_type](form)
        return [_base_axis(form, query) for query in queries]
    if chart.query_context is None:
        raise AssetError(
            f"{chart.path}: viz_type {chart.viz_type!r} is not one of {', '.join(sorted(_BUILDERS))}: "
            "give its query_context as the browser sends it"
        )
    filters = (extra_form_data or {}).get("filters", [])
    return [{**query, "filters": [*filters, *query.get("filters", [])]} for query in chart.query_context["queries"]]


def query_context(chart: Chart, dataset: Dataset) -> dict[str, Any]:
    """What Superset stores beside the chart, for its API and its pictures; the import fills in the data source."""
    del dataset
    return {
        "datasource": {"id": 0, "type": "table"},
        "force": False,
        "queries": chart_queries(chart),
        "form_data": form_data_of(chart),
        "result_format": "json",
        "result_type": "full",
    }


def filter_query(column: str, sort_metric: str | None, is_ascending: bool, parents: list[dict[str, Any]]) -> Query:
    """The query for a select filter's values, with the filters of its parents; 1,000 is Superset's own limit."""
    form: FormData = {
        "groupby": [column],
        "row_limit": 1000,
        "metrics": ["count"],
        "extra_form_data": {"filters": parents} if parents else {},
    }
    query = build_query(form)
    metrics = [sort_metric] if sort_metric else []
    return {**query, "metrics": metrics, "orderby": [[each, is_ascending] for each in metrics or query["columns"]]}


def _table(form: FormData) -> list[Query]:
    is_raw = form.get("query_mode") == "raw" or (form.get("query_mode") != "aggregate" and bool(form.get("all_columns")))
    query = build_query(form)
    metrics, orderby, steps = query.get("metrics"), query.get("orderby", []), []
    percents = form.get("percent_metrics") or []
    if not is_raw:
        metrics = metrics or []
        sorting = (as_list(form.get("timeseries_limit_metric")) or [None])[0]
        if sorting:
            orderby = [[sorting, not form.get("order_desc", False)]]
        elif metrics:
            orderby = [[metrics[0], False]]
        if percents:
            labels = list(dict.fromkeys(metric_label(metric) for metric in percents))
            metrics = unique([*metrics, *percents], metric_label)
            steps = [contribution(labels, [f"%{label}" for label in labels])]
    query = {**query, "orderby": orderby, "metrics": metrics, "post_processing": steps, "time_offsets": []}
    extra: list[Query] = []
    if metrics and form.get("show_totals") and not is_raw:
        totals = {**query, "columns": [], "row_limit": 0, "row_offset": 0, "post_processing": []}
        extra = [{key: value for key, value in totals.items() if key not in ("order_desc", "orderby")}]
    if not form.get("server_pagination"):
        return [without_undefined(each) for each in (query, *extra)]
    page = {**query, "row_limit": form.get("server_page_length"), "row_offset": 0}
    count = {**query, "row_limit": int(form.get("row_limit") or 0), "row_offset": 0, "is_rowcount": True}
    return [without_undefined(each) for each in (page, count, *extra)]


def _big_number(form: FormData) -> list[Query]:
    return [build_query(form)]


def _timeseries(form: FormData) -> list[Query]:
    query = build_query(form)
    groupby = form.get("groupby")
    axis = x_axis_of(form)
    steps = series_steps(form, {**query, "columns": query["columns"]}, with_sort=True)
    built = {
        **query,
        "metrics": [*(query.get("metrics") or []), *extra_metrics(form)],
        "columns": [*as_list(axis), *as_list(groupby)],
        "series_columns": groupby,
        "orderby": _normalized_order(query).get("orderby"),
        "time_offsets": [],
        "post_processing": steps,
    }
    return [without_undefined(built)]


def _mixed(form: FormData) -> list[Query]:
    first = {name: value for name, value in form.items() if not name.endswith("_b")}
    second = {name.removesuffix("_b"): value for name, value in form.items() if name.endswith("_b")}
    second |= {name: value for name, value in form.items() if not name.endswith("_b") and name not in second}
    return [_mixed_half(form, half) for half in (first, second)]


def _mixed_half(form: FormData, half: FormData) -> Query:
    base = build_query(half)
    query = {**base, "columns": [*as_list(x_axis_of(form)), *as_list(half.get("groupby"))], "series_columns": half.get("groupby")}
    steps = series_steps(half, query, with_sort=False)
    return without_undefined(_normalized_order({**query, "time_offsets": [], "post_processing": steps}))


def _heatmap(form: FormData) -> list[Query]:
    columns = [*as_list(x_axis_of(form)), *as_list(form.get("groupby"))]
    metric = metric_label(form["metric"])
    orderby = []
    for number, name in enumerate(("sort_x_axis", "sort_y_axis")):
        if how := form.get(name):
            orderby.append([metric if "value" in how else columns[number], "asc" in how])
    across = {"x": x_axis_of(form), "y": form.get("groupby")}.get(str(form.get("normalize_across")))
    options = {"metric": metric} | ({"group_by": column_label(as_list(across)[0])} if across else {})
    rank = {"operation": "rank", "options": options}
    return [{**build_query(form), "columns": columns, "orderby": orderby, "post_processing": [rank]}]


def _pie(form: FormData) -> list[Query]:
    metric = metric_label(form["metric"])
    query = {**build_query(form), "post_processing": [contribution([metric], [f"{metric}__contribution"])]}
    return [{**query, "orderby": [[form["metric"], False]]} if form.get("sort_by_metric") else query]


def _pivot_table(form: FormData) -> list[Query]:
    query = build_query(form)
    grain = form.get("time_grain_sqla")
    temporal = form.get("temporal_columns_lookup") or {}
    columns = []
    for column in unique([*as_list(form.get("groupbyColumns")), *as_list(form.get("groupbyRows"))], column_label):
        is_temporal = isinstance(column, str) and grain and (temporal.get(column) or form.get("granularity_sqla") == column)
        axis = {"timeGrain": grain, "columnType": "BASE_AXIS", "sqlExpression": column, "label": column, "expressionType": "SQL"}
        columns.append(axis if is_temporal else column)
    metrics = query.get("metrics") or []
    sorting = query.get("series_limit_metric") or (metrics[0] if metrics else None)
    order = [[sorting, not query["order_desc"]]] if sorting else None
    return [without_undefined({**query, "orderby": order, "columns": columns})]


def _normalized_order(query: Query) -> Query:
    """normalizeOrderBy: keep a given order, else the series' limit metric, else the first metric."""
    given = query.get("orderby") or []
    if given and isinstance(given[0], list) and len(given[0]) == 2 and given[0][0] and isinstance(given[0][1], bool):
        return query
    rest = {key: value for key, value in query.items() if key not in ("series_limit_metric", "order_desc", "orderby")}
    is_ascending = not query.get("order_desc")
    first = query.get("series_limit_metric") or next(iter(query.get("metrics") or []), None)
    return {**rest, "orderby": [[first, is_ascending]]} if first else rest


def _base_axis(form: FormData, query: Query) -> Query:
    """normalizeTimeColumn: the column of the x axis is sent with the grain of time beside it."""
    axis = x_axis_of(form)
    if axis is None or axis not in query.get("columns", []):
        return query
    grain = without_undefined({"timeGrain": (query.get("extras") or {}).get("time_grain_sqla")})
    reference: Query = {"columnType": "BASE_AXIS", "sqlExpression": axis, "label": axis, "expressionType": "SQL", "isColumnReference": True}
    base = {**grain, **({"columnType": "BASE_AXIS", **axis} if isinstance(axis, dict) else reference)}
    columns = [base if column == axis else column for column in query["columns"]]
    return {key: value for key, value in {**query, "columns": columns}.items() if key != "is_timeseries"}


_BUILDERS: dict[str, Callable[[FormData], list[Query]]] = {
    "table": _table,
    "big_number_total": _big_number,
    "echarts_timeseries_bar": _timeseries,
    "echarts_timeseries_line": _timeseries,
    "echarts_timeseries_smooth": _timeseries,
    "echarts_timeseries_step": _timeseries,
    "echarts_area": _timeseries,
    "echarts_timeseries_scatter": _timeseries,
    "mixed_timeseries": _mixed,
    "heatmap_v2": _heatmap,
    "pie": _pie,
    "pivot_table_v2": _pivot_table,
}
KNOWN_TYPES = frozenset(_BUILDERS)
