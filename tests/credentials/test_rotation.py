"""Passwords get new values in a server that goes on serving, and a renewal that was killed is repaired by running it again."""

from __future__ import annotations

import os
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
import redis
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError

from pipc_etl.contracts import load_catalog
from pipc_etl.credentials import rotation
from pipc_etl.credentials.catalog import secrets_of
from pipc_etl.credentials.rotation import RotationError, interrupted, rotate
from pipc_etl.settings import PROJECT_ROOT, Settings, load_settings
from pipc_etl.warehouse.embedded import Cluster
from pipc_etl.warehouse.engine import ROLES, account_url, ensure_database, superuser_engine, warehouse_url
from pipc_etl.warehouse.roles import ensure_login
from pipc_etl.warehouse.schema import prepare

SERVERS = {"pipc_airflow": "airflow_password", "pipc_superset": "superset_metadata_password"}


@pytest.fixture(scope="module")
def own(reachable_tmp: Path) -> Iterator[Settings]:
    """An installation with a PostgreSQL of its own: the passwords of the suite's are everybody's."""
    given = {"PIPC_HOME": str(reachable_tmp / "rotating"), "PIPC_POSTGRES_PORT": "0"}
    settings = load_settings(given)
    server = Cluster(settings.home / "postgres", 0, settings.secret("postgres_password"), durable=False)
    server.start()
    try:
        ensure_database(settings)
        engine = superuser_engine(settings)
        prepare(engine, settings, load_catalog(settings.expectations))
        with engine.begin() as connection:
            for account, secret in SERVERS.items():
                ensure_login(connection, account, settings.secret(secret))
                connection.execute(text(f"grant connect on database pipc to {account}"))
        engine.dispose()
        yield settings
    finally:
        server.stop()


def urls(settings: Settings) -> dict[str, str]:
    """Every account of the server with its present password."""
    found = {f"pipc_{role}": warehouse_url(settings, role) for role in ROLES} | {"postgres": warehouse_url(settings)}
    found |= {account: account_url(settings, account, settings.existing_secret(secret)) for account, secret in SERVERS.items()}
    return {account: url.render_as_string(hide_password=False) for account, url in found.items()}


def enters(url: str) -> bool:
    """Whether a new connection is let in."""
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            connection.execute(text("select 1"))
        return True
    except OperationalError as error:
        if "password authentication failed" not in str(error):
            raise
        return False
    finally:
        engine.dispose()


