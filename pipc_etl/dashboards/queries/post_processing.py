"""The steps after the query that the frontend asks for, as it writes them."""

from __future__ import annotations

from typing import Any

from pipc_etl.dashboards.queries.query import FormData, Query, as_list, column_label, metric_label, x_axis_of

Step = dict[str, Any]


def contribution(columns: list[str], renamed: list[str]) -> Step:
    return {"operation": "contribution", "options": {"columns": columns, "rename_columns": renamed}}


def series_steps(form: FormData, query: Query, *, with_sort: bool) -> list[Step]:
    """Steps of a chart over an x axis; `with_sort`: contribution and sort too, which the mixed chart has not."""
    steps = [_pivot(form, query), _resample(form), _rolling(form, query), _rename(form, query)]
    if with_sort:
        steps += [_contribution(form), _sort(form)]
    return [step for step in [*steps, {"operation": "flatten"}] if step]


def extra_metrics(form: FormData) -> list[Any]:
    """The metric that only sorts the axis."""
    sorting = (as_list(form.get("timeseries_limit_metric")) or [None])[0]
    if as_list(form.get("groupby")) or sorting is None or metric_label(sorting) != form.get("x_axis_sort"):
        return []
    is_drawn = any(metric_label(metric) == form.get("x_axis_sort") for metric in as_list(form.get("metrics")))
    return [] if is_drawn else [sorting]


def _axis(form: FormData) -> str | None:
    axis = x_axis_of(form)
    return None if axis is None else column_label(axis)


def _pivot(form: FormData, query: Query) -> Step | None:
    metrics = [metric_label(metric) for metric in [*as_list(query.get("metrics")), *extra_metrics(form)]]
    axis = _axis(form)
    if axis is None or not metrics:
        return None
    return {
        "operation": "pivot",
        "options": {
            "index": [axis],
            "columns": [column_label(column) for column in as_list(_series_columns(query))],
            "aggregates": {metric: {"operator": "mean"} for metric in metrics},
            "drop_missing_columns": not form.get("show_empty_columns"),
        },
    }


def _series_columns(query: Query) -> Any:
    # An empty list is a list to JavaScript: it counts.
    return query["series_columns"] if query.get("series_columns") is not None else query.get("columns")


def _resample(form: FormData) -> Step | None:
    is_zero = form.get("resample_method") == "zerofill"
    method = "asfreq" if is_zero else form.get("resample_method")
    if not method or not form.get("resample_rule"):
        return None
    return {"operation": "resample", "options": {"method": method, "rule": form["resample_rule"], "fill_value": 0 if is_zero else None}}


def _rolling(form: FormData, query: Query) -> Step | None:
    columns = {label: label for label in (m if isinstance(m, str) else m.get("label") for m in as_list(query.get("metrics")))}
    kind = form.get("rolling_type")
    if kind == "cumsum":
        return {"operation": "cum", "options": {"operator": "sum", "columns": columns}}
    if kind in ("sum", "mean", "std"):
        window, least = int(form.get("rolling_periods") or 1), int(form.get("min_periods") or 0)
        return {"operation": "rolling", "options": {"rolling_type": kind, "window": window, "min_periods": least, "columns": columns}}
    return None


def _rename(form: FormData, query: Query) -> Step | None:
    metrics = as_list(query.get("metrics"))
    columns = as_list(_series_columns(query))
    if len(metrics) != 1 or _axis(form) is None or not columns or not form.get("truncate_metric"):
        return None
    return {"operation": "rename", "options": {"columns": {metric_label(metrics[0]): None}, "level": 0, "inplace": True}}


def _contribution(form: FormData) -> Step | None:
    if not form.get("contributionMode"):
        return None
    return {"operation": "contribution", "options": {"orientation": form["contributionMode"], "time_shifts": []}}


def _sort(form: FormData) -> Step | None:
    by, ascending = form.get("x_axis_sort"), form.get("x_axis_sort_asc")
    labels = [_axis(form), *(metric_label(metric) for metric in [*as_list(form.get("metrics")), *extra_metrics(form)])]
    if by is None or ascending is None or by not in labels or as_list(form.get("groupby")):
        return None
    if by == _axis(form):
        return {"operation": "sort", "options": {"is_sort_index": True, "ascending": ascending}}
    return {"operation": "sort", "options": {"by": by, "ascending": ascending}}
