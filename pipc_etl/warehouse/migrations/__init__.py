"""Numbered migrations of schema `audit`, applied forward by Alembic; `audit.alembic_version` says how far a warehouse is.

A migration is `versions/NNN_name.py` with its statements beside it in `versions/NNN_name.sql`. What is released never changes.
The tables of `raw` and `private` are not here: they follow the contracts by adding columns.
"""

from __future__ import annotations

from pathlib import Path
from typing import cast

from alembic import command, op
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from pipc_etl.errors import WarehouseError

FOLDER = Path(__file__).parent
SCHEMA = "audit"
VERSION_TABLE = "alembic_version"


def upgrade_to_head(connection: Connection) -> None:
    """Apply what is missing inside the caller's transaction, whose role will own what is made.

    Raises WarehouseError where the warehouse was prepared by a later release than this one.
    """
    configuration = _configuration(connection)
    scripts = ScriptDirectory.from_config(configuration)
    revisions = [script.revision for script in scripts.walk_revisions()]
    if _exists(connection, "audit.migration"):
        _take_over(connection, configuration, sorted(revisions))
    present = _present_revision(connection)
    if present is not None and present not in revisions:
        raise WarehouseError(
            f"this warehouse was prepared by a later release: it is at migration {present}, which this one does not know. "
            "Install that release again, or restore a backup made before the upgrade"
        )
    if present != scripts.get_current_head():
        command.upgrade(configuration, "head")


def run_beside(file: str) -> None:
    """Run the statements that stand beside a migration, in a file of its name that ends in `.sql`."""
    run_file(op.get_bind(), Path(file).with_suffix(".sql"))


def run_file(connection: Connection, path: Path) -> None:
    """Run a file of SQL statements as it stands, `%` and `:` included."""
    connection.exec_driver_sql(path.read_text(encoding="utf-8").replace("%", "%%"))


def _configuration(connection: Connection) -> Config:
    configuration = Config(attributes={"connection": connection})
    configuration.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    return configuration


def _take_over(connection: Connection, configuration: Config, revisions: list[str]) -> None:
    """Stamp a warehouse of before Alembic, which listed the migrations' names in `audit.migration`.

    A number that it lacks below its last one (development between two releases) is applied first, so that the stamp is true.
    """
    applied = set(connection.scalars(text("select name from audit.migration")))
    last = max(applied)
    for revision in revisions:
        if revision < last and revision not in applied:
            run_file(connection, FOLDER / "versions" / f"{revision}.sql")
    command.stamp(configuration, last)
    connection.execute(text("drop table audit.migration"))


def _present_revision(connection: Connection) -> str | None:
    if not _exists(connection, f"{SCHEMA}.{VERSION_TABLE}"):
        return None
    return cast(str | None, connection.scalar(text(f"select version_num from {SCHEMA}.{VERSION_TABLE}")))


def _exists(connection: Connection, relation: str) -> bool:
    return connection.scalar(text("select to_regclass(:name)"), {"name": relation}) is not None
