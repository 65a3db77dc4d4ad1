"""Every chart of the project's dashboards answers whoever reads them, and says what the marts and the publications say."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from typing import Any

import pytest

from pipc_etl.contracts import load_catalog
from pipc_etl.dashboards.loading import load_assets
from pipc_etl.publish.figures import FigureCheck, compare
from pipc_etl.publish.published import PublishedFigure, read_published_figures
from pipc_etl.settings import PROJECT_ROOT
from pipc_etl.warehouse.engine import role_engine
from tests.dashboards.boards import Boards, Row, number

ASSETS = load_assets(PROJECT_ROOT / "superset" / "assets")
CHARTS = [(slug, chart) for slug, dashboard in ASSETS.dashboards.items() for chart in dashboard.charts()]
PUBLISHED = PROJECT_ROOT / "samples" / "published_figures.csv"
FIGURES = read_published_figures(PUBLISHED, kind="computed", issue="main job")
# The boards open with this entity; the marts hold three.
OF_ENTITY = "entity_code = 'secretaria-general'"
# What has no row with the first values of its page's filters, the values with which it has, and why.
ELSEWHERE: Mapping[str, tuple[dict[str, Any], str]] = {
    "resumen_personas": ({"vigencia": 2020, "periodo": "2020"}, "the samples have no form or count of attendance of 2021"),
    "cumplimiento_cambios": ({"vigencia": 2020, "periodo": "2020"}, "the plan of 2021 was never changed, that of 2020 twice"),
    "sesiones_sin_registro": ({"vigencia": 2020, "periodo": "2020"}, "every session of 2023 has its forms; those of 2020 rarely"),
    "entregas_pedir": ({"vigencia": 2021, "periodo": "2021"}, "of 2023 everything came on time; of 2021 not"),
}


@pytest.mark.parametrize(("slug", "chart"), CHARTS, ids=lambda name: name)
def test_a_chart_answers_with_rows_when_its_page_opens(boards: Boards, slug: str, chart: str) -> None:
    assert boards.stored(chart), "its stored query has no rows at all"
    chosen, _why = ELSEWHERE.get(chart, ({}, ""))
    rows = boards.ask(slug, chart, **chosen)
    assert rows
    assert any(value is not None for row in rows for value in row.values()), rows


def test_only_what_is_empty_is_excused_when_a_page_opens(boards: Boards) -> None:
    assert {chart: len(boards.ask(slug, chart)) for slug, chart in CHARTS if chart in ELSEWHERE} == dict.fromkeys(ELSEWHERE, 0)


# --- the published figures ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def checks(boards: Boards) -> dict[PublishedFigure, FigureCheck]:
    engine = role_engine(boards.settings, "analyst")
    found = compare(engine, PUBLISHED, load_catalog(boards.settings.expectations))
    engine.dispose()
    return {check.figure: check for check in found}


@pytest.mark.parametrize("figure", FIGURES, ids=lambda figure: f"{figure.subject[:40]}-{figure.period}-{figure.measure}")
def test_the_published_figure_is_on_its_board_when_it_is_asked_for(
    boards: Boards, checks: dict[PublishedFigure, FigureCheck], figure: PublishedFigure
) -> None:
    shown = ON_BOARDS[figure.scope](boards, figure)
    mart = checks[figure].value
    assert (None if shown is None else round(shown, 6)) == (None if mart is None else round(mart, 6))
    assert figure.matches(shown), f"{shown} is not {figure.value}"


def _plan(boards: Boards, figure: PublishedFigure) -> Decimal | None:
    chosen = {"vigencia": int(figure.period[:4]), "periodo": figure.period, "plan": figure.subject}
    cards = {
        "execution_pct": "resumen_ejecucion",
        "compliance_pct": "resumen_cumplimiento",
        "progress_pct": "resumen_avance",
        "pending_pct": "resumen_por_ejecutar",
    }
    if card := cards.get(figure.measure):
        return _card(boards, card, **chosen)
    if figure.measure == "attendances":
        query = "select distinct activity_name from marts.dim_activity where plan_name = :plan and fiscal_year = :year"
        names = [row["activity_name"] for row in boards.marts(query, plan=figure.subject, year=chosen["vigencia"])]
        page = {"vigencia": chosen["vigencia"], "periodo": figure.period, "actividad": names}
        return number(_only(boards.ask("asistencia", "asistencia_total", **page))["attendances"])
    parts = {"programmed_qty": "denominator", "executed_qty": "numerator"}
    rows = boards.ask("resumen", "resumen_medidas", **chosen)
    return number(_only([row for row in rows if row["measure_name"] == _measure(boards, "execution")])[parts[figure.measure]])


def _group(boards: Boards, figure: PublishedFigure) -> Decimal | None:
    assert figure.measure == "execution_pct"
    rows = boards.ask("resumen", "resumen_dependencias", vigencia=int(figure.period), periodo=figure.period)
    # Over the whole year what was to be done to date is what was programmed.
    return _percent(_only([row for row in rows if row["reporting_group"] == figure.subject])["compliance"])


def _activity(boards: Boards, figure: PublishedFigure) -> Decimal | None:
    year = int(figure.period[:4])
    if figure.measure == "distinct_persons":
        rows = boards.ask("asistencia", "asistencia_personas", vigencia=year, periodo=figure.period)
        query = "select distinct window_name from marts.rpt_board_participants where window_code = :code"
        month = _only(boards.marts(query, code=figure.period))["window_name"]
        return number(_only([row for row in rows if (row["activity_name"], row["window_name"]) == (figure.subject, month)])["persons"])
    rows = boards.ask("cumplimiento", "cumplimiento_actividades", vigencia=year, periodo=figure.period)
    row = _only([row for row in rows if row["activity_name"] == figure.subject])
    if figure.measure == "annual_qty":
        rows = boards.ask("cumplimiento", "cumplimiento_original", vigencia=year, periodo=figure.period)
        return number(_only([each for each in rows if each["activity_name"] == figure.subject])["annual"])
    if figure.measure == "executed_to_date_qty":
        return number(row["executed_to_date"])
    return _percent(row[figure.measure.removesuffix("_pct")])


def _commitments(boards: Boards, figure: PublishedFigure) -> Decimal | None:
    metrics = {"collected_qty": "commitments", "in_charge_qty": "in_charge", "not_in_charge_qty": "not_in_charge"}
    row = _only(boards.ask("compromisos", "compromisos_meses", vigencia=int(figure.period[:4]), periodo=figure.period))
    return number(row[metrics[figure.measure]])


def _session(boards: Boards, figure: PublishedFigure) -> Decimal | None:
    rows = boards.ask("asistencia", "asistencia_lista", vigencia=int(figure.period[:4]), periodo=figure.period[:4])
    return number(_only([row for row in rows if row["title"] == figure.subject])[figure.measure])


def _space(boards: Boards, figure: PublishedFigure) -> Decimal | None:
    query = (
        "select distinct a.activity_name from marts.rpt_attendance_by_session as s join marts.dim_activity as a "
        "using (entity_code, plan_code, fiscal_year, activity_code) where s.space_name = :space"
    )
    names = [row["activity_name"] for row in boards.marts(query, space=figure.subject)]
    page = {"vigencia": int(figure.period), "periodo": figure.period, "actividad": names}
    return number(_only(boards.ask("asistencia", "asistencia_total", **page))["attendances"])


def _profile(boards: Boards, figure: PublishedFigure) -> Decimal | None:
    dimension, category = figure.measure.split(":")
    query = (
        "select distinct category_name, activity_name from marts.rpt_attendance_profile join marts.dim_activity "
        "using (entity_code, plan_code, fiscal_year, activity_code) "
        "where plan_name = :plan and dimension in (:dimension, :dimension || '_band') and category = :category"
    )
    named = _only(boards.marts(query, plan=figure.subject, dimension=dimension, category=category))
    chart = {"sex": "perfil_sexo", "age": "perfil_edad"}[dimension]
    page = {"vigencia": int(figure.period), "periodo": figure.period, "perfil_de": named["activity_name"]}
    rows = boards.ask("asistencia", chart, **page)
    return _percent(_only([row for row in rows if row["category_name"] == named["category_name"]])["share"])


ON_BOARDS = {
    "plan": _plan,
    "dependency": _group,
    "activity": _activity,
    "commitments": _commitments,
    "session": _session,
    "space": _space,
    "profile": _profile,
}


# --- every figure of the charts that carry them, against the marts that the boards do not read -----------------------------


def test_every_measure_is_that_of_the_plan_when_any_period_is_chosen(boards: Boards) -> None:
    plans = boards.marts(
        "select rpt_plan_compliance.*, entity_name from marts.rpt_plan_compliance join marts.dim_entity using (entity_code) "
        "order by entity_code, fiscal_year, period_code"
    )
    assert len(plans) > 50
    assert len({plan["entity_code"] for plan in plans}) > 1
    for plan in plans:
        chosen = {
            "entidad": plan["entity_name"],
            "vigencia": plan["fiscal_year"],
            "periodo": plan["period_code"],
            "plan": plan["plan_name"],
        }
        shown = {row["measure_name"]: row for row in boards.ask("resumen", "resumen_medidas", **chosen)}
        for measure, above, below in (
            ("execution", "executed_qty", "programmed_qty"),
            ("compliance", "executed_to_date_qty", "programmed_to_date_qty"),
            ("progress", "executed_to_date_qty", "annual_qty"),
            ("pending", "pending_qty", "annual_qty"),
        ):
            row = shown[_measure(boards, measure)]
            expected = (number(plan[above]), number(plan[below]), _rounded(plan[f"{measure}_pct"]))
            assert (number(row["numerator"]), number(row["denominator"]), _rounded(_percent(row["value"]))) == expected, (chosen, measure)


@pytest.mark.parametrize("period", ["2020", "2021-C2", "2021", "2023"])
def test_activities_are_those_of_their_mart_when_a_period_is_chosen(boards: Boards, period: str) -> None:
    chosen = {"vigencia": int(period[:4]), "periodo": period}
    shown = boards.ask("cumplimiento", "cumplimiento_actividades", **chosen)
    rows = boards.marts(f"select * from marts.rpt_activity_compliance where {OF_ENTITY} and period_code = :period", period=period)
    quantities = ("programmed", "executed", "programmed_to_date", "executed_to_date")

    def figures(row: Row, suffix: str, percent: int, percent_suffix: str) -> tuple[Any, ...]:
        ratios = [row[f"{name}{percent_suffix}"] for name in ("compliance", "progress")]
        rounded = [None if each is None else _rounded(percent * Decimal(str(each))) for each in ratios]
        return (row["activity_name"], *(number(row[f"{name}{suffix}"]) for name in quantities), *rounded)

    expected = sorted((figures(row, "_qty", 1, "_pct") for row in rows), key=str)
    assert expected
    assert sorted((figures(row, "", 100, "") for row in shown), key=str) == expected


@pytest.mark.parametrize("period", ["2020", "2021-C2"])
def test_what_is_missing_is_that_of_its_mart_when_a_period_is_chosen(boards: Boards, period: str) -> None:
    parts = ("shortfall", "carried_over", "rescheduled", "justified", "unjustified")
    shown = boards.ask("cumplimiento", "cumplimiento_faltante", vigencia=int(period[:4]), periodo=period)
    rows = boards.marts(
        f"select * from marts.rpt_activity_compliance where {OF_ENTITY} and period_code = :period "
        "and (shortfall_qty > 0 or unreported_months > 0)",
        period=period,
    )
    expected = {row["activity_name"]: tuple(number(row[f"{part}_qty"]) for part in parts) for row in rows}
    assert expected
    assert {row["activity_name"]: tuple(number(row[part]) for part in parts) for row in shown} == expected


@pytest.mark.parametrize("period", ["2020", "2021-C2", "2023"])
def test_dependencies_are_ranked_with_the_sums_of_their_activities_when_a_period_is_chosen(boards: Boards, period: str) -> None:
    shown = boards.ask("resumen", "resumen_dependencias", vigencia=int(period[:4]), periodo=period)
    query = (
        "select dependency_name, reporting_group, sum(programmed_to_date_qty) as programmed, sum(executed_to_date_qty) as executed, "
        f"sum(annual_qty) as annual from marts.rpt_activity_compliance where {OF_ENTITY} and period_code = :period group by 1, 2"
    )
    expected = {
        (row["dependency_name"], row["reporting_group"]): (
            number(row["programmed"]),
            number(row["executed"]),
            _rounded(Decimal(100) * row["executed"] / row["programmed"] if row["programmed"] else None),
            _rounded(Decimal(100) * row["executed"] / row["annual"] if row["annual"] else None),
        )
        for row in boards.marts(query, period=period)
    }
    assert {
        (row["dependency_name"], row["reporting_group"]): (
            number(row["programmed_to_date"]),
            number(row["executed_to_date"]),
            _rounded(_percent(row["compliance"])),
            _rounded(_percent(row["progress"])),
        )
        for row in shown
    } == expected


def test_the_curve_ends_at_the_year_of_the_plan_when_it_is_drawn(boards: Boards) -> None:
    rows = boards.ask("resumen", "resumen_curva", vigencia=2021, periodo="2021-C2")
    assert len(rows) == 12
    plan = _only(boards.marts(f"select * from marts.rpt_plan_compliance where {OF_ENTITY} and period_code = '2021'"))
    programmed, executed = [[row[name] for row in rows] for name in ("programmed_to_date", "executed_to_date")]
    assert (programmed[-1], executed[7]) == (plan["annual_qty"], plan["executed_to_date_qty"])
    assert executed[8:] == [None] * 4


def test_commitments_are_those_of_their_mart_when_the_year_is_chosen(boards: Boards) -> None:
    rows = boards.ask("compromisos", "compromisos_meses", vigencia=2021, periodo="2021")
    query = (
        "select sum(collected_qty) as commitments, sum(not_in_charge_qty) as not_in_charge, sum(in_charge_qty) as in_charge "
        f"from marts.rpt_commitments_by_month where {OF_ENTITY} and period_code like '2021-M%' group by period_code"
    )
    expected = sorted(tuple(int(value) for value in row.values()) for row in boards.marts(query))
    assert len(expected) >= 4
    assert sorted((row["commitments"], row["not_in_charge"], row["in_charge"]) for row in rows) == expected
    cards = [_only(boards.ask("compromisos", card)) for card in ("compromisos_recogidos", "compromisos_a_cargo")]
    assert [card[name] for card, name in zip(cards, ("commitments", "in_charge"), strict=True)] == [
        sum(row[0] for row in expected),
        sum(row[2] for row in expected),
    ]


@pytest.mark.parametrize("year", [2020, 2023])
def test_sessions_and_persons_are_those_of_their_marts_when_a_year_is_chosen(boards: Boards, year: int) -> None:
    page = {"vigencia": year, "periodo": str(year)}
    columns = ("title", "attendances", "form_rows", "unidentified_qty", "counted_qty", "distinct_persons")
    query = (
        f"select {', '.join(columns)} from marts.rpt_attendance_by_session "
        f"where {OF_ENTITY} and fiscal_year = :year and attendances is not null"
    )
    expected = sorted(tuple(row.values()) for row in boards.marts(query, year=year))
    assert expected
    assert sorted(tuple(row[name] for name in columns) for row in boards.ask("asistencia", "asistencia_lista", **page)) == expected
    total = sum(int(row[1]) for row in expected)
    assert _only(boards.ask("asistencia", "asistencia_total", **page))["attendances"] == total
    query = f"select distinct_persons from marts.rpt_participants_by_month where {OF_ENTITY} and fiscal_year = :year"
    persons = sorted(row["distinct_persons"] for row in boards.marts(query, year=year))
    assert sorted(row["persons"] for row in boards.ask("asistencia", "asistencia_personas", **page)) == persons


def test_answers_are_those_of_the_evaluation_when_a_year_is_chosen(boards: Boards) -> None:
    rows = boards.ask("asistencia", "percepcion_tabla", vigencia=2023, periodo="2023")
    query = (
        "select sum(answers) as answers, sum(mean * answers) / nullif(sum(answers) filter (where mean is not null), 0) as mean "
        f"from marts.rpt_evaluation where {OF_ENTITY} and fiscal_year = 2023 group by question_code"
    )
    expected = sorted(((number(row["answers"]), _rounded(row["mean"])) for row in boards.marts(query) if row["answers"]), key=str)
    assert expected
    # Of a question of yes or no the mart's mean is the share of yes, and the board says it so.
    shown = [(row["answers"], row["yes_share"] if row["mean_score"] is None else row["mean_score"]) for row in rows]
    assert sorted(((number(answers), _rounded(value)) for answers, value in shown), key=str) == expected


def _only(rows: list[Row]) -> Row:
    assert len(rows) == 1, rows
    return rows[0]


def _card(boards: Boards, chart: str, **chosen: Any) -> Decimal | None:
    """The percent of a card, before it is rounded for the eye."""
    (value,) = _only(boards.ask("resumen", chart, **chosen)).values()
    return _percent(value)


def _percent(fraction: Any) -> Decimal | None:
    return None if fraction is None else 100 * Decimal(str(fraction))


def _rounded(value: Any) -> Decimal | None:
    return None if value is None else round(Decimal(str(value)), 6)


@cache
def _measure(boards: Boards, code: str) -> str:
    return str(
        _only(boards.marts("select distinct measure_name from marts.rpt_board_measure where measure = :code", code=code))["measure_name"]
    )
