"""Indicators, self-assessments and the accountability schedule: what can be compared, what stands, and when it was known."""

from __future__ import annotations

import pytest
from activity_scenario import Query

PROGRESS = "select * from {relation} where entity_code = 'gestion'"


def progress(analyst: Query, relation: str = "marts.rpt_indicator_progress") -> dict[str, dict[str, object]]:
    return {str(row["indicator_code"]): row for row in analyst(PROGRESS.format(relation=relation))}


@pytest.mark.parametrize(
    ("code", "trend", "change", "baseline", "gap"),
    [
        ("up", "up", 5, ("2018-2019", 45), 35),
        ("down", "down", -0.01, ("2018-2019", 2.60), None),
        ("flat", "flat", 0, ("2018-2019", 2.26), None),
        ("not-applicable", "not_comparable", None, ("2018-2019", 22.2), None),
        ("no-data", "not_comparable", None, ("2016-2017", 37.7), 22.3),
        ("empty", "not_comparable", None, ("2018-2019", 0), None),
        ("other-unit", "not_comparable", None, ("2018-2019", 60), None),
        ("fewer-complaints", "down", -10, ("2019", 20), -5),
    ],
)
def test_indicators_compare_only_what_can_be_compared_when_two_periods_were_measured(
    analyst: Query, code: str, trend: str, change: float | None, baseline: tuple[str, float], gap: float | None
) -> None:
    row = progress(analyst)[code]
    assert row["trend"] == trend
    assert (None if row["change_value"] is None else float(str(row["change_value"]))) == change
    assert (row["baseline_period_code"], float(str(row["baseline_value"]))) == baseline
    assert (None if row["gap_value"] is None else float(str(row["gap_value"]))) == gap


def test_nulls_keep_their_kinds_when_there_is_no_number(analyst: Query) -> None:
    rows = analyst(
        "select indicator_code, value, missing_kind from marts.fct_indicator_value "
        "where entity_code = 'gestion' and value is null order by indicator_code"
    )
    assert [(row["indicator_code"], row["missing_kind"]) for row in rows] == [
        ("empty", "not_reported"),
        ("no-data", "no_data"),
        ("not-applicable", "not_applicable"),
    ]
    assert analyst(
        "select value, missing_kind from marts.fct_indicator_value where indicator_code = 'empty' and period_code = '2018-2019'"
    ) == [{"value": 0, "missing_kind": None}]


def test_falling_is_an_improvement_when_less_is_better(analyst: Query) -> None:
    rows = progress(analyst)
    assert [rows[code]["is_improvement"] for code in ("up", "down", "flat", "no-data", "fewer-complaints")] == [
        True,
        False,
        None,
        None,
        True,
    ]
    assert (rows["fewer-complaints"]["is_target_met"], rows["up"]["is_target_met"]) == (True, False)


def test_target_is_the_next_one_when_there_are_several(analyst: Query) -> None:
    row = progress(analyst)["two-targets"]
    assert (row["target_period_code"], row["target_value"], row["gap_value"]) == ("2019-2020", 60, 10)


def test_correction_counts_from_its_receipt_when_an_indicator_is_asked_before(analyst: Query) -> None:
    before = progress(analyst, "marts.rpt_indicator_progress_asof('infinity', '2020-05-31')")["up"]
    assert (before["change_value"], before["latest_value"]) == (10, 50)
    assert progress(analyst)["up"]["latest_value"] == 45


def test_measurement_waits_for_the_end_of_its_two_years_when_the_cutoff_is_earlier(analyst: Query) -> None:
    row = progress(analyst, "marts.rpt_indicator_progress_asof('2018-06-30', now())")["up"]
    assert (row["latest_period_code"], row["previous_period_code"], row["trend"]) == ("2016-2017", None, "not_comparable")
    assert (row["target_period_code"], row["gap_value"]) == ("2022-2023", 40)


