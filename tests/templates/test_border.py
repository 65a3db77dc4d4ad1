"""A template handed in where it does not belong is returned, and says so in words; what nobody said is taken from it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from examples import example_template, judge, read

from pipc_etl.commands.checking import Checker, Place
from pipc_etl.contracts import Catalog
from pipc_etl.contracts.periods import parse_period
from pipc_etl.intake import ReaderPool
from pipc_etl.intake.kind import recognise_kind
from pipc_etl.render.template import Template, template_bytes
from pipc_etl.settings import load_settings

REPORT = "execution_report"


@pytest.fixture
def report(catalog: Catalog, tmp_path: Path) -> Path:
    path = tmp_path / "reporte.xlsx"
    path.write_bytes(template_bytes(example_template(catalog.contracts[REPORT]), catalog))
    return path


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ({"entity_code": "enterritorio"}, ("la entidad «secretaria-general»", "la entidad «enterritorio»")),
        ({"dependency_code": "TIC"}, ("la dependencia «OAP»", "la dependencia «TIC»")),
        ({"period_code": "2021-M06"}, ("el período «2021-M05»", "el período «2021-M06»")),
        ({"period_code": "2021"}, ("el período «2021-M05»", "el período «2021»")),
    ],
)
def test_the_file_is_returned_when_its_template_is_of_another_place(
    place: dict[str, str], said: tuple[str, str], report: Path, catalog: Catalog, pool: ReaderPool
) -> None:
    verdict = judge(read(report, REPORT, catalog, pool, place), catalog)
    assert verdict.state == "returned"
    (finding,) = [finding for finding in verdict.findings if finding.rule == "place.fingerprint"]
    assert (finding.severity, finding.scope) == ("error", "file")
    assert all(words in finding.message for words in said)
    assert "secretaria-general/OAP/execution_report/2021-M05" in finding.remedy


def test_both_formats_are_named_when_the_template_is_of_another_kind(report: Path, catalog: Catalog, pool: ReaderPool) -> None:
    batch = read(report, "session", catalog, pool, {"period_code": "2021-M05"})
    (finding,) = [finding for finding in batch.findings if finding.rule == "place.fingerprint"]
    assert f"el formato «{catalog.contracts[REPORT].title}»" in finding.message
    assert f"el formato «{catalog.contracts['session'].title}»" in finding.message


def test_a_template_of_the_year_fits_when_it_is_handed_in_for_a_month_of_it(catalog: Catalog, pool: ReaderPool, tmp_path: Path) -> None:
    contract = catalog.contracts["attendance_count"]
    path = tmp_path / "conteo.xlsx"
    path.write_bytes(template_bytes(example_template(contract), catalog))
    assert parse_period("2021") == example_template(contract).period
    inside = read(path, "attendance_count", catalog, pool, {"period_code": "2021-M08"})
    outside = read(path, "attendance_count", catalog, pool, {"period_code": "2022-M08"})
    assert [finding.rule for finding in inside.findings] == []
    assert [finding.rule for finding in outside.findings] == ["place.fingerprint"]


def test_nothing_is_contradicted_when_the_template_was_made_for_nobody(catalog: Catalog, pool: ReaderPool, tmp_path: Path) -> None:
    path = tmp_path / "en-blanco.xlsx"
    path.write_bytes(template_bytes(replace(example_template(catalog.contracts[REPORT]), addressee=None, period=None), catalog))
    assert [finding.rule for finding in read(path, REPORT, catalog, pool, {"dependency_code": "TIC"}).findings] == []


def test_instructions_are_no_data_when_the_kind_is_recognised(catalog: Catalog, pool: ReaderPool, tmp_path: Path) -> None:
    for kind, contract in catalog.contracts.items():
        path = tmp_path / f"{kind}.xlsx"
        path.write_bytes(template_bytes(Template(contract), catalog))
        recognised = recognise_kind(path, catalog, pool)
        assert recognised is not None
        assert getattr(recognised, "kind", None) == kind


def test_check_knows_the_place_when_the_file_was_made_from_a_template(report: Path, catalog: Catalog, pool: ReaderPool) -> None:
    checker = Checker(load_settings(), catalog, pool, lambda _: None)
    checked = checker.check(report, Place())
    envelope = checked.envelope
    assert (envelope.entity_code, envelope.dependency_code, envelope.kind, envelope.period_code) == (
        "secretaria-general",
        "OAP",
        REPORT,
        "2021-M05",
    )
    assert checked.verdict.state == "accepted"
    contradicted = checker.check(report, Place(period_code="2021-M06"))
    assert "place.fingerprint" in {finding.rule for finding in contradicted.verdict.findings}
