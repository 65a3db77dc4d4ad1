"""What every test may ask for: settings of a temporary installation, a real PostgreSQL, an empty database in it."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, make_url, text

from pipc_etl.contracts import load_catalog
from pipc_etl.dashboards import server
from pipc_etl.orchestration import services
from pipc_etl.orchestration.airflow_api import AirflowApi
from pipc_etl.settings import Settings, load_settings
from pipc_etl.warehouse.embedded import Cluster
from pipc_etl.warehouse.engine import EMPTY_DATABASE, ensure_database, superuser_engine
from pipc_etl.warehouse.schema import prepare
from tests.given_server import Server, given_url, lent
from tests.landing.servers import KEY_ID, SECRET_KEY, Sshd, s3_server, s3_url, write_secrets
from tests.mail_server import MailServer
from tests.reconstruction import Reconstruction, reconstruct
from tests.system_programs import require
from tests.webhook_server import WebhookServer

_numbers = count(1)
INSTALLATION_PREFIX = "instalacion"


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "needs(program): the test runs a program of tests/system_programs.py")


def pytest_runtest_setup(item: pytest.Item) -> None:
    for marker in item.iter_markers("needs"):
        require(*marker.args, is_ci=os.environ.get("CI") == "true")


@pytest.fixture(scope="session")
def reachable_tmp() -> Iterator[Path]:
    """A temporary folder that an unprivileged account can enter: pytest's own is 0700."""
    folder = Path(tempfile.mkdtemp(prefix="pipc-test-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def settings(reachable_tmp: Path) -> Settings:
    """Settings of a fresh installation; its PostgreSQL is `cluster`."""
    given = given_url()
    return load_settings(
        {
            "PIPC_HOME": str(reachable_tmp / "home"),
            "PIPC_POSTGRES_PORT": "0",
            "PIPC_AIRFLOW_PORT": "0",
            "PIPC_SUPERSET_PORT": "0",
            "PIPC_WAREHOUSE_URL": given.set(database="pipc").render_as_string(hide_password=False) if given else "",
        }
    )


@pytest.fixture(scope="session")
def cluster(settings: Settings, request: pytest.FixtureRequest) -> Iterator[Server]:
    """The suite's one PostgreSQL: the embedded one, or the server that PIPC_TEST_POSTGRES_URL names."""
    given = given_url()
    if given is None:
        yield request.getfixturevalue("embedded")
    else:
        # Where the embedded one would have put its password: tests copy the folder.
        settings.secrets.mkdir(parents=True, exist_ok=True, mode=0o700)
        with lent(given) as server:
            yield server


@pytest.fixture(scope="session")
def embedded(settings: Settings) -> Iterator[Cluster]:
    """An embedded PostgreSQL, stopped at the end."""
    server = Cluster(settings.home / "postgres", 0, settings.secret("postgres_password"), durable=False)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def fresh_database(settings: Settings, cluster: Server, tmp_path: Path) -> Iterator[Settings]:
    """Settings whose `warehouse_url` is an empty database of its own, and whose landing, archive, outbox and publications are empty.

    The secrets are those of the session: roles belong to the server, so two databases must agree on their passwords.
    """
    yield from _database(settings, cluster, tmp_path)


@pytest.fixture(scope="module")
def module_database(settings: Settings, cluster: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """As `fresh_database`, shared by the tests of one module."""
    yield from _database(settings, cluster, tmp_path_factory.mktemp("module"))


@pytest.fixture(scope="session")
def session_database(settings: Settings, cluster: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """As `fresh_database`, shared by the session: for what is costly to fill, and read only."""
    yield from _database(settings, cluster, tmp_path_factory.mktemp("session"))


@pytest.fixture(scope="session")
def reconstruction(settings: Settings, cluster: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reconstruction]:
    """Every sample received and built, in a database of its own, once a session: read only."""
    for database in _database(settings, cluster, tmp_path_factory.mktemp("samples")):
        yield reconstruct(database)


@pytest.fixture(scope="module")
def reconstruction_copy(reconstruction: Reconstruction, cluster: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """A copy of `reconstruction` that the tests of one module may write to: database, archive, empty landing and publications."""
    source = make_url(str(reconstruction.settings.warehouse_url)).database
    for database in _database(reconstruction.settings, cluster, tmp_path_factory.mktemp("copy"), template=str(source)):
        shutil.copytree(reconstruction.settings.archive, database.archive)
        yield database


def _database(settings: Settings, cluster: Server, folder: Path, *, template: str | None = None) -> Iterator[Settings]:
    name = f"test_{os.getpid()}_{next(_numbers)}"
    admin = create_engine(cluster.url(), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        # A database is copied only while nobody is connected to it; those who were connect again.
        connection.execute(text("select pg_terminate_backend(pid) from pg_stat_activity where datname = :name"), {"name": template})
        connection.execute(text(f"create database {name} {f'template {template}' if template else EMPTY_DATABASE}"))
    try:
        yield replace(
            settings,
            warehouse_url=cluster.url(name).render_as_string(hide_password=False),
            landing=folder / "landing",
            archive=folder / "archive",
            outbox=folder / "outbox",
            publications=folder / "publications",
        )
    finally:
        with admin.connect() as connection:
            connection.execute(text(f"drop database {name} with (force)"))
        admin.dispose()


@pytest.fixture(scope="session")
def sshd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    """An OpenSSH server; tests that ask for it are marked `needs(SSHD)`."""
    server = Sshd(tmp_path_factory.mktemp("sshd"))
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def storage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A client of an S3 storage that has the bucket `entregas`."""
    with s3_server(tmp_path_factory.mktemp("s3")) as client:
        client.create_bucket(Bucket="entregas")
        yield client


@dataclass(frozen=True)
class Installation:
    """What `pipc up` leaves running: the session's PostgreSQL with a prepared warehouse, and Airflow with the project's DAGs.

    `mail` is the server that its letters go to, `hook` the one that its alarms go to.
    """

    settings: Settings
    api: AirflowApi
    mail: MailServer
    hook: WebhookServer


@pytest.fixture(scope="session")
def mail() -> Iterator[MailServer]:
    """A mail server for the session."""
    with MailServer() as server:
        yield server


@pytest.fixture(scope="session")
def hook() -> Iterator[WebhookServer]:
    """Where the alarms of `installation` go."""
    with WebhookServer() as server:
        yield server


@pytest.fixture(scope="session")
def installation(
    settings: Settings, cluster: Server, reachable_tmp: Path, mail: MailServer, hook: WebhookServer, storage: Any
) -> Iterator[Installation]:
    """A running Airflow (about 25 s to start, once a session) with the DAGs of the project and of `tests/orchestration/probe_dags`.

    Beside its landing folder files may be handed in at the S3 `storage`, below INSTALLATION_PREFIX.
    """
    dags = reachable_tmp / "dags"
    shutil.copytree(settings.dags, dags, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(Path(__file__).parent / "orchestration" / "probe_dags", dags, dirs_exist_ok=True)
    write_secrets(settings, landing_key=KEY_ID, landing_secret=SECRET_KEY)
    elsewhere = s3_url(storage, "entregas", INSTALLATION_PREFIX)
    running = replace(settings, dags=dags, smtp_url=mail.url, mail_from="pipc@entidad.example", landing_url=elsewhere)
    running = replace(running, alert_webhook=hook.url)
    running = replace(running, openlineage=str(reachable_tmp / "lineage.jsonl"))
    ensure_database(running)
    engine = superuser_engine(running)
    prepare(engine, running, load_catalog(running.expectations))
    engine.dispose()
    services.start(running)
    try:
        with services.connect(running) as api:
            yield Installation(running, api, mail, hook)
    finally:
        services.stop(running)


@pytest.fixture(scope="session")
def dashboards(settings: Settings, cluster: Server) -> Iterator[Settings]:
    """A running Superset (about 20 s to start, once a session) beside a prepared, empty warehouse; nothing is pushed, no Airflow."""
    ensure_database(settings)
    engine = superuser_engine(settings)
    prepare(engine, settings, load_catalog(settings.expectations))
    engine.dispose()
    server.start(settings)
    try:
        yield settings
    finally:
        server.stop(settings)
