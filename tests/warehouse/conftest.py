"""A prepared warehouse: schemas, roles, tables of the contracts."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from pipc_etl.contracts import Catalog, load_catalog
from pipc_etl.settings import Settings
from pipc_etl.warehouse.engine import role_engine, superuser_engine
from pipc_etl.warehouse.schema import prepare


@pytest.fixture(scope="session")
def catalog(settings: Settings) -> Catalog:
    return load_catalog(settings.expectations)


@pytest.fixture
def warehouse(fresh_database: Settings, catalog: Catalog) -> Settings:
    """Settings of an empty warehouse with all its tables."""
    engine = superuser_engine(fresh_database)
    assert prepare(engine, fresh_database, catalog)
    engine.dispose()
    return fresh_database


@pytest.fixture(scope="module")
def shared_warehouse(module_database: Settings, catalog: Catalog) -> Settings:
    """As `warehouse`, shared by the tests of one module that leave nothing behind."""
    engine = superuser_engine(module_database)
    assert prepare(engine, module_database, catalog)
    engine.dispose()
    return module_database


@pytest.fixture
def owner(warehouse: Settings) -> Iterator[Engine]:
    engine = superuser_engine(warehouse)
    yield engine
    engine.dispose()


@pytest.fixture
def loader(warehouse: Settings) -> Iterator[Engine]:
    engine = role_engine(warehouse, "loader")
    yield engine
    engine.dispose()


class Sender:
    """Puts files into landing as a dependency would: CSV with the Spanish headers of the contracts."""

    def __init__(self, settings: Settings, catalog: Catalog) -> None:
        self.landing = settings.landing
        self.catalog = catalog

    def put(self, place: str, rows: list[dict[str, object]]) -> Path:
        """Write `rows` (column name -> text) at `<entity>/<dependency>/<kind>/<period>/<file>`."""
        path = self.landing / place
        path.parent.mkdir(parents=True, exist_ok=True)
        contract = self.catalog.contracts[path.parent.parent.name]
        named = {name for row in rows for name in row}
        columns = [column for column in contract.columns if column.header_required or column.name in named]
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, delimiter=";")
            writer.writerow([column.title for column in columns])
            writer.writerows([row.get(column.name, "") for column in columns] for row in rows)
        return path

    def registry(self, entity: str = "secretaria-general", *, codes: tuple[str, ...] = ("OAP", "TIC"), name: str = "registro.csv") -> Path:
        """The first code is the planning office's."""
        rows: list[dict[str, object]] = [
            {
                "entity_code": entity,
                "entity_name": "Secretaría General",
                "dependency_code": code,
                "dependency_name": f"Oficina {code}",
                "valid_from": "2020-01-01",
                "is_planning_office": "Sí" if code == codes[0] else "No",
                "reports_plan": "Sí",
                "head_name": "Ana Rojas",
                "contact_email": "pipc@ejemplo.gov.co",
            }
            for code in codes
        ]
        return self.put(f"{entity}/{codes[0]}/dependency_registry/2021/{name}", rows)

    def plan(
        self, entity: str = "secretaria-general", *, version: int = 1, extra: tuple[str, ...] = (), approved: str = "2021-01-29"
    ) -> Path:
        """Activities OAP-1 and TIC-1 (and `extra` of TIC), one unit in May and one in June."""
        rows: list[dict[str, object]] = [
            {
                "plan_code": "PIPC",
                "plan_name": "PIPC 2021",
                "fiscal_year": 2021,
                "plan_version": version,
                "approved_on": approved,
                "effective_from": "2021-01",
                "activity_code": code,
                "activity_name": f"Actividad {code}",
                "unit_of_measure": "Taller",
                "target_rule": "Exacta",
                "dependency_code": code.split("-")[0],
                "month_05_qty": 1,
                "month_06_qty": 1,
            }
            for code in ("OAP-1", "TIC-1", *extra)
        ]
        return self.put(f"{entity}/OAP/activity_plan/2021/plan-v{version}.csv", rows)

    def report(
        self, dependency: str = "TIC", *, name: str = "mayo.csv", rows: list[dict[str, object]] | None = None, **values: object
    ) -> Path:
        """The execution report of May 2021, one row unless `rows` are given."""
        row = {"plan_code": "PIPC", "activity_code": f"{dependency}-1", "month": "2021-05", "executed_qty": 1, "evidence": "acta.pdf"}
        given: list[dict[str, object]] = [{**row, **values}] if rows is None else [{**row, **one} for one in rows]
        return self.put(f"secretaria-general/{dependency}/execution_report/2021-M05/{name}", given)

    def responses(self, *people: dict[str, object], name: str = "Asistencia diálogo.csv") -> Path:
        """An attendance export; each person is a response, numbered from 1 unless it says otherwise."""
        rows: list[dict[str, object]] = [
            {"response_id": number, "submitted_at": f"30/06/2023 9:{number:02}:00", "consent": "Sí", "document_type": "CC", **person}
            for number, person in enumerate(people, 1)
        ]
        return self.put(f"secretaria-general/OAP/attendance_form/2023/{name}", rows)


@pytest.fixture
def sender(warehouse: Settings, catalog: Catalog) -> Sender:
    return Sender(warehouse, catalog)


@pytest.fixture
def rows_of(owner: Engine) -> Callable[..., list[tuple[Any, ...]]]:
    """Runs a query and returns its rows as plain tuples."""

    def run(query: str, **params: object) -> list[tuple[Any, ...]]:
        with owner.connect() as connection:
            return [tuple(row) for row in connection.execute(text(query), params)]

    return run


Jobs = Callable[..., list[int]]


@pytest.fixture(scope="session")
def forge() -> Iterator[subprocess.Popen[str]]:
    """A process that has Great Expectations imported, and ingests in forks of itself that die where they are told."""
    script = Path(__file__).with_name("dying_ingest.py")
    process = subprocess.Popen([sys.executable, str(script)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    while (line := process.stdout.readline()) and line != "ready\n":
        pass
    yield process
    process.communicate()
    assert process.returncode == 0


@pytest.fixture
def jobs(forge: subprocess.Popen[str], warehouse: Settings) -> Jobs:
    """Runs ingests at once, each (point or None, files as LandingPlaces writes them); their exit codes, -9 = killed."""
    environment = {
        "PIPC_HOME": str(warehouse.home),
        "PIPC_WAREHOUSE_URL": str(warehouse.warehouse_url),
        "PIPC_LANDING": str(warehouse.landing),
        "PIPC_ARCHIVE": str(warehouse.archive),
    }

    def run(*wanted: tuple[str | None, list[Path] | list[str]], bulk_bytes: int = 10**9, landing_url: str = "") -> list[int]:
        assert forge.stdin is not None
        assert forge.stdout is not None
        given = environment | {"PIPC_BULK_BYTES": str(bulk_bytes), "PIPC_LANDING_URL": landing_url}
        forge.stdin.write(
            json.dumps([{"point": point, "paths": [str(path) for path in paths], "environment": given} for point, paths in wanted]) + "\n"
        )
        forge.stdin.flush()
        codes: list[int] = json.loads(forge.stdout.readline())
        return codes

    return run
