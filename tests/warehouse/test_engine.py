"""Addresses of the warehouse, by role and by where it is."""

import shutil
from dataclasses import replace

import pytest
from sqlalchemy import make_url, text

from pipc_etl.errors import SettingsError, WarehouseError
from pipc_etl.settings import Settings
from pipc_etl.warehouse.embedded import Cluster
from pipc_etl.warehouse.engine import ROLES, ensure_database, require_reachable, role_password, superuser_engine, warehouse_url
from pipc_etl.warehouse.postgres_programs import client_program


def test_embedded_server_is_the_warehouse_when_no_address_is_given(settings: Settings, embedded: Cluster) -> None:
    url = warehouse_url(replace(settings, warehouse_url=None))
    assert (url.drivername, url.host, url.port, url.database, url.username) == (
        "postgresql+psycopg2",
        "127.0.0.1",
        embedded.port,
        "pipc",
        "postgres",
    )


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg", "postgresql+psycopg2"])
def test_given_address_wins_when_it_is_set(settings: Settings, scheme: str) -> None:
    url = warehouse_url(replace(settings, warehouse_url=f"{scheme}://chief:p%40ss@db.example:6432/participacion"))
    expected = ("postgresql+psycopg2", "chief", "p@ss", "db.example", 6432, "participacion")
    assert (url.drivername, url.username, url.password, url.host, url.port, url.database) == expected


@pytest.mark.parametrize("given", ["mysql://root@localhost/pipc", "not an address"])
def test_address_is_refused_when_it_is_not_postgresql(settings: Settings, given: str) -> None:
    with pytest.raises(SettingsError, match="PIPC_WAREHOUSE_URL"):
        warehouse_url(replace(settings, warehouse_url=given))


def test_every_role_has_its_own_password_when_asked_with_or_without_prefix(settings: Settings, cluster: Cluster) -> None:
    urls = [warehouse_url(settings, role) for role in ROLES]
    assert [url.username for url in urls] == [f"pipc_{role}" for role in ROLES]
    assert len({url.password for url in urls} | {warehouse_url(settings).password}) == len(ROLES) + 1
    assert [warehouse_url(settings, f"pipc_{role}") for role in ROLES] == urls
    assert role_password(settings, "pipc_loader") == role_password(settings, "loader") == urls[0].password


def test_role_is_refused_when_it_is_unknown(settings: Settings, cluster: Cluster) -> None:
    with pytest.raises(SettingsError, match="unknown role 'king'"):
        warehouse_url(settings, "king")


def test_database_is_made_once_when_ensured_twice(settings: Settings, cluster: Cluster) -> None:
    name = 'made "once"'
    assert (ensure_database(settings, name), ensure_database(settings, name)) == (True, False)
    engine = superuser_engine(settings, database="postgres").execution_options(isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        assert connection.scalar(text("select count(*) from pg_database where datname = :name"), {"name": name}) == 1
        connection.execute(text('drop database "made ""once"""'))
    engine.dispose()


def test_reachable_warehouse_is_accepted_when_it_answers(fresh_database: Settings) -> None:
    require_reachable(fresh_database)
    assert fresh_database.warehouse_url is not None


def test_program_of_the_system_is_taken_when_the_address_asks_for_encryption() -> None:
    plain = make_url("postgresql://postgres@db.example/pipc")
    assert "pginstall18" in str(client_program("psql", plain))
    assert client_program("psql", plain.set(query={"sslmode": "verify-full"})) == shutil.which("psql")


def test_start_is_advised_when_nothing_answers(settings: Settings) -> None:
    with pytest.raises(WarehouseError, match=r"127\.0\.0\.1:9/pipc does not answer \(start it with `pipc up`\)"):
        require_reachable(replace(settings, warehouse_url="postgresql://postgres:x@127.0.0.1:9/pipc"))
