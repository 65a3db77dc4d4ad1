"""What a page says of its data: until when the figures of a chart reach, and which of them are a reconstruction."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, text

from pipc_etl.dashboards.assets import Assets
from pipc_etl.dashboards.marts import SCHEMA, MartTable, Value
from pipc_etl.dashboards.native_filters import applies

Asked = dict[tuple[str, tuple[tuple[str, Value], ...]], str | None]


def read_cutoffs(
    connection: Connection, assets: Assets, tables: Mapping[str, MartTable], defaults: Mapping[str, Mapping[str, Value]]
) -> dict[str, dict[str, str]]:
    """By dashboard and chart, the `cutoff_date` of the rows that the page opens with: "31/08/2021", "23/07/2021 a 29/09/2021".

    A text is not computed again when somebody picks another period: it speaks of the filters' first values, and says so.
    """
    asked: Asked = {}
    found: dict[str, dict[str, str]] = {}
    for dashboard in assets.dashboards.values():
        found[dashboard.slug] = {}
        for stem in dashboard.charts():
            chart = assets.charts[stem]
            table = tables[chart.dataset]
            if "cutoff_date" not in table.columns:
                continue
            reach = {
                assets.filters[name].column: value
                for name, value in defaults[dashboard.slug].items()
                if applies(assets.filters[name], chart, tables)
            }
            question = (chart.dataset, tuple(sorted(reach.items())))
            if question not in asked:
                asked[question] = _cutoff(connection, chart.dataset, reach)
            if cutoff := asked[question]:
                found[dashboard.slug][stem] = cutoff
    return found


def _cutoff(connection: Connection, mart: str, reach: Mapping[str, Value]) -> str | None:
    where = " and ".join(f'"{column}" = :{column}' for column in reach) or "true"
    row = connection.execute(text(f'select min(cutoff_date), max(cutoff_date) from {SCHEMA}."{mart}" where {where}'), dict(reach)).one()
    first, last = row
    if last is None:
        return None
    return f"{last:%d/%m/%Y}" if first == last else f"{first:%d/%m/%Y} a {last:%d/%m/%Y}"


def read_notice(connection: Connection) -> str | None:
    """The sentence on every tab while an entity's figures come from submissions that are a reconstruction; None if none do."""
    if connection.scalar(text(f"select to_regclass('{SCHEMA}.dim_submission')")) is None:
        return None
    entities = connection.scalars(
        text(
            f"select entity_name from {SCHEMA}.dim_entity inner join"
            f" (select distinct entity_code from {SCHEMA}.dim_submission where is_reconstruction) as sample using (entity_code)"
            " order by entity_name"
        )
    ).all()
    if not entities:
        return None
    return f"**Datos de muestra.** Las cifras de {', '.join(entities)} son una reconstrucción a partir de totales publicados."
