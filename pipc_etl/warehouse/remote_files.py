"""Files of other servers as long as they are there: one presence is one arrival, however often its bytes are fetched.

A server does not tell a file that was left behind by a killed run from an equal one that came later with the old times; what was seen
there and when it was gone does.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import cast

from sqlalchemy import Engine, text

from pipc_etl.intake.landing import Waiting


def presence(engine: Engine, waiting: Waiting) -> int:
    """The id of this file as long as it is there; two runs that see it have the same."""
    values = {"address": waiting.address, "path": waiting.name, "version": waiting.version}
    with engine.begin() as connection:
        connection.execute(
            text(
                "insert into audit.remote_file (address, landing_path, version) values (:address, :path, :version) "
                "on conflict (address, landing_path, version) where gone_at is null do nothing"
            ),
            values,
        )
        query = (
            "select remote_file_id from audit.remote_file "
            "where address = :address and landing_path = :path and version = :version and gone_at is null"
        )
        found = connection.execute(text(query), values).scalar()
    return presence(engine, waiting) if found is None else int(found)  # None: another run took it away between the two statements


def gone(engine: Engine, remote_file_id: int) -> None:
    """The file is no longer there: an equal one is another arrival."""
    with engine.begin() as connection:
        query = "update audit.remote_file set gone_at = clock_timestamp() where remote_file_id = :id and gone_at is null"
        connection.execute(text(query), {"id": remote_file_id})


def now(engine: Engine) -> datetime:
    """The database's clock, which says when a file was first seen."""
    with engine.connect() as connection:
        return cast(datetime, connection.execute(text("select clock_timestamp()")).scalar_one())


def reconcile(engine: Engine, address: str, present: Iterable[Waiting], looked_at: datetime) -> int:
    """Close the files first seen before `looked_at` that a complete look at the place, begun then, did not find; how many.

    A run that was killed between taking a file away and saying so left them open.
    """
    seen = [{"path": one.name, "version": one.version} for one in present]
    with engine.begin() as connection:
        connection.execute(text("create temporary table present_now (path text, version text) on commit drop"))
        if seen:
            connection.execute(text("insert into present_now values (:path, :version)"), seen)
        return connection.execute(
            text(
                "update audit.remote_file as f set gone_at = clock_timestamp() where f.address = :address and f.gone_at is null "
                "and f.seen_at < :looked_at "
                "and not exists (select from present_now as p where p.path = f.landing_path and p.version = f.version)"
            ),
            {"address": address, "looked_at": looked_at},
        ).rowcount
