"""Due days in Colombian business days, around the holidays that move."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from pipc_etl.contracts import Catalog, load_catalog
from pipc_etl.contracts.due_days import business_day_after, due_on, is_business_day
from pipc_etl.settings import PROJECT_ROOT


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load_catalog(PROJECT_ROOT / "expectations")


@pytest.mark.parametrize(
    ("period", "due"),
    [
        pytest.param("2021-M03", "2021-04-09", id="Semana Santa: Thursday 1 and Friday 2 April are holidays"),
        pytest.param("2024-M03", "2024-04-05", id="Semana Santa ends in March: nothing moves"),
        pytest.param("2021-M05", "2021-06-08", id="Corpus Christi is moved to Monday 7 June"),
        pytest.param("2021-M07", "2021-08-06", id="7 August falls on a Saturday"),
        pytest.param("2020-M07", "2020-08-10", id="7 August falls on a Friday"),
        pytest.param("2021-M10", "2021-11-08", id="All Saints is moved to Monday 1 November"),
        pytest.param("2022-M11", "2022-12-07", id="the fifth day is the eve of 8 December"),
        pytest.param("2023-M12", "2024-01-09", id="New Year and Reyes, moved to Monday 8 January"),
        pytest.param("2021-T1", "2021-04-09", id="a quarter ends with its last month"),
        pytest.param("2021-S2", "2022-01-07", id="a semester ends with the year"),
        pytest.param("2021", "2022-01-07", id="so does a year"),
    ],
)
def test_due_day_is_the_fifth_business_day_when_the_period_has_ended(catalog: Catalog, period: str, due: str) -> None:
    contract = catalog.contracts["execution_report"]
    assert contract.due_business_day == 5
    assert due_on(contract, period) == date.fromisoformat(due)


def test_nothing_is_due_when_the_kind_or_the_period_says_so(catalog: Catalog) -> None:
    assert due_on(catalog.contracts["activity_plan"], "2021") is None
    assert due_on(catalog.contracts["execution_report"], "mayo") is None
    assert due_on(replace(catalog.contracts["session"], due_business_day=1), "2021-M12") == date(2022, 1, 3)


def test_business_days_are_counted_both_ways_when_a_reminder_is_dated() -> None:
    due = date(2021, 4, 9)
    # Back over nothing but working days; and over the Thursday and Friday of Semana Santa and the week's end.
    assert business_day_after(due, -3) == date(2021, 4, 6)
    assert business_day_after(due, -5) == date(2021, 3, 31)
    assert business_day_after(due, 1) == date(2021, 4, 12)
    assert business_day_after(due, 0) == due


def test_holidays_are_no_business_days_when_they_fall_inside_the_week() -> None:
    assert [is_business_day(date(2021, 4, day)) for day in range(1, 6)] == [False, False, False, False, True]
    assert not is_business_day(date(2023, 12, 25))
    assert is_business_day(date(2023, 12, 26))
