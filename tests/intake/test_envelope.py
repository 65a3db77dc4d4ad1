"""The place of a file says whose it is; a wrong place is a finding."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from pipc_etl.contracts import Catalog
from pipc_etl.intake.envelope import Envelope, form_code, parse


def test_place_is_read_when_it_is_right(catalog: Catalog, tmp_path: Path) -> None:
    found = parse(tmp_path / "secretaria-general/OAP/execution_report/2021-M05/Reporte mayo.xlsx", tmp_path, catalog)
    assert isinstance(found, Envelope)
    assert found == Envelope("secretaria-general", "OAP", "execution_report", "2021-M05", "Reporte mayo.xlsx", None)
    assert (found.fiscal_year, found.period_start, found.period_end) == (2021, date(2021, 5, 1), date(2021, 5, 31))


@pytest.mark.parametrize(
    ("code", "start", "end"),
    [
        ("2021", date(2021, 1, 1), date(2021, 12, 31)),
        ("2021-S1", date(2021, 1, 1), date(2021, 6, 30)),
        ("2021-C2", date(2021, 5, 1), date(2021, 8, 31)),
        ("2021-T2", date(2021, 4, 1), date(2021, 6, 30)),
        ("2020-M02", date(2020, 2, 1), date(2020, 2, 29)),
    ],
)
def test_period_has_its_days_when_the_code_is_of_any_type(catalog: Catalog, tmp_path: Path, code: str, start: date, end: date) -> None:
    found = parse(tmp_path / "sg" / "OAP" / "session" / code / "a.xlsx", tmp_path, catalog)
    assert isinstance(found, Envelope)
    assert (found.period_code, found.period_start, found.period_end) == (code, start, end)


@pytest.mark.parametrize(
    ("place", "rule", "value"),
    [
        ("a.xlsx", "place.depth", "a.xlsx"),
        ("sg/OAP/execution_report/a.xlsx", "place.depth", "sg/OAP/execution_report/a.xlsx"),
        ("sg/OAP/session/2021/más/a.xlsx", "place.depth", "sg/OAP/session/2021/más/a.xlsx"),
        ("sg/OAP/execution_reports/2021-M05/a.xlsx", "place.kind", "execution_reports"),
        ("sg/OAP/execution_report/2021-M13/a.xlsx", "place.period", "2021-M13"),
        ("sg/OAP/execution_report/2021-Q2/a.xlsx", "place.period", "2021-Q2"),
        ("sg/OAP/execution_report/mayo/a.xlsx", "place.period", "mayo"),
        ("sg/Oficina de Planeación/execution_report/2021-M05/a.xlsx", "place.code", "Oficina de Planeación"),
        ("../a.xlsx", "place.outside", "a.xlsx"),
    ],
)
def test_place_is_a_finding_when_it_is_wrong(catalog: Catalog, tmp_path: Path, place: str, rule: str, value: str) -> None:
    found = parse(tmp_path / "landing" / place, tmp_path / "landing", catalog)
    assert isinstance(found, tuple)
    assert [(finding.rule, finding.value, finding.severity, finding.scope) for finding in found] == [(rule, value, "error", "file")]


def test_kind_is_suggested_when_it_is_nearly_right(catalog: Catalog, tmp_path: Path) -> None:
    found = parse(tmp_path / "sg/OAP/execution_reports/2021-M05/a.xlsx", tmp_path, catalog)
    assert isinstance(found, tuple)
    assert "¿Es «execution_report»?" in found[0].message


@pytest.mark.parametrize(
    "name",
    [
        "Asistencia Diálogo.xlsx",
        "Asistencia Diálogo (respuestas).xlsx",
        "Asistencia Diálogo (respuestas) (2).csv",
        "Asistencia Diálogo(1-45).xlsx",
        "Asistencia Diálogo 2023-06-30.csv",
        "Asistencia Diálogo_20230630.csv",
        "Asistencia Diálogo - 30-06-2023 (1).csv",
        "asistencia dialogo.CSV",
    ],
)
def test_form_code_is_the_same_when_the_export_is_another(name: str) -> None:
    assert form_code(name) == "asistencia-dialogo"


def test_form_code_is_kept_when_the_flow_is_of_forms(catalog: Catalog, tmp_path: Path) -> None:
    found = parse(tmp_path / "sg/OAP/attendance_form/2023/Diálogo 1 (respuestas).csv", tmp_path, catalog)
    assert isinstance(found, Envelope)
    assert found.form_code == "dialogo-1"
