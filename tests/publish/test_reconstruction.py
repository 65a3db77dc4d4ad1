"""The samples through the whole path: landing, verdict, ledger, marts, and the figures beside the published ones."""

from __future__ import annotations

import csv
import io
from collections import Counter
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from rich.console import Console
from sqlalchemy import Engine, text

from pipc_etl.demo.sender import send
from pipc_etl.errors import WarehouseError
from pipc_etl.publish.figures import FigureCheck, compare
from pipc_etl.publish.figures_table import figures_table
from pipc_etl.warehouse.engine import superuser_engine
from tests.reconstruction import Reconstruction


@pytest.fixture(scope="module")
def checks(reconstruction: Reconstruction, analyst: Engine) -> list[FigureCheck]:
    return compare(analyst, reconstruction.settings.samples / "published_figures.csv", reconstruction.catalog)


def test_every_file_has_the_state_and_findings_that_the_manifest_expects_when_taken_in(reconstruction: Reconstruction) -> None:
    assert len(reconstruction.outcomes) == len(reconstruction.manifest) >= 80
    found = {
        path: (outcome.state, dict(Counter(finding.rule for finding in outcome.findings if finding.severity != "info")))
        for path, outcome in reconstruction.outcomes.items()
    }
    assert found == {path: (sample.expected_state, sample.expected_findings) for path, sample in reconstruction.manifest.items()}


def test_ledger_shows_life_when_the_samples_are_in(reconstruction: Reconstruction) -> None:
    engine = superuser_engine(reconstruction.settings)
    with engine.connect() as connection:
        states = {
            str(state): int(count)
            for state, count in connection.execute(text("select state, count(*) from audit.submission group by state"))
        }
        times = connection.execute(text("select count(*), count(*) filter (where is_reconstruction) from audit.submission")).one()
        held = connection.scalar(text("select count(*) from audit.submission where rows_read > 0 and rows_quarantined > 0"))
        known = connection.scalar(text("select sum(rows_already_known) from audit.submission"))
    engine.dispose()
    assert states["superseded"] == 2
    assert states["returned"] == 2
    assert states["accepted_with_observations"] >= 8
    assert tuple(times) == (len(reconstruction.manifest), len(reconstruction.manifest))
    assert held == 4
    assert known == 171 + 88


def test_received_at_is_the_simulated_time_when_a_sample_is_taken_in(reconstruction: Reconstruction) -> None:
    engine = superuser_engine(reconstruction.settings)
    with engine.connect() as connection:
        rows = connection.execute(text("select landing_path, received_at, known_from from audit.submission")).all()
    engine.dispose()
    assert len(rows) == len(reconstruction.manifest)
    for path, received_at, known_from in rows:
        assert received_at == known_from == reconstruction.manifest[path].received_at


def test_nothing_is_sent_when_the_ledger_has_received_it(reconstruction: Reconstruction) -> None:
    assert len(reconstruction.sent) == len(reconstruction.manifest)
    assert send(reconstruction.settings) == []
    assert [path for path in reconstruction.settings.landing.rglob("*") if path.is_file()] == []


def test_all_figures_match_when_the_marts_are_built(checks: list[FigureCheck]) -> None:
    assert Counter(check.figure.kind for check in checks) == {"computed": 81, "echoed": 66}
    assert [(check.subject, check.period, check.measure, check.value) for check in checks if not check.match] == []


def test_no_number_has_its_reason_when_a_report_prints_none(checks: list[FigureCheck]) -> None:
    echoed = [check for check in checks if check.figure.kind == "echoed" and check.published is None]
    assert [(check.figure.missing, check.status) for check in echoed] == [
        ("not_applicable", "not_applicable"),
        ("no_data", "no_data"),
        ("no_data", "no_data"),
    ]
    assert [replace(check, status="no_data").match for check in echoed] == [False, True, True]
    assert [replace(check, value=Decimal(0)).match for check in echoed] == [False, False, False]


def test_pending_percent_is_null_when_nothing_was_programmed(checks: list[FigureCheck]) -> None:
    pending = [check for check in checks if check.figure.missing == "pending"]
    assert len(pending) == 1
    assert (pending[0].value, pending[0].status, pending[0].match) == (None, "not_programmed_yet", True)


