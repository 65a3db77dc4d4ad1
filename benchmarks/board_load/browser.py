"""Runs in Superset's Python, which has playwright: opens dashboards by turns, each time in a new browser, and prints milliseconds.

Standard input: {address, chromium, user, password, rounds, pages: {slug: number of charts on its first tab}}.
"""

from __future__ import annotations

import json
import re
import sys
from typing import Any

from playwright.sync_api import Browser, Page, Response, sync_playwright

ARGUMENTS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync"
)
# The page says itself when its last chart stands; asking it from outside would take its time, and its policy forbids evaluated text.
WATCH = """
(() => {
  const charts = %d;
  let since = null;
  const isDrawn = (holder) => {
    if (holder.querySelector('.loading, [data-test=loading-indicator]')) return false;
    const place = holder.querySelector('.slice_container');
    return !!place && (!!place.querySelector('canvas, table') || place.textContent.trim().length > 0);
  };
  const look = () => {
    const holders = [...document.querySelectorAll('[data-test=chart-grid-component]')];
    if (holders.length >= charts && holders.every(isDrawn)) {
      if (since === null) since = performance.now();
      else if (performance.now() - since > 700) {
        document.documentElement.setAttribute('data-drawn', since.toFixed(1));
        return;
      }
    } else since = null;
    setTimeout(look, 15);
  };
  look();
})();
"""


def main() -> None:
    request = json.load(sys.stdin)
    drawn: dict[str, list[float]] = {slug: [] for slug in request["pages"]}
    fetched: dict[str, list[int]] = {}
    with sync_playwright() as playwright:
        for _ in range(request["rounds"]):
            for slug, charts in request["pages"].items():
                browser = playwright.chromium.launch(executable_path=request["chromium"], args=ARGUMENTS.split())
                milliseconds, fetched[slug] = open_page(browser, request, slug, charts)
                drawn[slug].append(milliseconds)
                browser.close()
    print(json.dumps({"drawn": drawn, "fetched": fetched}))


def open_page(browser: Browser, request: dict[str, Any], slug: str, charts: int) -> tuple[float, list[int]]:
    """Milliseconds from the navigation to the last chart; how many answers came and how many bytes they had on the wire."""
    # Tall enough for a whole first tab: what lies below the window is not drawn.
    page = browser.new_page(locale="es-CO", viewport={"width": 1366, "height": 2600})
    page.set_default_timeout(90_000)
    log_in(page, request)
    page.add_init_script(WATCH % charts)
    answers: list[Response] = []
    # A function of ours: playwright marks what it is given, which a built-in method refuses.
    page.on("response", lambda answer: answers.append(answer))
    page.goto(f"{request['address']}/superset/dashboard/{slug}/", wait_until="commit")
    page.wait_for_selector("html[data-drawn]", state="attached")
    milliseconds = float(page.locator("html").get_attribute("data-drawn") or "nan")
    data = [answer for answer in answers if "/api/v1/chart/data" in answer.url and "slice_id" in answer.url]
    if len(data) < charts:
        raise SystemExit(f"{slug}: {len(data)} of {charts} charts were answered")
    for answer in data:
        if not all(each["is_cached"] for each in answer.json()["result"]):
            raise SystemExit(f"{slug}: the cache did not know {answer.url}")
    sizes = [answer.request.sizes()["responseBodySize"] for answer in answers if answer.url.startswith("http")]
    return milliseconds, [len(sizes), sum(sizes)]


def log_in(page: Page, request: dict[str, Any]) -> None:
    address = f"{request['address']}/login/"
    token = re.search(r'csrf_token"[^>]*?value="([^"]+)"', page.request.get(address).text(), re.DOTALL)
    form = {"username": request["user"], "password": request["password"], "csrf_token": token[1] if token else ""}
    page.request.post(address, form=form, headers={"Referer": address}, max_redirects=0)


if __name__ == "__main__":
    main()
