"""Files written as people and programs write them, and what a batch says about them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import xlsxwriter

from pipc_etl.contracts import Column
from pipc_etl.intake import Batch

Row = Sequence[object]


def make_column(type_: str = "string", **more: object) -> Column:
    """A column that says nothing but its type and what the test needs."""
    return replace(Column("value", "Valor", type_, "Un valor."), **more)  # type: ignore[arg-type]


def write_xlsx(path: Path, rows: Sequence[Row], sheet: str = "Ejecución", *, top: int = 0, left: int = 0) -> Path:
    """`rows` from cell (top, left) of one sheet on."""
    with xlsxwriter.Workbook(path) as book:
        page = book.add_worksheet(sheet)
        for index, row in enumerate(rows):
            page.write_row(top + index, left, row)
    return path


def rules(batch: Batch) -> list[str]:
    return sorted(finding.rule for finding in batch.findings)


def problems(batch: Batch) -> list[tuple[str | None, str]]:
    """The cells that could not be read and why."""
    return [
        (batch.cell(sheet, row, problem.column), problem.rule)
        for sheet, row, found in zip(batch.frame["_sheet"], batch.frame["_row"], batch.frame["_problems"], strict=True)
        for problem in found
    ]


MONTHS = [
    "Enero",
    "Febrero",
    "Marzo",
    "Abril",
    "Mayo",
    "Junio",
    "Julio",
    "Agosto",
    "Septiembre",
    "Octubre",
    "Noviembre",
    "Diciembre",
]
REPORT_HEADER = ["Código del plan", "Código de la actividad", "Mes reportado", "Programado", "Ejecutado"]


def report_row(activity: str, month: object = "mayo", programmed: object = 1, executed: object = 1) -> list[object]:
    return ["PIPC", activity, month, programmed, executed]
