"""The states of earlier releases, restored from their dumps and brought to today's warehouse."""

from __future__ import annotations

import lzma
import os
import shutil
import subprocess
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import dropwhile, islice, takewhile
from pathlib import Path

import pytest
from sqlalchemy import Engine, make_url, text

from pipc_etl.contracts import Catalog, load_catalog
from pipc_etl.settings import Settings
from pipc_etl.warehouse.dbt import build
from pipc_etl.warehouse.engine import superuser_engine
from pipc_etl.warehouse.ingest import ingest_paths
from pipc_etl.warehouse.postgres_programs import client_program
from pipc_etl.warehouse.schema import prepare
from tests.conftest import _database
from tests.given_server import Server
from tests.upgrades.make_release import PERSON_KEY

RELEASES = Path(__file__).parent / "releases"
NUMBERS = tuple(sorted(int(path.name) for path in RELEASES.iterdir() if path.is_dir()))
# The oldest one has the longest way to go, the newest one has publications; the builds of the others cost a minute more each.
PUBLISHED = tuple(number for number in NUMBERS if (RELEASES / str(number) / "publications.tar.xz").exists())
BUILT = NUMBERS if os.environ.get("PIPC_TEST_UPGRADES") == "all" else (NUMBERS[0], NUMBERS[-1])

Rows = dict[str, list[str]]


@dataclass(frozen=True)
class Release:
    """A release's warehouse after today's `prepare` (and build, for those of BUILT); `before` are the rows that it had until then."""

    number: int
    settings: Settings
    engine: Engine
    before: Rows


@pytest.fixture(scope="module")
def catalog(settings: Settings) -> Catalog:
    return load_catalog(settings.expectations)


@pytest.fixture(scope="module")
def _same_persons() -> Iterator[None]:
    """The releases' person key, for the module that asks for them and no longer."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PIPC_SECRET_PERSON_KEY", PERSON_KEY)
        yield


@contextmanager
def _empty(settings: Settings, cluster: Server, folder: Path) -> Iterator[tuple[Settings, Engine]]:
    for database in _database(settings, cluster, folder):
        # dbt's files are the installation's: a release upgraded has no newer ones than its own.
        given = replace(database, home=folder / "home")
        engine = superuser_engine(given)
        yield given, engine
        engine.dispose()


@pytest.fixture(scope="module")
def afresh(
    _same_persons: None, settings: Settings, cluster: Server, catalog: Catalog, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Engine]:
    """The warehouse that today's code makes of the files that the releases had received, at their times."""
    folder = tmp_path_factory.mktemp("afresh")
    with _empty(settings, cluster, folder) as (given, engine):
        prepare(engine, given, catalog)
        receipts = _receipts()
        assert len(receipts) == 36
        with engine.begin() as connection:
            connection.execute(
                text("insert into audit.simulated_receipt (sha256, received_at, note) values (:sha256, :at, :note)"), receipts
            )
        _unpack(RELEASES / "archive.tar.xz", folder / "kept")
        for receipt in receipts:
            path = given.landing / receipt["note"].split(": ", 1)[1]
            path.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(next((folder / "kept").rglob(f"{receipt['sha256']}*")), path)
        outcomes = ingest_paths([path for path in given.landing.rglob("*") if path.is_file()], given)
        assert [outcome.how for outcome in outcomes] == ["loaded"] * len(receipts)
        assert build(given).built
        yield engine


@pytest.fixture(scope="module", params=NUMBERS, ids=lambda number: f"release-{number}")
def release(
    request: pytest.FixtureRequest,
    settings: Settings,
    cluster: Server,
    catalog: Catalog,
    afresh: Engine,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Release]:
    """The release's dump, restored and upgraded; the roles that it names belong to the server, and `afresh` made them."""
    number, folder = request.param, tmp_path_factory.mktemp("release")
    with _empty(settings, cluster, folder) as (given, engine):
        _restore(given, RELEASES / str(number) / "warehouse.sql.xz")
        for name in ("archive", f"{number}/publications"):
            if (packed := RELEASES / f"{name}.tar.xz").exists():
                _unpack(packed, folder)
        before = rows_of(engine, "raw", "private", "audit")
        assert prepare(engine, given, catalog) is True
        if number in BUILT:
            assert build(given).built
        yield Release(number, given, engine, before)


def rows_of(engine: Engine, *schemas: str) -> Rows:
    """Every row of every table, as JSON with sorted keys, sorted."""
    tables = text(
        "select format('%I.%I', table_schema, table_name) from information_schema.tables "
        "where table_type = 'BASE TABLE' and table_schema = any(:schemas) order by 1"
    )
    with engine.connect() as connection:
        names = list(connection.scalars(tables, {"schemas": list(schemas)}))
        return {name: sorted(connection.scalars(text(f"select to_jsonb(t)::text from {name} as t"))) for name in names}


def _receipts() -> list[dict[str, str]]:
    """When the releases had received which files, as the first one's ledger says; the others received the same."""
    with lzma.open(RELEASES / str(NUMBERS[0]) / "warehouse.sql.xz", "rt", encoding="utf-8") as dump:
        lines = takewhile(lambda line: line != "\\.\n", dropwhile(lambda line: not line.startswith("COPY audit.simulated_receipt "), dump))
        return [dict(zip(("sha256", "at", "note"), line.rstrip("\n").split("\t"), strict=True)) for line in islice(lines, 1, None)]


def _restore(settings: Settings, dump: Path) -> None:
    url = make_url(str(settings.warehouse_url))
    program = client_program("psql")
    assert program is not None
    where = ["-h", str(url.host), "-p", str(url.port), "-U", str(url.username), str(url.database)]
    restored = subprocess.run(
        [program, "-q", "-X", "-v", "ON_ERROR_STOP=1", *where],
        input=lzma.decompress(dump.read_bytes()),
        capture_output=True,
        env={"PGPASSWORD": str(url.password)},
    )
    assert restored.returncode == 0, restored.stderr.decode()


def _unpack(packed: Path, folder: Path) -> None:
    with tarfile.open(packed) as tar:
        tar.extractall(folder, filter="data")
