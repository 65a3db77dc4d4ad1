"""Follows dashboard -> chart -> dataset -> mart -> column against the database, before Superset is touched."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from pipc_etl.dashboards.assets import Assets, Chart, Dataset
from pipc_etl.dashboards.labels import MartText
from pipc_etl.dashboards.marts import SCHEMA, MartTable
from pipc_etl.dashboards.problems import ChainError
from pipc_etl.dashboards.queries import chart_queries


def check_chain(connection: Connection, assets: Assets, tables: Mapping[str, MartTable], texts: Mapping[str, MartText]) -> None:
    """Raise ChainError with every broken link, each named from the dashboard down to the column."""
    problems = list(dict.fromkeys(_problems(connection, assets, tables, texts)))
    if problems:
        raise ChainError("the dashboards do not fit the marts:\n" + "\n".join(f"- {problem}" for problem in problems))


def _problems(connection: Connection, assets: Assets, tables: Mapping[str, MartTable], texts: Mapping[str, MartText]) -> Iterator[str]:
    usable: set[str] = set()
    for dataset in assets.datasets.values():
        found = list(_dataset_problems(connection, dataset, tables.get(dataset.mart), texts.get(dataset.mart)))
        prefix = "; ".join(_users(assets, dataset.mart)) or "no chart"
        yield from (f"{prefix} -> dataset {dataset.path.name}: {problem}" for problem in found)
        if dataset.mart in tables:
            usable.add(dataset.mart)
    for chart in assets.charts.values():
        if chart.dataset in usable:
            table, dataset = tables[chart.dataset], assets.datasets[chart.dataset]
            where = " / ".join(_dashboards(assets, chart))
            for problem in _chart_problems(connection, chart, dataset, table):
                yield f"dashboard {where} -> chart {chart.path.name} -> dataset {chart.dataset} -> mart {SCHEMA}.{chart.dataset}: {problem}"
    yield from _filter_problems(assets, tables)


def _dashboards(assets: Assets, chart: Chart) -> list[str]:
    return [dashboard.slug for dashboard in assets.dashboards.values() if chart.stem in dashboard.charts()]


def _users(assets: Assets, mart: str) -> list[str]:
    used = [chart for chart in assets.charts.values() if chart.dataset == mart]
    return [f"dashboard {' / '.join(_dashboards(assets, chart))} -> chart {chart.path.name}" for chart in used]


def _dataset_problems(connection: Connection, dataset: Dataset, table: MartTable | None, described: MartText | None) -> Iterator[str]:
    name = f"mart {SCHEMA}.{dataset.mart}"
    if table is None:
        yield f"{name} does not exist (build the marts with `pipc build`, or correct the dataset)"
        return
    if not table.is_readable:
        yield f"{name} may not be read by pipc_dashboard: add grants {{+select: [pipc_dashboard]}} to its YAML"
        return
    if dataset.main_datetime_column and dataset.main_datetime_column not in table.columns:
        yield f"{name}: {_missing(dataset.main_datetime_column, table.columns)}"
    for metric in dataset.metrics:
        if why := _refused(connection, f'select {metric.sql} from {SCHEMA}."{dataset.mart}"'):
            yield f"metric {metric.name} -> {name}: {why}"
    if described is None:
        yield f"{name} is described by no _*.yml below dbt_project/models/marts: describe it and its columns"
        return
    for column in table.columns:
        text_of = described.columns.get(column)
        if text_of is None or not text_of.label or not text_of.description:
            lacking = "description" if text_of and text_of.label else "label (config: {meta: {label: ...}})"
            yield f"{name}: column {column} has no {lacking}: add it to model {dataset.mart} in {described.file.name}"


def _chart_problems(connection: Connection, chart: Chart, dataset: Dataset, table: MartTable) -> Iterator[str]:
    if not table.is_readable:
        return
    for query in chart_queries(chart):
        for column in [*query.get("columns", []), *[each.get("col") for each in query.get("filters", [])]]:
            yield from _column_problems(connection, column, table)
        for metric in [*(query.get("metrics") or []), *[order[0] for order in query.get("orderby") or []]]:
            yield from _metric_problems(connection, metric, dataset, table)
        for clause in ("where", "having"):
            if sql := (query.get("extras") or {}).get(clause):
                keyword = "where" if clause == "where" else "having"
                if why := _refused(connection, f'select 1 from {SCHEMA}."{table.name}" {keyword} {sql}'):
                    yield f"its filter {sql}: {why}"


def _column_problems(connection: Connection, column: Any, table: MartTable) -> Iterator[str]:
    if isinstance(column, str):
        if column not in table.columns:
            yield _missing(column, table.columns)
    elif column and column.get("isColumnReference"):
        yield from _column_problems(connection, column["sqlExpression"], table)
    elif column and (why := _refused(connection, f'select {column["sqlExpression"]} from {SCHEMA}."{table.name}"')):
        yield f"its column {column.get('label')!r}: {why}"


def _metric_problems(connection: Connection, metric: Any, dataset: Dataset, table: MartTable) -> Iterator[str]:
    if isinstance(metric, str):
        # An order may name a column as well as a metric.
        if dataset.metric(metric) is None and metric not in table.columns:
            known = [each.name for each in dataset.metrics]
            yield f"metric {metric!r} is none of the dataset's ({_closest(metric, known) or ', '.join(known) or 'it has none'})"
    elif metric.get("expressionType") == "SIMPLE":
        yield from _column_problems(connection, metric["column"]["column_name"], table)
    elif why := _refused(connection, f'select {metric["sqlExpression"]} from {SCHEMA}."{table.name}"'):
        yield f"its metric {metric.get('label')!r}: {why}"


def _filter_problems(assets: Assets, tables: Mapping[str, MartTable]) -> Iterator[str]:
    for dashboard in assets.dashboards.values():
        for use in dashboard.filters:
            one = assets.filters[use.filter]
            mart = use.dataset or one.dataset
            if mart not in tables:
                continue
            where = f"dashboard {dashboard.slug} -> filter {one.id} -> mart {SCHEMA}.{mart}"
            if one.column not in tables[mart].columns:
                yield f"{where}: {_missing(one.column, tables[mart].columns)}"
            if one.sort_metric and assets.datasets[mart].metric(one.sort_metric) is None:
                yield f"{where}: dataset {mart} has no metric {one.sort_metric!r} to sort the values by"


def _missing(column: str, known: Iterable[str]) -> str:
    near = _closest(column, list(known))
    return f"column {column} does not exist" + (f" ({near})" if near else "")


def _closest(name: str, known: list[str]) -> str:
    near = difflib.get_close_matches(name, known, 1)
    return f"did you mean {near[0]}?" if near else ""


def _refused(connection: Connection, sql: str) -> str | None:
    """Why PostgreSQL would not run the statement; None where it would."""
    try:
        connection.execute(text("explain " + sql.replace(":", "\\:").replace("\\:\\:", "::")))
    except DBAPIError as error:
        return str(error.orig).strip().splitlines()[0]
    return None
