"""An installation in which a person left traces everywhere, and was erased by runs that were killed one after the other."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from pipc_etl.contracts import Catalog, load_catalog
from pipc_etl.privacy.erasing import Erased, Request, erase
from pipc_etl.settings import Settings
from pipc_etl.warehouse import dbt
from pipc_etl.warehouse.engine import superuser_engine
from pipc_etl.warehouse.schema import prepare
from tests.privacy.dying_erasure import POINTS
from tests.privacy.story import EMAIL, NAME, NUMBER, Story, in_files, in_tables, own_home, traces
from tests.warehouse.conftest import Sender

REQUEST = Request((("CC", NUMBER),), (), "radicado 1-2026-77", "Oficial de datos")
_MARTS = ("+fct_attendance", "+rpt_attendance_by_session", "+rpt_participants_by_month", "+rpt_evaluation")


@pytest.fixture(scope="session")
def catalog(settings: Settings) -> Catalog:
    return load_catalog(settings.expectations)


@dataclass
class Told:
    """The story before and after: what was counted, what was found in tables and files, what the rehearsal said."""

    story: Story
    counted: list[Any]
    before_tables: set[tuple[str, str]]
    before_files: set[tuple[str, str]]
    rehearsal: Erased
    exits: list[int]
    erased: Erased


def build_marts(story: Story, *, full_refresh: bool = False) -> None:
    """The marts of attendance alone, without their tests."""
    from dbt.cli.main import dbtRunner

    project, work = str(story.settings.dbt_project), story.settings.home / "dbt"
    arguments = [
        "--log-path", str(work / "logs"), "build", "--project-dir", project, "--profiles-dir", project,
        "--target-path", str(work / "target"),
        "--vars", json.dumps({"suppression_k": story.settings.suppression_k}), "--quiet", *(["--full-refresh"] if full_refresh else []),
        "--select", *_MARTS, "--exclude-resource-type", "test", "--exclude-resource-type", "unit_test",
    ]  # fmt: skip
    with dbt._environment(story.settings):
        result = dbtRunner().invoke(arguments)
    assert result.success, result.exception


@pytest.fixture(scope="module")
def told(module_database: Settings, catalog: Catalog, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    """The whole story, told once a module."""
    home = own_home(module_database, tmp_path_factory.mktemp("privacy") / "home")
    owner = superuser_engine(home)
    assert prepare(owner, home, catalog)
    story = Story(home, catalog, Sender(home, catalog), owner)
    story.take(*traces(story.sender))
    build_marts(story)
    home.logs.mkdir(exist_ok=True)
    (home.logs / "ingest.log").write_text(f'{{"said": "no se pudo leer {EMAIL}"}}\n{NAME} 52345678\nla línea siguiente\n', "utf-8")
    story.sender.responses({"full_name": NAME, "document_number": NUMBER}, name="Espera.csv")
    counted = story.counts()
    tables, files = set(in_tables(story)), set(in_files(home))
    rehearsal = erase(home, REQUEST, dry_run=True)
    assert (counted, tables, files) == (story.counts(), set(in_tables(story)), set(in_files(home))), "a rehearsal changes nothing"
    script = Path(__file__).with_name("dying_erasure.py")
    environment = {**os.environ, **story.environment(), "PYTHONPATH": str(Path(__file__).parents[2])}
    exits = [
        subprocess.run([sys.executable, str(script), point, NUMBER], env=environment, check=False, timeout=300).returncode
        for point in POINTS
    ]
    erased = erase(home, REQUEST)
    yield Told(story, counted, tables, files, rehearsal, exits, erased)
    owner.dispose()
