"""A small asset tree of its own on two small marts: what the tests of pushing, roles and the cache work with."""

from __future__ import annotations

from pathlib import Path

import yaml

from pipc_etl.settings import PROJECT_ROOT

ENTITY = "secretaria-general"
MARTS_SQL = f"""
create schema audit;
create table audit.build (build_id bigint);
grant usage on schema audit to pipc_transformer;
grant select on audit.build to pipc_transformer;
create schema marts;
grant usage on schema marts to pipc_dashboard, pipc_analyst;
create table marts.dim_dependency (entity_code text, dependency_code text);
insert into marts.dim_dependency values ('{ENTITY}', 'OAP'), ('{ENTITY}', 'TIC'), ('{ENTITY}', 'O''X');
create table marts.rpt_probe (
    entity_code text, entity_name text, dependency_code text, dependency_name text, fiscal_year integer, period_name text,
    month_start date, status text, status_name text, executed_qty bigint, programmed_qty bigint, cutoff_date date
);
insert into marts.rpt_probe
select '{ENTITY}', 'Secretaría General', d.code, d.name, y.year, 'Mes ' || m.month, make_date(y.year, m.month, 1),
    case when mod(m.month, 2) = 0 then 'over' else 'on_target' end,
    case when mod(m.month, 2) = 0 then 'Sobrecumplida' else 'En la meta' end,
    d.factor * m.month, d.factor * 6, make_date(y.year, 12, 31)
from (values ('OAP', 'Oficina Asesora de Planeación', 1), ('TIC', 'Alta Consejería TIC', 100)) as d (code, name, factor)
cross join (values (2020), (2021)) as y (year)
cross join generate_series(1, 12) as m (month);
create table marts.rpt_secret (entity_code text, dependency_code text, amount bigint);
insert into marts.rpt_secret values ('{ENTITY}', 'OAP', 7), ('{ENTITY}', 'TIC', 8);
create table marts.rpt_unshown (entity_code text, amount bigint);
grant select on all tables in schema marts to pipc_dashboard, pipc_analyst;
"""
# Executed of 2021: 78 of OAP, 7,800 of TIC.
OAP_QTY, TIC_QTY = 78, 7_800
PROBE_COLUMNS = (
    "entity_code", "entity_name", "dependency_code", "dependency_name", "fiscal_year", "period_name", "month_start", "status",
    "status_name", "executed_qty", "programmed_qty", "cutoff_date",
)  # fmt: skip
DATASETS = {
    "rpt_probe": """
        uuid: 0d0b7a54-3a2e-4d7f-8f53-0a4f8f3d1a01
        mart: rpt_probe
        title: Cumplimiento de prueba
        main_datetime_column: month_start
        metrics:
        - {name: executed, label: Ejecutado, sql: sum(executed_qty), format: ",d"}
        - {name: programmed, label: Programado, sql: sum(programmed_qty), format: ",d"}
        - {name: compliance, label: Cumplimiento, sql: "sum(executed_qty)::numeric / nullif(sum(programmed_qty), 0)", format: ",.1%"}
        - {name: month_order, label: Orden, sql: min(extract(month from month_start))}
        """,
    "rpt_secret": """
        uuid: 0d0b7a54-3a2e-4d7f-8f53-0a4f8f3d1a02
        mart: rpt_secret
        title: Reservado
        metrics:
        - {name: amount, label: Valor, sql: sum(amount)}
        """,
}
# viz type, title, params: one chart of each kind that boards use, with what changes a query.
CHARTS = {
    "ejecutado": ("big_number_total", "Ejecutado", "{metric: executed, y_axis_format: ',d'}"),
    "tabla": (
        "table",
        "Por dependencia",
        "{query_mode: aggregate, groupby: [dependency_name], metrics: [programmed, executed], percent_metrics: [executed],"
        " show_totals: true, row_limit: 50}",
    ),
    "detalle": (
        "table",
        "Filas",
        "{query_mode: raw, all_columns: [dependency_name, period_name, executed_qty],"
        " order_by_cols: ['[\"month_start\", true]'], row_limit: 20}",
    ),
    "paginada": (
        "table",
        "Paginada",
        "{query_mode: aggregate, groupby: [period_name], metrics: [executed], server_pagination: true, server_page_length: 5,"
        " timeseries_limit_metric: executed, order_desc: false}",
    ),
    "barras": (
        "echarts_timeseries_bar",
        "Barras",
        "{x_axis: dependency_name, metrics: [executed, programmed], groupby: [], x_axis_sort: executed, x_axis_sort_asc: false,"
        " orientation: horizontal}",
    ),
    "apiladas": (
        "echarts_timeseries_bar",
        "Apiladas",
        "{x_axis: period_name, metrics: [executed], groupby: [dependency_name], stack: Stack, row_limit: 200, adhoc_filters:"
        " [{clause: WHERE, expressionType: SIMPLE, subject: status, operator: IN, comparator: [over]},"
        " {clause: WHERE, expressionType: SQL, sqlExpression: executed_qty >= 0}]}",
    ),
    "orden": (
        "echarts_timeseries_bar",
        "Ordenadas por otra medida",
        "{x_axis: period_name, metrics: [executed], groupby: [], timeseries_limit_metric: month_order, x_axis_sort: month_order,"
        " x_axis_sort_asc: true, truncate_metric: false}",
    ),
    "linea": (
        "echarts_timeseries_line",
        "Línea",
        "{x_axis: month_start, time_grain_sqla: P1M, metrics: [executed, compliance], groupby: [], rolling_type: cumsum}",
    ),
    "mixta": (
        "mixed_timeseries",
        "Programado y ejecutado",
        "{x_axis: month_start, time_grain_sqla: P1M, metrics: [executed], groupby: [], metrics_b: [programmed],"
        " groupby_b: [dependency_name], truncate_metric: true, truncate_metric_b: true, row_limit: 300, row_limit_b: 300}",
    ),
    "calor": (
        "heatmap_v2",
        "Mapa de calor",
        "{x_axis: period_name, groupby: dependency_name, metric: compliance, normalize_across: x, sort_x_axis: alpha_asc,"
        " linear_color_scheme: pipc_divergente}",
    ),
    "torta": ("pie", "Estados", "{groupby: [status_name], metric: executed, row_limit: 20}"),
    "pivote": (
        "pivot_table_v2",
        "Cruzada",
        "{groupbyRows: [dependency_name], groupbyColumns: [status_name], metrics: [executed, programmed], metricsLayout: COLUMNS}",
    ),
}
FILTERS = """
filters:
- id: vigencia
  title: Vigencia
  column: fiscal_year
  dataset: rpt_probe
  sort_ascending: false
  default_sql: select max(fiscal_year) from marts.rpt_probe
- id: periodo
  title: Período
  column: period_name
  dataset: rpt_probe
  required: false
  multiple: true
  parents: [vigencia]
  sort_metric: month_order
"""
DASHBOARD = """# Este comentario se queda.
uuid: 0d0b7a54-3a2e-4d7f-8f53-0a4f8f3d1c01
title: Tablero de prueba
slug: prueba
description: Para las pruebas.
roles: [Ejecutivo, Analista, Dependencia]
filters: [vigencia, periodo]
tabs:
- title: Resumen
  rows:
  - - {chart: ejecutado, width: 3, height: 20}
    - {chart: tabla, width: 9, height: 30}
  - - {text: "## Encabezado", width: 12, height: 8}   # y este también
  - - {chart: barras, width: 6}
    - {chart: linea, width: 6}
  - - {chart: mixta, width: 6}
    - {chart: calor, width: 6}
- title: Detalle
  rows:
  - - {chart: apiladas, width: 6}
    - {chart: torta, width: 6}
  - - width: 6
      column:
      - {chart: pivote, height: 30}
      - {text: Nota., height: 8}
    - {chart: orden, width: 6}
  - - {chart: detalle, width: 6}
    - {chart: paginada, width: 6}
"""
SECRET_DASHBOARD = """
uuid: 0d0b7a54-3a2e-4d7f-8f53-0a4f8f3d1c02
title: Tablero reservado
slug: reservado
description: Solo de analistas.
roles: [Analista]
rows:
- - {chart: reservado, width: 4}
"""
USERS = (
    {"name": "dependencia_tic", "first_name": "De", "last_name": "TIC", "roles": ["Dependencia", f"Dependencia {ENTITY}/TIC"]},
    {"name": "sin_dependencia", "first_name": "Sin", "last_name": "Dependencia", "roles": ["Dependencia"]},
)


