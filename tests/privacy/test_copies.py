"""Copies of foreign files without a person: what is theirs goes, everything else stays as it came."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from zipfile import ZipFile

import openpyxl
import pytest
import xlsxwriter
from sqlalchemy import create_engine

from pipc_etl.contracts import Catalog
from pipc_etl.intake import ReaderPool
from pipc_etl.intake.cells import RawSheet, RawWorkbook
from pipc_etl.privacy.cells import Search
from pipc_etl.privacy.copies import Looked, look, star_out
from pipc_etl.privacy.places import Sweep
from pipc_etl.privacy.wanted import Wanted, person, plain_document, plain_phone
from pipc_etl.privacy.workbook_copy import redacted_workbook, search_book
from pipc_etl.settings import Settings
from pipc_etl.warehouse.people import KeyedHash
from tests.privacy.story import said

HASHES = KeyedHash("a secret")
HEADER = "Id;Marca temporal;Código del evento;¿Autoriza el tratamiento de sus datos personales?;Nombres y apellidos;Número de documento;Correo electrónico;Teléfono;Edad;Otra pregunta"  # noqa: E501
LUZ = "1;30/06/2023 9:00:00;SG23-DC1;Sí;Luz Marina Peña;52.345.678;luz.pena@ejemplo.co;300 123 4567;34;vivo en la calle 1"
HOMONYM = "2;30/06/2023 9:01:00;SG23-DC1;Sí;Luz Marina Peña;99888777;;3001234567;20;nada"
NOBODY = "3;30/06/2023 9:02:00;SG23-DC1;Sí;LUZ  MARINA PENA;;;;50;llamar al +57 300 123 4567"
OTHER = "4;30/06/2023 9:03:00;SG23-DC1;Sí;Ana Ruiz;41000111;ana@ejemplo.co;;52345678;«152.345.678» y «523456789»"


@pytest.fixture(scope="module")
def pool() -> Iterator[ReaderPool]:
    with ReaderPool() as pool:
        yield pool


@pytest.fixture
def search(catalog: Catalog) -> Search:
    """Only the list is known: what the person's rows say is learnt from them."""
    return Search(catalog, HASHES, Wanted(hashes=person(HASHES, [("CC", "52345678")], ()).hashes))


def redact(path: Path, search: Search, pool: ReaderPool, kind: str | None = "attendance_form") -> tuple[Looked, Path]:
    target = path.with_name(f"copia{path.suffix}")
    contract = search.catalog.contracts[kind] if kind else None
    return look(path, path.name, search, contract, pool, target), target


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_rows_of_others_stay_byte_for_byte_when_a_delimited_file_is_redacted(
    encoding: str, search: Search, pool: ReaderPool, tmp_path: Path
) -> None:
    source = tmp_path / "Asistencia.csv"
    source.write_text("\r\n".join([HEADER, LUZ, HOMONYM, NOBODY, OTHER, ""]), encoding=encoding, newline="")
    looked, copy = redact(source, search, pool)
    assert looked.rows == (("CSV", 2),)
    lines = copy.read_bytes().decode(encoding).split("\r\n")
    assert lines == [
        HEADER,
        # What the contract does not know may be anything, and goes.
        "1;30/06/2023 9:00:00;SG23-DC1;Sí;;;;;34;",
        HOMONYM,
        # A row that identifies nobody else: the name and the telephone are taken for the person's.
        "3;30/06/2023 9:02:00;SG23-DC1;Sí;[suprimido];;;;50;llamar al [suprimido]",
        # An age is in the row of somebody else, and these numbers are others.
        OTHER.replace(";52345678;", ";[suprimido];"),
        "",
    ]


def test_nothing_is_written_when_nothing_is_found(search: Search, pool: ReaderPool, tmp_path: Path) -> None:
    source = tmp_path / "Asistencia.csv"
    source.write_text("\n".join([HEADER, HOMONYM, OTHER]), "utf-8")
    looked, copy = redact(source, search, pool)
    assert (looked.passages, looked.rows, copy.exists()) == (0, (), False)


