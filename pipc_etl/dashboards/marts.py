"""What the database says of the marts, asked as the role that the dashboards use."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError, OperationalError

from pipc_etl.dashboards.assets import Assets, Dashboard, Filter, FilterUse
from pipc_etl.dashboards.problems import AssetError
from pipc_etl.errors import WarehouseError
from pipc_etl.settings import Settings
from pipc_etl.warehouse.engine import role_engine

SCHEMA = "marts"
Value = str | int | bool


@dataclass(frozen=True)
class MartTable:
    """A table of schema `marts`: its columns with their PostgreSQL types, and whether the dashboards' role may read it."""

    name: str
    is_readable: bool
    columns: dict[str, str]


@contextmanager
def as_dashboard(settings: Settings) -> Iterator[Connection]:
    """A connection that may do what Superset's database "Marts" may; each statement stands alone."""
    engine = role_engine(settings, "dashboard").execution_options(isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            yield connection
    except OperationalError as error:
        raise WarehouseError(
            f"the warehouse does not answer role pipc_dashboard (start it with `pipc up`): {str(error.orig).strip()}"
        ) from error
    finally:
        engine.dispose()


def read_marts(connection: Connection, names: Iterable[str]) -> dict[str, MartTable]:
    """Those of `names` that exist."""
    rows = connection.execute(
        text(
            "select c.relname, has_table_privilege(c.oid, 'select'), a.attname, format_type(a.atttypid, null)"
            " from pg_class as c inner join pg_namespace as n on c.relnamespace = n.oid"
            " inner join pg_attribute as a on c.oid = a.attrelid and a.attnum > 0 and not a.attisdropped"
            " where n.nspname = :schema and c.relkind in ('r', 'v', 'm', 'p', 'f') and c.relname = any(:names)"
            " order by c.relname, a.attnum"
        ),
        {"schema": SCHEMA, "names": sorted(set(names))},
    )
    tables: dict[str, MartTable] = {}
    for mart, is_readable, column, type_name in rows:
        tables.setdefault(str(mart), MartTable(str(mart), bool(is_readable), {})).columns[str(column)] = str(type_name)
    return tables


def read_defaults(connection: Connection, assets: Assets) -> dict[str, dict[str, Value]]:
    """The first value of each filter of each dashboard, by slug and filter; where there is no data, none."""
    asked: dict[tuple[str, tuple[tuple[str, Value], ...]], Value | None] = {}
    return {slug: _dashboard_defaults(connection, dashboard, assets, asked) for slug, dashboard in assets.dashboards.items()}


def _dashboard_defaults(
    connection: Connection, dashboard: Dashboard, assets: Assets, asked: dict[tuple[str, tuple[tuple[str, Value], ...]], Value | None]
) -> dict[str, Value]:
    defaults: dict[str, Value] = {}
    for use in dashboard.filters:
        sql = use.default_sql or assets.filters[use.filter].default_sql
        if sql is None:
            continue
        question = (sql, tuple(sorted(defaults.items())))
        if question not in asked:
            asked[question] = _ask(connection, sql, defaults, assets.filters[use.filter], dashboard, use)
        value = asked[question]
        if value is not None:
            defaults[use.filter] = value
    return defaults


def _ask(
    connection: Connection, sql: str, defaults: Mapping[str, Value], one: Filter, dashboard: Dashboard, use: FilterUse
) -> Value | None:
    statement = text(sql)
    wanted = set(statement.compile().params)
    if missing := wanted - set(defaults):
        if missing <= set(filter_ids(dashboard)):
            return None
        raise AssetError(
            f"{dashboard.path}: default of filter {one.id!r} asks for {', '.join(sorted(missing))}, which is no filter before it"
        )
    try:
        value: Value | None = connection.scalar(statement, {name: defaults[name] for name in wanted})
    except DBAPIError as error:
        where = dashboard.path if use.default_sql else "filters.yaml"
        raise AssetError(f"{where}: default_sql of filter {one.id!r}: {str(error.orig).strip()}") from error
    return value


def filter_ids(dashboard: Dashboard) -> list[str]:
    """The ids of the dashboard's filters."""
    return [use.filter for use in dashboard.filters]
