"""What networks print and what citizens write, read at the border: a number of two readings is asked about, a comment is no question."""

from __future__ import annotations

import pytest

from pipc_etl.contracts import Catalog, Column
from pipc_etl.intake.coercion import Reading, read_cell
from pipc_etl.intake.words import Fault


def cell(catalog: Catalog, kind: str, name: str, text: object) -> object:
    column: Column = catalog.contracts[kind].column(name)
    codelist = catalog.codelists[column.codelist] if column.codelist else None
    read = read_cell(text, column, codelist, Reading())
    return read.rule if isinstance(read, Fault) else read


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("6.8 mil", 6800),
        ("6,8 mil", 6800),
        ("18 mil", 18000),
        ("1,2 M", 1_200_000),
        ("12 k", 12000),
        ("1.234.567", 1_234_567),
        (19419, 19419),
        ("19419", 19419),
        ("19,419", "number.ambiguous"),
        ("19.400", "number.ambiguous"),
        (19.419, "integer.fraction"),
        ("6.812345 mil", "integer.fraction"),
        ("muchas", "number.invalid"),
    ],
)
def test_number_is_read_or_asked_about_when_a_network_printed_it(catalog: Catalog, text: object, value: object) -> None:
    assert cell(catalog, "social_metric", "value_qty", text) == value


@pytest.mark.parametrize(
    ("text", "code"),
    [("Alcance", "reach"), ("Veces compartida", "shares"), ("REACCIONES", "likes"), ("Vistas", "views"), ("Preguntas", "code.unknown")],
)
def test_metric_is_found_by_its_names_when_it_is_written(catalog: Catalog, text: str, code: str) -> None:
    assert cell(catalog, "social_metric", "metric", text) == code


@pytest.mark.parametrize(
    ("text", "code"), [("Pregunta en audiencia", "accountability"), ("Derecho de petición", "code.unknown"), ("Comentario", "code.unknown")]
)
def test_comment_is_no_question_when_its_type_is_read(catalog: Catalog, text: str, code: str) -> None:
    assert cell(catalog, "citizen_question", "question_type", text) == code


def test_text_of_a_question_may_stand_in_private_alone_when_it_is_declared(catalog: Catalog) -> None:
    contract = catalog.contracts["citizen_question"]
    assert [column.name for column in contract.personal_columns] == ["question_text"]
    assert contract.column("topic") in contract.raw_columns
