"""The watch: looks again and again, tells what changed, and answers `/health`, `/metrics` and `/live` about its last look."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from pipc_etl.errors import PipcError
from pipc_etl.health.alarms import observe
from pipc_etl.health.check import Check, worst
from pipc_etl.health.figures import LedgerFigures
from pipc_etl.health.metrics import CONTENT_TYPE, exposition
from pipc_etl.health.notices import Notice
from pipc_etl.settings import Settings

logger = logging.getLogger(__name__)
# A look that takes longer than so many intervals hangs: then nothing is known, which is not well.
_STALE_INTERVALS = 3


class WatchError(PipcError):
    """The watch cannot begin."""


@dataclass(frozen=True)
class Look:
    """What one look saw."""

    at: datetime
    checks: tuple[Check, ...] = ()
    ledger: LedgerFigures | None = None

    @property
    def state(self) -> str:
        return worst(check.state for check in self.checks)


@dataclass
class Watch:
    """One installation under watch; `examine` looks, `told` hears of every message that went out."""

    settings: Settings
    examine: Callable[[], Look]
    interval_seconds: float = 60.0
    told: Callable[[Notice], None] = lambda _: None
    looked: Callable[[Look], None] = lambda _: None
    last: Look | None = None
    _stopped: threading.Event = field(default_factory=threading.Event)
    _alive_at: float = field(default_factory=time.monotonic)

    def look(self) -> Look:
        """Examine everything once and tell what changed."""
        look = self.examine()
        for notice in observe(self.settings, look.checks):
            self.told(notice)
        self.last = look
        self._alive_at = time.monotonic()
        self.looked(look)
        return look

    def run(self) -> None:
        """Look every `interval_seconds` until `stop`; a look that fails is our bug: it is logged, and the next one comes all the same."""
        while not self._stopped.is_set():
            try:
                self.look()
            except Exception:
                logger.exception("the watch could not look")
            self._stopped.wait(self.interval_seconds)

    def stop(self) -> None:
        self._stopped.set()

    def is_alive(self) -> bool:
        """Whether the last look is as young as it should be."""
        return time.monotonic() - self._alive_at < _STALE_INTERVALS * self.interval_seconds + 60

    def health(self) -> tuple[int, dict[str, Any]]:
        """HTTP status and body: 200 as long as nothing is a problem, 503 otherwise or where nothing is known."""
        look = self.last
        if look is None or not self.is_alive():
            return 503, {"state": "unknown", "message": "no look has ended yet" if look is None else "the last look is too old"}
        checks = [
            {"name": check.name, "subject": check.subject, "state": check.state, "message": check.message, "remedy": check.remedy}
            for check in look.checks
        ]
        return (503 if look.state == "problem" else 200), {
            "state": look.state,
            "at": look.at.isoformat(timespec="seconds"),
            "checks": checks,
        }

    def metrics(self) -> str:
        look = self.last or Look(datetime.now(UTC))
        return exposition(self.settings, look.checks, look.ledger, look.at)

    def serve(self) -> ThreadingHTTPServer:
        """Answer in threads of its own from now on; raises WatchError where the port is taken."""
        place = (self.settings.watch_bind, self.settings.watch_port)
        try:
            server = ThreadingHTTPServer(place, _handler(self))
        except OSError as error:
            raise WatchError(f"{place[0]}:{place[1]} cannot be used ({error.strerror}): set PIPC_WATCH_PORT or PIPC_WATCH_BIND") from error
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True, name="watch-http").start()
        return server


def _handler(watch: Watch) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        """Reads the last look; nobody can make the watch work by asking."""

        timeout = 10
        server_version, sys_version = "pipc-watch", ""

        def do_GET(self) -> None:
            if self.path == "/health":
                status, body = watch.health()
                self._answer(status, "application/json; charset=utf-8", json.dumps(body, ensure_ascii=False, indent=1))
            elif self.path == "/metrics":
                self._answer(200, CONTENT_TYPE, watch.metrics())
            elif self.path == "/live":
                self._answer(200 if watch.is_alive() else 503, "text/plain; charset=utf-8", "ok\n" if watch.is_alive() else "hangs\n")
            else:
                self._answer(404, "text/plain; charset=utf-8", "/health, /metrics, /live\n")

        do_HEAD = do_GET

        def _answer(self, status: int, kind: str, body: str) -> None:
            content = body.encode()
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            self.send_header("Cache-Control", "no-store")
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None:
            logger.debug(format, *args)

    return Handler
