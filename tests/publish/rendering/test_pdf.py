"""The PDF: PDF/UA-1 by what stands in the file, and by the text of its pages."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

import pikepdf
import pypdfium2
import pytest

from pipc_etl.publish.document import Chart, Document
from pipc_etl.publish.rendering.pdf import render_pdf
from tests.publish.rendering.specimen import AWKWARD, LONG_NAME, specimen
from tests.publish.rendering.structure import alternatives, elements, headings, kinds


@pytest.fixture(scope="module")
def document() -> Document:
    return specimen()


@pytest.fixture(scope="module")
def content(document: Document) -> bytes:
    return render_pdf(document)


@pytest.fixture(scope="module")
def pdf(content: bytes) -> Iterator[pikepdf.Pdf]:
    with pikepdf.open(io.BytesIO(content)) as opened:
        yield opened


@pytest.fixture(scope="module")
def pages(content: bytes) -> list[str]:
    return [" ".join(page.get_textpage().get_text_range().split()) for page in pypdfium2.PdfDocument(content)]


def test_file_declares_pdf_ua_title_and_language_when_set(pdf: pikepdf.Pdf, document: Document) -> None:
    assert bool(pdf.Root.MarkInfo.Marked)
    assert str(pdf.Root.Lang).lower() == "es-co"
    assert bool(pdf.Root.ViewerPreferences.DisplayDocTitle)
    with pdf.open_metadata() as metadata:
        assert metadata["{http://www.aiim.org/pdfua/ns/id/}part"] == "1"
        assert metadata["dc:title"] == "Monitoreo del Plan Institucional de Participación Ciudadana, mayo a agosto de 2021"
        assert metadata["dc:creator"] == [document.entity_name]
        assert metadata["{http://ns.adobe.com/xap/1.0/}CreateDate"] == "2021-09-20T15:00:00+00:00"
    assert len(pdf.Root.Outlines.keys()) > 0


def test_every_chart_has_words_in_its_tag_when_set(pdf: pikepdf.Pdf, document: Document) -> None:
    charts = [block for section in document.sections for block in section.blocks if isinstance(block, Chart)]
    assert len(charts) == 5
    assert alternatives(pdf) == [chart.alternative for chart in charts]


def test_every_table_has_a_row_of_headings_over_its_columns_when_set(pdf: pikepdf.Pdf) -> None:
    tables = kinds(pdf, "/Table")
    # Three of their own, three behind charts (two charts repeat a table of their section), six of the appendix, one of files.
    assert len(tables) >= 10
    for table in tables:
        headings = [each for each in elements(table.K) if str(each.S) == "/TH"]
        rows = [each for each in elements(table.K) if str(each.S) == "/TR"]
        cells = [each for each in elements(rows[1].K) if str(each.S) in {"/TD", "/TH"}]
        assert len(headings) == len(cells) >= 2
        scopes = {str(attribute.Scope) for each in headings for attribute in each.A if "/Scope" in attribute}
        assert scopes == {"/Column"}


def test_headings_go_down_one_level_at_a_time_when_set(pdf: pikepdf.Pdf) -> None:
    levels = headings(pdf)
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert len(levels) > 10
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_all_that_is_drawn_is_tagged_or_marked_as_ornament_when_set(pdf: pikepdf.Pdf) -> None:
    marked = 0
    for page in pdf.pages:
        depth = 0
        for instruction in pikepdf.parse_content_stream(page):
            operator = str(instruction.operator)
            depth += {"BDC": 1, "BMC": 1, "EMC": -1}.get(operator, 0)
            if operator in {"Tj", "TJ", "f", "f*", "S", "B", "Do"}:
                assert depth > 0, f"{operator} outside of every tag"
                marked += 1
        assert depth == 0
        assert str(page.obj.Tabs) == "/S"
    assert marked > 500


def test_links_say_where_they_lead_when_set(pdf: pikepdf.Pdf) -> None:
    links = [each for page in pdf.pages for each in page.obj.get("/Annots", []) if str(each.Subtype) == "/Link"]
    assert len(links) > 30
    assert all(str(each.get("/Contents", "")) for each in links)


def test_letters_are_embedded_when_set(pdf: pikepdf.Pdf) -> None:
    names = set()
    for page in pdf.pages:
        for font in page.obj.Resources.get("/Font", {}).values():
            descendant = font.get("/DescendantFonts", [font])[0]
            names.add(str(descendant.FontDescriptor.FontName).split("+")[-1])
            assert {"/FontFile", "/FontFile2", "/FontFile3"} & set(descendant.FontDescriptor.keys())
            assert "/ToUnicode" in font
    assert any("SourceSansPro" in name for name in names)
    assert all("SourceSansPro" in name or "DejaVuSansMono" in name for name in names), names


def test_every_page_repeats_cutoff_number_and_place_when_set(pages: list[str]) -> None:
    assert len(pages) >= 7
    for place, page in enumerate(pages, 1):
        assert "Corte: 31 de agosto de 2021 · Publicación P0012, edición 1" in page
        assert f"Página {place} de {len(pages)}" in page


def test_text_is_read_as_it_was_written_when_set(pages: list[str]) -> None:
    whole = " ".join(pages).replace("\u00a0", " ")
    for text in (AWKWARD, LONG_NAME, "112 %", "12.345", "Reconstrucción", "No se registró texto en este apartado.", "F001"):
        assert text in whole
    assert "BORRADOR" not in whole


def test_every_page_says_draft_when_it_is_one() -> None:
    content = render_pdf(specimen(is_published=False))
    texts = [page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(content)]
    assert len(texts) >= 7
    assert all("BORRADOR" in text for text in texts)


def test_same_document_gives_the_same_bytes_when_set_twice(content: bytes) -> None:
    assert render_pdf(specimen()) == content


def test_first_page_is_set_when_there_is_no_plan(document: Document) -> None:
    content = render_pdf(replace(document, plan_versions={}))
    first = pypdfium2.PdfDocument(content)[0].get_textpage().get_text_range()
    assert "Versión del plan" not in first
    assert "se redondean al entero" in first
