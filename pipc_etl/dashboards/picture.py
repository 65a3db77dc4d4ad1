"""A dashboard as PDF or PNG, to a file or by e-mail: drawn by Superset's own report command in Superset's own Python."""

from __future__ import annotations

import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from pipc_etl.dashboards import server
from pipc_etl.dashboards.problems import DashboardError
from pipc_etl.dashboards.push import run_program
from pipc_etl.dashboards.running import require_running
from pipc_etl.dashboards.turns import turn
from pipc_etl.settings import Settings

FORMATS = ("pdf", "png")
_MAIL_PORTS = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}
_MAIL_SECONDS = 15
# Sees every row and may change nothing.
_DRAWN_BY = "ejecutivo"


class PictureError(DashboardError):
    """A picture could not be sent to everyone; `sent` are those who have it."""

    def __init__(self, message: str, sent: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.sent = tuple(sent)


@dataclass(frozen=True)
class Picture:
    """A picture that was drawn: its subject, size, time, and to whom it was sent."""

    subject: str
    size_bytes: int
    seconds: float
    sent: tuple[str, ...]

    def __str__(self) -> str:
        to = f", sent to {', '.join(self.sent)}" if self.sent else ""
        return f"{self.subject}: {self.size_bytes / 1024:.0f} kB in {self.seconds:.0f} s{to}"


def draw_picture(
    settings: Settings, slug: str, *, picture_format: str = "pdf", recipients: Sequence[str] = (), output: Path | None = None
) -> Picture:
    """Draw dashboard `slug` as the executives see it, every tab a page; one mail to each of `recipients`, and the file `output`.

    Raises DashboardError with what to do where it cannot be drawn, PictureError where a recipient did not get it.
    """
    _require_able(settings, picture_format, recipients, output)
    began = time.monotonic()
    request = {
        "slug": slug,
        "format": picture_format.upper(),
        "recipients": list(dict.fromkeys(recipients)),
        "output": str(output.resolve()) if output else None,
        "user": _DRAWN_BY,
    }
    with turn(settings, "picture"):
        answer = run_program(settings, "picture", request)
    if answer["refused"]:
        reasons = "; ".join(f"{address}: {why}" for address, why in answer["refused"].items())
        sent = f" (sent to {', '.join(answer['sent'])})" if answer["sent"] else ""
        raise PictureError(f"the mail server of PIPC_SMTP_URL did not take the picture for {reasons}{sent}", answer["sent"])
    return Picture(answer["subject"], answer["bytes"], time.monotonic() - began, tuple(answer["sent"]))


def _require_able(settings: Settings, picture_format: str, recipients: Sequence[str], output: Path | None) -> None:
    """Raise DashboardError, having drawn nothing, for what is known to be missing."""
    if picture_format not in FORMATS:
        raise DashboardError(f"a picture is {' or '.join(FORMATS)}, not {picture_format!r}")
    for address in recipients:
        name, at, host = address.partition("@")
        if not (name and at and host) or any(character.isspace() or character in ",;<>" for character in address):
            raise DashboardError(f"{address!r} is no e-mail address")
    if recipients:
        _require_mail_server(settings.smtp_url)
    if output and not output.resolve().parent.is_dir():
        raise DashboardError(f"the folder {output.resolve().parent} does not exist")
    if settings.chromium is None:
        raise DashboardError("there is no browser to draw with: install chromium, or set PIPC_CHROMIUM to its path")
    require_running(settings)
    server.wait_until_ready(settings)


def _require_mail_server(url: str | None) -> None:
    """Raise where nobody answers at the mail server's address: better before the drawing than after it."""
    parts = urlsplit(url or "")
    if parts.scheme not in _MAIL_PORTS or not parts.hostname:
        raise DashboardError("there is no mail server: set PIPC_SMTP_URL=smtp://user:password@host:25 (or smtp+starttls://, smtps://)")
    address = (parts.hostname, parts.port or _MAIL_PORTS[parts.scheme])
    try:
        socket.create_connection(address, timeout=_MAIL_SECONDS).close()
    except OSError as error:
        told = error.strerror or error
        raise DashboardError(f"the mail server {address[0]}:{address[1]} of PIPC_SMTP_URL does not answer: {told}") from error
