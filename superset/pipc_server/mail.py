"""Superset's SMTP settings from one address."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

# smtps is encrypted from the first byte; smtp+starttls becomes so before the login; smtp stays plain.
_DEFAULT_PORTS = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}


def mail_settings(url: str | None, sender: str | None) -> dict[str, object]:
    """SMTP_* for `smtp[s|+starttls]://user:password@host:port`; without one, a host that never accepts mail."""
    parts = urlsplit(url or "smtp://127.0.0.1:9")
    if parts.scheme not in _DEFAULT_PORTS or not parts.hostname:
        raise SystemExit("PIPC_SUPERSET_SMTP_URL is not an address like smtp://user:password@host:25 (or smtp+starttls://, smtps://)")
    return {
        "SMTP_HOST": parts.hostname,
        "SMTP_PORT": parts.port or _DEFAULT_PORTS[parts.scheme],
        "SMTP_STARTTLS": parts.scheme == "smtp+starttls",
        "SMTP_SSL": parts.scheme == "smtps",
        "SMTP_SSL_SERVER_AUTH": parts.scheme != "smtp",
        "SMTP_USER": unquote(parts.username or ""),
        "SMTP_PASSWORD": unquote(parts.password or ""),
        "SMTP_MAIL_FROM": sender or "participacion@localhost",
    }
