"""Runs in Superset's environment, which has playwright: opens files at several widths and prints what axe-core and the page say of them."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, sync_playwright

ARGUMENTS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync"
)
# Level A and AA of WCAG 2.0 to 2.2, and the practices that axe adds.
RUN = """async () => {
  const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
  const found = await axe.run(document, {resultTypes: ['violations'], runOnly: rules});
  const pieces = each => each.nodes.map(node => node.html.slice(0, 300));
  return found.violations.map(each => ({id: each.id, impact: each.impact, help: each.help, nodes: pieces(each)}));
}"""
# Explanations and their cells are of one form, hundreds of them: the checker, which looks at every pair of boxes, is given some.
THIN = """() => {
  document.querySelectorAll('.sources tbody').forEach(each => [...each.rows].slice(4).forEach(row => row.remove()));
  const explanations = [...document.querySelectorAll('.explanation')];
  explanations.slice(8, -4).forEach(each => each.remove());
}"""
UNFOLD = "document.querySelectorAll('details').forEach(each => each.open = true)"
# Anything that reaches past the edge without being inside something that scrolls by itself.
MEASURE = """() => ({
  page: document.documentElement.scrollWidth,
  window: document.documentElement.clientWidth,
  rules: axe.getRules().length,
  drawings: [...document.querySelectorAll('.drawing svg')].filter(each => each.getBoundingClientRect().width > 0).length,
})"""


def main() -> None:
    request = json.load(sys.stdin)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=request["chromium"], args=ARGUMENTS.split())
        print(json.dumps([look(browser, request, page, width) for page in request["pages"] for width in request["widths"]]))
        browser.close()


def look(browser: Browser, request: dict[str, Any], file: str, width: int) -> dict[str, Any]:
    """One page at one width: opened as it is, then with everything unfolded; photographed where a folder is named."""
    # The checker is put into the page, which itself allows no script.
    context = browser.new_context(viewport={"width": width, "height": 900}, bypass_csp=True, locale="es-CO")
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda each: asked.append(each.url))
    said: list[str] = []
    page.on("console", lambda each: said.append(each.text))
    page.goto(Path(file).as_uri())
    page.add_script_tag(path=request["axe"])
    measured = page.evaluate(MEASURE)
    if request.get("pictures"):
        page.screenshot(path=f"{request['pictures']}/{Path(file).stem}-{width}.png", full_page=True)
    page.evaluate(THIN)
    folded = page.evaluate(RUN)
    page.evaluate(UNFOLD)
    unfolded = page.evaluate(RUN)
    wide = page.evaluate(MEASURE)
    fetched = [url for url in asked if not url.startswith("file:") or not url.endswith(Path(file).name)]
    context.close()
    return {
        "file": file,
        "width": width,
        "violations": folded + unfolded,
        "fetched": fetched,
        "said": said,
        "measured": measured,
        "unfolded": wide,
    }


if __name__ == "__main__":
    main()
