"""A feedback workbook that is corrected and sent again: it reads as if it had no marks, and is marked anew without the old ones."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

from pipc_etl.answers.workbook import Feedback
from pipc_etl.contracts import Catalog
from pipc_etl.intake import Batch, Envelope, ReaderPool, read_batch
from pipc_etl.intake.kind import recognise_kind
from tests.answers.workbook.feedback_files import (
    SHEET,
    MakeFeedback,
    a_review,
    cells_of,
    colours,
    comments,
    finding,
    opened,
    parts,
    pending_lines,
    rich_workbook,
    without_cells,
)

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:openpyxl")
FIRST = a_review(
    finding("number.invalid", "error", "E5"),
    finding("date.invalid", "error", "D8", "month"),
    finding("codes", "warning", "B5:B6, B9", "activity_code", scope="file"),
)
SECOND = a_review(finding("date.invalid", "error", "C8", "month"))


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return rich_workbook(tmp_path_factory.mktemp("again") / "reporte.xlsx")


@pytest.fixture(scope="module")
def first(source: Path, feedback: MakeFeedback) -> Feedback:
    return feedback(source, FIRST)


def as_sent(answer: Feedback, folder: Path) -> Path:
    path = folder / answer.name
    path.write_bytes(answer.content)
    return path


def test_old_marks_go_when_the_answer_is_answered(source: Path, first: Feedback, tmp_path: Path, feedback: MakeFeedback) -> None:
    second = feedback(as_sent(first, tmp_path), SECOND)
    assert (second.name, second.form) == (first.name, "edited")
    book = opened(second)
    assert book.sheetnames == ["Pendientes", "Notas", SHEET, "Gráfica", "Borrador"]
    assert [line["Celda"] for line in pending_lines(book)] == ["C8"]
    assert set(colours(book[SHEET])) == {"C8"}
    found = comments(book[SHEET])
    assert set(found) == {"A4", "E5", "C8"}
    assert found["E5"] == "Lo conté dos veces"
    assert book[SHEET].print_title_rows == "$4:$4"
    before, after = parts(source), parts(second.content)
    assert cells_of(before["xl/worksheets/sheet2.xml"]) == cells_of(after["xl/worksheets/sheet2.xml"])
    # The boxes of the comments that went are gone too.
    assert after["xl/drawings/vmlDrawing1.vml"].count(b"<v:shape ") == 3


def test_nothing_of_ours_is_left_when_the_corrected_answer_is_good(
    source: Path, first: Feedback, tmp_path: Path, feedback: MakeFeedback
) -> None:
    good = feedback(as_sent(first, tmp_path), a_review())
    fresh = feedback(source, a_review())
    assert b"PIPC:" not in parts(good.content)["xl/worksheets/sheet2.xml"]
    shapes = [without_cells(parts(answer.content)["xl/worksheets/sheet2.xml"]).count(b"conditionalFormatting ") for answer in (good, fresh)]
    assert shapes[0] == shapes[1]
    assert comments(opened(good)[SHEET]) == comments(opened(fresh)[SHEET])


def test_marks_are_known_again_when_another_program_saved_the_file(first: Feedback, tmp_path: Path, feedback: MakeFeedback) -> None:
    """openpyxl writes every part anew: shared strings, numbers of styles, authors, boxes."""
    book = opened(first)
    book[SHEET]["E5"] = 2
    again = io.BytesIO()
    book.save(again)
    path = tmp_path / "corregido.xlsx"
    path.write_bytes(again.getvalue())
    second = feedback(path, SECOND)
    book = opened(second)
    assert [name for name in book.sheetnames if "Pendientes" in name] == ["Pendientes"]
    assert set(colours(book[SHEET])) == {"C8"}
    assert set(comments(book[SHEET])) == {"A4", "E5", "C8"}
    assert comments(book[SHEET])["E5"] == "Lo conté dos veces"
    assert book[SHEET]["E5"].value == 2
    drawings = [content for name, content in parts(second.content).items() if name.endswith(".vml")]
    assert sum(content.count(b'ObjectType="Note"') for content in drawings) == 3


@pytest.fixture
def read(catalog: Catalog, pool: ReaderPool) -> Callable[[Path], Batch]:
    def reading(path: Path) -> Batch:
        envelope = Envelope("secretaria-general", "OAP", "execution_report", "2021-M05", path.name)
        return read_batch(path, catalog.contracts["execution_report"], catalog, envelope, pool)

    return reading


def test_same_rows_and_findings_are_read_when_the_answer_comes_back(
    source: Path, first: Feedback, tmp_path: Path, read: Callable[[Path], Batch]
) -> None:
    before, after = read(source), read(as_sent(first, tmp_path))
    assert before.original["activity_code"].tolist() == [f"GAB-0{number}" for number in range(1, 6)]
    assert after.original.equals(before.original)
    assert after.findings == before.findings
    assert after.letters == before.letters


def test_kind_is_known_when_only_the_answer_is_looked_at(first: Feedback, tmp_path: Path, catalog: Catalog, pool: ReaderPool) -> None:
    recognised = recognise_kind(as_sent(first, tmp_path), catalog, pool)
    assert getattr(recognised, "kind", None) == "execution_report"


def test_sheet_of_the_sender_is_read_when_it_is_called_as_ours(tmp_path: Path, read: Callable[[Path], Batch]) -> None:
    book = openpyxl.Workbook()
    page = book.worksheets[0]
    page.title = "Pendientes"
    page.append(["Código del plan", "Código de la actividad", "Mes reportado", "Programado", "Ejecutado"])
    page.append(["PIPC", "GAB-01", "mayo de 2021", 1, 1])
    book.save(tmp_path / "propio.xlsx")
    assert read(tmp_path / "propio.xlsx").original["activity_code"].tolist() == ["GAB-01"]
