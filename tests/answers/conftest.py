"""A warehouse whose senders are answered, and a mail server that really takes what is sent."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Engine, text

from pipc_etl.contracts import Catalog, load_catalog
from pipc_etl.orchestration.airflow_environment import mail_connection
from pipc_etl.settings import Settings
from pipc_etl.warehouse.engine import superuser_engine
from pipc_etl.warehouse.schema import prepare
from tests.mail_server import MailServer
from tests.warehouse.conftest import Sender

# Airflow reads its home when it is first imported: not the home of whoever runs the tests.
os.environ.setdefault("AIRFLOW_HOME", tempfile.mkdtemp(prefix="pipc-test-airflow-"))


@pytest.fixture(scope="session")
def catalog(settings: Settings) -> Catalog:
    return load_catalog(settings.expectations)


@pytest.fixture(scope="module")
def answering(module_database: Settings, catalog: Catalog) -> Settings:
    """Settings of an empty warehouse with all its tables, shared by a module."""
    engine = superuser_engine(module_database)
    assert prepare(engine, module_database, catalog)
    engine.dispose()
    return replace(module_database, mail_from="Participación <pipc@entidad.example>")


@pytest.fixture(scope="module")
def sender(answering: Settings, catalog: Catalog) -> Sender:
    return Sender(answering, catalog)


@pytest.fixture(scope="module")
def owner(answering: Settings) -> Iterator[Engine]:
    engine = superuser_engine(answering)
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def rows_of(owner: Engine) -> Callable[..., list[tuple[Any, ...]]]:
    """Runs a query and returns its rows as plain tuples."""

    def run(query: str, **params: object) -> list[tuple[Any, ...]]:
        with owner.begin() as connection:
            result = connection.execute(text(query), params)
            return [tuple(row) for row in result] if result.returns_rows else []

    return run


@pytest.fixture
def mail_server(monkeypatch: pytest.MonkeyPatch, answering: Settings) -> Iterator[MailServer]:
    """A mail server that Airflow's connection `smtp_default` points to."""
    with MailServer() as server:
        connect(monkeypatch, answering, server.url)
        yield server


def connect(monkeypatch: pytest.MonkeyPatch, settings: Settings, url: str) -> None:
    """Point Airflow's connection to the mail server at `url`, as `pipc up` does."""
    for name, value in mail_connection(replace(settings, smtp_url=url)).items():
        monkeypatch.setenv(name, value)
