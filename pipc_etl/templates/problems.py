"""What a dependency asked for and cannot have, in Spanish, with what to do."""

from __future__ import annotations

from pipc_etl.errors import PipcError


class TemplateError(PipcError):
    """The template cannot be made as it was asked for."""
