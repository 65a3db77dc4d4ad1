"""What citizens asked and proposed and what networks say: terms by norm, sources apart, variants as one topic, in two clocks."""

from __future__ import annotations

import re

import pytest
from activity_scenario import Query
from voice_scenario import HEARINGS

from pipc_etl.contracts.codelist import load_codelist
from pipc_etl.settings import Settings


def question(analyst: Query, code: str, relation: str = "marts.fct_citizen_question") -> dict[str, object]:
    (row,) = analyst(f"select * from {relation} where entity_code = 'voz' and question_code = :code", code=code)
    return row


@pytest.mark.parametrize(
    ("code", "days", "due", "norm"),
    [
        ("covered", 30, "2020-05-12", "Decreto Legislativo 491"),
        ("answered-before", 15, "2020-04-20", "Ley 1755"),
        ("fallen-due-before", 15, "2020-03-27", "Ley 1755"),
        ("documents", 20, "2020-05-04", "Decreto Legislativo 491"),
        ("hearing-in-emergency", 15, "2020-04-24", "Ley 1757"),
        ("general-2022-05-17", 30, "2022-07-01", "Decreto Legislativo 491"),
        ("general-2022-05-18", 15, "2022-06-09", "Ley 1755"),
        ("information-2022-05-17", 20, "2022-06-15", "Decreto Legislativo 491"),
        ("information-2022-05-18", 10, "2022-06-02", "Ley 1755"),
        ("consultation-2022-05-17", 35, "2022-07-11", "Decreto Legislativo 491"),
        ("consultation-2022-05-18", 30, "2022-07-05", "Ley 1755"),
    ],
)
def test_term_is_that_of_the_norm_in_force_when_a_question_is_received(analyst: Query, code: str, days: int, due: str, norm: str) -> None:
    row = question(analyst, code)
    assert (row["response_business_days"], str(row["due_on"])) == (days, due)
    assert str(row["response_norm"]).startswith(norm)


def test_question_has_no_due_day_when_no_norm_of_the_table_gives_one(analyst: Query) -> None:
    row = question(analyst, "before-the-law")
    assert (row["due_on"], row["question_status"]) == (None, "answered")


def test_answers_are_due_fifteen_business_days_after_when_a_space_accounts_to_the_citizens(analyst: Query) -> None:
    rows = analyst(
        "select session_code, answer_due_on::text, is_reported, received_qty from marts.rpt_citizen_questions "
        "where entity_code = 'voz' and answer_due_on is not null"
    )
    assert {row["session_code"]: row["answer_due_on"] for row in rows} == {code: due for code, (_, due) in HEARINGS.items()}
    assert {(row["is_reported"], row["received_qty"]) for row in rows} == {(False, None)}, "not reported is not zero"


@pytest.mark.parametrize(
    ("code", "now", "at_june"),
    [
        ("live", "answered_live", "answered_live"),
        ("in-time", "answered_in_time", "pending"),
        ("late", "answered_late", "pending"),
        ("handed-on", "transferred", "transferred"),
        ("waiting", "overdue", "pending"),
        ("elsewhere", "overdue", "pending"),
    ],
)
def test_status_is_that_of_the_cutoff_when_a_question_is_followed(analyst: Query, code: str, now: str, at_june: str) -> None:
    assert question(analyst, code)["question_status"] == now
    assert question(analyst, code, "marts.fct_citizen_question_asof('2021-06-29', now())")["question_status"] == at_june
    known = question(analyst, code, "marts.fct_citizen_question_asof('infinity', '2021-06-20')")
    assert known["question_status"] == at_june, "the answers came with the file of July"
    assert str(known["cutoff_date"]) == "2021-06-15"


def test_transfer_is_late_after_five_business_days_when_it_is_another_entitys(analyst: Query) -> None:
    found = {code: question(analyst, code) for code in ("handed-on", "handed-on-in-time")}
    assert {str(row["transfer_due_on"]) for row in found.values()} == {"2021-05-24"}
    # 17 May 2021 was a holiday (Ascensión): the fifth business day after 14 May is the 24th.
    assert {code: row["is_transferred_late"] for code, row in found.items()} == {"handed-on": True, "handed-on-in-time": False}
    early = question(analyst, "handed-on", "marts.fct_citizen_question_asof('2021-05-23', now())")
    assert (early["transferred_to"], early["question_status"]) == (None, "pending")


def test_questions_of_a_session_add_up_when_they_are_counted(analyst: Query) -> None:
    rows = analyst(
        "select session_code, period_code, received_qty, answered_live_qty, answered_in_time_qty, answered_late_qty, transferred_qty, "
        "pending_qty, overdue_qty, published_qty, round(in_time_pct) as pct, answer_business_days_max "
        "from marts.rpt_citizen_questions where entity_code = 'voz' and fiscal_year = 2021 order by 1 desc"
    )
    assert [tuple(row.values()) for row in rows] == [
        ("no_session", "2021-M05", 1, 0, 0, 0, 0, 0, 1, 0, 0, None),
        ("V1", "2021-M05", 6, 1, 1, 1, 2, 0, 1, 1, 50, 31),
    ]


def metrics(analyst: Query, relation: str = "marts.rpt_social_metric") -> dict[str, tuple[object, ...]]:
    rows = analyst(
        "select metric, value_qty, is_additive, post_qty, source, has_other_value, manual_qty, screenshot_qty, largest_post_qty "
        f"from {relation} where entity_code = 'voz' and subject_code = 'V1'"
    )
    return {str(row.pop("metric")): tuple(row.values()) for row in rows}