def write_tree(folder: Path) -> Path:
    """A `superset` folder at `folder` whose code and environment are the project's and whose assets and users are the sample."""
    for entry in (PROJECT_ROOT / "superset").iterdir():
        if entry.name not in ("assets", "roles.yaml"):
            (folder / entry.name).symlink_to(entry)
    roles = yaml.safe_load((PROJECT_ROOT / "superset" / "roles.yaml").read_text(encoding="utf-8"))
    roles["users"] += USERS
    (folder / "roles.yaml").write_text(yaml.safe_dump(roles, allow_unicode=True), encoding="utf-8")
    write_assets(folder / "assets")
    return folder


def write_assets(folder: Path) -> None:
    """The sample's files, as they are before anybody edits them."""
    for name in ("datasets", "charts", "dashboards"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    for mart, text in DATASETS.items():
        lines = [line[8:] for line in text.strip("\n").rstrip().split("\n")]
        (folder / "datasets" / f"{mart}.yaml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    for number, (name, (viz_type, title, params)) in enumerate(CHARTS.items(), 1):
        write_chart(folder, name, number, title, viz_type, "rpt_probe", params)
    write_chart(folder, "reservado", 99, "Valor reservado", "big_number_total", "rpt_secret", "{metric: amount}")
    (folder / "filters.yaml").write_text(FILTERS, encoding="utf-8")
    (folder / "palette.yaml").write_text('colors:\n  Ejecutado: "#1F5FA8"\n', encoding="utf-8")
    (folder / "dashboards" / "prueba.yaml").write_text(DASHBOARD, encoding="utf-8")
    (folder / "dashboards" / "reservado.yaml").write_text(SECRET_DASHBOARD, encoding="utf-8")


def write_chart(folder: Path, name: str, number: int, title: str, viz_type: str, mart: str, params: str) -> None:
    lines = [
        f"uuid: 0d0b7a54-3a2e-4d7f-8f53-0a4f8f3d1b{number:02}",
        f"title: {title}",
        f"viz_type: {viz_type}",
        f"dataset: {mart}",
        "how_to_read: Cada valor es una suma.",
        f"params: {params}",
    ]
    (folder / "charts" / f"{name}.yaml").write_text("\n".join(lines) + "\n", encoding="utf-8")


def write_labels(dbt_project: Path) -> Path:
    """A dbt project that says nothing but labels and descriptions of the two marts."""
    folder = dbt_project / "models" / "marts"
    folder.mkdir(parents=True)
    models = [
        {"name": mart, "description": f"Mart {mart}.", "columns": [_column(name) for name in columns]}
        for mart, columns in (("rpt_probe", PROBE_COLUMNS), ("rpt_secret", ("entity_code", "dependency_code", "amount")))
    ]
    (folder / "_probe.yml").write_text(yaml.safe_dump({"version": 2, "models": models}, allow_unicode=True), encoding="utf-8")
    return dbt_project


def _column(name: str) -> dict[str, object]:
    return {"name": name, "description": f"Qué es {name}.", "config": {"meta": {"label": f"Rótulo de {name}"}}}
