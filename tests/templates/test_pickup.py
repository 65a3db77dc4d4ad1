"""The pick-up folder holds what every dependency needs for the month; written again, only what changed; `pipc template` one of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import cast

import pytest
from known import ENTITY
from sqlalchemy import Connection
from typer.testing import CliRunner

from pipc_etl.cli import app
from pipc_etl.contracts import Catalog
from pipc_etl.contracts.periods import parse_period
from pipc_etl.intake import Envelope, ReaderPool, read_batch
from pipc_etl.render.template import PlanInForce
from pipc_etl.settings import Settings
from pipc_etl.templates import rendering
from pipc_etl.templates.pickup import Written, write_templates
from pipc_etl.templates.prefill import MONTH_COLUMNS
from pipc_etl.templates.problems import TemplateError
from pipc_etl.templates.sources import Dependency, Plan

TODAY = date(2023, 6, 1)
RUNNER = CliRunner()


def written(settings: Settings, said: list[str] | None = None, **wanted: str) -> Written:
    return write_templates(settings, (said if said is not None else []).append, TODAY, **wanted)


def files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder / ENTITY)) for path in folder.rglob("*") if path.is_file()}


def test_every_dependency_finds_its_templates_when_the_month_begins(planned: Settings, tmp_path: Path) -> None:
    settings = replace(planned, pickup=tmp_path)
    said: list[str] = []
    done = written(settings, said)
    found = files(tmp_path)
    assert done.written == len(found) > 20
    own = {path for path in found if path.startswith("TIC/")}
    assert {path.split("/", 1)[1].rsplit("/", 1)[0] for path in own} == {
        "attendance_count/2023",
        "attendance_form/2023",
        "citizen_question/2023",
        "commitment/2023-M05",
        "evaluation_form/2023",
        "execution_report/2023-M05",
        "indicator_value/2023",
        "plan_change_request/2023",
        "proposed_topic/2023",
        "self_assessment/2023",
        "session/2023-M05",
        "social_metric/2023",
    }
    plans = {path for path in found if path.startswith("OAP/activity_plan/2023/")}
    assert {path.rsplit("/", 1)[1].split("-OAP-")[0].rsplit("-", 1)[1] for path in plans} == {"PIPC", "RDC"}, "a file a plan"
    assert not any(path.startswith("DESP/") for path in found), "it neither plans nor reports"
    assert not any(path.startswith("GAB/execution_report/") for path in found)
    assert any("GAB no tiene actividades en el plan PIPC" in line for line in said)


def test_the_template_is_made_when_only_the_second_plan_has_the_dependency(catalog: Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    def plan(code: str, dependency: str) -> Plan:
        months = dict.fromkeys(MONTH_COLUMNS, 1)
        row = {"activity_code": f"{code}-1", "activity_name": "Taller", "dependency_code": dependency, "is_cancelled": False, **months}
        return Plan(PlanInForce(code, 1), 2023, (row,))

    known = [plan("ATC", "OAP"), plan("PIPC", "GAB"), plan("RDC", "OAP")]
    monkeypatch.setattr(rendering, "plans", lambda *_: known)
    dependency = Dependency(ENTITY, "Alcaldía", "GAB", "Gabinete", date(2020, 1, 1), None, False, True)
    period = parse_period("2023-M05")
    assert period is not None
    made = rendering.render_all(cast(Connection, None), catalog, catalog.contracts["execution_report"], dependency, period)
    assert next(made).name == "reporte-mensual-de-ejecucion-PIPC-GAB-2023-M05.xlsx"
    with pytest.raises(TemplateError, match=r"plan ATC.*plan RDC"):
        next(made)


def test_the_new_year_has_its_templates_when_january_begins(planned: Settings, tmp_path: Path) -> None:
    write_templates(replace(planned, pickup=tmp_path), lambda _: None, date(2024, 1, 1), entity=ENTITY)
    own = {path.split("/", 1)[1].rsplit("/", 1)[0] for path in files(tmp_path) if path.startswith("TIC/")}
    assert {"execution_report/2023-M12", "session/2023-M12", "attendance_form/2024", "plan_change_request/2024"} <= own
    assert not any(place.endswith("/2023") for place in own)


def test_only_what_changed_is_rewritten_when_it_runs_again(planned: Settings, tmp_path: Path) -> None:
    settings = replace(planned, pickup=tmp_path)
    first = written(settings, entity=ENTITY, month="2023-M05")
    (spoiled,) = (tmp_path / ENTITY / "TIC/session/2023-M05").iterdir()
    before = spoiled.read_bytes()
    spoiled.write_bytes(b"filled in where it must not be")
    stamps = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.xlsx") if path != spoiled}
    again = written(settings, entity=ENTITY, month="2023-M05")
    assert (again.written, again.unchanged) == (1, first.written - 1)
    assert spoiled.read_bytes() == before
    assert {path: path.stat().st_mtime_ns for path in stamps} == stamps
    assert not list(tmp_path.rglob(".*"))


@pytest.mark.parametrize(("wanted", "said"), [({"entity": "nadie"}, "«nadie»"), ({"month": "2023"}, "«2023» no es un mes")])
def test_nothing_is_written_when_the_entity_or_the_month_does_not_exist(wanted: dict[str, str], said: str, planned: Settings) -> None:
    with pytest.raises(TemplateError, match=said):
        written(planned, **wanted)


def test_the_file_reads_back_when_the_command_wrote_it(
    planned: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, catalog: Catalog, pool: ReaderPool
) -> None:
    assert planned.warehouse_url is not None
    monkeypatch.setenv("PIPC_HOME", str(planned.home))
    monkeypatch.setenv("PIPC_WAREHOUSE_URL", planned.warehouse_url)
    whose = ["--entity", ENTITY, "--dependency", "TIC", "--year", "2023", "--period", "2023-M05", "--plan", "PIPC"]
    path = tmp_path / "mayo.xlsx"
    done = RUNNER.invoke(app, ["template", "execution_report", *whose, "-o", str(path)], catch_exceptions=False)
    assert done.exit_code == 0
    assert "vence el miércoles 7 de junio de 2023 · 2 filas ya diligenciadas" in done.output
    batch = read_batch(
        path, catalog.contracts["execution_report"], catalog, Envelope(ENTITY, "TIC", "execution_report", "2023-M05", "m"), pool
    )
    assert list(batch.frame["activity_code"]) == ["T-1", "T-2"]
    with pytest.raises(TemplateError, match="ya existe y puede estar diligenciado"):
        RUNNER.invoke(app, ["template", "execution_report", *whose, "-o", str(path)], catch_exceptions=False)
    assert RUNNER.invoke(app, ["template", "execution_report", *whose, "-o", str(path), "--force"], catch_exceptions=False).exit_code == 0


def test_format_alone_is_written_when_there_is_no_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIPC_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PIPC_WAREHOUSE_URL", "postgresql://nadie:nada@127.0.0.1:9/pipc")
    whose = ["--entity", ENTITY, "--dependency", "TIC"]
    with pytest.raises(TemplateError, match=r"pipc up.*--blank"):
        RUNNER.invoke(app, ["template", "session", *whose, "-o", str(tmp_path)], catch_exceptions=False)
    with pytest.raises(TemplateError, match="--entity y --dependency"):
        RUNNER.invoke(app, ["template", "session", "-o", str(tmp_path)], catch_exceptions=False)
    done = RUNNER.invoke(
        app, ["template", "session", *whose, "--blank", "--period", "2023-M05", "-o", str(tmp_path)], catch_exceptions=False
    )
    assert done.exit_code == 0
    assert (tmp_path / "sesiones-y-espacios-de-participacion-TIC-2023-M05.xlsx").is_file()
