"""What citizens asked, proposed and saw in networks, as the composed reports print it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import Engine

from pipc_etl.publish.document import Block, Document, Note, Paragraph, Section, Table
from tests.publish.composing.conftest import read


@pytest.fixture(scope="module")
def final_2020(composed: Callable[[str], Document]) -> Document:
    return composed("S0")


@pytest.fixture(scope="module")
def accountability_2023(composed: Callable[[str], Document]) -> Document:
    return composed("S2")


def section(document: Document, code: str) -> Section:
    (found,) = [section for section in document.sections if section.code == code]
    return found


def rows_of(document: Document, block: Block) -> list[list[str]]:
    assert isinstance(block, Table)
    return [[read(document, cell) for cell in row] for row in block.rows]


def notes(document: Document, code: str, kind: str) -> list[str]:
    return [read(document, block.text) for block in section(document, code).blocks if isinstance(block, Note) and block.kind == kind]


def test_every_figure_leads_to_its_cells_when_it_is_of_a_network(final_2020: Document) -> None:
    reach = final_2020.figures["session/SG20-FB1/reach"]
    (source,) = reach.sources
    assert (source.file_name, source.sheet, source.column, source.value) == (
        "metricas-encuentros-digitales.xlsx", "Métricas", "Valor", "19.400",
    )  # fmt: skip
    of_networks = [key for key, figure in final_2020.figures.items() if figure.mart == "rpt_social_metric"]
    assert len(of_networks) >= 36
    assert [key for key in of_networks if not final_2020.figures[key].sources] == []
    questions = final_2020.figures["session/SG20-FB5/questions"]
    assert [(source.cells, source.value) for source in questions.sources] == [("filas 160 a 221 (62)", "62 filas")]


def test_the_query_of_a_figure_gives_it_again_when_it_is_run(final_2020: Document, publisher: Engine) -> None:
    keys = ["session/SG20-FB3/comments", "session/SG20-FB3/comments/screenshot", "session/SG20-FB3/questions", "questions/in_time_pct"]
    with publisher.connect() as connection:
        answers = {key: connection.exec_driver_sql(final_2020.figures[key].query).first() for key in keys}
    assert {key: answer and answer[0] for key, answer in answers.items()} == {
        "session/SG20-FB3/comments": 50,
        "session/SG20-FB3/comments/screenshot": 426,
        "session/SG20-FB3/questions": 36,
        "questions/in_time_pct": 100,
    }


def test_spaces_before_the_plan_stand_apart_with_their_sources_when_the_year_is_told(final_2020: Document) -> None:
    first, *_ = section(final_2020, "otros-espacios").blocks
    table = rows_of(final_2020, first)
    assert [row[0] for row in table][::4] == ["Bogotá, epicentro de paz y reconciliación", "Valor de lo público"]
    assert table[0] == [
        "Bogotá, epicentro de paz y reconciliación", "26 de marzo de 2020", "219", "34", "16", "19.400", "7.496", "55",
    ]  # fmt: skip
    assert isinstance(first, Table)
    assert "no entran en lo programado ni en lo ejecutado" in read(final_2020, first.note)
    others = notes(final_2020, "otros-espacios", "method")
    assert len(others) == 4
    assert others[1] == (
        "Bogotá, epicentro de paz y reconciliación, comentarios: se publica 16 (resumen del equipo: comentarios de la jornada, sin las "
        "preguntas); otra fuente dice 139 (captura de pantalla: todos los comentarios de la publicación). Se guardan las dos."
    )
    assert "no son personas que asistieron" in notes(final_2020, "otros-espacios", "non_additive")[0]


def test_spaces_of_another_years_plan_and_of_none_are_told_once_when_networks_are_listed(final_2020: Document) -> None:
    table = rows_of(final_2020, section(final_2020, "redes").blocks[0])
    assert len(table) == 8
    assert table[0][:3] == ["Conversatorios en vivo: La historia de Bogotá llega a tu casa", "Reproducciones", "12.151"]
    assert {row[0] for row in table[1:]} == {"Campus Party virtual"}


def test_terms_name_their_norms_when_questions_are_told(final_2020: Document) -> None:
    _, table, *_ = section(final_2020, "preguntas").blocks
    assert rows_of(final_2020, table)[0] == ["Bogotá, epicentro de paz y reconciliación", "34", "14", "20", "12/05/2020"]
    (norms,) = notes(final_2020, "preguntas", "method")
    assert "Decreto Legislativo 491 de 2020, artículo 5; Ley 1755 de 2015, artículo 14" in norms
    assert final_2020.figures["questions/received"].value == 216


def test_spaces_without_reported_questions_have_their_due_day_when_the_strategy_is_told(accountability_2023: Document) -> None:
    table, note = section(accountability_2023, "preguntas").blocks
    assert [row[2] for row in rows_of(accountability_2023, table)] == [
        "12 de mayo de 2023", "25 de julio de 2023", "23 de octubre de 2023", "10 de noviembre de 2023", "14 de diciembre de 2023",
    ]  # fmt: skip
    assert isinstance(note, Note)
    assert note.kind == "incomplete"


def test_topics_are_told_by_call_when_the_strategy_is_told(accountability_2023: Document) -> None:
    first, hearing, second, dialogues, note = section(accountability_2023, "temas").blocks
    assert isinstance(first, Paragraph)
    assert isinstance(second, Paragraph)
    assert read(accountability_2023, first.text) == "Temas propuestos para la audiencia (2022): 15 temas; se incluyeron 15: todos."
    assert read(accountability_2023, second.text) == (
        "Temas propuestos para los diálogos (2023): 20 temas; 11 ya se habían propuesto antes. No se ha informado cuáles se incluyeron."
    )
    assert {row[1] for row in rows_of(accountability_2023, hearing)} == {"Sí"}
    listed = rows_of(accountability_2023, dialogues)
    assert len(listed) == 20
    assert sum(row[1] == "Temas propuestos para la audiencia (2022)" for row in listed) == 11
    assert isinstance(note, Note)


def test_parts_have_nothing_to_say_when_the_period_has_none(composed: Callable[[str], Document]) -> None:
    codes = {section.code for section in composed("S1").sections}
    assert len(codes) >= 5
    assert not {"otros-espacios", "redes", "preguntas", "temas"} & codes


def test_nothing_was_known_of_a_file_when_it_had_not_come(publisher: Engine) -> None:
    query = "select count(*) from marts.rpt_social_metric_asof('2020-12-31', %s) where subject_code = 'Campus Party virtual'"
    with publisher.connect() as connection:
        counts = [connection.exec_driver_sql(query, (moment,)).scalar() for moment in ("2020-12-11 10:09-05", "2020-12-11 10:11-05")]
    assert counts == [0, 7]
