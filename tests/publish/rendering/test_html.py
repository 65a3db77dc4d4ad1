"""The page: whole, linked, escaped, and the same bytes every time."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from itertools import pairwise

import pytest
from lxml import html

from pipc_etl.publish.document import Chart, Document, PersonText, Section, Table, references
from pipc_etl.publish.rendering.html import render_html
from pipc_etl.publish.rendering.words import MISSING
from tests.publish.rendering.specimen import AWKWARD, LONG_NAME, specimen


@pytest.fixture(scope="module")
def document() -> Document:
    return specimen()


@pytest.fixture(scope="module")
def page(document: Document) -> html.HtmlElement:
    return html.document_fromstring(render_html(document))


def _text(element: html.HtmlElement) -> str:
    """What is read, pieces apart from each other."""
    return " ".join(" ".join(element.itertext()).split())


def test_every_link_resolves_and_no_name_is_given_twice_when_rendered(page: html.HtmlElement) -> None:
    identifiers = Counter(page.xpath("//@id"))
    targets = page.xpath("//a/@href")
    assert len(targets) > 120
    assert [name for name, times in identifiers.items() if times > 1] == []
    assert {target for target in targets if target.removeprefix("#") not in identifiers or not target.startswith("#")} == set()
    named = {name for value in page.xpath("//@aria-labelledby") for name in value.split()}
    assert named
    assert named <= set(identifiers)


def test_every_citation_shows_its_figure_and_leads_to_its_explanation_when_rendered(document: Document, page: html.HtmlElement) -> None:
    cited = [document.figure(reference) for reference in references(document)]
    links = page.xpath("//a[contains(concat(' ', @class, ' '), ' figure ')]")
    assert len(cited) > 60
    assert Counter(_text(link) for link in links) == Counter(figure.shown for figure in cited)
    for link in links:
        explanation = page.get_element_by_id(link.get("href")[1:])
        assert _text(link) in _text(explanation.find("h4"))


def test_every_figure_can_be_computed_again_from_its_explanation_when_rendered(document: Document, page: html.HtmlElement) -> None:
    explanations = page.xpath("//article")
    assert len(explanations) == len(document.figures)
    texts = [_text(each) for each in explanations]
    hashes = page.xpath("//section[@id='archivos']//code/text()")
    for figure in document.figures.values():
        said = [text for text in texts if figure.formula in text and " ".join(figure.subject.split()) in text and figure.definition in text]
        assert said, figure.key
        assert figure.query in said[0]
        for source in figure.sources:
            assert all(part in said[0] for part in (source.file_name, source.sheet, source.cells, source.column, source.sha256[:12]))
            assert source.sha256 in hashes
    total = next(text for text in texts if "Plan institucional 2021" in text)
    assert "Valor sin redondear 111,5385" in total
    assert "Numerador y denominador 29 de 26" in total
    assert "Versión del plan 3" in total


def test_explanation_leads_back_to_the_first_citation_only_when_there_is_one(page: html.HtmlElement) -> None:
    back = page.xpath("//article//p[@class='back']/a/@href")
    uncited = page.xpath("//article[not(.//p[@class='back'])]/p[@class='subject']/preceding-sibling::h4")
    assert len(back) == len(set(back)) == len(page.xpath("//article")) - 1
    assert _text(uncited[0]).endswith("Sesiones con acta: 7")


def test_page_carries_its_identity_when_published(page: html.HtmlElement) -> None:
    assert page.get("lang") == "es-CO"
    assert "31 de agosto de 2021" in _text(page.find(".//header"))
    assert "P0012" in _text(page.find(".//header"))
    footer = _text(page.find(".//footer"))
    assert "Corte: 31 de agosto de 2021" in footer
    assert "Publicación P0012, edición 1" in footer
    facts = _text(page.xpath("//dl[@class='facts']")[0])
    assert "Publicado el 20 de septiembre de 2021 a las 10:00" in facts
    assert "PIPC: versión 3" in facts
    assert "se redondean al entero" in facts
    printed = page.xpath("//style/text()")[0].rsplit("@bottom-left", 1)[1]
    assert re.sub(r"\\([0-9a-f]+) ", lambda found: chr(int(found[1], 16)), printed).startswith(f' {{ content: "{footer}"; }}')


def test_headings_go_down_one_level_at_a_time_when_rendered(page: html.HtmlElement) -> None:
    levels = [int(each.tag[1]) for each in page.iter("h1", "h2", "h3", "h4")]
    assert levels.count(1) == 1
    assert len(levels) > 40
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_every_chart_is_told_in_words_and_has_its_table_when_rendered(document: Document, page: html.HtmlElement) -> None:
    charts = [block for section in document.sections for block in section.blocks if isinstance(block, Chart)]
    figures = page.xpath("//figure")
    assert len(charts) == len(figures) == 5
    for chart, figure in zip(charts, figures, strict=True):
        assert figure.xpath("./div[@role='img']/@aria-label") == [chart.alternative]
        assert len(figure.xpath(".//svg")) == 2
        assert len(figure.xpath("./details//tbody/tr")) == len(chart.table.rows)
        assert _text(figure.find("figcaption")).startswith(chart.title)


def test_tables_have_headings_both_ways_when_rendered(document: Document, page: html.HtmlElement) -> None:
    tables = [block for section in document.sections for block in section.blocks if isinstance(block, Table)]
    drawn = page.xpath("//main//table[caption][not(ancestor::details)]")
    assert len(tables) == len(drawn) == 3
    for table, element in zip(tables, drawn, strict=True):
        assert [_text(each) for each in element.xpath("./thead//th[@scope='col']")] == [column.label for column in table.columns]
        assert len(element.xpath(".//th[@scope='row']")) == len(table.rows) + len(table.total)


def test_signs_of_markup_are_text_when_rendered(page: html.HtmlElement) -> None:
    assert AWKWARD in page.text_content()
    assert LONG_NAME in page.text_content()
    assert page.xpath("//víctimas") == []


def test_nothing_is_fetched_and_nothing_runs_when_rendered(document: Document) -> None:
    text = render_html(document)
    page = html.document_fromstring(text)
    assert page.xpath("//script | //link | //img | //iframe | //object | //@src | //@onclick") == []
    assert "default-src 'none'" in text
    assert set(re.findall(r"https?://[^\"'\s<]+", text)) == {"http://www.w3.org/2000/svg"}
    assert re.findall(r"@import|url\(", text) == []


def test_missing_numbers_say_why_when_rendered(document: Document, page: html.HtmlElement) -> None:
    hints = page.xpath("//a[contains(@class, 'missing')]/@title")
    absent = [figure for figure in document.figures.values() if figure.missing]
    assert len(absent) == len(MISSING) == 6
    for figure in absent:
        assert figure.missing is not None
        assert any(hint.startswith(MISSING[figure.missing]) for hint in hints)


def test_draft_and_reconstruction_are_said_first_when_they_are_so() -> None:
    banner = "//aside[@aria-label='Estado del informe']"
    draft = html.document_fromstring(render_html(specimen(is_published=False)))
    assert "BORRADOR" in _text(draft.xpath(banner)[0])
    assert "reconstruyeron" in _text(draft.xpath(banner)[0])
    assert "BORRADOR" in _text(draft.find(".//footer"))
    assert "todavía nadie lo ha escrito" in draft.text_content()
    plain = html.document_fromstring(render_html(specimen(is_reconstruction=False)))
    assert plain.xpath(banner) == []
    assert "No se registró texto en este apartado." in plain.text_content()


def test_texts_of_a_person_keep_paragraphs_and_signature_when_rendered(page: html.HtmlElement) -> None:
    text = next(each for each in page.xpath("//div[@class='person']") if "Observaciones" in _text(each))
    assert [_text(each) for each in text.findall("p")] == [
        "Observaciones",
        f"Primer párrafo con {AWKWARD}.",
        "Segundo párrafo.",
        "Oficina Asesora de Planeación, 6 de septiembre de 2021 a las 15:15",
    ]


def test_notes_of_one_kind_are_one_box_when_they_follow_each_other(page: html.HtmlElement) -> None:
    boxes = [_text(each.find("p")) for each in page.xpath("//div[@role='note']")]
    assert boxes.count("Justificación de la dependencia") == 1
    assert len(boxes) == 7
    box = next(each for each in page.xpath("//div[@role='note']") if "Justificación" in _text(each))
    assert len(box.findall("ul/li")) == 2


def test_same_document_gives_the_same_bytes_when_rendered_twice(document: Document) -> None:
    assert render_html(document) == render_html(specimen())


def test_registered_figures_are_anchored_by_their_number_when_rendered(document: Document) -> None:
    numbered = {key: replace(figure, figure_id=f"P0012-F{place:03}") for place, (key, figure) in enumerate(document.figures.items(), 1)}
    page = html.document_fromstring(render_html(replace(document, figures=numbered)))
    assert _text(page.get_element_by_id("P0012-F001").find("h4")).startswith("P0012-F001 Cumplimiento: 112 %")
    assert page.get_element_by_id("cita-P0012-F001").get("href") == "#P0012-F001"


def test_sections_stay_apart_when_their_codes_are_the_same_or_their_levels_skip(document: Document) -> None:
    text = (PersonText("a", "Texto", "Hola"),)
    sections = (Section("uno y dos", "Primera", text, 3), Section("uno y dos", "Segunda", text, 3))
    page = html.document_fromstring(render_html(replace(document, sections=sections, figures={})))
    assert [each.get("id") for each in page.xpath("//main/section")] == ["seccion-uno-y-dos", "seccion-uno-y-dos-2"]
    assert [each.tag for each in page.iter("h1", "h2", "h3")] == ["h1", "h2", "h2", "h3"]
    assert "Cómo se calculó cada cifra" not in page.text_content()
