"""A small entity as the warehouse knows it: four dependencies, two plans in 2023 and one in 2022, a closed month, commitments."""

from __future__ import annotations

import csv
from pathlib import Path

from pipc_etl.contracts import Catalog
from pipc_etl.settings import Settings
from pipc_etl.warehouse.engine import superuser_engine
from pipc_etl.warehouse.ingest import ingest_paths
from pipc_etl.warehouse.schema import prepare

ENTITY = "alcaldia"
Rows = list[dict[str, object]]

_PLAN = {
    "plan_code": "PIPC",
    "plan_name": "Plan de participación",
    "fiscal_year": 2023,
    "plan_version": 1,
    "approved_on": "2023-01-30",
    "effective_from": "2023-01",
    "target_rule": "Exacta",
}


def _activity(code: str, name: str, unit: str, dependency: str, **months: object) -> dict[str, object]:
    return {**_PLAN, "activity_code": code, "activity_name": name, "unit_of_measure": unit, "dependency_code": dependency, **months}


ACTIVITIES: Rows = [
    _activity("P-1", "Rendir cuentas", "Documento", "OAP", month_07_qty=1),
    _activity("T-2", "Publicar boletines", "Publicación", "TIC", month_06_qty=2),
    _activity("T-1", "Realizar talleres", "Taller", "TIC", month_05_qty=2, month_07_qty=1),
    _activity("T-3", "Retirada", "Taller", "TIC", month_05_qty=4, is_cancelled="Sí"),
]
_COMMITMENT = {"acquired_on": "2023-03-02", "in_charge": "Sí", "status": "En gestión", "status_cutoff": "2023-05-31"}
COMMITMENTS: Rows = [
    _COMMITMENT | {"commitment_code": "C-1", "description": "Arreglar el parque", "progress_pct": "50 %", "requested_by": "Ana Rojas"},
    _COMMITMENT | {"commitment_code": "C-2", "description": "Ya se hizo", "status": "Cumplido", "evidence": "Acta 4"},
]


def fill(settings: Settings, catalog: Catalog) -> None:
    """Prepare the empty database and take everything in."""
    engine = superuser_engine(settings)
    assert prepare(engine, settings, catalog)
    engine.dispose()
    names = {"OAP": "Oficina de Planeación", "TIC": "Oficina de Tecnología", "GAB": "Gabinete", "DESP": "Despacho"}
    registry: Rows = [
        {
            "entity_code": ENTITY,
            "entity_name": "Alcaldía de Prueba",
            "dependency_code": code,
            "dependency_name": name,
            "valid_from": "2020-01-01",
            "is_planning_office": "Sí" if code == "OAP" else "No",
            "reports_plan": "No" if code == "DESP" else "Sí",
            "contact_email": f"{code.lower()}@ejemplo.gov.co",
        }
        for code, name in names.items()
    ]
    second = {**ACTIVITIES[0], "plan_code": "RDC", "plan_name": "Rendición de cuentas", "activity_code": "R-1", "month_08_qty": 1}
    former = [{**row, "fiscal_year": 2022, "approved_on": "2022-01-30", "effective_from": "2022-01"} for row in ACTIVITIES[:3]]
    closing = {"plan_code": "PIPC", "month": "2023-04", "action": "Cerrar", "decided_on": "2023-05-09", "decided_by": "Jefe"}
    files = [
        put(settings, catalog, "OAP/dependency_registry/2023", registry),
        put(settings, catalog, "OAP/activity_plan/2023", ACTIVITIES),
        put(settings, catalog, "OAP/activity_plan/2023", [second], "rdc.csv"),
        put(settings, catalog, "OAP/activity_plan/2022", former),
        put(settings, catalog, "OAP/period_closing/2023-M04", [closing]),
        put(settings, catalog, "TIC/commitment/2023-M05", COMMITMENTS),
    ]
    outcomes = ingest_paths(files, settings)
    assert [(outcome.path.name, outcome.state, outcome.findings) for outcome in outcomes if not outcome.loaded] == []


def put(settings: Settings, catalog: Catalog, place: str, rows: Rows, name: str = "entrega.csv") -> Path:
    """`rows` (column -> text) in the landing folder of the entity, at `<dependency>/<kind>/<period>`."""
    path = settings.landing / ENTITY / place / name
    path.parent.mkdir(parents=True, exist_ok=True)
    contract = catalog.contracts[place.split("/")[1]]
    named = {key for row in rows for key in row}
    columns = [column for column in contract.columns if column.header_required or column.name in named]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow([column.title for column in columns])
        writer.writerows([row.get(column.name, "") for column in columns] for row in rows)
    return path
