"""buildQueryObject: form data -> the query that every chart type starts from."""

from __future__ import annotations

from typing import Any

Json = Any
FormData = dict[str, Json]
Query = dict[str, Json]

_METRIC_FIELDS = {"metric", "metric_2", "secondary_metric", "x", "y", "size", "metrics"}
_COLUMN_FIELDS = {"all_columns", "columns", "groupby", "series"}
_ORDER_FIELDS = {"order_by_cols", "orderby"}
_NOT_QUERY_FIELDS = {
    "annotation_layers", "extra_form_data", "time_range", "since", "until", "row_limit", "row_offset", "order_desc", "limit",
    "timeseries_limit_metric", "granularity", "url_params", "custom_params", "series_columns", "series_limit",
    "series_limit_metric", "group_others_when_limit_reached", "query_mode",
}  # fmt: skip


def as_list(value: Json) -> list[Json]:
    return [] if value is None else value if isinstance(value, list) else [value]


def column_label(column: Json) -> str:
    return str(column if isinstance(column, str) else column.get("label") or column["sqlExpression"])


def metric_label(metric: Json) -> str:
    if isinstance(metric, str):
        return metric
    if metric.get("label"):
        return str(metric["label"])
    if metric.get("expressionType") == "SIMPLE":
        return f"{metric['aggregate']}({metric['column']['column_name']})"
    return str(metric["sqlExpression"])


def x_axis_of(form: FormData) -> Json:
    """The column on the x axis; None where the chart has none."""
    return form.get("x_axis") or None


def build_query(form: FormData) -> Query:
    """The query object; keys that the frontend leaves undefined are absent."""
    extra = form.get("extra_form_data") or {}
    filters, where, having = _filters(form, extra)
    columns, metrics, orderby = _fields(form)
    extras: Query = {"having": having, "where": where}
    if form.get("time_grain_sqla"):
        extras = {"time_grain_sqla": form["time_grain_sqla"], **extras}
    limit = form.get("limit")
    query: Query = {
        "time_range": form.get("time_range") or None,
        "granularity": form.get("granularity") or form.get("granularity_sqla"),
        "filters": filters,
        "extras": extras,
        "applied_time_extras": {},
        "columns": columns,
        "metrics": metrics,
        "orderby": orderby,
        "annotation_layers": form.get("annotation_layers", []),
        "row_limit": _number(form.get("row_limit")),
        "row_offset": _number(form.get("row_offset")),
        "series_columns": form.get("series_columns"),
        "series_limit": form["series_limit"] if form.get("series_limit") is not None else int(limit) if limit is not None else 0,
        "series_limit_metric": form.get("series_limit_metric") or form.get("timeseries_limit_metric"),
        "group_others_when_limit_reached": form.get("group_others_when_limit_reached") or False,
        "order_desc": form.get("order_desc", True),
        "url_params": form.get("url_params") or {},
        "custom_params": form.get("custom_params") or {},
        "custom_form_data": extra.get("custom_form_data") or {},
    }
    return without_undefined(query)


def without_undefined(query: Query) -> Query:
    """JSON has no `undefined`: such keys are not sent."""
    return {key: value for key, value in query.items() if value is not None}


def _number(value: Json) -> int | None:
    try:
        return None if value is None or value == "" else int(value)
    except ValueError:
        return None


def _fields(form: FormData) -> tuple[list[Json], list[Json] | None, list[Json] | None]:
    mode = form.get("query_mode")
    columns: list[Json] = []
    metrics: list[Json] = []
    orderby: list[Json] = []
    for name, value in form.items():
        if value is None or name in _NOT_QUERY_FIELDS:
            continue
        if mode == "aggregate" and name in ("columns", "all_columns"):
            continue
        if mode == "raw" and (name in _METRIC_FIELDS or name in ("groupby", "series")):
            continue
        if name in _METRIC_FIELDS:
            metrics += as_list(value)
        elif name in _COLUMN_FIELDS:
            columns += as_list(value)
        elif name in _ORDER_FIELDS:
            orderby += as_list(value)
    kept = unique([column for column in columns if column != ""], column_label)
    return kept, None if mode == "raw" else unique(metrics, metric_label), [_order(each) for each in orderby] or None


def _order(given: Json) -> Json:
    import json

    return json.loads(given) if isinstance(given, str) else given


def unique(values: list[Json], key: Any) -> list[Json]:
    """Each value once, by `key`, the first one kept."""
    seen: dict[str, Json] = {}
    for value in values:
        seen.setdefault(key(value), value)
    return list(seen.values())


def _filters(form: FormData, extra: FormData) -> tuple[list[Json], str, str]:
    filters = list(extra.get("filters") or [])
    where: list[str] = []
    having: list[str] = []
    for adhoc in [*(form.get("adhoc_filters") or []), *(extra.get("adhoc_filters") or [])]:
        if adhoc.get("expressionType") == "SIMPLE":
            simple = {"col": adhoc.get("subject"), "op": adhoc.get("operator"), "val": adhoc.get("comparator")}
            if adhoc.get("operator") in ("IS NOT NULL", "IS NULL", "IS TRUE", "IS FALSE", "LATEST PARTITION"):
                del simple["val"]
            if adhoc.get("clause") == "WHERE":
                filters.append(without_undefined(simple))
        elif adhoc.get("clause") == "WHERE":
            where.append(adhoc["sqlExpression"])
        else:
            having.append(adhoc["sqlExpression"])
    return filters, " AND ".join(map(_bracketed, where)), " AND ".join(map(_bracketed, having))


def _bracketed(sql: str) -> str:
    return f"({sql}\n)" if "--" in sql else f"({sql})"