def pipc(settings: Settings, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PIPC_HOME": str(settings.home), "PIPC_POSTGRES_PORT": "0", "COLUMNS": "200"}
    command = [sys.executable, "-m", "pipc_etl.cli", *arguments]
    return subprocess.run(command, cwd=PROJECT_ROOT, env=environment, capture_output=True, text=True, check=False)


def test_connections_go_on_and_old_passwords_are_refused_when_all_are_renewed(own: Settings) -> None:
    before = urls(own)
    assert len(before) == len(ROLES) + 3
    engines = [create_engine(url) for url in before.values()]
    connections = [engine.connect() for engine in engines]
    done = pipc(own, "secrets", "rotate", "--database")
    assert done.returncode == 0, done.stderr
    assert [connection.scalar(text("select current_user")) for connection in connections] == list(before)
    for connection, engine in zip(connections, engines, strict=True):
        connection.close()
        engine.dispose()
    after = urls(own)
    assert {account: enters(url) for account, url in after.items()} == dict.fromkeys(after, True)
    assert {account: enters(url) for account, url in before.items()} == dict.fromkeys(before, False)
    told = [line for line in done.stdout.splitlines() if line.startswith("now ")]
    assert told == ["now run: pipc dashboards push", "now start again: Airflow", "now start again: Superset"]
    values = {path.read_text() for path in own.secrets.iterdir()}
    assert not any(value in done.stdout + done.stderr for value in values)
    assert {stat.S_IMODE(path.stat().st_mode) for path in own.secrets.iterdir()} == {0o600}
    # A start after it finds nothing to repair, and changes no password.
    engine = superuser_engine(own)
    prepare(engine, own, load_catalog(own.expectations))
    engine.dispose()
    assert urls(own) == after


@pytest.mark.parametrize("name", ["loader_password", "postgres_password"])
@pytest.mark.parametrize("moment", ["set_password", "_settle"])
def test_renewal_is_finished_when_it_was_killed_and_is_run_again(
    own: Settings, monkeypatch: pytest.MonkeyPatch, name: str, moment: str
) -> None:
    account = "pipc_loader" if name == "loader_password" else "postgres"
    before = urls(own)[account]
    with monkeypatch.context() as patch:
        # Nothing is tidied up on the way out: what is left is what a kill leaves.
        patch.setattr(rotation, moment, lambda *_: sys.exit("killed"))
        with pytest.raises(SystemExit, match="killed"):
            rotate(own, [name])
    assert interrupted(own) == [name]
    waiting = (own.secrets / f"{name}.next").read_text()
    assert enters(before) is (moment == "set_password")
    assert f"pipc secrets rotate {name}" in pipc(own, "secrets", "list").stdout
    rotate(own, [name])
    assert interrupted(own) == []
    assert own.existing_secret(name) == waiting
    assert (enters(urls(own)[account]), enters(before)) == (True, False)


def test_nothing_changes_when_one_of_the_names_may_not_be_renewed(own: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    own.secret("person_key")
    own.secret("airflow_fernet")
    (own.secrets / "landing_password").write_text("of another office")
    before = {path.name: path.read_text() for path in own.secrets.iterdir()}
    for name, why in {
        "person_key": "persons would get other keys",
        "airflow_fernet": "rotate-fernet-key",
        "superset_secret_key": "re-encrypt-secrets",
        "landing_password": "another server must know it too",
        "no_such": "pipc secrets list",
    }.items():
        with pytest.raises(RotationError, match=why):
            rotate(own, ["loader_password", name])
    monkeypatch.setenv("PIPC_SECRET_ANALYST_PASSWORD", "given")
    with pytest.raises(RotationError, match="PIPC_SECRET_ANALYST_PASSWORD: change it where that is set"):
        rotate(own, ["analyst_password"])
    given = replace(own, warehouse_url="postgresql://postgres:another@127.0.0.1:5432/pipc")
    with pytest.raises(RotationError, match="take it out of there"):
        rotate(given, ["postgres_password"])
    assert {path.name: path.read_text() for path in own.secrets.iterdir()} == before


def test_every_secret_is_listed_without_its_value_when_asked(own: Settings) -> None:
    done = pipc(own, "secrets", "list", "--json")
    assert done.returncode == 0, done.stderr
    names = {path.name for path in own.secrets.iterdir()}
    assert len(names) > len(ROLES)
    assert names <= set(secrets_of(own))
    assert all(f'"{name}"' in done.stdout for name in secrets_of(own))
    assert not any(path.read_text() in done.stdout for path in own.secrets.iterdir())
    assert pipc(own, "secrets", "show", "loader_password").stdout.strip() == own.existing_secret("loader_password")


@pytest.mark.needs("redis-server")
def test_redis_takes_both_passwords_until_it_starts_again_when_its_own_is_renewed(own: Settings, tmp_path: Path) -> None:
    (own.secrets / "redis_password").write_text("the first")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    configuration = f'port {port}\nbind 127.0.0.1\nrequirepass "the first"\nsave ""\ndir {tmp_path}\n'
    server = subprocess.Popen(["redis-server", "-"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
    try:
        assert server.stdin is not None
        server.stdin.write(configuration)
        server.stdin.close()
        settings = replace(own, redis_url=f"redis://127.0.0.1:{port}/0")
        retry = redis.retry.Retry(redis.backoff.ConstantBackoff(0.1), 100)
        with closing(redis.Redis(port=port, password="the first", retry=retry)) as connected:
            assert connected.ping()
            assert rotate(settings, ["redis_password"]) == ["Redis", "Airflow", "Superset"]
            assert connected.ping()
        for password in ("the first", own.existing_secret("redis_password")):
            with closing(redis.Redis(port=port, password=password)) as client:
                assert client.ping()
        assert str(settings.redis_address()).startswith(f"redis://:{own.existing_secret('redis_password')}@")
    finally:
        server.terminate()
        server.wait()
        (own.secrets / "redis_password").unlink()
