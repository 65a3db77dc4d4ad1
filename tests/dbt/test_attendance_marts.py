"""Form rows, attendances and distinct persons, from responses to marts, at both clocks."""

from __future__ import annotations

import pytest
from activity_scenario import Query
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from pipc_etl.settings import Settings
from pipc_etl.warehouse.engine import role_engine, superuser_engine

ATTENDANCE = (
    "fct_attendance", "rpt_attendance_by_session", "rpt_participants_by_month", "rpt_attendance_profile", "rpt_attendance_unmatched",
)  # fmt: skip
TWO_CLOCKS = (*ATTENDANCE, "rpt_evaluation", "dim_session", "fct_commitment", "fct_commitment_status", "rpt_commitments_by_month")
CLOSED = ("fct_attendance", "fct_commitment", "fct_commitment_status")

BY_SESSION = (
    "select session_code, form_rows, attendances, unidentified_qty, counted_qty, distinct_persons, ignored_count_qty "
    "from {relation} where entity_code = 'asistencia' order by session_code"
)


def test_people_are_counted_by_session_when_they_repeat_hide_or_are_only_counted(analyst: Query) -> None:
    rows = [tuple(row.values()) for row in analyst(BY_SESSION.format(relation="marts.rpt_attendance_by_session"))]
    assert rows == [
        ("S1", 4, 4, 2, 0, 2, None),
        ("S2", 1, 1, 0, 0, 1, None),
        ("S3", 0, 50, 0, 50, 0, None),
        ("S4", 1, 1, 0, 0, 1, 50),  # forms and a count: only the forms
        ("S5", 2, 2, 0, 0, 2, None),
    ]


def test_response_counts_where_it_was_known_to_be_when_it_was_corrected_later(analyst: Query) -> None:
    relation = "marts.rpt_attendance_by_session_asof('infinity', '2023-07-09')"
    rows = [tuple(row.values())[:6] for row in analyst(BY_SESSION.format(relation=relation))]
    assert rows == [("S1", 5, 4, 2, 0, 2), ("S3", 0, 50, 0, 50, 0), ("S4", 1, 1, 0, 0, 1)]


def test_sessions_after_the_cutoff_are_left_out_when_a_cutoff_is_asked(analyst: Query) -> None:
    relation = "marts.rpt_attendance_by_session_asof('2023-06-30', now())"
    rows = [tuple(row.values())[:3] for row in analyst(BY_SESSION.format(relation=relation))]
    assert rows == [("S1", 4, 4), ("S2", 1, 1)]


def test_persons_are_counted_inside_their_own_window_when_they_come_back(analyst: Query) -> None:
    rows = analyst(
        "select scope, activity_code, window_code, form_rows, attendances, distinct_persons, is_additive "
        "from marts.rpt_participants_by_month where entity_code = 'asistencia' order by scope, activity_code, window_code"
    )
    assert [tuple(row.values()) for row in rows] == [
        ("activity", "DC-01", "2023", 6, 6, 3, False),
        ("activity", "DC-01", "2023-M06", 4, 4, 2, False),
        ("activity", "DC-01", "2023-M09", 2, 2, 2, False),
        ("activity", "none", "2023", 2, 52, 2, False),
        ("activity", "none", "2023-M06", 1, 1, 1, False),
        ("activity", "none", "2023-M07", 1, 51, 1, False),
        ("entity", "all", "2023", 8, 58, 3, False),
        ("entity", "all", "2023-M06", 5, 5, 2, False),
        ("entity", "all", "2023-M07", 1, 51, 1, False),
        ("entity", "all", "2023-M09", 2, 2, 2, False),
    ]


def test_responses_stay_visible_when_their_session_is_blank_or_unknown(analyst: Query) -> None:
    rows = analyst(
        "select session_code, reason, form_rows, identified_rows from marts.rpt_attendance_unmatched "
        "where entity_code = 'asistencia' order by 1"
    )
    assert [tuple(row.values()) for row in rows] == [("", "blank", 1, 1), ("XX", "unknown", 2, 1)]


def test_demographics_are_those_of_the_last_answer_when_a_person_answered(analyst: Query) -> None:
    rows = analyst(
        "select age, age_band, disability, modality, consent, _sheet, _row from marts.fct_attendance "
        "where entity_code = 'asistencia' and session_code = 'S1' and person_key is not null order by age"
    )
    assert [tuple(row.values()) for row in rows] == [
        (34, "adults", None, "virtual", True, "Hoja", 2),  # the age decides, not the band that was ticked
        (61, "older_adults", ["visual", "physical"], "virtual", True, "Hoja", 4),
    ]


def test_evaluations_are_measured_and_create_no_attendance_when_they_arrive(analyst: Query) -> None:
    rows = analyst(
        "select session_code, is_known_session, question_code, form_rows, answers, mean, answer_4_qty, answer_5_qty, yes_qty, yes_pct "
        "from marts.rpt_evaluation where entity_code = 'asistencia' and question_code in ('rating_organization', 'would_return') "
        "and session_code <> 'S3' order by 1, 3"
    )
    assert [tuple(row.values()) for row in rows] == [
        ("S1", True, "rating_organization", 3, 2, 4.5, 1, 1, None, None),
        ("S1", True, "would_return", 3, 2, 0.5, None, None, 1, 50),
        ("YY", False, "rating_organization", 1, 1, 5, 0, 1, None, None),
        ("YY", False, "would_return", 1, 0, None, None, None, 0, None),
    ]
    counted = analyst(
        "select session_code, source from marts.fct_attendance where entity_code = 'asistencia' and session_code in ('S3', 'YY')"
    )
    assert counted == [{"session_code": "S3", "source": "count"}] * 2


@pytest.mark.parametrize("mart", TWO_CLOCKS)
def test_mart_equals_its_function_when_asked_for_now(activity_warehouse: Settings, mart: str) -> None:
    engine = superuser_engine(activity_warehouse)
    with engine.connect() as connection:
        names = connection.scalars(
            text("select column_name from information_schema.columns where table_schema = 'marts' and table_name = :mart"), {"mart": mart}
        ).all()
        columns = ", ".join(name for name in names if name != "_touch_number")
        rows = connection.scalar(text(f"select count(*) from marts.{mart}"))
        table = f"select {columns} from marts.{mart}"
        function = f"select {columns} from marts.{mart}_asof('infinity', now())"
        different = connection.scalar(
            text(f"select count(*) from (({table} except all {function}) union all ({function} except all {table})) as d")
        )
    engine.dispose()
    assert rows
    assert different == 0


def test_dashboards_read_reports_and_no_person_when_they_ask(activity_warehouse: Settings) -> None:
    engine = role_engine(activity_warehouse, "dashboard")
    with engine.connect() as connection:
        for mart in (*ATTENDANCE[1:], "rpt_evaluation", "rpt_commitments_by_month", "dim_session", "dim_instance", "rpt_data_quality"):
            assert connection.scalar(text(f"select count(*) from marts.{mart}")) is not None
    for mart in CLOSED:
        for relation in (f"marts.{mart}", f"marts.{mart}_asof('infinity', now())"):
            with engine.connect() as connection, pytest.raises(ProgrammingError, match="permission denied"):
                connection.execute(text(f"select count(*) from {relation}"))
    engine.dispose()
