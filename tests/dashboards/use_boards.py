"""Run in Superset's Python: does in a real browser what a person does on the executive summary, and says as JSON what came of it.

The request on stdin: chromium, address, user, password, folder (for pictures), the titles of the charts, and a dependency to click.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from browse import ARGUMENTS
from look_at_boards import CHART, Session, draw, filters_are_ready, wait
from playwright.sync_api import Locator, Page, sync_playwright
from playwright.sync_api import TimeoutError as Waited

PAGE = "/superset/dashboard/resumen/"


def chart_of(page: Page, title: str) -> Locator:
    return page.locator(f'{CHART}[data-test-chart-name="{title}"]')


def figure_of(page: Page, title: str) -> str:
    return chart_of(page, title).locator(".header-line").inner_text()


def opened(session: Session) -> Page:
    session.open(PAGE)
    draw(session.page)
    session.page.evaluate("() => window.scrollTo(0, 0)")
    wait(session.page, lambda: filters_are_ready(session.page), "filters")
    return session.page


def changed(page: Page, title: str, before: str) -> str:
    """The figure once it is another one."""
    figure = chart_of(page, title).locator(".header-line")
    wait(page, lambda: figure.count() == 1 and figure.inner_text() != before, f"another figure than {before} in {title}")
    return figure.inner_text()


def pick_a_year(session: Session, title: str) -> dict[str, Any]:
    """Opens the list of years, takes 2020 and applies it."""
    page = opened(session)
    before = figure_of(page, title)
    page.locator("[data-test=NATIVE_FILTER-vigencia]").click()
    options = page.locator(".ant-select-dropdown:visible .ant-select-item-option")
    wait(page, lambda: options.count() >= 3, "the list of years")
    years = options.all_inner_texts()
    options.filter(has_text="2020").click()
    page.get_by_role("button", name="Aplicar").click()
    answer = {"years": years, "figure": changed(page, title, before)}
    session.picture("uso-1-otra-vigencia")
    return answer


def click_a_dependency(session: Session, card: str, ranking: str, dependency: str) -> dict[str, Any]:
    """Clicks a row of the ranking, which filters the other charts of the page."""
    page = opened(session)
    before = figure_of(page, card)
    cell = chart_of(page, ranking).locator("tbody td", has_text=dependency).first
    cell.scroll_into_view_if_needed()
    cell.click()
    page.evaluate("() => window.scrollTo(0, 0)")
    answer = {"before": before, "after": changed(page, card, before)}
    session.picture("uso-2-una-dependencia")
    return answer


def click_in_submenu(page: Page, submenu: str, entry: str) -> list[str]:
    """Clicks the entry; the texts of the menus open then. A submenu that closes while the mouse is on its way is opened again."""
    choice = page.locator(".ant-dropdown-menu-item:visible", has_text=entry).last
    for _ in range(20):
        page.get_by_role("menuitem", name=submenu).last.hover()
        try:
            choice.hover(timeout=3_000)
            page.wait_for_timeout(500)  # one that is closing still would swallow the click
            texts = page.locator(".ant-dropdown-menu:visible").all_inner_texts()
            choice.click(timeout=3_000)
        except Waited:
            continue
        return texts
    raise TimeoutError(f"{page.url}: the submenu {submenu} does not stay open")


def take_away(session: Session, table: str) -> dict[str, Any]:
    """Downloads a chart's rows and its picture from its menu."""
    page = opened(session)
    menus: list[str] = []
    files = {}
    for name, entry in (("csv", "Exportar a .CSV"), ("picture", "Descargar como imagen")):
        chart = chart_of(page, table)
        chart.scroll_into_view_if_needed()
        chart.get_by_role("button", name="Más opciones").click()
        with page.expect_download() as download:
            menus += click_in_submenu(page, "Descargar", entry)
        files[name] = Path(download.value.path())
        page.keyboard.press("Escape")
    return {"menu": "\n".join(menus), "csv": files["csv"].read_text(encoding="utf-8"), "picture_bytes": files["picture"].stat().st_size}


def main() -> None:
    request = json.load(sys.stdin)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=request["chromium"], args=ARGUMENTS.split())
        session = Session(browser, request)
        answer = {
            "picked": pick_a_year(session, request["resumen_ejecucion"]),
            "clicked": click_a_dependency(session, request["resumen_ejecucion"], request["resumen_dependencias"], request["dependency"]),
            "taken": take_away(session, request["resumen_medidas"]),
            "complaints": session.complaints,
        }
        browser.close()
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