def test_two_years_are_a_period_of_indicators_alone_when_the_calendar_is_read(analyst: Query) -> None:
    rows = analyst("select * from marts.dim_period where period_code = '2018-2019'")
    assert [(row["period_type"], row["period_type_name"], row["month_count"], row["previous_period_code"]) for row in rows] == [
        ("biennium", "Bienio", 24, "2016-2017")
    ]
    assert (str(rows[0]["period_start"]), str(rows[0]["period_end"])) == ("2018-01-01", "2019-12-31")
    assert analyst("select count(*) as n from marts.rpt_plan_compliance where period_type = 'biennium'") == [{"n": 0}]


SCHEDULE = (
    "select activity_number, done_qty, planned_to_date_qty, quarters_due, quarters_met, quarters_unreported, status "
    "from {relation} where entity_code = 'gestion' order by activity_order"
)


def schedule(analyst: Query, relation: str) -> list[tuple[object, ...]]:
    return [tuple(row.values()) for row in analyst(SCHEDULE.format(relation=relation))]


def test_schedule_shows_what_was_done_over_a_minimum_when_the_year_ends(analyst: Query) -> None:
    assert schedule(analyst, "marts.rpt_schedule_progress") == [
        ("1", 4, 3, 3, 3, 0, "over"),
        ("2", 1, 2, 2, 1, 0, "behind"),
        ("3", None, 0, 0, 0, 0, "evidence_only"),
        ("4", None, 1, 1, 0, 1, "not_reported"),
    ]
    rows = analyst(
        "select round(progress_pct, 2) as pct, pending_qty, differs_from_strategy from marts.rpt_schedule_progress "
        "where entity_code = 'gestion' order by activity_order"
    )
    assert [(None if row["pct"] is None else float(row["pct"])) for row in rows] == [133.33, 50.0, None, None]
    assert [row["pending_qty"] for row in rows] == [0, 1, None, 1]
    assert [row["differs_from_strategy"] for row in rows] == [False, True, False, False]


def test_quarters_after_the_cutoff_are_left_out_when_the_file_already_has_them(analyst: Query) -> None:
    assert schedule(analyst, "marts.rpt_schedule_progress_asof('2023-08-15', now())") == [
        ("1", 1, 1, 1, 1, 0, "on_course"),
        ("2", 1, 1, 1, 1, 0, "on_course"),
        ("3", None, 0, 0, 0, 0, "evidence_only"),
        ("4", None, 0, 0, 0, 0, "on_course"),
    ]


def test_schedule_is_the_one_that_was_known_when_asked_before_the_last_delivery(analyst: Query) -> None:
    assert schedule(analyst, "marts.rpt_schedule_progress_asof('2023-12-31', '2023-11-30')") == [
        ("1", None, 3, 3, 0, 3, "not_reported"),
        ("2", None, 2, 2, 0, 2, "not_reported"),
        ("3", None, 0, 0, 0, 0, "evidence_only"),
        ("9", None, 1, 1, 0, 1, "not_reported"),
    ]


def test_score_has_its_level_when_it_stands_at_an_edge(analyst: Query) -> None:
    rows = analyst(
        "select item_level, item_name, score, score_level, assessed_on::text from marts.fct_self_assessment "
        "where entity_code = 'gestion' order by component nulls first"
    )
    assert [(row["item_level"], row["item_name"], float(row["score"]), row["score_level"]) for row in rows] == [
        ("policy", "Rendición de cuentas", 92.9, 5),
        ("component", "Cinco", 80.1, 5),
        ("component", "Cuatro", 80.0, 4),
        ("component", "Dos", 20.5, 2),
        ("component", "Uno", 0.0, 1),
    ]
    assert [row["assessed_on"] for row in rows] == ["2023-01-31", "2023-02-10", "2023-02-10", "2023-02-10", "2023-03-10"]


def test_score_corrected_later_is_the_first_one_when_asked_before(analyst: Query) -> None:
    rows = analyst(
        "select score, score_level from marts.fct_self_assessment_asof('infinity', '2023-03-01') "
        "where entity_code = 'gestion' and component = 'Uno'"
    )
    assert [(float(row["score"]), row["score_level"]) for row in rows] == [(20.0, 1)]
    assert analyst("select count(*) as n from marts.fct_self_assessment_asof('2022-06-30', now()) where entity_code = 'gestion'") == [
        {"n": 0}
    ]