def test_rows_of_others_stay_when_the_person_was_signed_in_for_them(catalog: Catalog, pool: ReaderPool, tmp_path: Path) -> None:
    wanted = person(HASHES, [("CC", "52345678")], ["luz.pena@ejemplo.co"])
    search = Search(catalog, HASHES, Wanted(hashes=wanted.hashes, emails=wanted.emails))
    source = tmp_path / "Asistencia.csv"
    signed_in = [OTHER.rpartition(";")[0] + ";Luz.Pena@ejemplo.co", NOBODY.rpartition(";")[0] + ";luz.pena@ejemplo.co"]
    source.write_text("\n".join([HEADER, *signed_in, ""]), "utf-8")
    looked, copy = redact(source, search, pool)
    assert (looked.rows, looked.person.documents, looked.person.names) == ((("CSV", 3),), frozenset(), {"LUZ MARINA PENA"})
    assert copy.read_text("utf-8").splitlines()[1] == OTHER.rpartition(";")[0] + ";[suprimido]"


def test_public_words_stay_in_others_texts_when_somebody_took_them_for_a_name(catalog: Catalog, pool: ReaderPool, tmp_path: Path) -> None:
    public = " secretaria general \n atencion ejemplo co \n"
    search = Search(catalog, HASHES, Wanted(hashes=person(HASHES, [("CC", "52345678")], ()).hashes), public=public)
    row = "1;30/06/2023 9:00:00;SG23-DC1;Sí;Secretaría General;52.345.678;atencion@ejemplo.co;;34;"
    other = OTHER.rpartition(";")[0].replace(";52345678", ";30") + ";lo dijo la Secretaría General en atencion@ejemplo.co"
    source = tmp_path / "Asistencia.csv"
    source.write_text("\n".join([HEADER, row, other, ""]), "utf-8")
    _, copy = redact(source, search, pool)
    assert copy.read_text("utf-8").splitlines()[1:] == ["1;30/06/2023 9:00:00;SG23-DC1;Sí;;;;;34;", other]


def workbook(path: Path) -> Path:
    """With shared texts, a style, a comment, a link, a footer and an author."""
    book = xlsxwriter.Workbook(path)
    book.set_properties({"author": "Luz Marina Peña"})
    bold, sheet = book.add_format({"bold": True}), book.add_worksheet("Form1")
    for number, line in enumerate((HEADER, LUZ, HOMONYM)):
        sheet.write_row(number, 0, [int(cell) if cell.isdigit() and len(cell) < 3 else cell for cell in line.split(";")])
    sheet.write_number("F2", 52345678, bold)
    sheet.write_comment("B2", "Llamar a Luz Marina Peña")
    sheet.write_url("L3", "mailto:luz.pena@ejemplo.co", string="escribir")
    sheet.set_footer("&Cluz.pena@ejemplo.co")
    book.add_worksheet("Notas").write_row(0, 0, ["confirmó Luz  Marina Pena, C.C. 52 345 678", 7])
    book.close()
    return path


def test_package_is_edited_in_place_when_a_workbook_names_the_person(search: Search, pool: ReaderPool, tmp_path: Path) -> None:
    source = workbook(tmp_path / "Asistencia.xlsx")
    looked, copy = redact(source, search, pool)
    assert looked.rows == (("Form1", 2),)
    book = openpyxl.load_workbook(copy)
    rows = [[cell.value for cell in row] for row in book["Form1"].iter_rows()]
    assert rows[1][:10] == [1, "30/06/2023 9:00:00", "SG23-DC1", "Sí", None, None, None, None, 34, None]
    # The homonym's name and telephone are the homonym's.
    assert rows[2][4:8] == ["Luz Marina Peña", "99888777", None, "3001234567"]
    assert [cell.value for cell in book["Notas"][1]] == ["confirmó [suprimido], C.C. [suprimido]", 7]
    assert book["Form1"]["F2"].font.bold, "the cell keeps its form"
    with ZipFile(copy) as package:
        parts = {name: package.read(name).decode("utf-8", "replace") for name in package.namelist()}
    left = {name: found for name, text in parts.items() if (found := [one for one in said(text) if one != "3001234567"])}
    assert left == {"xl/sharedStrings.xml": ["luz marina pena"]}, "once, in the text of the homonym"
    assert parts["xl/sharedStrings.xml"].count("Luz Marina Peña") == 1


