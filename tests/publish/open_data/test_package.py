"""The packages of the reconstruction: valid, complete, the same every time, and silent about single persons."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import frictionless
import openpyxl
import pytest
from sqlalchemy import Connection, text

from pipc_etl.errors import PublicationError
from pipc_etl.publish.open_data.tables import column_titles, table_specs
from pipc_etl.warehouse.engine import role_engine
from tests.publish.open_data.publishing import K, Opened, draft, figure, publish
from tests.publish.open_data.reader import Reader, Reading
from tests.reconstruction import Reconstruction

# Two days of the same month, between which one person's answers were corrected and two events became known; and the year.
OCTOBER, LATER = datetime(2023, 10, 5, 15, tzinfo=UTC), datetime(2023, 11, 20, 15, tzinfo=UTC)
YEAR_END = datetime(2024, 1, 15, 15, tzinfo=UTC)
UNIT = ("scope", "plan_code", "activity_code", "session_code", "period_code")
OF_PERSONS = ("sessions", "attendance_by_session", "participants_by_month", "attendance_profile", "evaluation")


@pytest.fixture(scope="module")
def connection(reconstruction: Reconstruction) -> Iterator[Connection]:
    """The publisher's, in a transaction that never ends well: the reconstruction is shared."""
    engine = role_engine(reconstruction.settings, "publisher")
    with engine.connect() as found:
        yield found
        found.rollback()
    engine.dispose()


@pytest.fixture(scope="module")
def packages(connection: Connection, reconstruction: Reconstruction, tmp_path_factory: pytest.TempPathFactory) -> list[Opened]:
    """Three publications of the dialogues of 2023, one after the other, and the year 2020."""
    folder = tmp_path_factory.mktemp("packages")
    asked = [
        (9001, "2023-M09", date(2023, 9, 30), OCTOBER, "RDC", OF_PERSONS),
        (9002, "2023-M10", date(2023, 10, 31), LATER, "RDC", OF_PERSONS),
        (9003, "2023", date(2023, 12, 31), YEAR_END, "RDC", ()),
        (9004, "2020", date(2020, 12, 31), datetime(2021, 2, 12, 17, tzinfo=UTC), "PIPC", ()),
    ]
    drafts = [(draft(connection, *one[:5]), one[5]) for one in asked]
    return [publish(connection, reconstruction.catalog, one, folder / one.number, tables) for one, tables in drafts]


