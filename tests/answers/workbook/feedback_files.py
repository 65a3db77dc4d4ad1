"""Workbooks as senders keep them, reviews of them, and what the feedback says when another program reads it."""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import openpyxl
import xlsxwriter
from openpyxl.workbook.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from pipc_etl.answers.review import Review
from pipc_etl.answers.workbook import Feedback
from pipc_etl.contracts import Finding, Severity

SHEET = "Ejecución"
HEADER = ["Código del plan", "Código de la actividad", "Mes reportado", "Programado", "Ejecutado"]
TITLES = {"plan_code": "Código del plan", "activity_code": "Código de la actividad", "month": "Mes reportado", "executed_qty": "Ejecutado"}
# Under a letterhead of two rows and an empty one: the header is row 4, the data rows 5 to 9.
ROWS: list[list[object]] = [
    ["PIPC", "GAB-01", "mayo de 2021", 1, "dos"],
    ["PIPC", "GAB-02", "mayo de 2021", 2, 2],
    ["PIPC", "GAB-03", "mayo de 2021", 1, 3],
    ["PIPC", "GAB-04", "ayer", 1, 1],
    ["PIPC", "GAB-05", "mayo de 2021", 1, 1],
]


class MakeFeedback(Protocol):
    """The fixture `feedback`."""

    def __call__(self, path: Path, review: Review, *, pending_only: bool = False, bulk_bytes: int = ...) -> Feedback: ...


def finding(rule: str, severity: Severity, cell: str | None = None, column: str = "executed_qty", **more: object) -> Finding:
    """A finding in SHEET, on its cell's row."""
    row = int(re.sub(r"\D.*", "", cell.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ"))) if cell else None
    told = {
        "scope": "cell", "message": f"Falla {rule} en {cell}.", "remedy": f"Remedio de {rule}.", "sheet": SHEET, "cell": cell, "row": row,
        "column": column,
    } | more  # fmt: skip
    return Finding(rule, severity, **told)  # type: ignore[arg-type]


def a_review(*findings: Finding, **more: object) -> Review:
    told: dict[str, object] = {
        "title": "Reporte de ejecución", "sender": "Oficina de Planeación", "period": "mayo de 2021", "state_word": "Devuelto",
        "rows_read": 5, "rows_accepted": 3, "rows_quarantined": 2, "findings": findings, "next_step": "Corrija.", "number": 12,
        "column_titles": TITLES,
    }  # fmt: skip
    return Review(**(told | more))  # type: ignore[arg-type]


def picture() -> bytes:
    """A red square of 8 x 8 points, as PNG."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 8, 8, 8, 2, 0, 0, 0)
    lines = b"".join(b"\0" + b"\xff\0\0" * 8 for _ in range(8))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(lines)) + chunk(b"IEND", b"")


def rich_workbook(path: Path) -> Path:
    """What a sender's workbook may hold: letterhead, picture, chart, formulas, own formats, names, notes, and three more sheets."""
    with xlsxwriter.Workbook(path) as book:
        notes = book.add_worksheet("Notas")
        notes.write("A1", "Cuentas de la oficina")
        notes.write_formula("B1", "=SUM(Ejecución!D5:D9)", None, 6)
        page = book.add_worksheet(SHEET)
        bold = book.add_format({"bold": True, "bg_color": "#003366", "font_color": "#FFFFFF"})
        page.merge_range("A1:E1", "Alcaldía Mayor de Bogotá", bold)
        page.merge_range("A2:E2", "Reporte de ejecución", bold)
        page.insert_image("G1", "escudo.png", {"image_data": io.BytesIO(picture())})
        page.write_row("A4", HEADER, bold)
        for number, row in enumerate(ROWS):
            page.write_row(4 + number, 0, row)
        page.write_formula("G5", "=D5*2", None, 2)
        page.set_column("B:B", 33)
        page.conditional_format("E5:E9", {"type": "cell", "criteria": ">", "value": 2, "format": bold})
        page.conditional_format("D5:D9", {"type": "data_bar", "data_bar_2010": True})
        page.data_validation("D5:D9", {"validate": "integer", "criteria": ">=", "value": 0})
        page.write_comment("E5", "Lo conté dos veces", {"author": "Ana"})
        page.write_comment("A4", "El código lo da la oficina", {"author": "Ana"})
        page.repeat_rows(3)
        page.autofilter("A4:E9")
        chart = book.add_chart({"type": "column"})
        chart.add_series({"values": f"='{SHEET}'!$D$5:$D$9"})
        page.insert_chart("G8", chart)
        page.activate()
        drawn = book.add_chartsheet("Gráfica")
        other = book.add_chart({"type": "bar"})
        other.add_series({"values": f"='{SHEET}'!$E$5:$E$9"})
        drawn.set_chart(other)
        hidden = book.add_worksheet("Borrador")
        hidden.write("A1", "no leer")
        hidden.hide()
        book.define_name(f"'{SHEET}'!Total", f"='{SHEET}'!$D$5:$D$9")
        book.define_name("Todo", f"='{SHEET}'!$A$4:$E$9")
    return path


def opened(feedback: Feedback) -> Workbook:
    return openpyxl.load_workbook(io.BytesIO(feedback.content))


def parts(source: Path | bytes) -> dict[str, bytes]:
    """The parts of a package by name."""
    with zipfile.ZipFile(io.BytesIO(source) if isinstance(source, bytes) else source) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def repacked(path: Path, change: Callable[[str, bytes], bytes | None]) -> Path:
    """The package with each part as `change` gives it back, None leaving it out."""
    changed = {name: change(name, content) for name, content in parts(path).items()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in changed.items():
            if content is not None:
                archive.writestr(name, content)
    return path


def colours(sheet: Worksheet) -> dict[str, str]:
    """Marked ranges and the fill that they get from our rules (those that are always true)."""
    found = {}
    for formats in sheet.conditional_formatting:
        for rule in formats.rules:
            if rule.formula and str(rule.formula[0]).startswith("LEN("):
                found |= {str(cells): rule.dxf.fill.bgColor.rgb[2:] for cells in formats.sqref.ranges}
    return found


def comments(sheet: Worksheet) -> dict[str, str]:
    return {cell.coordinate: cell.comment.text for row in sheet.iter_rows() for cell in row if cell.comment}


def pending_lines(book: Workbook) -> list[dict[str, str]]:
    """The lines of *Pendientes* below its header, by header; with «link» where the cell leads."""
    sheet = book.worksheets[0]
    rows = [[str(cell.value or "") for cell in row] for row in sheet.iter_rows()]
    header = next(number for number, row in enumerate(rows) if row[0] == "Gravedad")
    lines = []
    for number in range(header + 1, len(rows)):
        link = sheet.cell(number + 1, 3).hyperlink
        lines.append(dict(zip(rows[header], rows[number], strict=True)) | {"link": (link.location or "") if link else ""})
    return lines


def without_cells(xml: bytes) -> bytes:
    """A worksheet's part without its `sheetData`."""
    return re.sub(rb"<sheetData>.*</sheetData>", b"", xml, flags=re.S)


def cells_of(xml: bytes) -> bytes:
    found = re.search(rb"<sheetData>.*</sheetData>", xml, flags=re.S)
    assert found is not None
    return found[0]
