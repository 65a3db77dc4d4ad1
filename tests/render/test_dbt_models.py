"""Models that hold what is declared elsewhere: Colombia's holidays, the kinds and the texts of the rules."""

from __future__ import annotations

import re
from datetime import date

import yaml

from pipc_etl.contracts import load_catalog
from pipc_etl.render.dbt_models import contract_kinds, holidays, rules
from pipc_etl.settings import PROJECT_ROOT


def _holidays() -> set[date]:
    lines = re.findall(r"\((\d{4}), '\{([\d,-]+)\}'::text\[\]\)", holidays())
    return {date.fromisoformat(f"{year}-{day}") for year, days in lines for day in days.split(",")}


def test_holidays_move_to_monday_when_the_law_says_so() -> None:
    days = _holidays()
    # Corpus Christi and All Saints (Ley Emiliani), Good Friday, Independence Day (never moved).
    assert {date(2021, 6, 7), date(2021, 11, 1), date(2021, 4, 2), date(2021, 7, 20), date(2024, 11, 4)} <= days
    assert not {date(2021, 6, 3), date(2024, 11, 1)} & days


def test_holidays_cover_every_fiscal_year_when_the_calendar_is_widened() -> None:
    variables = yaml.safe_load((PROJECT_ROOT / "dbt_project" / "dbt_project.yml").read_text(encoding="utf-8"))["vars"]
    years = {day.year for day in _holidays()}
    assert set(range(variables["calendar_first_year"], variables["calendar_last_year"] + 1)) == years


def test_kinds_carry_due_day_and_freshness_when_their_contract_has_them() -> None:
    text = contract_kinds(load_catalog(PROJECT_ROOT / "expectations"))
    assert re.search(r"\('execution_report', 'Reporte mensual de ejecución', \d+, 5, 35\)", text)
    assert re.search(r"\('attendance_form', 'Formulario de asistencia', \d+, null::integer, null::integer\)", text)


def test_every_rule_has_a_text_without_placeholders_when_rendered() -> None:
    catalog = load_catalog(PROJECT_ROOT / "expectations")
    text = rules(catalog)
    for rule in [*catalog.messages, *(rule.id for contract in catalog.contracts.values() for rule in contract.rules)]:
        assert f"('{rule}', '" in text
    assert "{" not in text


def test_what_a_build_selects_by_its_folder_is_there_for_every_kind() -> None:
    """A build after a load runs `path:models/staging/<kind>+`: a model elsewhere would wait for the next full refresh."""
    kinds = load_catalog(PROJECT_ROOT / "expectations").contracts
    assert len(kinds) == 16
    staging = PROJECT_ROOT / "dbt_project" / "models" / "staging"
    readers = {
        (kind, path.parent.name)
        for path in staging.rglob("*.sql")
        for kind in re.findall(r"source\('raw', '(\w+)'\)", path.read_text(encoding="utf-8"))
    }
    assert {kind for kind, _ in readers} == set(kinds)
    assert [reader for reader in readers if reader[0] != reader[1]] == []
