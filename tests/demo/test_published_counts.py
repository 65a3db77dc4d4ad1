"""The sample files hold the published figures, counted without the warehouse."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from pipc_etl.contracts import Catalog
from pipc_etl.demo.manifest import SampleFile
from pipc_etl.publish.numbers import Rounding
from pipc_etl.publish.published import PublishedFigure, read_published_figures
from pipc_etl.settings import PROJECT_ROOT
from tests.demo.counts import Facts, counted, read_facts

FIGURES = read_published_figures(PROJECT_ROOT / "samples" / "published_figures.csv", kind="computed", issue="main job")


@pytest.fixture(scope="module")
def facts(written: Path, manifest: tuple[SampleFile, ...], catalog: Catalog) -> Facts:
    return read_facts(written, manifest, catalog)


def test_there_are_sixty_seven_figures_when_the_file_is_read() -> None:
    assert len(FIGURES) == 67


@pytest.mark.parametrize("figure", FIGURES, ids=lambda figure: f"{figure.subject[:40]}-{figure.period}-{figure.measure}")
def test_samples_hold_the_figure_when_counted_with_pandas(figure: PublishedFigure, facts: Facts) -> None:
    value = counted(figure, facts)
    assert figure.matches(value), f"{value} is not {figure.value}"


def test_counts_are_those_of_the_definitions_when_the_plans_are_added_up(facts: Facts) -> None:
    def quantity(name: str, measure: str, scope: str = "plan", period: str = "2020", cutoff: str = "2020-12-31") -> int:
        figure = PublishedFigure("", "", scope, name, period, date.fromisoformat(cutoff), measure, None, Rounding("exact"), "", "", "")
        value = counted(figure, facts)
        assert value is not None
        return int(value)

    groups = {
        "Gobierno Abierto (Oficina Asesora de Planeación)": (26, 27),
        "Alta Consejería para la atención de las víctimas, la paz y la reconciliación": (150, 152),
        "Alta Consejería Distrital TIC": (10, 14),
        "Subsecretaría Técnica": (9, 9),
        "Subsecretaría de Servicio a la Ciudadanía": (3, 3),
    }
    found = {name: (quantity(name, "executed_qty", "dependency"), quantity(name, "programmed_qty", "dependency")) for name in groups}
    assert found == groups
    assert (quantity("PIPC 2020", "executed_qty"), quantity("PIPC 2020", "programmed_qty")) == (198, 205)
    year = ("plan", "2021", "2021-08-31")
    quantities = [quantity("PIPC 2021", measure, *year) for measure in ("programmed_qty", "executed_qty", "annual_qty")]
    assert quantities == [40, 42, 68]
    first = ("plan", "2021-C1", "2021-04-30")
    assert [quantity("PIPC 2021", measure, *first) for measure in ("executed_qty", "programmed_qty")] == [13, 14]


def test_original_plan_differs_when_the_year_was_amended(facts: Facts) -> None:
    totals = facts.plans[facts.plans["plan_name"] == "PIPC 2020"].groupby("plan_version")["annual_qty"].sum()
    assert totals.to_dict() == {1: 202, 2: 203, 3: 205}


def test_year_has_fewer_people_than_the_sum_of_its_months_when_people_come_back(facts: Facts) -> None:
    months = [figure for figure in FIGURES if figure.measure == "distinct_persons"]
    assert len(months) == 4
    answers = facts.answers[facts.answers["session_code"].str.startswith("GAB20-V") & facts.answers["consent"].astype(bool)]
    document = answers["document_number"].str.replace(".", "").fillna(answers["email"].str.lower()).dropna()
    assert sum(int(figure.value or 0) for figure in months) == 358
    assert document.nunique() == 296
