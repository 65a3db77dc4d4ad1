"""Packages as other programs write them, and packages that cannot be edited: there is always an answer."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import openpyxl
import pytest
from lxml import etree
from openpyxl.comments import Comment

from pipc_etl.contracts import Catalog
from pipc_etl.intake import ReaderPool
from pipc_etl.intake.batch import open_book
from pipc_etl.intake.cells import RawWorkbook
from tests.answers.workbook.feedback_files import (
    SHEET,
    MakeFeedback,
    a_review,
    colours,
    comments,
    finding,
    opened,
    parts,
    pending_lines,
    repacked,
    rich_workbook,
)

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:openpyxl")
TRANSITIONAL = b"http://schemas.openxmlformats.org/"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
REVIEW = a_review(finding("number.invalid", "error", "E5"), finding("date.invalid", "error", "D8", "month"))


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return rich_workbook(tmp_path / "reporte.xlsx")


def prefixed(name: str, content: bytes) -> bytes:
    """The main namespace with a prefix, as some libraries write it."""
    if not re.fullmatch(r"xl/(worksheets/sheet\d|workbook|styles|comments1)\.xml", name):
        return content
    root = etree.fromstring(content)
    renamed = etree.Element(root.tag, root.attrib, nsmap={"x": MAIN, **{key: uri for key, uri in root.nsmap.items() if key}})
    renamed.extend(list(root))
    etree.cleanup_namespaces(renamed, keep_ns_prefixes=["x", "r"])
    return etree.tostring(renamed, xml_declaration=True, encoding="UTF-8", standalone=True)


def strict(name: str, content: bytes) -> bytes:
    """Strict Office Open XML, as Excel saves it where that is asked."""
    if not name.endswith((".xml", ".rels")) or name.startswith(("[", "docProps")):
        return content
    for old, new in (
        (b"spreadsheetml/2006/main", b"spreadsheetml/main"),
        (b"officeDocument/2006/relationships", b"officeDocument/relationships"),
        (b"drawingml/2006/", b"drawingml/"),
    ):
        content = content.replace(TRANSITIONAL + old, b"http://purl.oclc.org/ooxml/" + new)
    return content


def in_utf16(name: str, content: bytes) -> bytes:
    if not name.startswith("xl/worksheets/sheet"):
        return content
    return content.decode().replace('encoding="UTF-8"', 'encoding="UTF-16"').encode("utf-16")


def with_remarks(name: str, content: bytes) -> bytes:
    return content.replace(b"<sheetViews>", b"<!-- <sheetData> of another program --><sheetViews>")


@pytest.mark.parametrize("change", [prefixed, strict, in_utf16, with_remarks], ids=lambda change: change.__name__)
def test_package_is_edited_when_it_is_written_in_another_manner(change: object, source: Path, feedback: MakeFeedback) -> None:
    before = parts(source)
    repacked(source, change)  # type: ignore[arg-type]
    assert parts(source) != before
    answer = feedback(source, REVIEW)
    assert answer.form == "edited"
    after = parts(answer.content)
    sheet = etree.fromstring(after["xl/worksheets/sheet2.xml"])
    formulas = ["".join(rule.itertext()) for rule in sheet.iter("{*}cfRule") if rule.get("type") == "expression"]
    assert formulas == ['LEN("PIPC:error")>0']
    names = [element.get("name") for element in etree.fromstring(after["xl/workbook.xml"]).iter("{*}sheet")]
    assert names == ["Pendientes", "Notas", SHEET, "Gráfica", "Borrador"]
    written = [element.get("ref") for element in etree.fromstring(after["xl/comments1.xml"]).iter("{*}comment")]
    assert written == ["A4", "E5", "D8"]
    if change is not strict:  # openpyxl reads no strict files
        assert set(comments(opened(answer)[SHEET])) == {"A4", "E5", "D8"}


def test_file_reads_the_same_when_its_answer_is_read(source: Path, feedback: MakeFeedback, catalog: Catalog, pool: ReaderPool) -> None:
    for change in (lambda _, content: content, strict, prefixed):
        repacked(source, change)
        target = source.with_name("answer.xlsx")
        target.write_bytes(feedback(source, REVIEW).content)
        before, after = (open_book(path, catalog, pool) for path in (source, target))
        assert isinstance(before, RawWorkbook)
        assert len(before.sheets) == 3
        assert after == before


def test_styles_are_made_when_the_package_has_none(source: Path, feedback: MakeFeedback) -> None:
    def bare(name: str, content: bytes) -> bytes | None:
        if name == "xl/styles.xml":
            return None
        if name.startswith("xl/worksheets/sheet"):
            return re.sub(rb' s="\d+"| dxfId="\d+"', b"", content)
        return re.sub(rb"<(?:Override|Relationship) [^>]*styles[^>]*/>", b"", content)

    answer = feedback(repacked(source, bare), REVIEW)
    assert answer.form == "edited"
    book = opened(answer)
    assert set(colours(book[SHEET]).values()) == {"FFC7CE"}
    assert book.worksheets[0]["A1"].font.b
    assert not book[SHEET]["A4"].font.b


def test_conversation_is_left_alone_when_a_cell_has_one(source: Path, feedback: MakeFeedback) -> None:
    def threaded(name: str, content: bytes) -> bytes:
        return content.replace(b"<author>Ana</author>", b"<author>tc={1A2B}</author>") if name == "xl/comments1.xml" else content

    answer = feedback(repacked(source, threaded), REVIEW)
    found = comments(opened(answer)[SHEET])
    assert (answer.commented, found["E5"]) == (1, "Lo conté dos veces")
    assert "[Revisión PIPC]" in found["D8"]
    assert {line["Celda"] for line in pending_lines(opened(answer))} == {"E5", "D8"}


def test_name_is_another_when_the_sender_has_a_sheet_pendientes(source: Path, feedback: MakeFeedback) -> None:
    def named(name: str, content: bytes) -> bytes:
        return content.replace(b'name="Notas"', b'name="PENDIENTES"') if name == "xl/workbook.xml" else content

    book = opened(feedback(repacked(source, named), REVIEW))
    assert book.sheetnames[:2] == ["Pendientes (2)", "PENDIENTES"]
    assert book["PENDIENTES"]["A1"].value == "Cuentas de la oficina"


@pytest.mark.parametrize(
    ("part", "old", "new", "form"),
    [
        ("xl/worksheets/sheet2.xml", b"<worksheet", b"<!DOCTYPE worksheet [<!ENTITY a 'b'>]><worksheet", "rebuilt"),
        ("xl/worksheets/sheet2.xml", b"<sheetData>", b"<sheetData><![CDATA[ ]]>", "rebuilt"),
        ("xl/drawings/vmlDrawing1.vml", b"</xml>", b"", "rebuilt"),
        ("xl/styles.xml", b"<fonts", b"<broken", "alone"),  # nobody can read it at all
    ],
)
def test_sender_gets_his_values_when_the_package_cannot_be_edited(
    part: str, old: bytes, new: bytes, form: str, source: Path, feedback: MakeFeedback, caplog: pytest.LogCaptureFixture
) -> None:
    def spoil(name: str, content: bytes) -> bytes:
        return content.replace(old, new, 1) if name == part else content

    before = parts(source)
    repacked(source, spoil)
    assert parts(source)[part] != before[part]
    answer = feedback(source, REVIEW)
    assert "cannot be marked as it came" in caplog.text
    assert answer.form == form
    book = opened(answer)
    assert {line["Celda"] for line in pending_lines(book)} == {"E5", "D8"}
    if form == "alone":
        return
    assert book[SHEET]["E5"].value == "dos"
    assert set(colours(book[SHEET])) == {"E5", "D8"}
    assert "no se pudo marcar tal como llegó" in str(book.worksheets[0]["A4"].value)


def test_signature_is_taken_away_when_the_package_changes(source: Path, feedback: MakeFeedback) -> None:
    relation = (
        b'<Relationship Id="rIdS" Type="http://schemas.openxmlformats.org/package/2006/relationships/digital-signature/origin" '
        b'Target="_xmlsignatures/origin.sigs"/></Relationships>'
    )
    repacked(source, lambda name, content: content.replace(b"</Relationships>", relation) if name == "_rels/.rels" else content)
    with zipfile.ZipFile(source, "a") as archive:
        archive.writestr("_xmlsignatures/origin.sigs", b"")
    after = parts(feedback(source, REVIEW).content)
    assert not [name for name in after if name.startswith("_xmlsignatures")]
    assert b"digital-signature" not in after["_rels/.rels"]


def test_macros_stay_when_the_workbook_has_some(source: Path, feedback: MakeFeedback) -> None:
    macro = b"application/vnd.ms-excel.sheet.macroEnabled.main+xml"
    plain = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
    repacked(source, lambda name, content: content.replace(plain, macro) if name.startswith("[") else content)
    with zipfile.ZipFile(source, "a") as archive:
        archive.writestr("xl/vbaProject.bin", b"not run, not looked at")
    answer = feedback(source, REVIEW)
    assert answer.name == "reporte - revisado.xlsm"
    assert parts(answer.content)["xl/vbaProject.bin"] == b"not run, not looked at"


def test_boxes_are_hidden_and_whole_when_their_drawing_has_other_prefixes(tmp_path: Path, feedback: MakeFeedback) -> None:
    """As openpyxl writes them: `ns0:shape`, with namespaces declared where they are used."""
    book = openpyxl.Workbook()
    page = book.worksheets[0]
    page.title = SHEET
    page["E5"].comment = Comment("Lo conté dos veces", "Ana")
    page["A1"].comment = Comment("Encabezado", "Ana")
    path = tmp_path / "reporte.xlsx"
    book.save(path)
    first = feedback(path, REVIEW)
    path.write_bytes(first.content)
    second = feedback(path, a_review(finding("x", "warning", "B2"), finding("x", "warning", "A1")))
    for answer, expected in ((first, {"A1", "E5", "D8"}), (second, {"A1", "E5", "B2"})):
        assert set(comments(opened(answer)[SHEET])) == expected
        (drawing,) = (content for name, content in parts(answer.content).items() if name.endswith(".vml"))
        shapes = list(etree.fromstring(drawing).iter("{urn:schemas-microsoft-com:vml}shape"))
        rows = {int(row.text or "") for shape in shapes for row in shape.iter("{urn:schemas-microsoft-com:office:excel}Row")}
        assert rows == {int(re.sub(r"\D", "", cell)) - 1 for cell in expected}
        assert len(shapes) == 3
        assert all("visibility:hidden" in shape.get("style", "") for shape in shapes)
        ids = [shape.get("id") for shape in shapes]
        assert len(set(ids)) == 3
