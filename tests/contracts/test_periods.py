from datetime import date

import pytest

from pipc_etl.contracts.periods import parse_period


@pytest.mark.parametrize(
    ("code", "type_", "start", "end"),
    [
        ("2021", "year", date(2021, 1, 1), date(2021, 12, 31)),
        ("2020-S2", "semester", date(2020, 7, 1), date(2020, 12, 31)),
        ("2021-C2", "four_month", date(2021, 5, 1), date(2021, 8, 31)),
        ("2021-T1", "quarter", date(2021, 1, 1), date(2021, 3, 31)),
        ("2024-M02", "month", date(2024, 2, 1), date(2024, 2, 29)),
        ("2021-M12", "month", date(2021, 12, 1), date(2021, 12, 31)),
        ("2016-2017", "biennium", date(2016, 1, 1), date(2017, 12, 31)),
    ],
)
def test_period_spans_its_months_when_the_code_is_valid(code: str, type_: str, start: date, end: date) -> None:
    period = parse_period(code)
    assert period is not None
    assert (period.type, period.start, period.end, period.fiscal_year) == (type_, start, end, start.year)


@pytest.mark.parametrize("code", ["", "21", "2021-M13", "2021-M00", "2021-M5", "2021-S3", "2021-C4", "2021-T05", "2017-2016", "2021-M05x"])
def test_there_is_no_period_when_the_code_is_invalid(code: str) -> None:
    assert parse_period(code) is None
