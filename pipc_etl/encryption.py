"""TLS between people, servers and ourselves: whether it is on, and whom our own requests trust."""

from __future__ import annotations

import ssl

from pipc_etl.errors import SettingsError
from pipc_etl.settings import Settings


def scheme(settings: Settings) -> str:
    """How our web servers are reached: https where PIPC_TLS_CERTIFICATE and PIPC_TLS_KEY name their certificate and its key."""
    return "https" if settings.tls_certificate else "http"


def trusted(settings: Settings) -> ssl.SSLContext | bool:
    """What a request of ours to our own servers is checked against: the system's authorities, and PIPC_TLS_CA or the certificate itself.

    Raises SettingsError where a file cannot be read.
    """
    anchor = settings.tls_ca or settings.tls_certificate
    if anchor is None:
        return True
    try:
        context = ssl.create_default_context()
        context.load_verify_locations(anchor)
    except OSError as error:
        raise SettingsError(f"{anchor} (PIPC_TLS_CA, PIPC_TLS_CERTIFICATE) cannot be used: {error}") from error
    return context
