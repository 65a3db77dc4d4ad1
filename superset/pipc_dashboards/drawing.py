"""Pictures of pages that are drawn: Superset itself looks for an element that is there from the start, and takes what it finds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import BytesIO
from typing import Any

from PIL import Image
from playwright.sync_api import Page
from superset.commands.report import execute
from superset.utils.webdriver import WebDriverPlaywright

# As wide as an executive's screen; two points for each pixel, so that a printed figure is sharp.
WINDOW = {"dashboard": (1440, 900), "slice": (1440, 900), "pixel_density": 2}
_PAPER_INCHES = 11
_SECONDS = 120
_PAUSE_MILLISECONDS = 400
_CALM_LOOKS = 3
# What stands on the page now: charts to be seen, how many of them are not there yet, the words of those that failed.
_STATE = """() => {
    const charts = [...document.querySelectorAll('.dashboard-chart')].filter(each => each.offsetParent !== null);
    const bottom = each => each.getBoundingClientRect().bottom + window.scrollY;
    const content = 'canvas, table, .header-line, .ant-empty, .slice_container svg, .slice_container iframe';
    return {
        charts: charts.length,
        waiting: document.querySelectorAll('.loading').length + charts.filter(each => !each.querySelector(content)).length,
        failed: [...document.querySelectorAll('.dashboard-chart [role=alert], .ant-alert-error')].map(each => each.innerText.trim()),
        height: Math.ceil(Math.max(0, ...[...document.querySelectorAll('.dashboard-chart, .dashboard-markdown')].map(bottom))) + 24,
    };
}"""
# A report shows neither title, nor tab, nor the values of the filters; the buttons of its charts are of no use in a picture.
_HEADING = """([title, lines]) => {
    const style = document.createElement('style');
    style.textContent = '.header-controls {visibility: hidden} #pipc-heading {padding: 20px 32px 4px; background: #fff; color: #202124}'
        + ' #pipc-heading h1 {font-size: 24px; margin: 0 0 4px} #pipc-heading p {font-size: 14px; margin: 0 0 4px; color: #5f6368}';
    const heading = document.createElement('header');
    heading.id = 'pipc-heading';
    for (const [tag, text] of [['h1', title], ...lines.map(line => ['p', line])]) {
        heading.appendChild(document.createElement(tag)).textContent = text;
    }
    document.head.appendChild(style);
    document.body.prepend(heading);
    return heading.offsetHeight;
}"""


class NotDrawn(Exception):
    """The page is not what it should be; a picture of it must not be sent."""


@contextmanager
def complete_pictures(headings: Sequence[tuple[str, Sequence[str]]]) -> Iterator[None]:
    """While this lasts, Superset's pictures are of pages that are drawn completely, under the next of `headings`; else NotDrawn."""
    take, to_pdf = WebDriverPlaywright._get_screenshot, execute.build_pdf_from_screenshots
    left = iter(headings)

    def take_complete(page: Page, element: Any, element_name: str) -> bytes:
        _wait(page)
        below = page.evaluate(_HEADING, list(next(left)))
        for _ in range(3):
            # The window as high as the page: enlarged at the last moment, the new part would still be empty.
            page.set_viewport_size({"width": WINDOW["dashboard"][0], "height": _wait(page)})
            _wait(page)
            image: bytes = take(page, element, element_name)
            if not _is_empty(image, below):
                return image
        raise NotDrawn("the browser painted nothing on the page")

    WebDriverPlaywright._get_screenshot, execute.build_pdf_from_screenshots = staticmethod(take_complete), _pdf
    try:
        yield
    finally:
        WebDriverPlaywright._get_screenshot, execute.build_pdf_from_screenshots = staticmethod(take), to_pdf


def _wait(page: Page) -> int:
    """Where the page's content ends, once all its charts are there and nothing has changed for some looks."""
    calm, last = 0, None
    for _ in range(_SECONDS * 1000 // _PAUSE_MILLISECONDS):
        state = page.evaluate(_STATE)
        if state["failed"]:
            raise NotDrawn(f"charts of the page failed: {'; '.join(state['failed'])}")
        is_drawn = state["charts"] > 0 and state["waiting"] == 0
        calm = calm + 1 if is_drawn and state == last else 0
        if calm == _CALM_LOOKS:
            return int(state["height"])
        last = state
        page.wait_for_timeout(_PAUSE_MILLISECONDS)
    raise NotDrawn(f"the page was not drawn in {_SECONDS} s: {last}")


def _is_empty(image: bytes, below: int) -> bool:
    """Whether nothing dark is written below the heading."""
    with Image.open(BytesIO(image)) as picture:
        darkest, _ = picture.convert("L").crop((0, below * WINDOW["pixel_density"], *picture.size)).getextrema()
        return bool(darkest > 128)


def _pdf(images: list[bytes]) -> bytes:
    """A page for each image, as wide as a sheet of letter paper laid across; Superset's own would be a poster of 40 inches."""
    pages = [Image.open(BytesIO(image)).convert("RGB") for image in images]
    document = BytesIO()
    resolution = pages[0].width / _PAPER_INCHES
    pages[0].save(document, "PDF", save_all=True, append_images=pages[1:], resolution=resolution, quality=90)
    return document.getvalue()
