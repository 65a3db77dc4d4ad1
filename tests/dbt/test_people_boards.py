"""Board marts of commitments, sessions, participants, profile and evaluation: what a chart gets for one period."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from activity_scenario import Query
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from pipc_etl.contracts import load_catalog
from pipc_etl.settings import Settings
from pipc_etl.warehouse.engine import role_engine

K = 5
BOARDS = ("commitment", "commitment_status", "session", "participants", "profile", "evaluation")


def _tuples(rows: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    return [tuple(row.values()) for row in rows]


def test_commitments_are_counted_once_in_every_period_that_contains_their_month(analyst: Query) -> None:
    rows = analyst(
        "select period_code, sum(commitments_qty)::int as qty, sum(in_charge_qty)::int as charge_qty, "
        "sum(fulfilled_qty)::int as fulfilled_qty, sum(open_qty)::int as open_qty "
        "from marts.rpt_board_commitment where entity_code = 'compromisos' and dependency_code = 'ACPVR' "
        "group by period_code, period_sort order by period_sort"
    )
    assert _tuples(rows) == [
        ("2021", 6, 5, 2, 2),
        ("2021-S1", 5, 4, 2, 1),
        ("2021-S2", 1, 1, 0, 1),
        ("2021-C2", 6, 5, 2, 2),
        ("2021-T2", 5, 4, 2, 1),
        ("2021-T3", 1, 1, 0, 1),
        ("2021-M05", 3, 2, 1, 1),
        ("2021-M06", 2, 2, 1, 0),
        ("2021-M07", 1, 1, 0, 1),
    ]


def test_open_commitments_have_their_age_at_their_own_cutoff(analyst: Query) -> None:
    rows = analyst(
        "select acquired_period_name, status_name, in_charge_name, open_age_name, is_past_due, cutoff_date::text, open_days_sum::int "
        "from marts.rpt_board_commitment where entity_code = 'compromisos' and dependency_code = 'ACPVR' and period_code = '2021' "
        "and (is_open or not in_charge) order by acquired_month, status"
    )
    assert _tuples(rows) == [
        ("Mayo de 2021", "En gestión", "A cargo", "De 61 a 90 días", True, "2021-07-23", 74),
        ("Mayo de 2021", "Trasladado", "No a cargo", "Cerrado", False, "2021-07-23", 0),
        ("Julio de 2021", "Registrado", "A cargo", "De 61 a 90 días", False, "2021-09-29", 87),
    ]


def test_classes_of_open_days_meet_without_a_gap_when_their_limit_is_reached(analyst: Query) -> None:
    rows = analyst(
        "select open_age_sort, open_age, open_age_name, sum(commitments_qty)::int as qty, sum(open_days_sum)::int as days "
        "from marts.rpt_board_commitment "
        "where entity_code = 'compromisos' and dependency_code = 'EDAD' and period_type = 'month' group by 1, 2, 3 order by 1"
    )
    assert _tuples(rows) == [
        (1, "up_to_30", "De 0 a 30 días", 2, 0 + 30),
        (2, "up_to_60", "De 31 a 60 días", 2, 31 + 60),
        (3, "up_to_90", "De 61 a 90 días", 2, 61 + 90),
        (4, "up_to_180", "De 91 a 180 días", 2, 91 + 180),
        (5, "over_180", "Más de 180 días", 1, 181),
        (6, "closed", "Cerrado", 1, 0),
    ]


def test_every_commitment_stands_at_every_later_cutoff_when_its_dependency_did_not_report(analyst: Query) -> None:
    rows = analyst(
        "select dependency_code, status_cutoff_name, is_last_of_period, sum(reported_qty)::int as reported_qty, "
        "sum(standing_qty)::int as standing_qty, (sum(standing_qty) filter (where status = 'fulfilled'))::int as fulfilled_qty "
        "from marts.rpt_board_commitment_status "
        "where entity_code = 'compromisos' and period_code = '2021' group by 1, 2, 3, status_cutoff order by 1, status_cutoff"
    )
    assert _tuples(rows) == [
        ("ACPVR", "23/07/2021", False, 5, 5, 2),
        ("ACPVR", "29/09/2021", True, 1, 6, 2),
        ("EDAD", "23/07/2021", False, 10, 10, 1),
        ("EDAD", "29/09/2021", True, 0, 10, 1),
        ("MIX", "23/07/2021", False, 2, 2, None),
        ("MIX", "29/09/2021", True, 1, 2, 1),
    ]


def test_sessions_say_where_their_attendance_comes_from_when_a_period_is_asked(analyst: Query) -> None:
    rows = analyst(
        "select session_code, period_name, plan_name, attendance_source_name, attendances, distinct_persons from marts.rpt_board_session "
        "where entity_code = 'asistencia' and period_type = 'four_month' order by session_on, session_code"
    )
    second, third = "II cuatrimestre de 2023", "III cuatrimestre de 2023"
    assert _tuples(rows) == [
        ("S2", second, "Fuera de todo plan", "Formularios o listados", 1, 1),
        ("S1", second, "RDC", "Formularios o listados", 4, 2),
        ("S3", second, "Fuera de todo plan", "Conteo sin nombres", 50, 0),
        ("S4", second, "Fuera de todo plan", "Formularios; el conteo no se suma", 1, 1),
        ("S5", third, "RDC", "Formularios o listados", 2, 2),
    ]


def test_period_shows_its_months_and_its_year_side_by_side_when_persons_are_asked(analyst: Query) -> None:
    windows = (
        "select window_name, distinct_persons from marts.rpt_board_participants "
        "where entity_code = 'asistencia' and scope = 'entity' and period_code = :period order by window_sort"
    )
    year = ("Vigencia 2023", 3)
    june, july, september = ("Junio de 2023", 2), ("Julio de 2023", 1), ("Septiembre de 2023", 2)
    assert _tuples(analyst(windows, period="2023-C2")) == [year, june, july]
    assert _tuples(analyst(windows, period="2023-T3")) == [year, july, september]
    assert _tuples(analyst(windows, period="2023-M09")) == [year, september]
    assert _tuples(analyst(windows, period="2023")) == [year, june, july, september]


def test_profile_hides_the_same_cells_when_a_board_shows_it(analyst: Query) -> None:
    columns = (
        "entity_code, scope, plan_code, activity_code, {window} as window_code, dimension, category, attendances, pct, base, suppressed"
    )
    board = analyst(f"select distinct {columns.format(window='window_code')} from marts.rpt_board_profile")
    profile = analyst(f"select {columns.format(window='period_code')} from marts.rpt_attendance_profile where scope <> 'session'")
    assert sum(row["suppressed"] for row in profile) > 50
    assert sum(not row["suppressed"] for row in profile) > 50
    assert {tuple(row.values()) for row in board} == {tuple(row.values()) for row in profile}
    texts = analyst("select distinct attendances_text from marts.rpt_board_profile where suppressed")
    assert texts == [{"attendances_text": f"<{K}"}]
    shown = analyst("select attendances, attendances_text from marts.rpt_board_profile where not suppressed")
    assert {row["attendances_text"] for row in shown} == {f"{row['attendances']:,}".replace(",", ".") for row in shown}


def test_period_without_a_published_profile_shows_its_year_and_says_so(analyst: Query) -> None:
    rows = analyst(
        "select period_type, window_type, bool_and(window_code = period_code) as is_itself, count(*) as rows_qty "
        "from marts.rpt_board_profile where entity_code = 'perfil-0' group by 1, 2 order by 1"
    )
    assert [(row["period_type"], row["window_type"], row["is_itself"]) for row in rows] == [
        ("four_month", "year", False), ("month", "month", True), ("quarter", "year", False), ("semester", "year", False),
        ("year", "year", True),
    ]  # fmt: skip


def test_answers_carry_the_words_of_the_form_when_they_are_counted(analyst: Query, activity_warehouse: Settings) -> None:
    rows = analyst(
        "select question_name, answer_name, answers_qty, score_sum, base_qty, mean from marts.rpt_board_evaluation "
        "where entity_code = 'asistencia' and session_code = 'S1' and period_code = '2023-T2' "
        "and question_code in ('rating_organization', 'would_return') order by question_sort, answer_sort"
    )
    contract = load_catalog(activity_warehouse.expectations).contracts["evaluation_form"]
    titles = {column.name: column.title for column in contract.columns}
    organization, would_return = titles["rating_organization"], titles["would_return"]
    assert _tuples(rows) == [
        (organization, "4", 1, 4, 2, 4.5),
        (organization, "5 (excelente)", 1, 5, 2, 4.5),
        (would_return, "Sí", 1, 1, 2, 0.5),
        (would_return, "No", 1, 0, 2, 0.5),
    ]
    sessions = analyst("select distinct session_code from marts.rpt_board_evaluation where entity_code = 'asistencia' order by 1")
    assert _tuples(sessions) == [("S1",), ("S3",)]  # YY is no session: it belongs to no period


def test_dimensions_carry_the_words_of_the_form_when_a_profile_is_shown(analyst: Query, activity_warehouse: Settings) -> None:
    contract = load_catalog(activity_warehouse.expectations).contracts["attendance_form"]
    titles = {column.name: column.title for column in contract.columns}
    rows = analyst("select distinct dimension, dimension_name, dimension_sort from marts.rpt_board_profile order by dimension_sort")
    dimensions = ["sex", "age_band", "ethnic_group", "locality", "disability", "gender_identity"]
    columns = ["locality_code" if name == "locality" else name for name in dimensions]
    assert [row["dimension"] for row in rows] == dimensions
    assert [row["dimension_name"] for row in rows] == [titles[column] for column in columns]


def test_dashboards_read_the_boards_and_not_the_facts_behind_them(activity_warehouse: Settings) -> None:
    engine = role_engine(activity_warehouse, "dashboard")
    with engine.connect() as connection:
        for board in BOARDS:
            assert connection.scalar(text(f"select count(*) from marts.rpt_board_{board}"))
        with pytest.raises(ProgrammingError, match="permission denied"):
            connection.execute(text("select count(*) from marts.fct_commitment"))
    engine.dispose()


def test_every_column_has_one_short_label_when_a_board_is_declared(analyst: Query, activity_warehouse: Settings) -> None:
    path = activity_warehouse.dbt_project / "models" / "marts" / "dashboard" / "_people_boards.yml"
    models = {model["name"]: model for model in yaml.safe_load(path.read_text(encoding="utf-8"))["models"]}
    assert set(models) == {f"rpt_board_{board}" for board in BOARDS}
    for name, model in models.items():
        columns = analyst(
            "select column_name from information_schema.columns where table_schema = 'marts' and table_name = :name", name=name
        )
        labels = {column["name"]: column["config"]["meta"]["label"] for column in model["columns"]}
        assert set(labels) == {row["column_name"] for row in columns}
        assert len(set(labels.values())) == len(labels), name
        assert all(0 < len(label) <= 60 for label in labels.values())
        persons = [label for column, label in labels.items() if "persons" in column]
        assert all("no se suma" in label for label in persons)