def test_posts_add_up_only_where_they_can_when_a_session_has_several(analyst: Query) -> None:
    found = metrics(analyst)
    assert found["views"] == (150, True, 2, "manual", False, 150, None, 100)
    assert found["reach"] == (None, False, 2, "manual", True, None, None, 1000), "those reached by one post may be reached by the other"
    assert found["shares"] == (12, True, 2, "mixed", False, 5, 7, 7), "two posts of different sources do not contradict each other"


def test_the_summary_is_shown_and_the_other_kept_when_two_sources_differ(analyst: Query) -> None:
    assert metrics(analyst)["comments"] == (16, True, 1, "manual", True, 16, 139, 16)
    facts = analyst(
        "select source, value_qty, is_shown from marts.fct_social_metric where entity_code = 'voz' and metric = 'comments' order by 1"
    )
    assert [tuple(row.values()) for row in facts] == [("manual", 16, True), ("screenshot", 139, False)]


def test_capture_is_the_last_until_the_cutoff_when_a_post_keeps_growing(analyst: Query) -> None:
    then = metrics(analyst, "marts.rpt_social_metric_asof('2021-05-31', now())")
    assert then["views"] == (90, True, 1, "manual", False, 90, None, 90)
    known = metrics(analyst, "marts.rpt_social_metric_asof('infinity', '2021-06-20')")
    assert known["views"] == then["views"]


def test_a_space_has_its_metrics_when_no_session_is_of_it(analyst: Query) -> None:
    rows = analyst(
        "select subject_type, subject_name, value_qty, subject_on::text from marts.rpt_social_metric "
        "where entity_code = 'voz' and subject_code = 'Feria'"
    )
    assert [tuple(row.values()) for row in rows] == [("space", "Feria", 12, "2021-06-30")]


def test_metrics_and_questions_count_nobody_when_attendance_is_asked(analyst: Query) -> None:
    assert len(metrics(analyst)) == 4
    rows = analyst("select attendances from marts.rpt_attendance_by_session where entity_code = 'voz' and session_code = 'V1'")
    assert [row["attendances"] for row in rows] in ([], [0], [None])
    assert analyst("select 1 as found from marts.fct_attendance where entity_code = 'voz'") == []


def test_every_additive_metric_is_of_the_codelist_when_it_is_read(activity_warehouse: Settings) -> None:
    known = {code.code for code in load_codelist(activity_warehouse.expectations / "codelists" / "social_metric_type.csv").codes}
    macro = (activity_warehouse.dbt_project / "macros" / "social" / "metrics.sql").read_text(encoding="utf-8")
    additive = set(re.findall(r"'(\w+)'", macro))
    assert len(additive) == 12
    assert additive <= known
    assert known - additive == {"reach", "speakers", "stages", "countries"}


def test_variants_are_one_topic_when_names_differ_in_small_words(analyst: Query) -> None:
    rows = analyst(
        "select wording, topic_key, is_listed from marts.fct_proposed_topic where entity_code = 'voz' and call_name = 'Audiencia'"
    )
    assert {row["wording"]: (row["topic_key"], row["is_listed"]) for row in rows} == {
        "Servicio al/a la Ciudadanía": ("citizen_service", True),
        "SERVICIO A LA CIUDADANIA": ("citizen_service", True),
        "Servicio al ciudadano.": ("citizen_service", True),
        "TOAR": ("restorative_works", True),
        "La seguridad": ("seguridad", False),
        "Otro asunto": ("otro asunto", False),
    }


def test_calls_count_topics_once_when_they_are_proposed_in_several_ways(analyst: Query) -> None:
    rows = analyst(
        "select call_name, proposed_qty, distinct_qty, included_qty, not_included_qty, undecided_qty, repeated_qty, included_pct::float "
        "from marts.rpt_proposed_topics where entity_code = 'voz' order by period_code"
    )
    assert [tuple(row.values()) for row in rows] == [
        ("Audiencia", 6, 4, 2, 1, 1, 0, pytest.approx(66.666666666667)),
        ("Diálogos", 4, 4, None, None, 4, 3, None),
        ("Lista propia", 1, 1, None, None, 1, 1, None),
    ]


def test_a_topic_names_its_first_call_when_it_is_proposed_again(analyst: Query) -> None:
    rows = analyst(
        "select wording, first_proposed_in_call from marts.fct_proposed_topic where entity_code = 'voz' and call_name = 'Diálogos'"
    )
    assert {row["wording"]: row["first_proposed_in_call"] for row in rows} == {
        "Ruta TOAR": "Audiencia (2022)",
        "Seguridad": "Audiencia (2022)",
        "Atención a la ciudadanía": "Audiencia (2022)",
        "Un tema nuevo": None,
    }
    before = analyst("select count(*) as qty from marts.fct_proposed_topic_asof('infinity', '2023-01-01') where entity_code = 'voz'")
    assert before == [{"qty": 6}]


@pytest.mark.parametrize(
    "mart",
    [
        "fct_citizen_question",
        "rpt_citizen_questions",
        "fct_social_metric",
        "rpt_social_metric",
        "fct_proposed_topic",
        "rpt_proposed_topics",
    ],
)
def test_function_says_what_the_table_says_when_it_is_asked_of_now(analyst: Query, mart: str) -> None:
    table = analyst(f"select count(*) as qty from marts.{mart}")
    assert table[0]["qty"] >= 3
    differing = analyst(
        f"(select * from marts.{mart} except select * from marts.{mart}_asof('infinity', now())) "
        f"union all (select * from marts.{mart}_asof('infinity', now()) except select * from marts.{mart})"
    )
    assert differing == []


def test_the_text_of_a_question_stands_nowhere_when_marts_are_read(analyst: Query) -> None:
    columns = analyst(
        "select table_name, column_name from information_schema.columns where table_schema = 'marts' and table_name like '%question%'"
    )
    assert len(columns) > 40
    assert not {row["column_name"] for row in columns} & {"question_text"}
