"""The reports of the reconstruction as a page and as a PDF: every figure linked, tags whole, accessible in a browser."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
from lxml import html

from pipc_etl.publish.document import Chart, Document, references
from pipc_etl.publish.rendering.html import render_html
from pipc_etl.publish.rendering.pdf import render_pdf
from pipc_etl.publish.wording import long_date
from tests.publish.composing.conftest import REPORTS, composed, publisher
from tests.publish.rendering.pages import assert_accessible, looked_at
from tests.publish.rendering.structure import alternatives, headings

__all__ = ["composed", "publisher"]


@pytest.mark.parametrize("name", list(REPORTS))
def test_every_figure_is_shown_and_explained_when_a_report_is_a_page(name: str, composed: Callable[[str], Document]) -> None:
    document = composed(name)
    page = html.document_fromstring(render_html(document))
    cited = Counter(document.figure(reference).shown for reference in references(document))
    links = page.xpath("//a[contains(concat(' ', @class, ' '), ' figure ')]")
    assert sum(cited.values()) > 20
    assert Counter("".join(link.itertext()) for link in links) == cited
    assert len(page.xpath("//article")) == len(document.figures)
    identifiers = Counter(page.xpath("//@id"))
    assert [each for each, times in identifiers.items() if times > 1] == []
    assert {target for target in page.xpath("//a/@href") if target[1:] not in identifiers} == set()
    levels = [int(each.tag[1]) for each in page.iter("h1", "h2", "h3", "h4")]
    assert all(after <= before + 1 for before, after in pairwise(levels))


@pytest.mark.parametrize("name", list(REPORTS))
def test_pages_are_tagged_and_say_their_cutoff_when_a_report_is_a_pdf(name: str, composed: Callable[[str], Document]) -> None:
    document = composed(name)
    content = render_pdf(document)
    charts = [block for section in document.sections for block in section.blocks if isinstance(block, Chart)]
    with pikepdf.open(io.BytesIO(content)) as pdf:
        with pdf.open_metadata() as metadata:
            assert metadata["{http://www.aiim.org/pdfua/ns/id/}part"] == "1"
        assert alternatives(pdf) == [chart.alternative for chart in charts]
        levels = headings(pdf)
        assert levels[0] == 1
        assert all(after <= before + 1 for before, after in pairwise(levels))
    pages = [page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(content)]
    assert len(pages) > 3
    assert all(f"Corte: {long_date(document.address.cutoff)}" in " ".join(page.split()) for page in pages)


@pytest.mark.needs("chromium")
@pytest.mark.needs("node")
@pytest.mark.needs("npm")
def test_report_is_accessible_and_fits_when_opened_on_a_desk_and_on_a_phone(tmp_path: Path, composed: Callable[[str], Document]) -> None:
    page = tmp_path / "accountability.html"
    page.write_text(render_html(composed("S2")), encoding="utf-8")
    answers = looked_at([page], tmp_path)
    assert len(answers) == 2
    for answer in answers:
        assert answer["measured"]["drawings"] > 3
        assert_accessible(answer)