def test_values_are_written_anew_when_a_package_cannot_be_edited(search: Search, pool: ReaderPool, tmp_path: Path) -> None:
    source = workbook(tmp_path / "libro.xlsx")
    with ZipFile(source) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    # Cells without addresses are allowed, and nobody could say which one to empty.
    parts["xl/worksheets/sheet1.xml"] = re.sub(rb' r="[A-Z]+\d+"', b"", parts["xl/worksheets/sheet1.xml"])
    with ZipFile(source, "w") as package:
        for name, content in parts.items():
            package.writestr(name, content)
    looked, copy = redact(source, search, pool)
    assert looked.rows == (("Form1", 2),)
    rows = [[cell.value for cell in row] for row in openpyxl.load_workbook(copy)["Form1"].iter_rows()]
    assert rows[1][:10] == [1, "30/06/2023 9:00:00", "SG23-DC1", "Sí", None, None, None, None, 34, None]
    assert rows[2][5] == "99888777"


def test_sheets_of_other_formats_are_rebuilt_when_they_name_the_person(search: Search, pool: ReaderPool, tmp_path: Path) -> None:
    sheet = RawSheet("Hoja1", False, [list(HEADER.split(";")), list(LUZ.split(";"))])
    book = RawWorkbook((sheet,))
    found = search_book(book, search, search.catalog.contracts["attendance_form"])
    source = tmp_path / "Asistencia.ods"
    source.write_bytes(b"\xd0\xcf\x11\xe0 no package")
    target = tmp_path / "copia.ods"
    changes = {name: one.texts for name, one in found.items()}
    target.write_bytes(redacted_workbook(source, book, changes, search, None, pool))
    again = pool.read(target, search.catalog)
    assert isinstance(again, RawWorkbook)
    assert said(str(again)) == []
    assert again.sheets[0].rows[1][:4] == ["1", "30/06/2023 9:00:00", "SG23-DC1", "Sí"]


def test_log_keeps_its_length_when_another_process_writes_at_its_end(catalog: Catalog, tmp_path: Path) -> None:
    wanted = person(HASHES, [("CC", "52345678")], ["Luz.Peña@ejemplo.co"]).with_values(
        documents=(), emails=(), phones=["300 1234567"], names=["Luz Marina Peña"]
    )
    log = tmp_path / "task.log"
    log.write_text('{"event": "Luz Marina Pe\\u00f1a"}\nluz.peña@EJEMPLO.co 52.345.678\nLUZ MARINA PEÑA tel 300-123-4567 fin\n', "utf-8")
    size, search = log.stat().st_size, Search(catalog, HASHES, wanted)
    with log.open("a", encoding="utf-8") as writer:
        assert star_out(log, search, dry_run=True) == star_out(log, search, dry_run=False) == 5
        writer.write("después\n")
    assert log.stat().st_size == size + len("después\n".encode())
    text = log.read_text("utf-8")
    assert said(text.replace("*", "")) == []
    assert text.endswith("fin\ndespués\n")


def test_programs_own_files_stay_when_a_short_document_is_a_port_of_theirs(
    catalog: Catalog, settings: Settings, pool: ReaderPool, tmp_path: Path
) -> None:
    home = replace(settings, home=tmp_path)
    for name in ("airflow/airflow.cfg", "airflow/services/scheduler.json", "postgres/port", "logs/ingest.log"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("55432\n")
    sweep = Sweep(home, create_engine("postgresql+psycopg2://"), Search(catalog, HASHES, person(HASHES, [("CE", "55432")], ())), pool)
    sweep.logs()
    assert sweep.files == {"log": 1}


def test_person_is_one_when_numbers_are_written_in_many_ways() -> None:
    assert {plain_document(text) for text in ("52.345.678", " 52345678.0", "０52345678", "52,345,678")} == {"52345678"}
    assert {plain_phone(text) for text in ("+57 300 123 4567", "3001234567.0", "(300) 123-4567")} == {"3001234567"}
    assert plain_document("no tiene") == ""
    assert person(HASHES, [("CC", "52.345.678")], ()).hashes == person(HASHES, [(None, "52345678"), ("TI", "052345678")], ()).hashes
    assert person(HASHES, [("PA", "52345678")], ()).hashes != person(HASHES, [("CC", "52345678")], ()).hashes
