"""Headers as they come: under letterheads, in two merged rows, misspelt, numbered, missing, twice."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter
from written_files import MONTHS, REPORT_HEADER, problems, report_row, rules, write_xlsx

from pipc_etl.intake import Batch

Read = Callable[..., Batch]
PLAN = [
    "Código del plan",
    "Nombre del plan",
    "Vigencia",
    "Versión",
    "Fecha de aprobación",
    "Rige desde",
    "No.",
    "Actividad",
    "Unidad de medida",
    "Responsable",
]
PLAN_ROW = ["PIPC", "PIPC 2021", 2021, 1, "29/01/2021", "enero", "GAB-01", "Talleres", "Taller", "OAP"]


def test_header_is_found_when_it_lies_under_a_letterhead_of_merged_rows(tmp_path: Path, read: Read) -> None:
    with xlsxwriter.Workbook(tmp_path / "a.xlsx") as book:
        page = book.add_worksheet("Ejecución")
        page.merge_range("B2:H3", "SECRETARÍA GENERAL DE LA ALCALDÍA MAYOR DE BOGOTÁ")
        page.merge_range("B4:E4", "Reporte mensual de ejecución")
        page.write_row("B5", ["Código: FT-1234", "Versión: 3", "Vigencia", 2021, "Mes", "mayo"])
        page.write_row("B7", REPORT_HEADER)
        page.write_row("B8", report_row("GAB-01"))
    batch = read(tmp_path / "a.xlsx")
    assert len(batch.frame) == 1
    assert rules(batch) == []
    assert batch.cell("Ejecución", 8, "plan_code") == "B8"


@pytest.mark.parametrize(
    "header",
    [
        ["CODIGO  DEL PLAN", "código_de_la_actividad", "Mes", "PROGRAMADO:", "Ejecutado *"],
        ["1. Código del plan", "2) Código de la actividad", "3- Mes reportado", "Programado (unidades)", "Ejecutado\n"],
        ["Plan", "Cod. actividad", "Período", "Prog.", "Ejec."],
    ],
)
def test_headers_are_named_when_spelt_in_other_ways(tmp_path: Path, read: Read, header: list[str]) -> None:
    batch = read(write_xlsx(tmp_path / "a.xlsx", [header, report_row("GAB-01", executed=7)]))
    assert rules(batch) == []
    assert batch.frame["executed_qty"].tolist() == [7]


def write_two_rows(path: Path, groups: list[tuple[str, list[str]]], row: list[object]) -> Path:
    """Tall merged cells for the plan's own columns, and one merged group over each list of sub-headers."""
    with xlsxwriter.Workbook(path) as book:
        page = book.add_worksheet("Plan")
        page.merge_range(0, 0, 0, 30, "PLAN INSTITUCIONAL DE PARTICIPACIÓN CIUDADANA")
        for column, title in enumerate(PLAN):
            page.merge_range(1, column, 2, column, title)
        column = len(PLAN)
        for title, below in groups:
            page.merge_range(1, column, 1, column + len(below) - 1, title)
            page.write_row(2, column, below)
            column += len(below)
        page.write_row(3, 0, row)
    return path


def test_two_row_header_is_read_when_months_are_merged_under_programmed(tmp_path: Path, read: Read) -> None:
    row = [*PLAN_ROW, *range(1, 13)]
    for number, group in enumerate(("Programado", "PROGRAMACIÓN", "Cronograma 2021")):
        months = [month[:3] for month in MONTHS] if group.startswith("C") else MONTHS
        batch = read(write_two_rows(tmp_path / f"{number}.xlsx", [(group, months)], row), "activity_plan", "2021")
        assert rules(batch) == [], group
        assert [batch.frame[f"month_{month:02d}_qty"].tolist() for month in range(1, 13)] == [[month] for month in range(1, 13)]
        assert batch.cell("Plan", 4, "month_12_qty") == "V4"