def _rows(package: Opened, table: str) -> list[dict[str, str]]:
    with (package.folder / "datos" / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_package_is_valid_and_complete_when_frictionless_reads_it(packages: list[Opened]) -> None:
    for package in (packages[2], packages[3]):
        report = frictionless.validate(str(package.folder / "datapackage.json"))
        assert report.valid, report.flatten(["taskNumber", "rowNumber", "fieldName", "note"])[:5]
        assert {task.name for task in report.tasks} == {"figures", *table_specs()}
        described = json.loads((package.folder / "datapackage.json").read_text(encoding="utf-8"))
        keys = {resource["name"]: resource["schema"].get("foreignKeys") for resource in described["resources"]}
        assert keys["attendance_by_session"]
        assert keys["activity_compliance"]
        assert described["licenses"][0]["name"] == "CC-BY-4.0"
    assert len(_rows(packages[3], "activity_compliance")) > 20
    assert len(_rows(packages[2], "attendance_by_session")) == 5


def test_checksums_and_catalogue_name_every_file_when_written(packages: list[Opened]) -> None:
    for package in packages:
        lines = (package.folder / "CHECKSUMS.sha256").read_text(encoding="utf-8").splitlines()
        named = {line.split("  ")[1]: line.split("  ")[0] for line in lines}
        files = {path.relative_to(package.folder).as_posix(): path for path in package.folder.rglob("*") if path.is_file()}
        assert {package.folder / name for name in files} == set(package.paths)
        assert set(named) == set(files) - {"CHECKSUMS.sha256"}
        assert all(hashlib.sha256(files[name].read_bytes()).hexdigest() == digest for name, digest in named.items())
        entry = json.loads((package.folder / "dcat.jsonld").read_text(encoding="utf-8"))
        offered = {item["dcat:downloadURL"]["@id"]: item["spdx:checksum"]["spdx:checksumValue"] for item in entry["dcat:distribution"]}
        assert offered == {name: named[name] for name in named if name.startswith("datos") or name == "datapackage.json"}


def test_bytes_are_the_same_when_a_package_is_written_again(
    packages: list[Opened], connection: Connection, reconstruction: Reconstruction, tmp_path: Path
) -> None:
    # After later publications of the same entity: what a publication has said, it says again.
    first = packages[0]
    again = publish(connection, reconstruction.catalog, first.document, tmp_path / "again", OF_PERSONS)
    assert len(again.paths) == len(first.paths) > 10
    for before, after in zip(first.paths, again.paths, strict=True):
        assert before.read_bytes() == after.read_bytes(), before.name


def test_workbook_has_the_tables_in_spanish_when_opened(packages: list[Opened]) -> None:
    book = openpyxl.load_workbook(packages[2].folder / "datos.xlsx", read_only=True)
    assert "Perfil de los asistentes" in book.sheetnames
    rows = list(book["Asistencia por sesión"].iter_rows(values_only=True))
    assert rows[0] == tuple(column_titles()[name] for name in table_specs()["attendance_by_session"].columns)
    told = _rows(packages[2], "attendance_by_session")
    assert [row[-1] for row in rows[1:]] == [int(row["attendances"]) for row in told]
    assert sum(row[-1] for row in rows[1:]) == 558
    assert isinstance(rows[1][1], datetime)
    book.close()


def test_dictionary_describes_every_column_when_written(packages: list[Opened]) -> None:
    with (packages[2].folder / "diccionario.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    columns = {(row["tabla"], row["columna"]) for row in rows}
    assert columns >= {(code, name) for code, spec in table_specs().items() for name in spec.columns}
    assert [row for row in rows if not row["descripcion"]] == []


def test_no_person_and_no_free_text_is_opened_when_columns_are_read(packages: list[Opened], connection: Connection) -> None:
    opened = {name for spec in table_specs().values() for name in spec.columns}
    assert len(opened) > 100
    private = "select oid from pg_class where relnamespace = 'private'::regnamespace"
    query = f"select attname from pg_attribute where attnum > 0 and attrelid in ({private})"
    personal = set(connection.scalars(text(query)))
    assert personal >= {"full_name", "document_number", "email", "phone"}
    lineage = {"person_key", "attendance_key", "_submission_id", "_row", "response_key", "submitted_at", "known_from"}
    texts = {"justification", "description", "difficulties", "evidence", "action_taken", "observation", "note", "correction_reason"}
    forbidden = personal | lineage | texts | {"venue", "topic"}
    assert opened & forbidden - {"session_code", "entity_code"} == set()
    assert not [name for name in opened if name.startswith("_")]


def test_sensitive_sessions_are_only_counted_by_activity_when_opened(packages: list[Opened], connection: Connection) -> None:
    query = (
        "select session_code from marts.dim_session_asof('2020-12-31', '2021-02-12') "
        "join marts.dim_instance using (entity_code, instance_key) "
        "where instance_type = 'victims_table' and fiscal_year = 2020"
    )
    sensitive = set(connection.scalars(text(query)))
    assert len(sensitive) == 144
    named = {row["session_code"] for row in _rows(packages[3], "sessions")}
    assert len(named) > 40
    assert named & sensitive == set()
    assert sum(int(row["sessions_qty"]) for row in _rows(packages[3], "sessions_by_activity")) == len(named) + len(sensitive)


def test_publication_is_refused_when_its_report_prints_what_must_be_suppressed(
    packages: list[Opened], connection: Connection, reconstruction: Reconstruction, tmp_path: Path
) -> None:
    hidden = next(row for row in _rows(packages[2], "attendance_profile") if row["scope"] == "activity" and row["suppressed"] == "true")
    path = "/".join(hidden[name] for name in ("plan_code", "activity_code", "period_code", "dimension", "category"))
    document = packages[2].document
    told = figure(f"profile/{path}/attendances", "rpt_attendance_profile", Decimal(3))
    with pytest.raises(PublicationError, match="1 cifras que permitirían saber algo"):
        publish(connection, reconstruction.catalog, replace(document, figures={told.key: told}), tmp_path / "refused")
    silent = replace(told, value=None, missing="suppressed")
    assert publish(connection, reconstruction.catalog, replace(document, figures={told.key: silent}), tmp_path / "silent").paths


def _readings(packages: list[Opened], connection: Connection, dimension: str) -> list[Reading]:
    """What the files say in one dimension, and for the judge what is true."""
    readings = []
    for package in packages:
        rows = [row for row in _rows(package, "attendance_profile") if row["dimension"] == dimension]
        told = {
            (tuple(row[name] for name in UNIT), row["category"]): int(row["attendances"]) if row["suppressed"] == "false" else None
            for row in rows
        }
        places = {
            row["session_code"]: (row["plan_code"], row["activity_code"], row["period_code"]) for row in rows if row["scope"] == "session"
        }
        truth = _truth(connection, package, dimension)
        totals = {row["session_code"]: int(row["attendances"]) for row in _rows(package, "attendance_by_session")}
        assert {session: sum(counts.values()) for session, counts in truth.items()} == totals
        readings.append(Reading(places, told, truth))
    return readings


def _truth(connection: Connection, package: Opened, dimension: str) -> dict[str, dict[str, int]]:
    """The persons of each session in each category, as the package's address knows them."""
    query = (
        "select session_code, category, attendances from intermediate.int_attendance_profile_cells_asof(:cutoff, :known_at) "
        "join marts.dim_session_asof(:cutoff, :known_at) as sessions using (entity_code, session_code) "
        "where entity_code = :entity and dimension = :dimension and sessions.fiscal_year = :year"
    )
    address = package.document.address
    found: dict[str, dict[str, int]] = {}
    asked = {"cutoff": address.cutoff, "known_at": address.known_at, "entity": address.entity_code, "dimension": dimension}
    for session, category, qty in connection.execute(text(query), {**asked, "year": address.cutoff.year}):
        found.setdefault(session, {})[category] = int(qty)
    return found


@pytest.mark.parametrize("dimension", ["locality", "ethnic_group"])
def test_no_suppressed_count_is_found_out_when_all_files_are_read(packages: list[Opened], connection: Connection, dimension: str) -> None:
    readings = _readings(packages[:3], connection, dimension)
    assert [len(reading.places) for reading in readings] == [3, 3, 5]
    categories = sorted({category for reading in readings for _, category in reading.told})
    shown = [count for reading in readings for count in reading.told.values() if count is not None]
    assert len(shown) > 20
    assert not [count for count in shown if 0 < count < K]
    found, groups = Reader(readings, categories).disclosed()
    assert groups > 10
    assert found == []


def test_a_corrected_answer_is_found_out_when_the_mart_is_read_at_two_moments(packages: list[Opened], connection: Connection) -> None:
    # One person's locality was corrected between the first two publications: the mart, which suppresses within one moment, tells it.
    readings = []
    for package, reading in zip(packages[:2], _readings(packages[:2], connection, "locality"), strict=True):
        address = package.document.address
        query = (
            f"select {', '.join(UNIT)}, category, attendances from marts.rpt_attendance_profile_asof(:cutoff, :known_at) "
            "where entity_code = :entity and dimension = 'locality' and fiscal_year = 2023"
        )
        asked = {"cutoff": address.cutoff, "known_at": address.known_at, "entity": address.entity_code}
        rows = connection.execute(text(query), asked).all()
        readings.append(Reading(reading.places, {(tuple(row[:5]), row[5]): row[6] for row in rows}, reading.truth))
    before, after = (reading.truth["SG23-DC2"] for reading in readings)
    assert {category for category in before | after if before.get(category) != after.get(category)} == {"07", "08"}
    categories = sorted({category for reading in readings for counts in reading.truth.values() for category in counts})
    found, _ = Reader(readings, categories).disclosed()
    assert [name for name in found if "came" in name or "left" in name]
