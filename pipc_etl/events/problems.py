"""What whoever settles the queue must correct; the texts are for the planning office, in Spanish."""

from __future__ import annotations

from pipc_etl.errors import PipcError


class EventsError(PipcError):
    """What was asked for names no session, no dependency or no response."""
