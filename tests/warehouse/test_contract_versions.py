"""A contract that went to a new version: new files follow it, files made for the old one still load."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pipc_etl.contracts import load_catalog
from pipc_etl.settings import Settings
from pipc_etl.warehouse.engine import superuser_engine
from pipc_etl.warehouse.ingest import ingest_paths
from pipc_etl.warehouse.schema import prepare
from tests.warehouse.test_ingest import SESSION

NEW_COLUMN = """
  - name: recording_url
    businessName: Grabación
    logicalType: string
    required: true
    classification: public
    description: Enlace de la grabación.
    examples:
    - https://ejemplo.gov.co/video
"""


@pytest.fixture
def second_version(warehouse: Settings, tmp_path: Path) -> Settings:
    """The warehouse after `session` 2.0.0 asks for one more column; 1.0.0 stays among the versions."""
    folder = Path(shutil.copytree(warehouse.expectations, tmp_path / "expectations"))
    current = folder / "session.odcs.yaml"
    (folder / "versions").mkdir(exist_ok=True)
    shutil.copy(current, folder / "versions" / "session-1.0.0.odcs.yaml")
    text = current.read_text(encoding="utf-8")
    assert text.count("\n  quality:") == 1
    current.write_text(text.replace("version: 1.0.0", "version: 2.0.0", 1).replace("\n  quality:", f"{NEW_COLUMN}  quality:", 1), "utf-8")
    settings = replace(warehouse, expectations=folder)
    engine = superuser_engine(settings)
    assert prepare(engine, settings, load_catalog(folder))
    engine.dispose()
    return settings


def test_old_file_loads_under_its_version_when_the_contract_moved_on(second_version: Settings, sender: Any, rows_of: Any) -> None:
    old = sender.put("secretaria-general/TIC/session/2021-M05/vieja.csv", [SESSION])
    new = sender.landing / "secretaria-general/OAP/session/2021-M05/nueva.csv"
    new.parent.mkdir(parents=True)
    header, row, *_ = old.read_text("utf-8").splitlines()
    new.write_text(f"{header};Grabación\n{row};https://ejemplo.gov.co/video\n".replace("S1", "S2"), "utf-8")
    outcomes = ingest_paths([sender.registry(), old, new], second_version)
    assert [outcome.error for outcome in outcomes] == [None, None, None]
    assert [outcome.rows_accepted for outcome in outcomes] == [2, 1, 1]
    assert rows_of("select session_code, _contract_version, recording_url from raw.session order by 1") == [
        ("S1", "1.0.0", None),
        ("S2", "2.0.0", "https://ejemplo.gov.co/video"),
    ]


def test_file_is_returned_for_todays_columns_when_it_fits_no_version(second_version: Settings, sender: Any, rows_of: Any) -> None:
    path = sender.put("secretaria-general/TIC/session/2021-M05/corta.csv", [SESSION])
    lines = [";".join(line.split(";")[1:]) for line in path.read_text("utf-8").splitlines()]
    path.write_text("\n".join(lines), "utf-8")
    _, outcome = ingest_paths([sender.registry(), path], second_version)
    assert outcome.state == "returned"
    missing = {finding.column or finding.value for finding in outcome.findings if finding.rule == "header.missing"}
    assert len(missing) == 2
    assert rows_of("select contract_version from audit.submission where submission_id = :id", id=outcome.submission_id) == [("2.0.0",)]
