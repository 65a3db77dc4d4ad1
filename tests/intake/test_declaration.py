"""A month without activities, said in one cell: read where a person may have put it, contradicted by rows, missed in an empty file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
import xlsxwriter
from written_files import REPORT_HEADER, report_row, rules, write_xlsx

from pipc_etl.contracts import Catalog
from pipc_etl.intake import Batch

Read = Callable[..., Batch]
QUESTION = "¿Sin actividades este mes?"


@pytest.mark.parametrize(
    ("above", "cell"),
    [
        ([[QUESTION, "Sí"]], "B1"),
        ([["Secretaría General"], [None, QUESTION, None, "si"]], "D2"),
        ([["SIN ACTIVIDADES ESTE MES", "X"], []], "B1"),
        ([[f"{QUESTION} Sí"]], "A1"),
        ([[f"{QUESTION} (escriba Sí)", "sí"]], "B1"),
        ([[QUESTION, True]], "B1"),
    ],
)
def test_month_is_declared_empty_when_the_cell_says_yes(above: Sequence[Sequence[object]], cell: str, tmp_path: Path, read: Read) -> None:
    batch = read(write_xlsx(tmp_path / "a.xlsx", [*above, REPORT_HEADER]))
    assert batch.declares_empty
    assert batch.frame.empty
    assert [(finding.rule, finding.severity, finding.cell) for finding in batch.findings] == [("declaration.read", "info", cell)]


@pytest.mark.parametrize("answer", ["No", "", "pendiente", None])
def test_file_without_rows_is_returned_with_the_way_out_when_nothing_is_declared(answer: str | None, tmp_path: Path, read: Read) -> None:
    batch = read(write_xlsx(tmp_path / "a.xlsx", [[QUESTION, answer], REPORT_HEADER]))
    assert not batch.declares_empty
    (found,) = batch.findings
    assert (found.rule, found.severity, found.scope, found.row) == ("rows.none", "error", "sheet", 2)
    assert found.remedy == f"Llene al menos una fila, o escriba Sí en «{QUESTION}», encima del encabezado."


def test_untouched_rows_of_a_template_are_left_out_when_the_month_is_declared_empty(tmp_path: Path, read: Read) -> None:
    rows = [report_row("GAB-01", programmed=None, executed=None), report_row("GAB-02", programmed=0, executed=0)]
    batch = read(write_xlsx(tmp_path / "a.xlsx", [[QUESTION, "Sí"], REPORT_HEADER, *rows]))
    assert batch.declares_empty
    assert (len(batch.frame), len(batch.original)) == (0, 0)
    assert rules(batch) == ["declaration.read", "declaration.rows_left_out"]
    assert batch.findings[1].message.startswith("Las filas sin ejecución (3-4) no se leyeron")


@pytest.mark.parametrize("executed", [2, "dos"])
def test_file_is_returned_with_the_cell_when_rows_contradict_the_declaration(executed: object, tmp_path: Path, read: Read) -> None:
    rows = [report_row("GAB-01", programmed=None, executed=None), report_row("GAB-02", executed=executed)]
    batch = read(write_xlsx(tmp_path / "a.xlsx", [[QUESTION, "Sí"], REPORT_HEADER, *rows]))
    assert not batch.declares_empty
    assert len(batch.frame) == 2
    (found,) = batch.findings
    assert (found.rule, found.severity, found.scope, found.cell) == ("declaration.contradicted", "error", "file", "B1")
    assert found.message == f"El archivo dice «Sí» en «{QUESTION}» y hay filas con ejecución: 4."


def test_declaration_counts_only_where_it_can_be_seen_when_its_row_is_hidden(tmp_path: Path, read: Read) -> None:
    with xlsxwriter.Workbook(tmp_path / "a.xlsx") as book:
        page = book.add_worksheet("Ejecución")
        page.write_row(0, 0, [QUESTION, "Sí"])
        page.set_row(0, None, None, {"hidden": True})
        page.write_row(1, 0, REPORT_HEADER)
    batch = read(tmp_path / "a.xlsx")
    assert not batch.declares_empty
    assert rules(batch) == ["rows.none"]


def test_month_is_declared_empty_when_the_file_is_delimited_text(tmp_path: Path, read: Read) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(f"{QUESTION};Sí;;;\n{';'.join(REPORT_HEADER)}\n".encode("cp1252"))
    batch = read(path)
    assert batch.declares_empty
    assert [(finding.rule, finding.cell) for finding in batch.findings] == [("declaration.read", "B1")]


def test_declaration_means_nothing_when_the_contract_has_none(tmp_path: Path, read: Read, catalog: Catalog) -> None:
    former = catalog.versions("execution_report")[0]
    assert former.version == "1.0.0"
    batch = read(write_xlsx(tmp_path / "a.xlsx", [[QUESTION, "Sí"], REPORT_HEADER]), contract=former)
    assert not batch.declares_empty
    assert rules(batch) == ["rows.none"]
    assert batch.findings[0].remedy == "Llene al menos una fila."


def test_export_that_nobody_answered_is_no_mistake_when_its_place_is_its_key(tmp_path: Path, read: Read, catalog: Catalog) -> None:
    titles = [column.title for column in catalog.contracts["attendance_form"].columns if column.header_required]
    (tmp_path / "a.csv").write_text(";".join([*titles, "Marca temporal"]) + "\n", "utf-8")
    batch = read(tmp_path / "a.csv", "attendance_form", "2021")
    assert "rows.none" not in rules(batch)
