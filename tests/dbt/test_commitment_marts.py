"""Commitments by the month they were acquired, each month at its own status cut-off."""

from __future__ import annotations

import csv

from activity_scenario import Query

from pipc_etl.settings import Settings

BY_MONTH = (
    "select period_code, status_cutoff::text, collected_qty, in_charge_qty, not_in_charge_qty, fulfilled_qty, withdrawn_qty, open_qty, "
    "past_due_qty, fulfilment_pct from {relation} where entity_code = 'compromisos' and dependency_code = 'ACPVR' order by period_code"
)


def test_months_keep_their_own_cutoff_when_later_ones_are_reported(analyst: Query) -> None:
    rows = [tuple(row.values()) for row in analyst(BY_MONTH.format(relation="marts.rpt_commitments_by_month"))]
    assert rows == [
        ("2021-M05", "2021-07-23", 3, 2, 1, 1, 0, 1, 1, 50),
        ("2021-M06", "2021-07-23", 2, 2, 0, 1, 1, 0, 0, 50),
        ("2021-M07", "2021-09-29", 1, 1, 0, 0, 0, 1, 0, 0),
    ]


def test_file_sent_again_counts_from_its_receipt_when_asked_before(analyst: Query) -> None:
    relation = "marts.rpt_commitments_by_month_asof('infinity', '2021-07-30')"
    rows = [tuple(row.values())[:4] for row in analyst(BY_MONTH.format(relation=relation))]
    assert rows == [("2021-M05", "2021-07-23", 3, 2), ("2021-M06", "2021-07-23", 1, 1)]


def test_later_cutoffs_are_left_out_when_an_earlier_date_is_asked(analyst: Query) -> None:
    relation = "marts.rpt_commitments_by_month_asof('2021-08-31', now())"
    rows = [tuple(row.values())[:3] for row in analyst(BY_MONTH.format(relation=relation))]
    assert rows == [("2021-M05", "2021-07-23", 3), ("2021-M06", "2021-07-23", 2)]


def test_row_says_so_when_its_commitments_have_different_cutoffs(analyst: Query) -> None:
    rows = analyst(
        "select status_cutoff::text, oldest_status_cutoff::text, is_mixed_cutoff, collected_qty, fulfilled_qty, open_days_max "
        "from marts.rpt_commitments_by_month where entity_code = 'compromisos' and dependency_code = 'MIX'"
    )
    assert [tuple(row.values()) for row in rows] == [("2021-09-29", "2021-07-23", True, 2, 1, 74)]


def test_status_history_is_kept_when_a_commitment_comes_in_two_cutoffs(analyst: Query) -> None:
    rows = analyst(
        "select status_cutoff::text, status, previous_status, is_status_change, is_latest from marts.fct_commitment_status "
        "where entity_code = 'compromisos' and dependency_code = 'MIX' and commitment_code = 'C1' order by 1"
    )
    assert [tuple(row.values()) for row in rows] == [
        ("2021-07-23", "registered", None, True, False),
        ("2021-09-29", "fulfilled", "registered", True, True),
    ]


def test_every_status_of_the_codelist_has_its_column_when_one_is_added(analyst: Query, activity_warehouse: Settings) -> None:
    with (activity_warehouse.expectations / "codelists" / "commitment_status.csv").open(encoding="utf-8") as file:
        statuses = [row["code"] for row in csv.DictReader(file)]
    columns = analyst(
        "select column_name from information_schema.columns where table_schema = 'marts' and table_name = 'rpt_commitments_by_month'"
    )
    assert len(statuses) == 9
    assert {f"{status}_qty" for status in statuses} <= {row["column_name"] for row in columns}
