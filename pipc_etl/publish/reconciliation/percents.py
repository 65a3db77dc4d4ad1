"""Which whole numbers (executed of programmed) print as a published percent: exact arithmetic over every possible denominator."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from pipc_etl.publish.numbers import Rounding, RoundingMode

# How far programmed units are searched where nothing else bounds them.
DEFAULT_BOUND = 500
# No search goes further, whatever is asked for.
LARGEST_BOUND = 1_000_000
_NOTHING = (1, 0)
_PERCENT = re.compile(r"\s*(?P<whole>\d{1,3}(?:\.\d{3})*|\d+)(?:,(?P<decimals>\d{1,6}))?\s*%?\s*")


@dataclass(frozen=True, order=True)
class Counts:
    """Whole units: `executed` of `programmed`."""

    programmed: int
    executed: int

    @property
    def shortfall(self) -> int:
        """Units that are missing; negative where more was done than programmed."""
        return self.programmed - self.executed

    def __str__(self) -> str:
        return f"{self.executed}/{self.programmed}"


@dataclass(frozen=True)
class PrintedPercent:
    """A percent as a report printed it, with the rounding that the report declares."""

    value: Decimal
    rounding: Rounding

    def __post_init__(self) -> None:
        if self.value < 0:
            raise ValueError(f"a percent of whole units is not negative: {self.value}")
        if self.rounding.rounded(self.value) != self.value:
            raise ValueError(f"{self.value} has more decimals than the report prints ({self.rounding.decimals})")

    def limits(self) -> tuple[Fraction, Fraction, bool]:
        """Lowest and highest ratio (not percent) that prints so, and whether the highest belongs to it."""
        value, step = Fraction(self.value) / 100, Fraction(1, 100 * 10**self.rounding.decimals)
        if self.rounding.mode == "exact":
            return value, value, True
        if self.rounding.mode == "truncate":
            return value, value + step, False
        return value - step / 2, value + step / 2, False

    def prints(self, counts: Counts) -> bool:
        """Whether a report with this rounding prints this percent for `counts`."""
        low, high, is_closed = self.limits()
        ratio = Fraction(counts.executed, counts.programmed)
        return low <= ratio and (ratio < high or (is_closed and ratio == high))


@dataclass(frozen=True)
class Solutions:
    """`counts` that print as the percent. `searched_to` is the largest programmed number looked at; None where none beyond can fit."""

    counts: tuple[Counts, ...]
    searched_to: int | None

    @property
    def is_impossible(self) -> bool:
        """No whole numbers at all, not only none among the searched ones."""
        return not self.counts and self.searched_to is None


def read_percent(written: str, mode: RoundingMode = "half_up", decimals: int | None = None) -> PrintedPercent:
    """A percent as a person writes it («71,4 %»); it has the decimals written, or `decimals` if those are more. Raises ValueError."""
    match = _PERCENT.fullmatch(written)
    if not match:
        raise ValueError(f"«{written}» no es un porcentaje: escríbalo como 71,4 o 105")
    fraction = match["decimals"] or ""
    value = Decimal(match["whole"].replace(".", "") + (f".{fraction}" if fraction else ""))
    return PrintedPercent(value, Rounding(mode, max(len(fraction), decimals or 0)))


def possible_counts(
    percent: PrintedPercent,
    shortfall: int | None = None,
    executed: int | None = None,
    programmed: int | None = None,
    bound: int = DEFAULT_BOUND,
) -> Solutions:
    """All whole numbers that print as `percent`, with what is known of them; `shortfall` is programmed less executed.

    A search without end stops at `bound` programmed units. Raises ValueError on a bound that is not between 1 and a million.
    """
    if not 1 <= bound <= LARGEST_BOUND:
        raise ValueError(f"the bound is between 1 and {LARGEST_BOUND}, not {bound}")
    first, last = _programmed_range(percent, shortfall, executed, programmed)
    stop = bound if last is None else min(last, LARGEST_BOUND)
    found = [
        counts
        for units in range(max(first, 1), stop + 1)
        for counts in _candidates(percent, units, shortfall, executed)
        if percent.prints(counts)
    ]
    return Solutions(tuple(found), None if last is not None and last <= stop else stop)


def nearest_shortfalls(percent: PrintedPercent, shortfall: int, bound: int = DEFAULT_BOUND) -> tuple[Counts, ...]:
    """The closest shortfalls below and above `shortfall` that some whole numbers allow, each with its smallest numbers."""
    below = _first(percent, range(shortfall - 1, -1, -1), bound)
    above = _first(percent, range(shortfall + 1, shortfall + 101), bound)
    return tuple(counts for counts in (below, above) if counts is not None)


def _first(percent: PrintedPercent, shortfalls: Iterable[int], bound: int) -> Counts | None:
    for units in shortfalls:
        found = possible_counts(percent, shortfall=units, bound=bound).counts
        if found:
            return found[0]
    return None


def _candidates(percent: PrintedPercent, programmed: int, shortfall: int | None, executed: int | None) -> Iterable[Counts]:
    if executed is not None:
        done = [executed] if shortfall is None or programmed - executed == shortfall else []
    elif shortfall is not None:
        done = [programmed - shortfall]
    else:
        low, high, _ = percent.limits()
        done = list(range(math.ceil(low * programmed), math.floor(high * programmed) + 1))
    return (Counts(programmed, units) for units in done if units >= 0)


def _programmed_range(
    percent: PrintedPercent, shortfall: int | None, executed: int | None, programmed: int | None
) -> tuple[int, int | None]:
    """The first and last programmed number that can fit; the last is None where nothing bounds them."""
    if programmed is not None:
        return programmed, programmed
    low, high, _ = percent.limits()
    if executed is not None:
        return _range_of_executed(low, high, executed)
    if shortfall is None:
        return 1, None
    if shortfall == 0:
        return (1, None) if percent.prints(Counts(1, 1)) else _NOTHING
    return _range_of_shortfall(low, high, shortfall)


def _range_of_executed(low: Fraction, high: Fraction, executed: int) -> tuple[int, int | None]:
    """From executed / programmed inside the limits; nothing executed prints 0 % of any number."""
    if executed == 0:
        return (1, None) if low <= 0 else _NOTHING
    if high <= 0:
        return _NOTHING
    return math.floor(executed / high), (math.ceil(executed / low) if low > 0 else None)


def _range_of_shortfall(low: Fraction, high: Fraction, shortfall: int) -> tuple[int, int | None]:
    """From 1 - shortfall / programmed inside the limits; an empty range where the sign of the shortfall contradicts the percent."""
    if shortfall > 0:
        if low >= 1:
            return _NOTHING
        first = max(shortfall, math.floor(shortfall / (1 - low)))
        return first, (math.ceil(shortfall / (1 - high)) if high < 1 else None)
    if high <= 1:
        return _NOTHING
    return math.floor(-shortfall / (high - 1)), (math.ceil(-shortfall / (low - 1)) if low > 1 else None)
