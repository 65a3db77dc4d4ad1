"""The dashboards' hand-written assets, as the files below `superset/assets` say them."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Metric:
    """A figure of a dataset: SQL that aggregates, its Spanish label and its d3 format."""

    name: str
    label: str
    sql: str
    format: str | None = None
    description: str | None = None


@dataclass(frozen=True)
class Dataset:
    """A mart as the dashboards see it; its columns come from the database and from dbt's YAML."""

    path: Path
    uuid: str
    mart: str
    title: str
    metrics: tuple[Metric, ...] = ()
    main_datetime_column: str | None = None
    cache_timeout: int | None = None

    def metric(self, name: str) -> Metric | None:
        return next((metric for metric in self.metrics if metric.name == name), None)


@dataclass(frozen=True)
class Chart:
    """One figure: `params` are Superset's form data without data source and viz type."""

    path: Path
    uuid: str
    title: str
    viz_type: str
    dataset: str
    params: dict[str, Any]
    how_to_read: str
    description: str | None = None
    ignores_filters: tuple[str, ...] = ()
    cache_timeout: int | None = None
    query_context: dict[str, Any] | None = None

    @property
    def stem(self) -> str:
        """The name that dashboards call it by."""
        return self.path.stem


@dataclass(frozen=True)
class FilterUse:
    """A filter of `filters.yaml` on one dashboard, where wanted with another mart to list its values from."""

    filter: str
    dataset: str | None = None
    default_sql: str | None = None


@dataclass(frozen=True)
class Item:
    """A cell of a row: exactly one of chart (its file's stem), text (Markdown) or a column of items; width in twelfths."""

    width: int
    chart: str | None = None
    text: str | None = None
    column: tuple[Item, ...] = ()
    height: int | None = None

    def charts(self) -> list[str]:
        return [self.chart] if self.chart else [name for item in self.column for name in item.charts()]


@dataclass(frozen=True)
class Tab:
    """A tab and its rows."""

    title: str
    rows: tuple[tuple[Item, ...], ...]

    def charts(self) -> list[str]:
        return [name for row in self.rows for item in row for name in item.charts()]


@dataclass(frozen=True)
class Dashboard:
    """A page for one kind of reader: its filters, its tabs, and the roles that may open it."""

    path: Path
    uuid: str
    title: str
    slug: str
    description: str
    roles: tuple[str, ...]
    filters: tuple[FilterUse, ...]
    tabs: tuple[Tab, ...]
    cross_filters: bool = True

    def charts(self) -> list[str]:
        """Stems of its charts, each once, in reading order."""
        return list(dict.fromkeys(name for tab in self.tabs for name in tab.charts()))


@dataclass(frozen=True)
class Filter:
    """A filter that dashboards share; `default_sql` gives its first value at push, `:other` being the default of filter `other`."""

    id: str
    title: str
    column: str
    dataset: str
    description: str = ""
    multiple: bool = False
    required: bool = True
    parents: tuple[str, ...] = ()
    sort_metric: str | None = None
    sort_ascending: bool = True
    default_sql: str | None = None


@dataclass(frozen=True)
class Assets:
    """The whole tree: datasets by mart, charts by stem, dashboards by slug, filters by id, colours by value."""

    folder: Path
    datasets: dict[str, Dataset] = field(default_factory=dict)
    charts: dict[str, Chart] = field(default_factory=dict)
    dashboards: dict[str, Dashboard] = field(default_factory=dict)
    filters: dict[str, Filter] = field(default_factory=dict)
    palette: dict[str, str] = field(default_factory=dict)
