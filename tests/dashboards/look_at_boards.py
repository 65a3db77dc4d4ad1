"""Run in Superset's Python: opens dashboards in a real browser, tab by tab, and says as JSON what a person would see there.

The request on stdin: chromium, address, user, password, folder (for pictures) and visits, each {name, path, tabs: titles or null for all}.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from browse import ARGUMENTS, log_in
from playwright.sync_api import Browser, Locator, Page, sync_playwright

WINDOW = {"width": 1366, "height": 768}
PATIENCE = 60_000
CHART = "[data-test=chart-grid-component]"
# A chart is drawn when nothing turns in it any more and something stands in it.
DRAWN = """chart => !chart.querySelector('.loading, [data-test=loading-indicator]') &&
    !!chart.querySelector('.header-line, td, canvas, .ant-empty, [role=alert], .ant-alert')"""
CHART_SEEN = """chart => ({
    kind: chart.dataset.testVizType,
    text: chart.querySelector('[data-test=chart-container]').innerText,
    cells: [...chart.querySelectorAll('tbody tr')].map(row => [...row.cells].map(cell => cell.innerText.trim())),
    heads: [...chart.querySelectorAll('thead th')].map(cell => cell.innerText.trim()),
    figure: chart.querySelector('.header-line')?.innerText ?? null,
    is_empty: !!chart.querySelector('.ant-empty'),
    alerts: [...chart.querySelectorAll('[role=alert], .ant-alert')].map(each => each.innerText),
})"""
# Whatever does not fit where it stands: it is cut off, or has to be scrolled inside the page.
CUT = """() => {
    const seen = document.querySelectorAll('.dashboard-component-chart-holder, .dashboard-component-chart-holder *, .dashboard-markdown *');
    const name = each => each.closest('[data-test-chart-name]')?.dataset.testChartName ?? 'texto: ' + each.innerText.slice(0, 40);
    const cut = new Set();
    for (const each of seen) {
        if (each.offsetParent === null || !each.innerText?.trim() || each.clientWidth < 3) continue;
        if (each.closest('.header-controls, .ant-select')) continue;
        const style = getComputedStyle(each);
        if (each.matches('.header-line') && each.scrollWidth > each.parentElement.clientWidth + 2) cut.add(name(each) + ': la cifra');
        if (style.overflowX === 'visible' && style.overflowY === 'visible') continue;
        const [wide, high] = [each.scrollWidth - each.clientWidth, each.scrollHeight - each.clientHeight];
        const words = each.innerText.trim().slice(0, 30).replaceAll('\\n', ' ');
        if (wide > 3 && style.overflowX !== 'visible') cut.add(`${name(each)}: ${wide} px a lo ancho: ${words}`);
        // A table with more rows than fit is scrolled down; to the side it would hide figures.
        const isTable = !!each.querySelector('tbody');
        if (high > 5 && style.overflowY !== 'visible' && !isTable) cut.add(`${name(each)}: ${high} px a lo alto: ${words}`);
    }
    const page = document.documentElement;
    if (page.scrollWidth > page.clientWidth) cut.add(`la página: ${page.scrollWidth - page.clientWidth} px a lo ancho`);
    return [...cut];
}"""
HINTS = """() => ['aria-label', 'title', 'placeholder', 'alt'].flatMap(
    kind => [...document.querySelectorAll(`[${kind}]`)].filter(each => !each.closest('svg') && !each.matches('.anticon'))
        .map(each => each.getAttribute(kind)))"""


class Session:
    """One browser of one user, what it asked for, and what it complained of."""

    def __init__(self, browser: Browser, request: dict[str, Any]) -> None:
        self.request, self.asked, self.complaints = request, [], []
        self.context = browser.new_context(locale="es-CO", timezone_id="America/Bogota", viewport=WINDOW, accept_downloads=True)
        self.page = self.context.new_page()
        self.page.set_default_timeout(PATIENCE)
        self.page.on("request", lambda asked: self.asked.append(asked.url))
        self.page.on("pageerror", lambda error: self.complaints.append(f"{self.page.url}: {error}"))
        self.page.on("console", self._listen)
        log_in(self.page, request)

    def _listen(self, message: Any) -> None:
        if message.type == "error":
            self.complaints.append(f"{self.page.url}: {message.text} {message.location.get('url', '')}")

    def open(self, path: str) -> list[Locator]:
        """Opens a dashboard; its tabs."""
        self.page.goto(f"{self.request['address']}{path}")
        self.page.wait_for_selector(CHART)
        return self.page.locator(".dashboard-component-tabs [role=tab]").all()

    def picture(self, name: str) -> str:
        """The whole page, in a window as high as it is: a busy machine leaves the rest of a longer picture blank."""
        path = Path(self.request["folder"]) / f"{name}.png"
        height = self.page.evaluate("() => document.documentElement.scrollHeight")
        self.page.set_viewport_size({**WINDOW, "height": min(max(height, WINDOW["height"]), 4_000)})
        self.page.wait_for_timeout(300)
        self.page.screenshot(path=path)
        self.page.set_viewport_size(WINDOW)
        return str(path)


def draw(page: Page) -> dict[str, Any]:
    """Scrolls to every chart of the open tab until it is drawn; what is seen in each, by its title."""
    seen: dict[str, Any] = {}
    wait(page, lambda: any(chart.is_visible() for chart in page.locator(CHART).all()), "a chart")
    for chart in page.locator(CHART).all():
        if chart.is_visible():
            chart.scroll_into_view_if_needed()
            wait(page, lambda chart=chart: bool(chart.evaluate(DRAWN)), str(chart.get_attribute("data-test-chart-name")))
            seen[str(chart.get_attribute("data-test-chart-name"))] = chart.evaluate(CHART_SEEN)
    return seen


def wait(page: Page, is_done: Any, what: str) -> None:
    """Until `is_done`, three times in a row: a chart that got its answer is drawn twice."""
    still = 0
    for _ in range(PATIENCE // 100):
        still = still + 1 if is_done() else 0
        if still == 3:
            return
        page.wait_for_timeout(100)
    raise TimeoutError(f"{page.url}: {what} was not drawn in {PATIENCE / 1000:.0f} s")


def filters_are_ready(page: Page) -> bool:
    return page.locator("[data-test=filter-bar] .loading, [data-test=filter-bar] [data-test=loading-indicator]").count() == 0


def look(session: Session, visit: dict[str, Any]) -> list[dict[str, Any]]:
    page, views = session.page, []
    tabs = session.open(visit["path"])
    titles = [tab.inner_text() for tab in tabs] or [""]
    for number, title in enumerate(titles):
        if visit["tabs"] is not None and title not in visit["tabs"]:
            continue
        if number:
            tabs[number].click()
        draw(page)
        wait(page, lambda: filters_are_ready(page), "filters")
        # The page moves once more when its filters have their values.
        charts = draw(page)
        page.evaluate("() => window.scrollTo(0, 0)")
        view = {"visit": visit["name"], "tab": title, "charts": charts, "text": page.inner_text("body")}
        picture = session.picture(f"{visit['name']}-{number + 1}")
        views.append({**view, "hints": page.evaluate(HINTS), "cut": page.evaluate(CUT), "picture": picture})
    return views


def main() -> None:
    request = json.load(sys.stdin)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=request["chromium"], args=ARGUMENTS.split())
        session = Session(browser, request)
        views = [view for visit in request["visits"] for view in look(session, visit)]
        browser.close()
    print(json.dumps({"views": views, "asked": session.asked, "complaints": session.complaints}))


if __name__ == "__main__":
    main()
