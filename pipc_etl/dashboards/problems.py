"""What can be wrong with the dashboards, for an operator to put right."""

from __future__ import annotations

from pipc_etl.errors import PipcError


class DashboardError(PipcError):
    """Superset cannot be reached, or refused what was sent to it."""


class NotRunningError(DashboardError):
    """Superset does not run, so that asking again is of no use before somebody starts it."""


class AssetError(DashboardError):
    """A file of the dashboards' assets is wrong; the message begins with its name."""


class ChainError(DashboardError):
    """A dashboard leads to a mart or a column that is not there."""
