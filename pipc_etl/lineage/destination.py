"""Where OpenLineage events go, and how jobs and tables are called in them; the same names in Airflow's, the loads' and dbt's events."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipc_etl.settings import Settings
from pipc_etl.warehouse.engine import warehouse_url

if TYPE_CHECKING:
    from openlineage.client.event_v2 import RunEvent

JOB_NAMESPACE = "pipc"
PRODUCER = "https://openlineage.io/integration/pipc-etl"
_HTTP_SECONDS = 5
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Parent:
    """The run that a load or a build is part of: Airflow's task."""

    namespace: str
    job: str
    run_id: str


def transport(settings: Settings) -> dict[str, Any] | None:
    """OpenLineage's transport for PIPC_OPENLINEAGE, None where lineage is off.

    A path appends lines to that file; an http address takes POSTs, with the secret `openlineage_key` as its API key where there is one.
    """
    where = settings.openlineage
    if where is None:
        return None
    if not where.startswith(("http://", "https://")):
        return {"type": "file", "log_file_path": str(Path(where).expanduser().absolute()), "append": True}
    address = {"type": "http", "url": where, "timeout": _HTTP_SECONDS}
    key = settings.known_secret("openlineage_key")
    return {**address, "auth": {"type": "api_key", "apiKey": key}} if key else address


def table_namespace(settings: Settings) -> str:
    """The server, as the specification names it."""
    url = warehouse_url(settings, "transformer")
    return f"postgres://{url.host}:{url.port or 5432}"


def table_name(settings: Settings, relation: str) -> str:
    """A relation `schema.name` with its database, as dbt's events name it."""
    return f"{warehouse_url(settings, 'transformer').database}.{relation}"


def send(settings: Settings, events: Sequence[RunEvent]) -> None:
    """Hand the events over; a collector that does not answer costs one warning, never the load that it would tell of."""
    given = transport(settings)
    if given is None or not events:
        return
    try:
        if given["type"] == "file":
            _append(Path(given["log_file_path"]), events)
        else:
            _post(given, events)
    except Exception:  # whatever its client raises: lineage is told of the work, it is not the work
        logger.exception("%d lineage events could not be sent to %s (PIPC_OPENLINEAGE)", len(events), settings.openlineage)


def _append(path: Path, events: Sequence[RunEvent]) -> None:
    """One write an event: Airflow's processes append to the same file meanwhile, and lines must stay whole."""
    from openlineage.client.serde import Serde

    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab", buffering=0) as file:
        for event in events:
            file.write(f"{Serde.to_json(event)}\n".encode())


def _post(given: dict[str, Any], events: Sequence[RunEvent]) -> None:
    from openlineage.client import OpenLineageClient

    client = OpenLineageClient(config={"transport": given})
    for event in events:
        client.emit(event)
    client.close()
