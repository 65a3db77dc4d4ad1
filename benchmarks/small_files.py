"""Thirty small workbooks of several kinds, as the dependencies send them at the end of a month: seconds a file, imports apart.

Run with `python benchmarks/small_files.py [--files 30]`. One call of the ingest, hence one import of Great Expectations.
"""

from __future__ import annotations

import argparse
import cProfile
import pstats
import time
from pathlib import Path

from openpyxl import Workbook
from stage import installation, prepare_warehouse

from pipc_etl.contracts import Catalog, load_catalog
from pipc_etl.settings import Settings
from pipc_etl.warehouse.ingest import ingest_paths

CODES = ["OAP", *(f"DEP{number:02}" for number in range(1, 30))]
MONTHS = {f"month_{number:02}_qty": 1 for number in range(1, 13)}


def write(path: Path, catalog: Catalog, rows: list[dict[str, object]]) -> Path:
    """A workbook with a letterhead above the contract's headers."""
    contract = catalog.contracts[path.parent.parent.name]
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = contract.sheet_names[0]
    sheet.append(["Alcaldía Mayor de Bogotá"])
    sheet.append([contract.title])
    sheet.append([])
    sheet.append([column.title for column in contract.columns])
    for row in rows:
        sheet.append([row.get(column.name) for column in contract.columns])
    path.parent.mkdir(parents=True, exist_ok=True)
    book.save(path)
    return path


def references(settings: Settings, catalog: Catalog) -> list[Path]:
    root = settings.landing / "secretaria-general" / "OAP"
    registry: list[dict[str, object]] = [
        {
            "entity_code": "secretaria-general", "entity_name": "Secretaría General", "dependency_code": code,
            "dependency_name": f"Dependencia {code}", "valid_from": "2020-01-01", "is_planning_office": "Sí" if code == "OAP" else "No",
            "reports_plan": "Sí", "contact_email": "pipc@ejemplo.gov.co",
        }
        for code in CODES
    ]  # fmt: skip
    plan: list[dict[str, object]] = [
        {
            "plan_code": "PIPC", "plan_name": "PIPC 2021", "fiscal_year": 2021, "plan_version": 1, "approved_on": "2021-01-29",
            "effective_from": "2021-01", "activity_code": f"{code}-{number}", "activity_name": f"Actividad {number}",
            "unit_of_measure": "Taller", "target_rule": "Exacta", "dependency_code": code, **MONTHS,
        }
        for code in CODES
        for number in range(1, 11)
    ]  # fmt: skip
    return [
        write(root / "dependency_registry" / "2021" / "registro.xlsx", catalog, registry),
        write(root / "activity_plan" / "2021" / "plan.xlsx", catalog, plan),
    ]


def reports(settings: Settings, catalog: Catalog, files: int) -> list[Path]:
    """Execution reports of ten rows and, every third, a list of sessions; one row in ten of every fifth file is wrong."""
    paths = []
    for number in range(files):
        code = CODES[number % len(CODES)]
        root = settings.landing / "secretaria-general" / code
        if number % 3 == 2:
            sessions: list[dict[str, object]] = [
                {
                    "session_code": f"{code}-S{place}", "title": f"Taller {place}", "session_on": f"2021-05-{place:02}",
                    "session_status": "Realizada", "modality": "Presencial", "venue": "Aula", "locality_code": "Kennedy",
                }
                for place in range(1, 11)
            ]  # fmt: skip
            paths.append(write(root / "session" / "2021-M05" / "sesiones.xlsx", catalog, sessions))
            continue
        rows: list[dict[str, object]] = [
            {"plan_code": "PIPC", "activity_code": f"{code}-{place}", "month": "2021-05", "executed_qty": 1, "evidence": "acta.pdf"}
            for place in range(1, 11)
        ]
        if number % 5 == 0:
            rows[3]["executed_qty"] = "dos"
        paths.append(write(root / "execution_report" / "2021-M05" / "mayo.xlsx", catalog, rows))
    return paths


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=30)
    parser.add_argument("--profile", action="store_true", help="print where the time goes")
    arguments = parser.parse_args()
    with installation() as settings:
        catalog = load_catalog(settings.expectations)
        prepare_warehouse(settings)
        started = time.monotonic()
        first = ingest_paths(references(settings, catalog), settings)
        print(f"imports, registry and plan: {time.monotonic() - started:.1f} s ({[outcome.state for outcome in first]})")
        paths = reports(settings, catalog, arguments.files)
        profile = cProfile.Profile()
        started, used = time.monotonic(), time.process_time()
        if arguments.profile:
            profile.enable()
        outcomes = ingest_paths(paths, settings)
        profile.disable()
        seconds, used = time.monotonic() - started, time.process_time() - used
        assert all(outcome.loaded for outcome in outcomes), [outcome for outcome in outcomes if not outcome.loaded]
        rows = sum(outcome.rows_read for outcome in outcomes)
        each, cpu = seconds / len(outcomes), used / len(outcomes)
        print(f"{len(outcomes)} workbooks, {rows} rows: {seconds:.1f} s, {each:.2f} s a file ({cpu:.2f} s of CPU)")
        if arguments.profile:
            pstats.Stats(profile).sort_stats("cumulative").print_stats(45)


if __name__ == "__main__":
    main()
