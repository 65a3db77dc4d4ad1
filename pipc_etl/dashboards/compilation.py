"""Assets, dbt's labels and the database's columns become the files that Superset imports."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import URL

from pipc_etl.dashboards.assets import Assets, Chart, Dashboard, Dataset
from pipc_etl.dashboards.labels import MartText
from pipc_etl.dashboards.layout import position
from pipc_etl.dashboards.marts import SCHEMA, MartTable, Value
from pipc_etl.dashboards.native_filters import configuration
from pipc_etl.dashboards.queries import query_context

VERSION = "1.0.0"
MARTS_UUID = "5b0f0c3e-6a1d-4b5c-9a53-0d8a1f2e7c11"
ANALYSTS_UUID = "b7a1de52-3f0f-4c1c-8a3d-1c9f4e6b2d22"
_STATEMENT_TIMEOUT_MS = 60_000
_STYLE = """
/* A long name would push the filters after it out of a laptop's window. */
[data-test='form-item-value'] { max-width: 150px }
/* Superset's tables write "N/A", in English, where there is nothing. */
td.dt-is-null { font-size: 0 }
td.dt-is-null::after { content: '—'; font-size: 12px }
/* The line under a chart belongs to it: small, on the page's ground, close. */
.dashboard-markdown .dashboard-component-chart-holder { background: transparent; padding: 0 8px; font-size: 12px; line-height: 18px }
.dashboard-markdown .dashboard-component-chart-holder p { margin: 0 0 2px; color: #3F4650 }
"""
_GROUPED_TYPES = ("text", "boolean", "date", "character varying")
_TEMPORAL_TYPES = ("date", "timestamp")


@dataclass(frozen=True)
class Facts:
    """What compiling needs to know besides the assets themselves."""

    tables: Mapping[str, MartTable]
    texts: Mapping[str, MartText]
    defaults: Mapping[str, Mapping[str, Value]]
    cutoffs: Mapping[str, Mapping[str, str]]
    notice: str | None


def compile_assets(assets: Assets, facts: Facts, addresses: Mapping[str, URL]) -> dict[str, dict[str, Any]]:
    """The contents of the import, by file name; `addresses` of the roles `dashboard` and `analyst`."""
    chart_ids = {stem: number for number, stem in enumerate(sorted(assets.charts), 1)}
    contents: dict[str, dict[str, Any]] = {
        "metadata.yaml": {"version": VERSION, "type": "assets"},
        "databases/marts.yaml": _database("Marts", MARTS_UUID, addresses["dashboard"], is_for_sql=False),
        "databases/analistas.yaml": _database("Marts (analistas)", ANALYSTS_UUID, addresses["analyst"], is_for_sql=True),
    }
    for dataset in assets.datasets.values():
        contents[f"datasets/{dataset.mart}.yaml"] = {
            **_dataset(dataset, facts.tables[dataset.mart], facts.texts[dataset.mart]),
            "catalog": addresses["dashboard"].database,
        }
    for chart in assets.charts.values():
        contents[f"charts/{chart.stem}.yaml"] = _chart(chart, assets.datasets[chart.dataset])
    for dashboard in assets.dashboards.values():
        contents[f"dashboards/{dashboard.slug}.yaml"] = _dashboard(dashboard, assets, facts, chart_ids)
    return contents


def _database(name: str, uuid: str, address: URL, *, is_for_sql: bool) -> dict[str, Any]:
    # Read only already by the role's grants; the session says it again, so that no later grant opens a door.
    options = f"-c statement_timeout={_STATEMENT_TIMEOUT_MS} -c default_transaction_read_only=on"
    return {
        "database_name": name,
        "sqlalchemy_uri": address.set(drivername="postgresql+psycopg2").render_as_string(hide_password=False),
        "cache_timeout": None,
        "expose_in_sqllab": is_for_sql,
        "allow_run_async": False,
        "allow_ctas": False,
        "allow_cvas": False,
        "allow_dml": False,
        "allow_csv_upload": False,
        "impersonate_user": False,
        "extra": {
            "allows_virtual_table_explore": is_for_sql,
            "engine_params": {"connect_args": {"options": options, "application_name": "superset"}},
            "metadata_params": {},
            "schemas_allowed_for_csv_upload": [],
        },
        "uuid": uuid,
        "version": VERSION,
    }


def _dataset(dataset: Dataset, table: MartTable, text: MartText) -> dict[str, Any]:
    return {
        "table_name": dataset.mart,
        "main_dttm_col": dataset.main_datetime_column,
        "description": f"{dataset.title}. {text.description}",
        "offset": 0,
        "cache_timeout": dataset.cache_timeout,
        "schema": SCHEMA,
        "sql": None,
        "filter_select_enabled": True,
        "extra": None,
        "uuid": dataset.uuid,
        "columns": [_column(name, type_name, table, text) for name, type_name in table.columns.items()],
        "metrics": [
            {
                "metric_name": metric.name,
                "verbose_name": metric.label,
                "metric_type": None,
                "expression": metric.sql,
                "description": metric.description,
                "d3format": metric.format,
                "extra": {},
            }
            for metric in dataset.metrics
        ],
        "version": VERSION,
        "database_uuid": MARTS_UUID,
        "normalize_columns": False,
        "always_filter_main_dttm": False,
    }


def _column(name: str, type_name: str, table: MartTable, text: MartText) -> dict[str, Any]:
    described = text.columns[name]
    return {
        "column_name": name,
        "verbose_name": described.label,
        "description": described.description,
        "is_dttm": type_name.startswith(_TEMPORAL_TYPES),
        "is_active": True,
        "type": type_name.upper(),
        "groupby": is_dimension(name, type_name, table),
        "filterable": True,
    }


def is_dimension(name: str, type_name: str, table: MartTable) -> bool:
    """Whether people may break figures down by the column: words and dates, not codes that have a name beside them."""
    if name == "fiscal_year":
        return True
    has_words = f"{name}_name" in table.columns or f"{name.removesuffix('_code')}_name" in table.columns
    return type_name.startswith(_GROUPED_TYPES) and (name.endswith("_name") or not has_words)


def _chart(chart: Chart, dataset: Dataset) -> dict[str, Any]:
    return {
        "slice_name": chart.title,
        "description": chart.description,
        "viz_type": chart.viz_type,
        "params": {**chart.params, "viz_type": chart.viz_type},
        "query_context": json.dumps(query_context(chart, dataset), ensure_ascii=False, sort_keys=True),
        "cache_timeout": chart.cache_timeout,
        "uuid": chart.uuid,
        "version": VERSION,
        "dataset_uuid": dataset.uuid,
    }


def _dashboard(dashboard: Dashboard, assets: Assets, facts: Facts, chart_ids: Mapping[str, int]) -> dict[str, Any]:
    everywhere = {"scope": {"rootPath": ["ROOT_ID"], "excluded": []}, "chartsInScope": []}
    metadata = {
        "color_scheme": "pipc",
        "label_colors": dict(assets.palette),
        "shared_label_colors": [],
        "map_label_colors": {},
        "color_scheme_domain": [],
        "cross_filters_enabled": dashboard.cross_filters,
        "chart_configuration": {},
        "global_chart_configuration": everywhere,
        "filter_bar_orientation": "HORIZONTAL",
        "native_filter_configuration": configuration(dashboard, assets, facts.tables, chart_ids, facts.defaults[dashboard.slug]),
        "refresh_frequency": 0,
        "timed_refresh_immune_slices": [],
        "expanded_slices": {},
        "default_filters": "{}",
    }
    return {
        "dashboard_title": dashboard.title,
        "description": dashboard.description,
        "css": _STYLE,
        "slug": dashboard.slug,
        "uuid": dashboard.uuid,
        "position": position(dashboard, assets, chart_ids, facts.cutoffs[dashboard.slug], facts.notice),
        "metadata": metadata,
        "published": True,
        "version": VERSION,
    }
