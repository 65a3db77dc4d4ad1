"""From files in the landing folder to responses with a session: what `pipc ingest` does, with real files."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from typer.testing import CliRunner

from pipc_etl.cli import app
from pipc_etl.contracts import Catalog
from pipc_etl.settings import Settings

PLACE = "secretaria-general/OAP"


def _write(settings: Settings, catalog: Catalog, place: str, rows: list[dict[str, str]]) -> Path:
    """A file with the Spanish headers of its contract."""
    path = settings.landing / place
    path.parent.mkdir(parents=True, exist_ok=True)
    contract = catalog.contracts[path.parent.parent.name]
    columns = [column for column in contract.columns if column.header_required or any(column.name in row for row in rows)]
    lines = [[column.title for column in columns], *([row.get(column.name, "") for column in columns] for row in rows)]
    path.write_text("\n".join(";".join(line) for line in lines) + "\n", encoding="utf-8")
    return path


def test_ingest_joins_what_it_loads_when_the_session_comes_after_the_form(
    warehouse: Settings, catalog: Catalog, owner: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert warehouse.warehouse_url
    for name, value in {
        "WAREHOUSE_URL": warehouse.warehouse_url, "HOME": str(warehouse.home), "LANDING": str(warehouse.landing),
        "ARCHIVE": str(warehouse.archive), "OUTBOX": str(warehouse.outbox),
    }.items():  # fmt: skip
        monkeypatch.setenv(f"PIPC_{name}", value)
    dependency = {
        "entity_code": "secretaria-general", "entity_name": "Secretaría General", "dependency_code": "OAP", "dependency_name": "Oficina",
        "valid_from": "2020-01-01", "is_planning_office": "Sí", "reports_plan": "Sí", "head_name": "Ana", "contact_email": "a@ejemplo.co",
    }  # fmt: skip
    _write(warehouse, catalog, f"{PLACE}/dependency_registry/2023/registro.csv", [dependency])
    consented = {"consent": "Sí", "document_type": "CC"}
    form = [{"response_id": str(n), "submitted_at": f"30/06/2023 9:0{n}:00", "document_number": f"5234567{n}", **consented} for n in (1, 2)]
    form[1]["session_code"] = "t-1"
    _write(warehouse, catalog, f"{PLACE}/attendance_form/2023-M06/Asistencia Taller de datos (respuestas).csv", form)
    assert CliRunner().invoke(app, ["ingest", str(warehouse.landing)]).exit_code == 0
    decisions = text(
        "select split_part(d.response_key, ':', 2), s.form_code, d.session_code, d.method from audit.response_session as d "
        "inner join raw.attendance_form as r on d.response_key = r._response_key inner join audit.submission as s "
        "on r._submission_id = s.submission_id where d.known_to = 'infinity' order by 1"
    )
    with owner.connect() as connection:
        before = [tuple(row) for row in connection.execute(decisions)]
    assert before == [("1", "asistencia-taller-de-datos", None, "waiting"), ("2", "asistencia-taller-de-datos", "t-1", "waiting")]
    session = {
        "session_code": "T1", "title": "Taller de datos", "session_on": "30/06/2023", "session_status": "Realizada", "modality": "Virtual",
        "channel_url": "https://ejemplo.gov.co",
    }  # fmt: skip
    _write(warehouse, catalog, f"{PLACE}/session/2023-M06/sesiones.csv", [session])
    assert CliRunner().invoke(app, ["ingest", str(warehouse.landing)]).exit_code == 0
    with owner.connect() as connection:
        after = [tuple(row)[2:] for row in connection.execute(decisions)]
    assert after == [("T1", "title_and_date"), ("T1", "code")]
    assert not [path for path in warehouse.landing.rglob("*") if path.is_file()]


def test_failure_is_told_and_raises_nothing_when_responses_cannot_be_joined(settings: Settings) -> None:
    from pipc_etl.orchestration.tasks import _join_responses

    unreachable = replace(settings, warehouse_url="postgresql://nobody@127.0.0.1:1/nothing")
    assert _join_responses(unreachable) == ["the sessions of responses: OperationalError; the log of ingest_batch says more"]
