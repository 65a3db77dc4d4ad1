"""The numbered migrations are one line, and a warehouse of a later release is left alone."""

from __future__ import annotations

import re

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import text

from pipc_etl.contracts import load_catalog
from pipc_etl.errors import WarehouseError
from pipc_etl.settings import Settings
from pipc_etl.warehouse.engine import superuser_engine
from pipc_etl.warehouse.migrations import FOLDER
from pipc_etl.warehouse.schema import prepare


def in_order() -> list[str]:
    configuration = Config()
    configuration.set_main_option("script_location", str(FOLDER))
    return [script.revision for script in ScriptDirectory.from_config(configuration).walk_revisions()][::-1]


def test_migrations_are_one_line_when_they_are_walked() -> None:
    revisions = in_order()
    assert len(revisions) >= 11
    assert revisions == sorted(revisions)
    assert len({revision[:3] for revision in revisions}) == len(revisions)
    versions = FOLDER / "versions"
    assert {path.stem for path in versions.glob("*.sql")} == set(revisions)
    for revision in revisions:
        assert re.fullmatch(r"\d{3}_[a-z0-9_]+", revision)
        assert (versions / f"{revision}.py").exists()
        assert (versions / f"{revision}.sql").read_text(encoding="utf-8").startswith("-- "), f"{revision} says what it is for"


def test_preparing_is_refused_when_a_later_release_did_it(fresh_database: Settings) -> None:
    catalog = load_catalog(fresh_database.expectations)
    engine = superuser_engine(fresh_database)
    assert prepare(engine, fresh_database, catalog)
    with engine.begin() as connection:
        assert connection.scalar(text("select version_num from audit.alembic_version")) == in_order()[-1]
        connection.execute(text("update audit.alembic_version set version_num = '999_of_tomorrow'"))
        connection.execute(text("delete from audit.prepared"))
    with pytest.raises(WarehouseError, match=r"at migration 999_of_tomorrow, which this one does not know"):
        prepare(engine, fresh_database, catalog)
    with engine.connect() as connection:
        assert connection.scalar(text("select version_num from audit.alembic_version")) == "999_of_tomorrow"
        assert connection.scalar(text("select count(*) from audit.prepared")) == 0
    engine.dispose()