def test_table_says_how_many_agree_when_printed(checks: list[FigureCheck], reconstruction: Reconstruction) -> None:
    console = Console(width=160, record=True, file=io.StringIO())
    console.print(figures_table(checks, reconstruction.catalog))
    printed = console.export_text()
    assert "calculadas de filas, coinciden 81 de 81; leídas de vuelta como se publicaron, coinciden 66 de 66" in " ".join(printed.split())
    assert "19.400" in printed
    assert "2,60" in printed
    assert all(words in printed for words in ("N/A", "S/D", "personas alcanzadas", "preguntas de la ciudadanía"))
    assert "96,6" in printed
    assert "Pend." in printed
    assert "sexo: Mujer, % de las asistencias" in printed


def test_query_gives_the_value_when_an_analyst_runs_it(checks: list[FigureCheck], analyst: Engine) -> None:
    with analyst.connect() as connection:
        answers = [connection.exec_driver_sql(check.sql.replace("%", "%%")).one()[0] for check in checks]
    assert len(answers) == 147
    assert answers == [check.value for check in checks]


def _figures(folder: Path, *rows: str) -> Path:
    path = folder / "figures.csv"
    header = "report,entity,scope,subject,period,cutoff,measure,value,decimals,rounding,kind,issue,note\n"
    path.write_text(header + "".join(f"r,secretaria-general,{row},computed,main job,\n" for row in rows), encoding="utf-8")
    assert len(list(csv.DictReader(path.open(encoding="utf-8")))) == len(rows)
    return path


def test_function_answers_when_the_report_has_an_earlier_cutoff(reconstruction: Reconstruction, analyst: Engine, tmp_path: Path) -> None:
    path = _figures(
        tmp_path,
        "plan,PIPC 2021,2021,2021-04-30,compliance_pct,93,0,half_up",
        "plan,PIPC 2020,2020,2020-10-31,annual_qty,203,0,exact",
        "commitments,Mesas de participación efectiva de víctimas (ACPVR),2021-M05,2021-09-29,collected_qty,70,0,exact",
    )
    checks = compare(analyst, path, reconstruction.catalog)
    assert [check.match for check in checks] == [True, True, True]
    assert checks[0].value is not None
    assert checks[0].value.quantize(Decimal("0.0001")) == Decimal("92.8571")
    assert all(f"_asof('{day}', now())" in check.sql for check, day in zip(checks, ["2021-04-30", "2020-10-31", "2021-09-29"], strict=True))


def test_figure_does_not_match_when_it_differs_or_nothing_answers(reconstruction: Reconstruction, analyst: Engine, tmp_path: Path) -> None:
    path = _figures(
        tmp_path,
        "plan,PIPC 2020,2020,2020-12-31,execution_pct,96.5,1,half_up",
        "plan,PIPC 1999,2020,2020-12-31,execution_pct,96.6,1,half_up",
        "plan,PIPC 2020,2020,2020-12-31,execution_pct,,1,half_up",
        "plan,PIPC 2020,2020,2020-12-31,execution_pct,96.5,1,truncate",
    )
    checks = compare(analyst, path, reconstruction.catalog)
    assert [check.match for check in checks] == [False, False, False, True]
    assert [check.is_found for check in checks] == [True, False, True, True]
    assert checks[0].figure.cutoff == date(2020, 12, 31)


def test_measure_without_a_mart_is_refused_when_a_figure_asks_for_it(
    reconstruction: Reconstruction, analyst: Engine, tmp_path: Path
) -> None:
    path = _figures(tmp_path, "space,Campus Party virtual,2020,2020-12-31,distinct_persons,1,0,exact")
    with pytest.raises(WarehouseError, match="distinct_persons does not add up"):
        compare(analyst, path, reconstruction.catalog)
    path = _figures(tmp_path, "plan,PIPC 2020,2020,2020-12-31,happiness,1,0,exact")
    with pytest.raises(WarehouseError, match="no mart has the measure happiness"):
        compare(analyst, path, reconstruction.catalog)
