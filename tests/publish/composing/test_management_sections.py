"""The parts on indicators, self-assessment, schedule and products: nulls by kind, cells behind each number, entities apart."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from sqlalchemy import Engine, inspect, text

from pipc_etl.publish.document import Chart, Document, Note, Section, Table
from tests.publish.composing.conftest import REPORTS, read

Composed = Callable[[str], Document]


def section(document: Document, code: str) -> Section:
    (found,) = [item for item in document.sections if item.code == code]
    return found


def table(document: Document, found: Section) -> list[list[str]]:
    (only,) = [block for block in found.blocks if isinstance(block, Table)]
    return [[read(document, cell) for cell in row] for row in only.rows]


def notes(document: Document, found: Section) -> list[tuple[str, str]]:
    return [(block.kind, read(document, block.text)) for block in found.blocks if isinstance(block, Note)]


def test_indicators_rise_fall_or_do_not_compare_when_the_model_is_reported(composed: Composed) -> None:
    document = composed("S3")
    counts = {
        key.removeprefix("indicators/indicators_"): figure.value for key, figure in document.figures.items() if "s/indicators_" in key
    }
    assert counts == {"up": 3, "down": 5, "flat": 1, "not_comparable": 3}
    rows = table(document, section(document, "indicadores-confianza-colaboracion-e-innovacion"))
    assert rows[:3] == [
        ["Índice de confianza ciudadana en instituciones distritales (escala propia)", "2,61", "2,60", "6", "Baja", "-0,01", "3,4"],
        ["Índice de innovación pública (puntos)", "37,7", "S/D", "60", "No se compara", "–", "22,3 (desde 2016-2017)"],
        ["Uso de internet para trámites con instituciones distritales (%)", "S/D", "18 %", "35 %",
         "No se compara", "–", "17"],
    ]  # fmt: skip
    pillars = [item for item in document.sections if item.code.startswith("indicadores-")]
    assert [len(table(document, item)) for item in pillars] == [4, 4, 4]


def test_chart_has_one_unit_alone_when_indicators_are_drawn(composed: Composed) -> None:
    document = composed("S3")
    (chart,) = [block for block in section(document, "indicadores").blocks if isinstance(block, Chart)]
    assert (len(chart.categories), chart.unit) == (8, "puntos")
    units = {document.figure(cell[0]).unit for row in chart.table.rows for cell in row[1:] if not isinstance(cell[0], str)}
    assert units == {"points"}


@pytest.mark.parametrize(
    ("key", "shown", "missing", "cell"),
    [
        ("indicator/GAB-I04/2016-2017/value_points", "N/A", "not_applicable", "fila 15"),
        ("indicator/GAB-I06/2018-2019/value_points", "S/D", "no_data", "fila 22"),
        ("indicator/GAB-I05/2018-2019/value_scale", "2,60", None, "H19"),
    ],
)
def test_null_says_which_it_is_and_where_when_a_value_is_explained(
    composed: Composed, key: str, shown: str, missing: str | None, cell: str
) -> None:
    figure = composed("S3").figures[key]
    assert (figure.shown, figure.missing) == (shown, missing)
    assert [(source.sheet, source.cells) for source in figure.sources] == [("Indicadores", cell)]


def test_score_is_of_the_year_that_was_measured_when_the_report_is_of_the_next(composed: Composed) -> None:
    figure = composed("S2").figures["self_assessment/2022/rendicion-de-cuentas/score"]
    assert (figure.shown, figure.period_code, figure.unit) == ("92,9", "2022", "points")
    assert [source.value for source in figure.sources] == ["92,9"]


def test_schedule_shows_the_dialogues_over_their_minimum_when_the_year_is_reported(composed: Composed) -> None:
    document = composed("S2")
    found = section(document, "cronograma")
    rows = table(document, found)
    assert len(rows) == 13
    assert rows[4][1:6] == ["3 o más", "4", "133 %", "3 de 3", "Por encima de la meta"]
    assert rows[1][1:6] == ["2 o más", "1", "50 %", "1 de 2", "Por debajo de lo proyectado"]
    assert rows[12][1:6] == ["–", "–", "–", "–", "Solo evidencia"]
    assert [number for number, row in enumerate(rows, 1) if row[2] == "Sin reporte"] == [7, 9, 10, 12]
    told = dict(notes(document, found))
    assert set(told) == {"reconciliation", "over_execution", "incomplete", "method"}
    assert "la estrategia pide 1 y el cronograma 2" in told["reconciliation"]
    assert "7, 9, 10 y 12" in told["incomplete"]


def test_quarters_lead_to_their_cells_when_the_schedule_is_explained(composed: Composed) -> None:
    figure = composed("S2").figures["schedule/5/2023/schedule_progress_pct"]
    done = [(source.column, source.cells, source.value) for source in figure.sources if source.role == "numerator"]
    assert done == [
        ("Realizado abril-junio", "O10", "1"),
        ("Realizado julio-septiembre", "P10", "1"),
        ("Realizado octubre-diciembre", "Q10", "2"),
    ]
    assert sum(Decimal(value) for _, _, value in done) == figure.numerator == 4
    assert [source.value for source in figure.sources if source.role == "denominator"] == ["3"]


def test_products_stand_under_their_activity_when_the_plan_is_kept_by_products(composed: Composed) -> None:
    document = composed("S4")
    parts = [item for item in document.sections if item.code.startswith("productos-ppc-")]
    rows = [table(document, item) for item in parts]
    done, undone = "100 %", "0 %"
    assert [[row[3] for row in part] for part in rows] == [[done, done], [done, undone], [done]]
    assert "fue aplazado" in rows[1][1][4]
    assert "No se recibieron observaciones" in rows[0][1][4]
    assert [text for part in parts for _, text in notes(document, part)] == [
        "La evidencia de «Publicar el Plan de Participación Ciudadana / Registro de publicaciones» tiene fecha 29 de diciembre de 2020, "
        "de otra vigencia que la del plan.",
        "La meta «Dos Facebook Live o un directo en YouTube» se cumple con cualquiera de sus alternativas.",
    ]
    assert document.figures["plan/PPC/2021-S1/progress_pct"].shown == "26\N{NO-BREAK SPACE}%"


@pytest.mark.parametrize("name", REPORTS)
def test_report_reads_only_its_own_entity_when_several_live_in_the_warehouse(name: str, composed: Composed, publisher: Engine) -> None:
    document = composed(name)
    entity = document.address.entity_code
    ids = {source.submission_id for figure in document.figures.values() for source in figure.sources}
    assert ids
    with publisher.connect() as connection:
        owners = connection.execute(
            text("select distinct entity_code from marts.dim_submission where _submission_id = any(:ids)"), {"ids": sorted(ids)}
        )
        assert owners.scalars().all() == [entity]


def test_facts_have_the_entity_of_their_file_when_several_live_in_the_warehouse(publisher: Engine) -> None:
    names = [name for name in inspect(publisher).get_table_names(schema="marts") if name.startswith("fct_")]
    assert len(names) >= 12
    entities = set()
    with publisher.connect() as connection:
        for name in names:
            columns = {column["name"] for column in inspect(publisher).get_columns(name, schema="marts")}
            if "_submission_id" not in columns:
                continue
            strangers = f"from marts.{name} as fact join marts.dim_submission as file using (_submission_id)"
            count = connection.scalar(text(f"select count(*) {strangers} where fact.entity_code <> file.entity_code"))
            assert count == 0, name
            entities |= set(connection.execute(text(f"select distinct fact.entity_code {strangers}")).scalars())
    assert entities == {"secretaria-general", "enterritorio", "bogota"}
