"""What the composed reports say in words: the right ones, with the notes that the data call for."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import Engine

from pipc_etl.errors import PublicationError
from pipc_etl.publish.composing.compose import compose
from pipc_etl.publish.definition import load_definition, report_codes
from pipc_etl.publish.document import (
    Bullets,
    Cards,
    Chart,
    Document,
    Note,
    Paragraph,
    PersonText,
    Table,
)
from tests.publish.composing.conftest import REPORTS, address, read
from tests.reconstruction import Reconstruction


def _texts(document: Document, section: str = "") -> Iterator[str]:
    """Every sentence of the sections whose code begins with `section`."""
    for part in document.sections:
        if not part.code.startswith(section):
            continue
        for block in part.blocks:
            match block:
                case Paragraph(text) | Note(text=text):
                    yield read(document, text)
                case Bullets(items):
                    yield from (read(document, item) for item in items)
                case Cards(cards):
                    yield from (f"{read(document, (card.figure,))} {card.caption}: {read(document, card.basis)}" for card in cards)


def _notes(document: Document, kind: str) -> list[str]:
    notes = [block for part in document.sections for block in part.blocks if isinstance(block, Note) and block.kind == kind]
    return [read(document, note.text) for note in notes]


def _tables(document: Document) -> list[Table]:
    blocks = [block for part in document.sections for block in part.blocks]
    return [block.table if isinstance(block, Chart) else block for block in blocks if isinstance(block, Chart | Table)]


def test_five_reports_are_defined_when_the_folder_is_read() -> None:
    assert set(report_codes()) == {report for report, *_ in REPORTS.values()}
    for code in report_codes():
        definition = load_definition(code)
        assert definition.sections[0] == "objective"
        assert definition.sections[-1] == "method"


def test_definition_is_refused_when_there_is_none() -> None:
    with pytest.raises(PublicationError, match="los que hay son accountability"):
        load_definition("../pipc")


@pytest.mark.parametrize("name", REPORTS)
def test_tables_are_whole_when_a_report_is_composed(name: str, composed: Callable[[str], Document]) -> None:
    document = composed(name)
    codes = [section.code for section in document.sections]
    assert len(codes) == len(set(codes)) >= 3
    tables = _tables(document)
    assert tables
    for table in tables:
        assert table.rows, table.title
        assert {len(row) for row in (*table.rows, *table.total)} == {len(table.columns)}, table.title


def test_plan_of_2021_is_told_with_both_numbers_when_composed(composed: Callable[[str], Document]) -> None:
    document = composed("S1")
    told = list(_texts(document, "plan-pipc"))
    assert "105 % Ejecución del plan a corte: desde el inicio del plan hasta el corte: 42 ejecutadas de 40 programadas" in told
    assert "112 % Cumplimiento del período: mayo a agosto de 2021: 29 ejecutadas de 26 programadas" in told
    assert "38 % Por ejecutar: de lo programado para toda la vigencia: 26 por ejecutar de 68 programadas" in told
    assert document.plan_versions == {"PIPC": 1}
    assert document.is_reconstruction


def test_cause_is_told_when_more_was_done_than_programmed(composed: Callable[[str], Document]) -> None:
    notes = _notes(composed("S1"), "over_execution")
    assert len(notes) == 2
    assert "Desarrollar la estrategia de difusión" in notes[0]
    assert notes[0].endswith(
        "ejecutó 2 más de lo programado a corte: es ejecución anticipada de lo programado para después (2 de septiembre)."
    )
    carried = _notes(composed("S1"), "carried_over")
    assert [note for note in carried if "se ejecutó además 2 de la vigencia anterior" in note]


def test_reason_of_every_missing_unit_is_told_when_the_year_closed(composed: Callable[[str], Document]) -> None:
    document = composed("S0")
    notes = [*_notes(document, "justification"), *_notes(document, "carried_over")]
    assert any(
        "faltan 2 de 144 (2 tienen justificación). Diciembre: No se desarrollaron las mesas Indígena Distrital y Kennedy" in n
        for n in notes
    )
    assert any("falta 1 de 12 (1 pasa a la vigencia siguiente). Diciembre: El taller de Sumapaz" in note for note in notes)
    assert any("de lo que falta, 1 no tiene justificación en ningún reporte" in note for note in notes)
    # 71,4 % with three explained units is what no reader noticed.
    assert any("al corte faltan 4 unidades, los reportes explican 3" in note for note in _notes(document, "reconciliation"))


def test_original_plan_stands_aside_when_the_plan_was_amended(composed: Callable[[str], Document]) -> None:
    document = composed("S0")
    assert document.plan_versions == {"PIPC": 3}
    assert "Frente al plan original (versión 1) la ejecución es 98,0 %: 198 ejecutadas de 202 programadas." in list(_texts(document))
    assert "96,6 % Ejecución: julio a diciembre de 2020: 198 ejecutadas de 205 programadas" in list(_texts(document))


def test_months_of_people_have_no_total_when_persons_are_counted(composed: Callable[[str], Document]) -> None:
    document = composed("S0")
    (table,) = [table for table in _tables(document) if table.title.startswith("Difusión") and "por mes" in table.title]
    assert [read(document, row[1]) for row in table.rows] == ["65", "70", "203", "20"]
    assert table.total == ()
    assert any("no es acumulable" in note for note in _notes(document, "non_additive"))


def test_statuses_of_two_cutoffs_are_not_added_up_when_commitments_are_told(composed: Callable[[str], Document]) -> None:
    document = composed("S1")
    (table,) = [table for table in _tables(document) if table.title.startswith("Estado de los compromisos")]
    assert [read(document, row[1]) for row in table.rows] == ["23/07/2021", "23/07/2021", "29/09/2021", "29/09/2021"]
    assert table.total == ()
    assert any("23 de julio de 2021 y 29 de septiembre de 2021" in note for note in _notes(document, "mixed_cutoff"))


def test_largest_group_is_no_majority_when_it_is_under_half(composed: Callable[[str], Document]) -> None:
    told = list(_texts(composed("S2"), "perfil"))
    assert any("sexo" in text and "sin llegar a la mitad" in text and "Mujer (48 %)" in text for text in told)
    assert any("edad" in text and "la mayoría" in text and "Adultos (60 %)" in text for text in told)
    assert not any("sexo" in text and "la mayoría" in text for text in told)


def test_person_text_has_its_place_when_somebody_wrote(reconstruction: Reconstruction, publisher: Engine) -> None:
    asked = address("S4")
    wrote = PersonText("observations", "Observaciones", "Se aplazó el primer diálogo.", "Ana Ruiz", asked.known_at)
    waived = Note("waiver", ("Se publica sin aprobar: reconstrucción.",))
    with publisher.connect() as connection:
        document = compose(connection, reconstruction.catalog, load_definition(asked.report_code), asked, texts=[wrote], notes=[waived])
    (section,) = [section for section in document.sections if section.code == "observaciones"]
    assert section.blocks[-1] == wrote
    assert _notes(document, "waiver") == ["Se publica sin aprobar: reconstrucción."]
    # Without the archive at hand, a source names its row and the title of the column.
    (source, *_) = document.figures["plan/PPC/2021-S1/executed_qty"].sources
    assert source.cells.startswith("fila ")
    assert source.column == "Ejecutado"


@pytest.mark.parametrize(
    ("name", "changed", "complaint"),
    [
        ("S0", {"period_code": "2020-C2"}, "no se hace por un período"),
        ("S0", {"period_code": "2020-S3"}, "no es un período"),
        ("S0", {"entity_code": "nadie"}, "no hay una entidad"),
        ("S1", {"period_code": "2021-C3"}, "es anterior al período"),
        ("S1", {"entity_code": "enterritorio"}, "no hay con qué escribir la parte «closing»"),
    ],
)
def test_report_is_refused_when_the_address_makes_no_sense(
    name: str, changed: dict[str, str], complaint: str, reconstruction: Reconstruction, publisher: Engine
) -> None:
    from dataclasses import replace

    asked = replace(address(name), **changed)  # type: ignore[arg-type]
    with publisher.connect() as connection, pytest.raises(PublicationError, match=complaint):
        compose(connection, reconstruction.catalog, load_definition(asked.report_code), asked)
