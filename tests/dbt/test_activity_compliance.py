"""Figures of the activity marts, from rows at ledger level through the real dbt to what an analyst reads."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from activity_scenario import Query

PERIOD = "entity_code = :entity and period_code = :period"


def _one(analyst: Query, mart: str, entity: str, period: str, **more: Any) -> dict[str, Any]:
    where = "".join(f" and {name} = :{name}" for name in more)
    rows = analyst(f"select * from marts.{mart} where {PERIOD}{where}", entity=entity, period=period, **more)
    assert len(rows) == 1
    return rows[0]


@pytest.mark.parametrize(
    ("period", "programmed", "executed", "programmed_to_date", "executed_to_date"),
    [("2021-C1", 14, 13, 14, 13), ("2021-C2", 26, 29, 40, 42), ("2021", 40, 42, 40, 42), ("2021-C3", 0, None, 40, 42)],
)
def test_plan_sums_when_2021_is_reported_to_august(
    analyst: Query, period: str, programmed: int, executed: int | None, programmed_to_date: int, executed_to_date: int
) -> None:
    row = _one(analyst, "rpt_plan_compliance", "publicada", period)
    assert (row["programmed_qty"], row["executed_qty"]) == (programmed, executed)
    assert (row["programmed_to_date_qty"], row["executed_to_date_qty"], row["annual_qty"]) == (programmed_to_date, executed_to_date, 68)


def test_percents_stay_unrounded_and_uncapped_when_over_100(analyst: Query) -> None:
    row = _one(analyst, "rpt_plan_compliance", "publicada", "2021-C2")
    assert row["compliance_pct"] == 105
    assert round(row["execution_pct"], 6) == Decimal("111.538462")
    assert round(row["progress_pct"], 6) == Decimal("61.764706")
    assert row["progress_pct"] + row["pending_pct"] == 100


def test_capped_percent_and_counts_show_the_activity_behind_when_another_is_over(analyst: Query) -> None:
    row = _one(analyst, "rpt_plan_compliance", "publicada", "2021")
    assert row["compliance_capped_pct"] == Decimal("97.5")
    assert (row["shortfall_qty"], row["over_execution_qty"]) == (1, 3)
    assert (row["activities_total"], row["activities_on_target"], row["activities_over"]) == (8, 6, 1)
    assert (row["activities_behind_unjustified"], row["activities_not_programmed_yet"]) == (1, 1)


def test_early_execution_crosses_four_month_periods_when_the_surplus_comes_later(analyst: Query) -> None:
    strategy = {
        period: _one(analyst, "rpt_activity_compliance", "publicada", period, activity_code="GAB-01") for period in ("2021-C1", "2021-C2")
    }
    assert [(row["programmed_qty"], row["executed_qty"]) for row in strategy.values()] == [(3, 2), (6, 9)]
    assert [(row["shortfall_qty"], row["early_qty"]) for row in strategy.values()] == [(1, 0), (0, 2)]
    assert strategy["2021-C2"]["status"] == "over"
    taken = analyst("select activity_code, month::text, early_qty from marts.fct_early_execution where period_code = '2021-C2' order by 1")
    assert taken == [
        {"activity_code": "GAB-01", "month": "2021-09-01", "early_qty": 2},
        {"activity_code": "GAB-03", "month": "2021-10-01", "early_qty": 1},
    ]


def test_compliance_is_null_and_pending_is_said_when_nothing_is_programmed_to_date(analyst: Query) -> None:
    row = _one(analyst, "rpt_activity_compliance", "publicada", "2021", activity_code="GAB-03")
    assert (row["programmed_to_date_qty"], row["executed_to_date_qty"], row["annual_qty"]) == (0, 1, 3)
    assert (row["compliance_pct"], row["status"]) == (None, "not_programmed_yet")
    assert round(row["progress_pct"]) == 33


def test_dependency_has_the_name_in_force_at_the_cutoff_when_it_was_renamed(analyst: Query) -> None:
    names = {
        period: _one(analyst, "rpt_dependency_compliance", "publicada", period, dependency_code="ACPVR")["dependency_name"]
        for period in ("2021-M05", "2021-M06", "2021")
    }
    assert names["2021-M05"] == "Alta Consejería para las víctimas"
    assert names["2021-M06"] == names["2021"] == "Oficina Alta Consejería de Paz, Víctimas y Reconciliación"


def test_reporting_groups_stand_beside_dependencies_when_an_activity_has_one(analyst: Query) -> None:
    rows = analyst(
        f"select reporting_group, programmed_to_date_qty from marts.rpt_reporting_group_compliance where {PERIOD} order by 1",
        entity="publicada", period="2021",
    )  # fmt: skip
    assert [(row["reporting_group"], row["programmed_to_date_qty"]) for row in rows] == [
        ("Gobierno Abierto", 13),
        ("Oficina Alta Consejería de Paz, Víctimas y Reconciliación", 8),
        ("Subsecretaría de Fortalecimiento", 18),
        ("Subsecretaría de Servicio", 1),
    ]


@pytest.mark.parametrize(
    ("period", "version", "annual", "programmed_to_date", "original_to_date"),
    [("2020-M08", 1, 7, 4, 4), ("2020-M10", 2, 8, 5, 7), ("2020-M11", 3, 11, 7, 7), ("2020", 3, 11, 11, 7)],
)
def test_version_in_force_gives_the_denominator_when_the_plan_was_amended(
    analyst: Query, period: str, version: int, annual: int, programmed_to_date: int, original_to_date: int
) -> None:
    row = _one(analyst, "rpt_plan_compliance", "ajustada", period)
    assert (row["plan_version"], row["annual_qty"], row["original_annual_qty"]) == (version, annual, 7)
    assert (row["programmed_to_date_qty"], row["original_programmed_to_date_qty"]) == (programmed_to_date, original_to_date)


def test_adjusted_and_original_percents_stand_side_by_side_when_the_plan_was_amended(analyst: Query) -> None:
    row = _one(analyst, "rpt_plan_compliance", "ajustada", "2020")
    assert row["executed_to_date_qty"] == 9
    assert round(row["compliance_pct"], 6) == Decimal("81.818182")
    assert round(row["original_compliance_pct"], 6) == Decimal("128.571429")


def test_report_before_the_plan_is_outside_it_when_the_plan_starts_in_july(analyst: Query) -> None:
    facts = analyst("select executed_qty from marts.fct_activity_execution where entity_code = 'ajustada' and month = '2020-06-01'")
    assert [row["executed_qty"] for row in facts] == [5]
    periods = analyst("select period_code from marts.rpt_plan_compliance where entity_code = 'ajustada' and fiscal_year = 2020 order by 1")
    assert [row["period_code"] for row in periods] == [
        "2020", "2020-C2", "2020-C3", "2020-M07", "2020-M08", "2020-M09", "2020-M10", "2020-M11", "2020-M12", "2020-S2", "2020-T3",
        "2020-T4",
    ]  # fmt: skip


def test_carried_over_work_stays_in_its_year_and_is_aside_in_the_next_when_it_is_done_later(analyst: Query) -> None:
    old = _one(analyst, "rpt_activity_compliance", "ajustada", "2020", activity_code="TIC-01")
    assert (old["programmed_to_date_qty"], old["executed_to_date_qty"], old["carried_over_qty"]) == (7, 5, 2)
    assert old["status"] == "carried_over"
    new = _one(analyst, "rpt_activity_compliance", "ajustada", "2021-C1", activity_code="TIC-01")
    assert (new["programmed_to_date_qty"], new["executed_to_date_qty"], new["carried_in_executed_qty"]) == (2, 2, 2)
    brought = _one(analyst, "rpt_activity_compliance", "ajustada", "2021-C1", activity_code="TIC-99")
    assert (brought["is_in_plan"], brought["executed_to_date_qty"], brought["carried_in_executed_qty"]) == (False, 0, 1)
    plan = _one(analyst, "rpt_plan_compliance", "ajustada", "2021-C1")
    assert (plan["programmed_qty"], plan["executed_qty"], plan["carried_in_executed_qty"], plan["activities_total"]) == (2, 2, 3, 1)


def test_activity_is_cancelled_when_the_version_in_force_dropped_it(analyst: Query) -> None:
    before = _one(analyst, "rpt_activity_compliance", "ajustada", "2020-M10", activity_code="OAP-02")
    after = _one(analyst, "rpt_activity_compliance", "ajustada", "2020", activity_code="OAP-02")
    assert (before["status"], before["is_in_plan"], before["annual_qty"]) == ("on_target", True, 1)
    assert (after["status"], after["is_in_plan"], after["annual_qty"]) == ("cancelled", False, 0)
    assert (after["executed_to_date_qty"], after["original_annual_qty"]) == (1, 1)


def test_differences_between_versions_show_what_no_request_justifies_when_a_plan_is_amended(analyst: Query) -> None:
    rows = analyst(
        "select plan_version, activity_code, changed_attribute, month::text, difference_qty, is_justified, is_retroactive, request_codes "
        "from marts.rpt_plan_changes where entity_code = 'ajustada' order by 1, 2, 3, 4"
    )
    assert [tuple(row.values()) for row in rows] == [
        (2, "OAP-01", "programmed_qty", "2020-12-01", 1, False, False, None),
        (2, "TIC-01", "programmed_qty", "2020-10-01", -2, True, False, "SC-1"),
        (2, "TIC-01", "programmed_qty", "2020-11-01", 2, True, False, "SC-1"),
        (3, "OAP-01", "programmed_qty", "2020-07-01", 1, False, True, None),
        (3, "OAP-02", "activity", None, None, False, False, None),
        (3, "OAP-02", "programmed_qty", "2020-08-01", -1, False, True, None),
        (3, "TIC-01", "programmed_qty", "2020-12-01", 3, True, False, "SC-2"),
    ]


def test_statuses_and_parts_of_the_shortfall_when_reports_explain_it(analyst: Query) -> None:
    rows = analyst(
        "select activity_code, status, shortfall_qty, carried_over_qty, rescheduled_qty, justified_qty, unjustified_qty "
        f"from marts.rpt_activity_compliance where {PERIOD}", entity="estados", period="2022",
    )  # fmt: skip
    assert {row.pop("activity_code"): tuple(row.values()) for row in rows} == {
        "CANCELLED": ("cancelled", 0, 0, 0, 0, 0),
        "LATER": ("not_programmed_yet", 0, 0, 0, 0, 0),
        "OVER": ("over", 0, 0, 0, 0, 0),
        "TARGET": ("on_target", 0, 0, 0, 0, 0),
        "CARRIED": ("carried_over", 1, 1, 0, 0, 0),
        "MOVED": ("rescheduled", 1, 0, 1, 0, 0),
        "MOVED_PAST": ("behind_unjustified", 1, 0, 0, 0, 1),
        "UNJUSTIFIED": ("behind_unjustified", 2, 0, 0, 1, 1),
        "JUSTIFIED": ("behind_justified", 4, 1, 3, 0, 0),
        "ZERO": ("behind_unjustified", 1, 0, 0, 0, 1),
        "SILENT": ("behind_unjustified", 2, 0, 0, 0, 2),
        "QUARANTINED": ("behind_unjustified", 1, 0, 0, 0, 1),
    }


def test_over_execution_beyond_the_year_is_surplus_when_nothing_is_left_to_take(analyst: Query) -> None:
    row = _one(analyst, "rpt_activity_compliance", "estados", "2022", activity_code="OVER")
    assert (row["over_execution_qty"], row["early_qty"], row["surplus_over_year_qty"]) == (3, 1, 2)
    assert row["pending_qty"] == -2


def test_missing_report_is_null_and_reported_zero_is_zero_when_units_are_programmed(analyst: Query) -> None:
    rows = analyst(
        "select activity_code, executed_to_date_qty, compliance_pct, unreported_months, unreported_month_codes, has_quarantined_rows, "
        f"is_incomplete from marts.rpt_activity_compliance where {PERIOD} and activity_code in ('ZERO', 'SILENT', 'QUARANTINED')",
        entity="estados", period="2022",
    )  # fmt: skip
    assert {row.pop("activity_code"): tuple(row.values()) for row in rows} == {
        "ZERO": (0, 0, 0, None, False, False),
        "SILENT": (None, None, 2, "2022-M02, 2022-M03", False, True),
        "QUARANTINED": (None, None, 1, "2022-M02", True, True),
    }
    plan = _one(analyst, "rpt_plan_compliance", "estados", "2022")
    assert (plan["unreported_months"], plan["unreported_month_codes"], plan["is_incomplete"]) == (2, "2022-M02, 2022-M03", True)


def test_figure_leads_back_to_its_row_when_lineage_is_followed(analyst: Query) -> None:
    rows = analyst("select _submission_id, _sheet, _row, executed_qty from marts.fct_activity_execution where entity_code = 'publicada'")
    assert len(rows) == 25
    assert {row["_sheet"] for row in rows} == {"Hoja"}
    assert all(row["_submission_id"] and row["_row"] >= 2 for row in rows)