def test_executed_months_are_not_taken_for_programmed_when_both_groups_are_there(tmp_path: Path, read: Read) -> None:
    row = [*PLAN_ROW, *range(1, 13), *range(101, 113)]
    batch = read(write_two_rows(tmp_path / "a.xlsx", [("Ejecutado", MONTHS), ("Programado", MONTHS)], row), "activity_plan", "2021")
    assert batch.frame["month_01_qty"].tolist() == [101]
    unknown = [finding.value for finding in batch.findings if finding.rule in ("header.unknown", "header.similar")]
    assert len(unknown) == 12
    assert unknown[0] == "Ejecutado Enero"
    alone = read(write_two_rows(tmp_path / "b.xlsx", [("Ejecutado", MONTHS)], row), "activity_plan", "2021")
    assert alone.frame["month_01_qty"].isna().tolist() == [True]


def test_two_row_header_is_read_when_the_file_knows_no_merged_cells(tmp_path: Path, read: Read) -> None:
    above = [*PLAN, "Programado", *[""] * 11]
    below = [*[""] * len(PLAN), *MONTHS]
    lines = [above, below, [*PLAN_ROW, *range(1, 13)]]
    path = tmp_path / "a.csv"
    path.write_text("\n".join(";".join(map(str, line)) for line in lines), encoding="utf-8")
    batch = read(path, "activity_plan", "2021")
    assert batch.frame["month_12_qty"].tolist() == [12]
    assert rules(batch) == []


def test_duplicated_header_returns_the_sheet_when_nobody_knows_which_counts(tmp_path: Path, read: Read) -> None:
    header = [*REPORT_HEADER, "Ejecución"]
    batch = read(write_xlsx(tmp_path / "a.xlsx", [header, [*report_row("GAB-01"), 2]]))
    assert len(batch.frame) == 0
    assert [(finding.rule, finding.cell, finding.severity) for finding in batch.findings] == [("header.duplicate", "F1", "error")]
    assert "(E1, F1)" in batch.findings[0].message


def test_missing_header_is_reported_with_the_near_miss_when_misspelt(tmp_path: Path, read: Read) -> None:
    header = ["Código del plan", "Código de la actividad", "Mes reportado", "Programado", "EJEJCUTADO"]
    batch = read(write_xlsx(tmp_path / "a.xlsx", [header, report_row("GAB-01")]))
    assert len(batch.frame) == 0
    assert rules(batch) == ["header.missing", "header.similar"]
    missing = next(finding for finding in batch.findings if finding.rule == "header.missing")
    assert (missing.column, missing.scope) == ("executed_qty", "sheet")
    assert "«EJEJCUTADO», en E1" in missing.message
    similar = next(finding for finding in batch.findings if finding.rule == "header.similar")
    assert (similar.cell, similar.severity) == ("E1", "warning")


def test_unknown_header_is_said_and_left_out_when_it_is_a_working_column(tmp_path: Path, read: Read) -> None:
    header = ["N.º de fila", *REPORT_HEADER, "Color de la carpeta"]
    batch = read(write_xlsx(tmp_path / "a.xlsx", [header, [1, *report_row("GAB-01"), "azul"]]))
    assert [(finding.rule, finding.cell, finding.value) for finding in batch.findings] == [
        ("header.unknown", "A1", "N.º de fila"),
        ("header.unknown", "G1", "Color de la carpeta"),
    ]
    assert len(batch.frame) == 1


def test_file_is_returned_when_no_sheet_has_the_header(tmp_path: Path, read: Read) -> None:
    batch = read(write_xlsx(tmp_path / "a.xlsx", [["Actividad presupuestal", "Valor"], ["x", 1]], "Presupuesto"))
    assert rules(batch) == ["header.not_found"]
    assert batch.findings[0].scope == "file"
    assert len(batch.frame) == 0


def test_header_is_found_when_the_only_sheet_with_it_has_merged_data_below(tmp_path: Path, read: Read) -> None:
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    page.title = "Ejecución"
    page.append(REPORT_HEADER)
    page.append(report_row("GAB-01"))
    page.append([None, "GAB-02", "mayo", 1, 1])
    page.merge_cells("A2:A3")
    book.save(tmp_path / "a.xlsx")
    batch = read(tmp_path / "a.xlsx")
    assert batch.frame["activity_code"].tolist() == ["GAB-01", "GAB-02"]
    assert problems(batch) == []
