"""Scans content.xml of an .ods for what calamine leaves out: hidden rows and columns, errors, percents, merged and uncomputed cells."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree import ElementTree
from zipfile import ZipFile

from pipc_etl.intake.foreign.marks import ERROR, PERCENT, UNCOMPUTED, BookMarks, SheetMarks

_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_CALC = "{urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0}"
_META = "{urn:oasis:names:tc:opendocument:xmlns:meta:1.0}"
_NULL_DATES = {"1904-01-01": True}
_MOST_REPEATS = 5_000  # trailing rows and columns repeat up to the size of the sheet


def scan(archive: ZipFile) -> BookMarks:
    """The marks of an OpenDocument spreadsheet."""
    marks = BookMarks(macros=any(name.startswith(("Basic/", "Scripts/")) and name.endswith((".xml", ".py")) for name in archive.namelist()))
    with archive.open("content.xml") as content:
        for event, element in ElementTree.iterparse(content, events=("start", "end")):
            if event == "start" and element.tag == f"{_TABLE}null-date":
                marks.epoch_1904 = _NULL_DATES.get(element.get(f"{_TABLE}date-value", ""), False)
            elif event == "end" and element.tag == f"{_TABLE}table":
                marks.sheets[element.get(f"{_TABLE}name", "")] = _scan_table(element)
                element.clear()
    if "meta.xml" in archive.namelist():
        for item in ElementTree.fromstring(archive.read("meta.xml")).iter(f"{_META}user-defined"):
            marks.properties[item.get(f"{_META}name", "")] = "".join(item.itertext())
    return marks


def _scan_table(table: ElementTree.Element) -> SheetMarks:
    marks = SheetMarks(merged=[])
    column = 0
    for element in table.iter(f"{_TABLE}table-column"):
        repeated = _count(element, "number-columns-repeated")
        if _is_hidden(element):
            marks.hidden_columns.extend(range(column, column + min(repeated, _MOST_REPEATS)))
        column += repeated
    row = 0
    for element in table.iter(f"{_TABLE}table-row"):
        repeated = _count(element, "number-rows-repeated")
        if _is_hidden(element):
            marks.hidden_rows.extend(range(row, row + min(repeated, _MOST_REPEATS)))
        for place, cell in _cells(element):
            _scan_cell(marks, row, place, cell)
        row += repeated
    return marks


def _cells(row: ElementTree.Element) -> Iterator[tuple[int, ElementTree.Element]]:
    column = 0
    for cell in row:
        if cell.tag in (f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell"):
            repeated = _count(cell, "number-columns-repeated")
            if len(cell.attrib) > 0:
                for offset in range(min(repeated, _MOST_REPEATS)):
                    yield column + offset, cell
            column += repeated


def _scan_cell(marks: SheetMarks, row: int, column: int, cell: ElementTree.Element) -> None:
    kind = cell.get(f"{_OFFICE}value-type")
    wide, high = _count(cell, "number-columns-spanned"), _count(cell, "number-rows-spanned")
    if (wide > 1 or high > 1) and marks.merged is not None:
        marks.merged.append((row, column, row + high - 1, column + wide - 1))
    text = "\n".join("".join(paragraph.itertext()) for paragraph in cell.iter(f"{_TEXT}p"))
    if cell.get(f"{_CALC}value-type") == "error" or (cell.get(f"{_TABLE}formula") and text.startswith(("#", "Err:"))):
        marks.cells[row, column] = (ERROR, text)
    elif cell.get(f"{_TABLE}formula") and kind is None:
        marks.cells[row, column] = (UNCOMPUTED, "")
    elif kind == "percentage":
        marks.cells[row, column] = (PERCENT, "")


def _count(element: ElementTree.Element, name: str) -> int:
    return int(element.get(f"{_TABLE}{name}", "1"))


def _is_hidden(element: ElementTree.Element) -> bool:
    return element.get(f"{_TABLE}visibility") in ("collapse", "filter")
