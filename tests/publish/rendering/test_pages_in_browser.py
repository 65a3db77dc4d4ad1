"""The page in a real Chromium, on a desk and on a phone, held against WCAG 2.2 AA by axe-core."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipc_etl.publish.rendering.html import render_html
from tests.publish.rendering.pages import WIDTHS, assert_accessible, looked_at
from tests.publish.rendering.specimen import specimen

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.needs("node"), pytest.mark.needs("npm")]
BROKEN = '<!doctype html><html><head><title></title></head><body style="width:2000px"><img src="x.png"><a href="#"></a></body></html>'


def test_pages_are_accessible_and_fit_when_opened_on_a_desk_and_on_a_phone(tmp_path: Path) -> None:
    published, draft, broken = (tmp_path / f"{name}.html" for name in ("published", "draft", "broken"))
    published.write_text(render_html(specimen()), encoding="utf-8")
    draft.write_text(render_html(specimen(is_published=False, is_reconstruction=False)), encoding="utf-8")
    broken.write_text(BROKEN, encoding="utf-8")
    answers = looked_at((published, draft, broken), tmp_path)
    assert [(Path(each["file"]).stem, each["width"]) for each in answers] == [
        (stem, width) for stem in ("published", "draft", "broken") for width in WIDTHS
    ]
    # The check itself sees what is wrong: no words for a picture, a request, a page wider than the phone.
    seen = answers[-1]
    assert {"image-alt", "html-has-lang"} <= {each["id"] for each in seen["violations"]}
    assert len(seen["fetched"]) == 1
    assert seen["measured"]["page"] > seen["measured"]["window"]
    for answer in answers[:-2]:
        assert answer["measured"]["drawings"] == 5
        assert_accessible(answer)
