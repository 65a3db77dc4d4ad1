"""Whether Superset runs, asked before work that would be in vain without it."""

from __future__ import annotations

from pipc_etl.dashboards import server
from pipc_etl.dashboards.problems import NotRunningError
from pipc_etl.settings import Settings


def require_running(settings: Settings) -> None:
    """Raise NotRunningError where Superset was not started or has ended; one that is starting counts as running."""
    if server.status(settings)[server.NAME] is None:
        log = server.service(settings).log
        raise NotRunningError(f"Superset does not run: start it with `pipc up` (if it ended by itself, {log} says why)")
