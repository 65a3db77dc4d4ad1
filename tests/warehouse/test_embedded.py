"""The embedded PostgreSQL on real servers."""

from sqlalchemy import create_engine, text

from pipc_etl.settings import Settings
from pipc_etl.warehouse.embedded import Cluster


def test_server_sorts_and_counts_time_the_same_everywhere_when_fresh(cluster: Cluster) -> None:
    engine = create_engine(cluster.url())
    with engine.connect() as connection:
        row = connection.execute(
            text(
                "select current_setting('server_encoding'), current_setting('TimeZone'), datlocprovider, datlocale, "
                "current_setting('listen_addresses') from pg_database where datname = 'postgres'"
            )
        ).one()
    engine.dispose()
    assert tuple(row) == ("UTF8", "UTC", "b", "C.UTF-8", "127.0.0.1")


def test_database_is_empty_when_asked_for(fresh_database: Settings) -> None:
    engine = create_engine(fresh_database.warehouse_url or "")
    with engine.connect() as connection:
        assert connection.scalar(text("select count(*) from pg_tables where schemaname not in ('pg_catalog', 'information_schema')")) == 0
    engine.dispose()
