"""Period codes: `2021`, `2021-S1`, `2021-C2` (four months), `2021-T2`, `2021-M05` and ranges of years such as `2016-2017`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal, get_args
from zoneinfo import ZoneInfo

# A day begins, ends and is due by this clock.
BOGOTA = ZoneInfo("America/Bogota")
PeriodType = Literal["month", "quarter", "four_month", "semester", "year", "biennium"]
PERIOD_TYPES: tuple[PeriodType, ...] = get_args(PeriodType)
_CODE = re.compile(r"(?P<year>20\d\d)(?:-(?:(?P<part>[SCTM])(?P<number>\d{1,2})|(?P<last_year>20\d\d)))?")
_MONTHS = {"S": 6, "C": 4, "T": 3, "M": 1}
_TYPES: dict[int, PeriodType] = {1: "month", 3: "quarter", 4: "four_month", 6: "semester", 12: "year"}


@dataclass(frozen=True)
class Period:
    """A span of whole months; `start` and `end` are both inside it."""

    code: str
    start: date
    end: date

    @property
    def fiscal_year(self) -> int:
        return self.start.year

    @property
    def type(self) -> PeriodType:
        """As dim_period calls it; a range of years is a `biennium`, however long."""
        months = 12 * (self.end.year - self.start.year) + self.end.month - self.start.month + 1
        return _TYPES.get(months, "biennium")


def parse_period(code: str) -> Period | None:
    """The period that `code` names, or None if no such period exists."""
    match = _CODE.fullmatch(code)
    if not match:
        return None
    year, first, months = int(match["year"]), 1, 12
    if match["part"]:
        months = _MONTHS[match["part"]]
        number = int(match["number"])
        if not 1 <= number <= 12 // months or (match["part"] == "M") != (len(match["number"]) == 2):
            return None
        first = (number - 1) * months + 1
    elif match["last_year"]:
        months = 12 * (int(match["last_year"]) - year + 1)
        if months < 24:
            return None
    after = year * 12 + first - 1 + months
    return Period(code, date(year, first, 1), date(after // 12, after % 12 + 1, 1) - timedelta(days=1))
