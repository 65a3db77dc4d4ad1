"""Runs in Superset's environment, which has playwright: opens a page, tab by tab, and prints its requests of chart data."""

from __future__ import annotations

import json
import re
import sys
from typing import Any

from playwright.sync_api import Page, Response, sync_playwright

ARGUMENTS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync"
)


def main() -> None:
    request = json.load(sys.stdin)
    seen: list[dict[str, Any]] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=request["chromium"], args=ARGUMENTS.split())
        # High enough for every chart: those out of sight are asked for when somebody scrolls to them.
        page = browser.new_page(viewport={"width": 1366, "height": 4000})
        page.set_default_timeout(90_000)
        page.on("response", lambda response: note(response, seen))
        log_in(page, request)
        page.goto(f"{request['address']}/superset/dashboard/{request['slug']}/")
        settle(page, seen)
        for tab in page.locator(".dashboard-component-tabs [role=tab]").all()[1:]:
            tab.click()
            settle(page, seen)
        browser.close()
    print(json.dumps(seen))


def log_in(page: Page, request: dict[str, str]) -> None:
    address = f"{request['address']}/login/"
    token = re.search(r'csrf_token"[^>]*?value="([^"]+)"', page.request.get(address).text(), re.DOTALL)
    form = {"username": request["user"], "password": request["password"], "csrf_token": token[1] if token else ""}
    page.request.post(address, form=form, headers={"Referer": address}, max_redirects=0)


def settle(page: Page, seen: list[dict[str, Any]]) -> None:
    """Until nothing was asked for two seconds and no chart shows that it waits."""
    page.wait_for_selector(".dashboard-component-chart-holder", state="attached")
    quiet, count = 0, -1
    while quiet < 8:
        page.wait_for_timeout(250)
        is_waiting = page.locator(".chart-container .loading, [data-test=loading-indicator]").count() > 0
        quiet = quiet + 1 if len(seen) == count and not is_waiting else 0
        count = len(seen)


def note(response: Response, seen: list[dict[str, Any]]) -> None:
    if "/api/v1/chart/data" in response.url:
        body = json.loads(response.request.post_data or "{}")
        result = response.json().get("result", [{"error": f"status {response.status}"}])
        told = [{key: each.get(key) for key in ("is_cached", "error", "rowcount")} for each in result]
        seen.append({"form_data": body["form_data"], "queries": body["queries"], "result": told})


if __name__ == "__main__":
    main()
