"""What whoever settles the queue must correct (in Spanish, for the planning office), and what an operator must."""

from __future__ import annotations

from pipc_etl.errors import PipcError


class EventsError(PipcError):
    """What was asked for names no session, no dependency or no response."""


class JoiningError(PipcError):
    """The responses of some entities could not be joined with their sessions; those of the others were. Its cause has every error."""
