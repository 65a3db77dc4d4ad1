"""`pipc check FILE... --feedback DIR`: the same answer before sending, for several files, without a database."""

from __future__ import annotations

import json
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter
from typer.testing import CliRunner, Result

from pipc_etl.cli import app
from pipc_etl.contracts import Catalog
from pipc_etl.errors import SettingsError
from pipc_etl.render.sheet import lay_out
from pipc_etl.render.workbook import workbook_bytes
from tests.answers.workbook.feedback_files import HEADER, ROWS, colours, comments, pending_lines

pytestmark = pytest.mark.timeout(300)


def report(path: Path, executed: object) -> Path:
    with xlsxwriter.Workbook(path) as book:
        page = book.add_worksheet("Ejecución")
        page.write_row(0, 0, [*HEADER, "Evidencia"])
        page.write_row(1, 0, [*ROWS[1][:4], executed, "acta.pdf"])
        page.write_row(2, 0, [*ROWS[4], "acta.pdf"])
    return path


def check(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["check", *map(str, arguments)])


PLACE = ("--entity", "secretaria-general", "--dependency", "OAP", "--period", "2021-M05")


def test_marked_workbooks_are_written_when_a_folder_is_given(tmp_path: Path) -> None:
    good, bad = report(tmp_path / "bueno.xlsx", 2), report(tmp_path / "malo.xlsx", "dos")
    folder = tmp_path / "revisados" / "hoy"
    answer = check(good, bad, *PLACE, "--feedback", folder)
    assert (answer.exit_code, answer.exception) == (1, None) or isinstance(answer.exception, SystemExit)
    assert [path.name for path in folder.iterdir()] == ["malo - revisado.xlsx"]
    book = openpyxl.load_workbook(folder / "malo - revisado.xlsx")
    assert set(colours(book["Ejecución"])) == {"E2"}
    assert "Error: " in comments(book["Ejecución"])["E2"]
    (line,) = (line for line in pending_lines(book) if line["Celda"] == "E2")
    assert (line["Celda"], line["Columna"]) == ("E2", "Ejecutado")
    assert "Código de la actividad: GAB-02" in line["Lo que dice la fila"]
    assert "revisión antes de enviar" in str(book.worksheets[0]["A2"].value)
    assert "No hay celdas que señalar" in answer.stdout
    # The first may be being corrected: it is never written over.
    written = (folder / "malo - revisado.xlsx").read_bytes()
    told = json.loads(check(bad, *PLACE, "--feedback", folder, "--json").stdout)
    assert Path(told["feedback"]).name == "malo - revisado (2).xlsx"
    assert (folder / "malo - revisado.xlsx").read_bytes() == written


def test_command_says_why_when_the_answer_cannot_be_written(tmp_path: Path) -> None:
    bad = report(tmp_path / "malo.xlsx", "dos")
    answer = check(bad, *PLACE, "--feedback", bad)
    assert isinstance(answer.exception, SettingsError)
    assert (answer.exception.exit_code, "no se puede escribir" in str(answer.exception)) == (2, True)


def test_worst_code_ends_the_command_when_there_are_several_files(tmp_path: Path) -> None:
    good, bad, strange = report(tmp_path / "bueno.xlsx", 2), report(tmp_path / "malo.xlsx", "dos"), tmp_path / "carta.pdf"
    strange.write_bytes(b"%PDF-1.7")
    assert check(good, *PLACE).exit_code == 0
    answer = check(strange, bad, good, *PLACE, "--json")
    assert answer.exit_code == 3
    told = json.loads(answer.stdout)
    assert [(item["file"], item["state"]) for item in told] == [
        ("carta.pdf", "unreadable"), ("malo.xlsx", "returned"), ("bueno.xlsx", "accepted"),
    ]  # fmt: skip
    assert "error" in told[0]
    assert {"rows_read", "findings"} <= set(told[1])


def test_one_file_is_told_as_before_when_json_is_asked(tmp_path: Path) -> None:
    answer = check(report(tmp_path / "malo.xlsx", "dos"), *PLACE, "--json")
    told = json.loads(answer.stdout)
    assert (answer.exit_code, told["file"], told["rows_read"]) == (1, "malo.xlsx", 2)
    assert "feedback" not in told


def test_persons_are_masked_when_the_row_is_repeated(tmp_path: Path, catalog: Catalog) -> None:
    contract = catalog.contracts["attendance_form"]
    example = {column.name: column.examples[0] for column in contract.columns if column.examples}
    personal = {column.name: str(example[column.name]) for column in contract.personal_columns if column.name in example}
    assert len(personal) >= 3
    sheet = lay_out(contract, catalog, [example | {"consent": "tal vez"}], list(example))
    path = tmp_path / "asistencia.xlsx"
    path.write_bytes(workbook_bytes([sheet]))
    folder = tmp_path / "revisados"
    place = ("--kind", "attendance_form", "--entity", "secretaria-general", "--dependency", "OAP", "--period", "2023-M06")
    assert check(path, *place, "--feedback", folder).exit_code == 1
    book = openpyxl.load_workbook(folder / "asistencia - revisado.xlsx")
    lines = [line for line in pending_lines(book) if line["Lo que dice la fila"]]
    assert lines
    for line in lines:
        assert "…" in line["Lo que dice la fila"]
        for value in personal.values():
            assert value not in " ".join(line.values())
    # His own sheet has what he wrote.
    written = {str(cell.value) for row in book.worksheets[1].iter_rows() for cell in row}
    assert personal["first_name" if "first_name" in personal else next(iter(personal))] in written
