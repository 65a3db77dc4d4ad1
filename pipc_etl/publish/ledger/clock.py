"""The moment up to which everything is known: nothing with an earlier time is still on its way into the ledger."""

from __future__ import annotations

import time
from datetime import datetime

from sqlalchemy import Connection, text

from pipc_etl.errors import PublicationError

_LOADS_WAIT_SECONDS = 120


def settled_clock(connection: Connection, now: datetime | None = None) -> datetime:
    """The database's time (or `now`), once every load that had begun by then has ended; PublicationError where one does not end."""
    at: datetime = now or connection.execute(text("select clock_timestamp()")).scalar_one()
    _await_loads(connection)
    return at


def _await_loads(connection: Connection) -> None:
    """Wait until every load that runs now has ended: it has taken its time of receipt, and others do not see it yet."""
    query = text(
        "select distinct l.virtualtransaction from pg_locks as l "
        "where l.locktype = 'advisory' and l.database = (select oid from pg_database where datname = current_database()) "
        "and l.pid <> pg_backend_pid() "
        "and exists (select from pg_locks as v where v.locktype = 'virtualxid' and v.virtualtransaction = l.virtualtransaction)"
    )
    running, began = set(connection.scalars(query)), time.monotonic()
    while running:
        connection.rollback()
        if time.monotonic() - began > _LOADS_WAIT_SECONDS:
            raise PublicationError("hay una carga de archivos que no termina: espere a que acabe y vuelva a preparar el informe")
        time.sleep(0.2)
        running &= set(connection.scalars(query))
