"""The machine's Chromium for Superset's pictures: Superset itself never says which browser playwright is to start."""

from __future__ import annotations

from functools import wraps
from typing import Any

BROWSER_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def use_browser(program: str | None) -> None:
    """Make playwright start `program` wherever no other browser is named; None leaves playwright's own."""
    if program is None:
        return
    from playwright.sync_api import BrowserType

    original = getattr(BrowserType.launch, "__wrapped__", BrowserType.launch)

    @wraps(original)
    def launch(self: Any, **options: Any) -> Any:
        return original(self, **{"executable_path": program, **options})

    BrowserType.launch = launch
