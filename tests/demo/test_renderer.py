"""The files that the samples become."""

from __future__ import annotations

import csv
import hashlib
import io
import subprocess
import sys
import zipfile
from collections import Counter
from pathlib import Path

import pandas as pd
import pytest

from pipc_etl.contracts import Catalog, fold
from pipc_etl.demo.manifest import SampleFile, read_manifest
from pipc_etl.demo.renderer import RECONSTRUCTION
from pipc_etl.errors import ContractError
from pipc_etl.intake.envelope import Envelope, parse
from pipc_etl.settings import PROJECT_ROOT

HASHES = """
import hashlib
from pathlib import Path
from pipc_etl.contracts import load_catalog
from pipc_etl.demo.renderer import render_samples
for sample, content in render_samples(Path("samples"), load_catalog(Path("expectations"))):
    print(hashlib.sha256(content).hexdigest(), sample.path)
"""


def test_bytes_are_the_same_when_another_process_renders(rendered: dict[str, bytes]) -> None:
    command = [sys.executable, "-c", HASHES]
    printed = subprocess.run(command, cwd=PROJECT_ROOT, capture_output=True, text=True, check=True, timeout=120).stdout
    elsewhere = dict(reversed(line.split(" ", 1)) for line in printed.splitlines())
    here = {path: hashlib.sha256(content).hexdigest() for path, content in rendered.items()}
    assert len(here) >= 80
    assert elsewhere == here
    assert len(set(here.values())) == len(here), "two files with the same bytes would be one submission"


def test_files_are_enough_and_not_too_many_when_everything_is_sent(manifest: tuple[SampleFile, ...]) -> None:
    assert 80 <= len(manifest) <= 120


def test_place_names_kind_and_period_when_a_file_is_sent(written: Path, manifest: tuple[SampleFile, ...], catalog: Catalog) -> None:
    envelopes = [parse(written / sample.path, written, catalog) for sample in manifest]
    assert len(envelopes) == len(manifest)
    assert all(isinstance(envelope, Envelope) for envelope in envelopes)
    assert {envelope.kind for envelope in envelopes if isinstance(envelope, Envelope)} == set(catalog.contracts)


def test_every_format_and_dialect_is_there_when_the_manifest_is_read(manifest: tuple[SampleFile, ...]) -> None:
    suffixes = Counter(sample.path.suffix for sample in manifest)
    assert set(suffixes) == {".xlsx", ".xls", ".ods", ".csv"}
    features = Counter(feature for sample in manifest for feature in sample.layout)
    for needed in ("letterhead", "two_rows", "synonyms", "text", "cp1252", "utf-16", "bom", "microsoft", "questions"):
        assert features[needed] > 0, needed
    forms = [sample for sample in manifest if sample.kind == "attendance_form"]
    assert {"microsoft" in sample.layout for sample in forms} == {True, False}


def test_workbook_says_reconstruction_when_it_has_a_letterhead(rendered: dict[str, bytes], manifest: tuple[SampleFile, ...]) -> None:
    headed = [sample for sample in manifest if "letterhead" in sample.layout]
    assert len(headed) > 60
    for sample in headed:
        cells = pd.read_excel(io.BytesIO(rendered[str(sample.path)]), engine="calamine", header=None, nrows=6)
        assert RECONSTRUCTION in set(cells[0]), sample.path


def test_headers_come_from_the_contract_when_a_form_is_exported(
    rendered: dict[str, bytes], manifest: tuple[SampleFile, ...], catalog: Catalog
) -> None:
    google = next(
        sample for sample in manifest if sample.kind == "attendance_form" and sample.path.suffix == ".csv" and sample.part == "SG23-DC1"
    )
    header = next(csv.reader(io.StringIO(rendered[str(google.path)].decode("utf-8"))))
    contract = catalog.contracts["attendance_form"]
    known = {fold(spelling) for column in contract.columns for spelling in (column.title, *column.synonyms)}
    assert header[0] == contract.column("submitted_at").title
    assert len(header) == 17
    assert {fold(title) for title in header} <= known
    microsoft = next(sample for sample in manifest if "microsoft" in sample.layout)
    titles = pd.read_excel(io.BytesIO(rendered[str(microsoft.path)]), engine="calamine", nrows=0).columns
    assert list(titles[:3]) == [
        contract.column("response_id").title,
        contract.column("started_at").title,
        contract.column("submitted_at").synonyms[0],
    ]


def test_months_stand_under_one_merged_header_when_a_plan_has_two_rows(rendered: dict[str, bytes]) -> None:
    path = next(path for path in rendered if "pipc-2020-version-1" in path)
    with zipfile.ZipFile(io.BytesIO(rendered[path])) as archive:
        worksheet = archive.read("xl/worksheets/sheet1.xml").decode()
        assert 'mergeCell ref="P5:AA5"' in worksheet
        assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_personal_numbers_are_not_of_anybody_when_people_are_generated(rendered: dict[str, bytes]) -> None:
    path = next(path for path in rendered if path.endswith("2021-01-08.csv"))
    rows = list(csv.DictReader(io.StringIO(rendered[path].decode("utf-8-sig"))))
    numbers = {int(value.replace(".", "")) for row in rows for title, value in row.items() if "número de documento" in title and value}
    assert len(numbers) > 200
    assert min(numbers) >= 3_000_000_000
    assert max(numbers) <= 3_999_999_999


def test_line_is_named_when_the_manifest_makes_no_sense(tmp_path: Path) -> None:
    header = "path,received_at,layout,source,part,expected_state,expected_findings\n"
    (tmp_path / "manifest.csv").write_text(header + "a/b/c/2020/d.xlsx,2020-01-01T00:00:00,sideways,x.csv,,accepted,\n", encoding="utf-8")
    with pytest.raises(ContractError, match="line 2: unknown layout features sideways"):
        read_manifest(tmp_path)
