"""A real LibreOffice opens the feedback, shows its comments, takes corrections, and saves it; the saved file is known again."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pypdfium2
import pytest

from pipc_etl.answers.workbook import Feedback
from pipc_etl.contracts import Catalog
from pipc_etl.intake import Envelope, ReaderPool, read_batch
from tests.answers.workbook.feedback_files import (
    SHEET,
    MakeFeedback,
    a_review,
    colours,
    comments,
    finding,
    opened,
    pending_lines,
    rich_workbook,
)
from tests.libreoffice import Job, office
from tests.system_programs import LIBREOFFICE_BRIDGE

pytestmark = [
    pytest.mark.needs("soffice"),
    pytest.mark.needs(LIBREOFFICE_BRIDGE),
    pytest.mark.timeout(300),
    pytest.mark.filterwarnings("ignore::UserWarning:openpyxl"),
]
REVIEW = a_review(
    finding("number.invalid", "error", "E5"),
    finding("date.invalid", "error", "C8", "month", message="=1+1"),
    finding("codes", "warning", "B5:B6, B9", "activity_code", scope="file"),
)


@dataclass(frozen=True)
class Saved:
    """What LibreOffice saw in the feedback, and what it saved once E5 was corrected."""

    feedback: Feedback
    seen: dict[str, Any]
    xlsx: Path
    ods: Path
    pdf: Path


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory, feedback: MakeFeedback) -> Saved:
    folder = tmp_path_factory.mktemp("office")
    answer = feedback(rich_workbook(folder / "reporte.xlsx"), REVIEW)
    path = folder / answer.name
    path.write_bytes(answer.content)
    xlsx, ods, pdf = (folder / f"corregido{suffix}" for suffix in (".xlsx", ".ods", ".pdf"))
    places = [(SHEET, "E5"), (SHEET, "C8"), (SHEET, "G5"), ("Pendientes", "E8"), ("Notas", "B1")]
    with office() as libreoffice:
        (seen,) = libreoffice.run([Job(path, {(SHEET, "E5"): "2"}, (xlsx, ods, pdf), places)])
    return Saved(answer, seen, xlsx, ods, pdf)


def test_marks_are_seen_when_libreoffice_opens_the_feedback(saved: Saved) -> None:
    sheets = [(sheet["name"], sheet["visible"]) for sheet in saved.seen["sheets"]]
    assert sheets[:3] == [("Pendientes", True), ("Notas", True), (SHEET, True)]
    assert ("Borrador", False) in sheets
    corrected, month, formula, message, total = saved.seen["cells"]
    assert corrected["note"].startswith("Lo conté dos veces\n\n[Revisión PIPC]\nError: ")
    assert month["note"] == "[Revisión PIPC]\nError: =1+1\nCómo se corrige: Remedio de date.invalid."
    assert (formula["formula"], formula["text"]) == ("=D5*2", "2")
    assert message["text"] == "=1+1"  # a formula would show 2
    assert total["text"] == "6"


def test_pages_are_printed_when_it_is_made_a_pdf(saved: Saved) -> None:
    document = pypdfium2.PdfDocument(saved.pdf)
    try:
        text = document[0].get_textpage().get_text_range()
    finally:
        document.close()
    assert "Pendientes de su entrega" in text
    assert "2 errores" in text
    assert "Cómo se corrige" in text


@pytest.mark.parametrize("suffix", ["xlsx", "ods"])
def test_correction_is_read_without_the_list_when_the_saved_file_is_sent(
    suffix: str, saved: Saved, catalog: Catalog, pool: ReaderPool
) -> None:
    path: Path = getattr(saved, suffix)
    envelope = Envelope("secretaria-general", "OAP", "execution_report", "2021-M05", path.name)
    batch = read_batch(path, catalog.contracts["execution_report"], catalog, envelope, pool)
    assert batch.frame["_sheet"].unique().tolist() == [SHEET]
    assert batch.original["activity_code"].tolist() == [f"GAB-0{number}" for number in range(1, 6)]
    assert batch.original["executed_qty"].tolist() == ["2", "2", "3", "1", "1"]
    assert [found.rule for found in batch.findings] == ["hidden.sheet"]


def test_old_marks_go_when_the_saved_file_is_answered(saved: Saved, feedback: MakeFeedback) -> None:
    answer = feedback(saved.xlsx, a_review(finding("date.invalid", "error", "C9", "month")))
    assert answer.form == "edited"
    book = opened(answer)
    assert [name for name in book.sheetnames if name.startswith("Pendientes")] == ["Pendientes"]
    assert [line["Celda"] for line in pending_lines(book)] == ["C9"]
    assert set(colours(book[SHEET])) == {"C9"}
    found = comments(book[SHEET])
    assert set(found) == {"A4", "E5", "C9"}
    assert "PIPC" not in found["E5"]
    assert book[SHEET]["E5"].value == 2


def test_nothing_is_kept_of_the_old_list_when_an_ods_is_answered(saved: Saved, feedback: MakeFeedback) -> None:
    answer = feedback(saved.ods, a_review(finding("date.invalid", "error", "C9", "month")))
    book = opened(answer)
    assert (answer.form, answer.name) == ("rebuilt", "corregido - revisado.xlsx")
    assert [line["Celda"] for line in pending_lines(book)] == ["C9"]
    assert [name for name in book.sheetnames if name.startswith("Pendientes")] == ["Pendientes"]
