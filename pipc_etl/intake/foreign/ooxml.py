"""Scans the XML of .xlsx and .xlsm for what calamine leaves out; it looks for the few cells that matter and parses no others."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from xml.etree import ElementTree
from zipfile import ZipFile

from pipc_etl.intake.foreign.marks import ERROR, PERCENT, UNCOMPUTED, BookMarks, SheetMarks, is_percent_format

_ATTRIBUTE = re.compile(rb'([\w:]+)\s*=\s*(?:"([^"]*)"|\'([^\']*)\')')
_ERROR_CELL = re.compile(rb"<(?:\w+:)?c\s([^<>]*?\bt=[\"']e[\"'][^<>]*)>(.*?)</(?:\w+:)?c>", re.S)
_VALUE = re.compile(rb"<(?:\w+:)?v[^>]*>([^<]*)</")
_EMPTY_FORMULA = re.compile(
    rb"<(?:\w+:)?c\s([^<>]*[^/<>])>\s*<(?:\w+:)?f\b(?:[^<>]*/>|[^<>]*>[^<]*</(?:\w+:)?f>)\s*"
    rb"(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v>\s*</(?:\w+:)?v>)?\s*</(?:\w+:)?c>"
)
_HIDDEN_ROW = re.compile(rb"<(?:\w+:)?row\s([^<>]*?\bhidden=[\"'](?:1|true)[\"'][^<>]*)>")
_HIDDEN_COLUMN = re.compile(rb"<(?:\w+:)?col\s([^<>]*?\bhidden=[\"'](?:1|true)[\"'][^<>]*)>")
_MAX_HIDDEN = 20_000


def scan(archive: ZipFile) -> BookMarks:
    """The marks of an Office Open XML workbook."""
    names = set(archive.namelist())
    marks = BookMarks(macros=any(name.endswith("vbaProject.bin") for name in names))
    root = ElementTree.fromstring(archive.read("xl/workbook.xml"))
    for element in root.iter():
        if _local(element.tag) == "workbookPr":
            marks.epoch_1904 = element.get("date1904", "0").lower() in ("1", "true", "on")
    percent = _percent_styles(archive.read("xl/styles.xml")) if "xl/styles.xml" in names else []
    for name, part in _sheet_parts(archive, root):
        if part in names:
            marks.sheets[name] = _scan_sheet(archive.read(part), percent)
    if "docProps/custom.xml" in names:
        marks.properties = _properties(archive.read("docProps/custom.xml"))
    return marks


def _local(tag: str) -> str:
    return tag.rsplit("}", 1)[-1]


def _sheet_parts(archive: ZipFile, workbook: ElementTree.Element) -> Iterator[tuple[str, str]]:
    relations = {
        element.get("Id"): element.get("Target", "") for element in ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
    }
    for element in workbook.iter():
        if _local(element.tag) == "sheet":
            relation = next((value for key, value in element.attrib.items() if _local(key) == "id" and key != "id"), None)
            target = relations.get(relation, "")
            yield element.get("name", ""), target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"xl/{target}")


def _percent_styles(xml: bytes) -> list[int]:
    """The indices of the cell styles that show percents."""
    root = ElementTree.fromstring(xml)
    formats = {9, 10}
    styles: list[int] = []
    for element in root.iter():
        if _local(element.tag) == "numFmt" and is_percent_format(element.get("formatCode", "")):
            formats.add(int(element.get("numFmtId", "0")))
    for element in root.iter():
        if _local(element.tag) == "cellXfs":
            styles = [index for index, style in enumerate(element) if int(style.get("numFmtId", "0")) in formats]
    return styles


def _scan_sheet(xml: bytes, percent_styles: list[int]) -> SheetMarks:
    marks = SheetMarks()
    if percent_styles:
        numbers = b"|".join(str(index).encode() for index in percent_styles)
        shown = re.compile(rb"<(?:\w+:)?c\s([^<>]*?\bs=[\"'](?:" + numbers + rb")[\"'][^<>]*)(?<!/)>")
        _mark(marks, (match[1] for match in shown.finditer(xml)), PERCENT)
    # Plain searches first: a pattern over a hundred megabytes takes seconds, and most sheets have nothing to find.
    if any(tag in xml for tag in (b"<f>", b"<f ", b":f>", b":f ")):
        # t="str" is the result of a formula that gave an empty text: computed, and blank.
        empty = (match[1] for match in _EMPTY_FORMULA.finditer(xml) if b't="str"' not in match[1])
        _mark(marks, empty, UNCOMPUTED)
    if b'"e"' in xml or b"'e'" in xml:
        for match in _ERROR_CELL.finditer(xml):
            value = _VALUE.search(match[2])
            _mark(marks, [match[1]], ERROR, value[1].decode("utf-8", "replace") if value else "#ERROR")
    if b"hidden=" in xml:
        _scan_hidden(marks, xml)
    return marks


def _scan_hidden(marks: SheetMarks, xml: bytes) -> None:
    rows = (_attributes(match[1]).get("r", "") for match in _HIDDEN_ROW.finditer(xml))
    marks.hidden_rows = [int(row) - 1 for row, _ in zip(rows, range(_MAX_HIDDEN), strict=False) if row]
    for match in _HIDDEN_COLUMN.finditer(xml):
        found = _attributes(match[1])
        first, last = int(found.get("min", "1")), int(found.get("max", "1"))
        marks.hidden_columns.extend(range(first - 1, min(last, 16_384)))


def _mark(marks: SheetMarks, cells: Iterator[bytes] | list[bytes], kind: str, text: str = "") -> None:
    for attributes in cells:
        place = _place(_attributes(attributes).get("r", ""))
        if place is not None:
            marks.cells[place] = (kind, text)


def _attributes(tag: bytes) -> dict[str, str]:
    return {match[1].decode(): (match[2] or match[3] or b"").decode("utf-8", "replace") for match in _ATTRIBUTE.finditer(tag)}


def _place(reference: str) -> tuple[int, int] | None:
    match = re.fullmatch(r"([A-Z]{1,3})(\d+)", reference)
    if match is None:
        return None
    column = 0
    for character in match[1]:
        column = column * 26 + ord(character) - 64
    return int(match[2]) - 1, column - 1


def _properties(xml: bytes) -> dict[str, str]:
    found: dict[str, str] = {}
    for element in ElementTree.fromstring(xml):
        name = element.get("name")
        if name and len(element):
            found[name] = element[0].text or ""
    return found
