"""Whether Superset runs, asked before work that would be in vain without it."""

from __future__ import annotations

from pipc_etl.dashboards import server
from pipc_etl.dashboards.environment import superset_address
from pipc_etl.dashboards.problems import NotRunningError
from pipc_etl.settings import Settings
from pipc_etl.warehouse.ports import HOST


def require_running(settings: Settings) -> None:
    """Raise NotRunningError where Superset was not started or has ended; one that is starting counts as running."""
    if settings.superset_host != HOST:
        if not server.is_healthy(settings):
            raise NotRunningError(f"Superset at {superset_address(settings)} does not answer: see its container or machine")
    elif server.status(settings)[server.NAME] is None:
        log = server.service(settings).log
        raise NotRunningError(f"Superset does not run: start it with `pipc up` (if it ended by itself, {log} says why)")
