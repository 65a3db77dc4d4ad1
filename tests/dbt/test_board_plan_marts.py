"""Marts that the boards of the plan read, from rows at ledger level to plain sums as a chart makes them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from activity_scenario import Query
from sqlalchemy import text

from pipc_etl.settings import Settings
from pipc_etl.warehouse.engine import role_engine

BOARDS = ("activity", "measure", "month", "attention", "plan_change", "early")


def _ratios(analyst: Query, entity: str, period: str, prefix: str = "") -> dict[str, tuple[Any, Any]]:
    rows = analyst(
        f"select measure, sum({prefix}numerator_qty) as numerator, sum({prefix}denominator_qty) as denominator "
        "from marts.rpt_board_measure where entity_code = :entity and period_code = :period group by measure",
        entity=entity, period=period,
    )  # fmt: skip
    return {row["measure"]: (row["numerator"], row["denominator"]) for row in rows}


def test_measures_are_the_published_ones_when_2021_is_reported_to_august(analyst: Query) -> None:
    assert _ratios(analyst, "publicada", "2021-C2") == {
        "execution": (29, 26), "compliance": (42, 40), "progress": (42, 68), "pending": (26, 68), "compliance_capped": (39, 40),
    }  # fmt: skip
    assert _ratios(analyst, "publicada", "2021-C2", "previous_") == _ratios(analyst, "publicada", "2021-C1")


def test_period_before_is_of_the_year_before_when_the_plan_had_one(analyst: Query) -> None:
    before = _ratios(analyst, "ajustada", "2020-C3")
    assert before["compliance"] == (9, 11)
    assert _ratios(analyst, "ajustada", "2021-C1", "previous_") == before
    assert _ratios(analyst, "ajustada", "2020-C2", "previous_")["compliance"] == (None, None)


def test_original_plan_stands_beside_when_it_was_amended(analyst: Query) -> None:
    assert _ratios(analyst, "ajustada", "2020", "original_")["compliance"] == (9, 7)


def test_unreported_is_null_and_pending_is_the_plans_when_offices_are_silent(analyst: Query) -> None:
    plan = analyst("select * from marts.rpt_plan_compliance where entity_code = 'estados' and period_code = '2022'")[0]
    assert (plan["unreported_months"], plan["executed_to_date_qty"] is not None) == (2, True)
    numerator, denominator = _ratios(analyst, "estados", "2022")["pending"]
    assert Decimal(100) * numerator / denominator == pytest.approx(plan["pending_pct"])
    silent = analyst(
        "select executed_qty, executed_to_date_qty from marts.rpt_board_activity where activity_code = 'SILENT' and period_code = '2022'"
    )
    assert silent == [{"executed_qty": None, "executed_to_date_qty": None}]


def test_statuses_have_names_when_a_board_shows_them(analyst: Query) -> None:
    rows = analyst(
        "select distinct status, status_name, status_sort from marts.rpt_board_activity where entity_code = 'estados' order by status_sort"
    )
    assert [(row["status"], row["status_name"]) for row in rows] == [
        ("behind_unjustified", "Atrasada sin justificar"),
        ("behind_justified", "Atrasada con justificación"),
        ("rescheduled", "Reprogramada"),
        ("carried_over", "Trasladada a la vigencia siguiente"),
        ("over", "Sobrecumplida"),
        ("on_target", "En la meta"),
        ("not_programmed_yet", "Aún sin programar"),
        ("cancelled", "Cancelada"),
    ]


def test_early_units_say_both_months_when_they_cross_periods(analyst: Query) -> None:
    rows = analyst(
        "select activity_code, executed_month_name, programmed_month_name, early_qty from marts.rpt_board_early "
        "where entity_code = 'publicada' and period_code = '2021-C2' order by activity_code, executed_month, programmed_month"
    )
    assert rows
    assert {row["activity_code"]: row["programmed_month_name"] for row in rows} == {"GAB-01": "septiembre", "GAB-03": "octubre"}
    assert sum(row["early_qty"] for row in rows) == 3
    texts = analyst(
        "select activity_code, early_from from marts.rpt_board_activity "
        "where entity_code = 'publicada' and period_code = '2021-C2' and early_qty > 0 order by 1"
    )
    assert [tuple(row.values()) for row in texts] == [("GAB-01", "septiembre (2)"), ("GAB-03", "octubre (1)")]


def test_curve_stops_at_the_cutoff_when_the_year_is_not_over(analyst: Query) -> None:
    rows = analyst(
        "select month_name, sum(programmed_to_date_qty)::int as programmed, sum(executed_to_date_qty)::int as executed "
        "from marts.rpt_board_month where entity_code = 'publicada' and fiscal_year = 2021 "
        "group by month_name, month_number order by month_number"
    )
    assert [row["month_name"] for row in rows] == ["Ene", "Feb", "Mar", "Abr", "May", "Jun", "Jul", "Ago", "Sep", "Oct", "Nov", "Dic"]
    assert [(row["programmed"], row["executed"]) for row in (rows[3], rows[7], rows[8], rows[11])][:2] == [(14, 13), (40, 42)]
    assert [row["executed"] for row in rows[8:]] == [None] * 4
    assert rows[11]["programmed"] == 68


def test_attention_names_what_is_missing_when_offices_are_behind_or_silent(analyst: Query) -> None:
    rows = analyst(
        "select attention_type, subject_code, units_qty::int as units from marts.rpt_board_attention "
        "where entity_code = 'estados' and period_code = '2022' order by severity_sort, subject_code"
    )
    assert [tuple(row.values()) for row in rows] == [
        ("behind_unjustified", "MOVED_PAST", 1),
        ("behind_unjustified", "QUARANTINED", 1),
        ("behind_unjustified", "SILENT", 2),
        ("behind_unjustified", "UNJUSTIFIED", 2),
        ("behind_unjustified", "ZERO", 1),
        ("report_missing", "2022-M02", 2),
        ("report_missing", "2022-M03", 1),
        ("rows_set_aside", "execution_report", 1),
        ("behind_justified", "JUSTIFIED", 4),
        ("rescheduled", "MOVED", 1),
        ("carried_over", "CARRIED", 1),
        ("over", "OVER", 3),
    ]


def test_change_stands_in_the_periods_whose_version_has_it_when_a_plan_is_amended(analyst: Query) -> None:
    rows = analyst(
        "select period_code, count(*)::int as changes, sum(difference_qty)::int as units from marts.rpt_board_plan_change "
        "where entity_code = 'ajustada' and period_code in ('2020-M08', '2020-M10', '2020-M11', '2020') group by 1 order by 1"
    )
    assert [tuple(row.values()) for row in rows] == [("2020", 7, 4), ("2020-M10", 3, 1), ("2020-M11", 7, 4)]
    unjustified = analyst(
        "select subject_code, units_qty::int as units from marts.rpt_board_attention "
        "where entity_code = 'ajustada' and period_code = '2020' and attention_type = 'change_unjustified' order by 1"
    )
    assert [tuple(row.values()) for row in unjustified] == [("OAP-01 (versión 2)", 1), ("OAP-01 (versión 3)", 1), ("OAP-02 (versión 3)", 1)]


def test_every_column_has_its_words_when_a_board_reads_it(analyst: Query) -> None:
    rows = analyst(
        "select relname, attname, col_description(pg_class.oid, attnum) as words "
        "from pg_class inner join pg_attribute on attrelid = pg_class.oid "
        "where relnamespace = 'marts'::regnamespace and relname = any(:marts) and attnum > 0 and not attisdropped",
        marts=[f"rpt_board_{board}" for board in BOARDS],
    )
    assert {row["relname"] for row in rows} == {f"rpt_board_{board}" for board in BOARDS}
    assert [row for row in rows if not row["words"]] == []


@pytest.mark.parametrize("board", BOARDS)
def test_boards_role_reads_the_mart_when_it_is_built(activity_warehouse: Settings, board: str) -> None:
    engine = role_engine(activity_warehouse, "dashboard")
    with engine.connect() as connection:
        assert connection.execute(text(f"select count(*) from marts.rpt_board_{board}")).scalar_one() > 0
    engine.dispose()
