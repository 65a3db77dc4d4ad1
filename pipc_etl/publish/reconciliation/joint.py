"""Several published percents that must hold at once: parts that add up to a total, and a year's percents of the same executed units."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pipc_etl.publish.reconciliation.percents import Counts, PrintedPercent, possible_counts

# A total of more programmed units than this is not searched: the answer would be long and say little.
DEFAULT_TOTAL_BOUND = 350


@dataclass(frozen=True)
class Part:
    """One line of a total: its printed percent, and how many missing units the report explains (None: it does not say)."""

    name: str
    percent: PrintedPercent
    shortfall: int | None = None


@dataclass(frozen=True)
class Option:
    """Whole numbers of one part that fit the total, and the totals (programmed) in which they do."""

    counts: Counts
    least_total: Counts
    largest_total: Counts


@dataclass(frozen=True)
class PartOptions:
    """`alone` counts every solution of the part by itself; `options` are those that some solution of the others completes."""

    part: Part
    alone: tuple[Counts, ...]
    options: tuple[Option, ...]


@dataclass(frozen=True)
class JointSolutions:
    """What fits when the parts add up to the total; empty `totals`: no whole numbers to `searched_to` programmed units do."""

    parts: tuple[PartOptions, ...]
    totals: tuple[Counts, ...]
    searched_to: int


@dataclass(frozen=True, order=True)
class YearCounts:
    """To a cut-off: `executed` of `programmed`, of `annual` in the whole year."""

    programmed: int
    executed: int
    annual: int


# Shortfall -> programmed numbers that go with it, as the bits of an integer: adding two sets is shifting one by the bits of the other.
Sums = dict[int, int]


def joint_counts(parts: Sequence[Part], total: PrintedPercent, bound: int = DEFAULT_TOTAL_BOUND) -> JointSolutions:
    """Which numbers of each part fit a total percent, with at most `bound` programmed units in total."""
    choices = [
        tuple(
            counts for counts in possible_counts(part.percent, shortfall=part.shortfall, bound=bound).counts if counts.programmed <= bound
        )
        for part in parts
    ]
    sums = [_as_sums(alone) for alone in choices]
    fitting = _Fitting(total, bound)
    options = [
        PartOptions(part, alone, _options(alone, _added([*sums[:index], *sums[index + 1 :]], bound), fitting))
        for index, (part, alone) in enumerate(zip(parts, choices, strict=True))
    ]
    return JointSolutions(tuple(options), _counts(_added(sums, bound), fitting), bound)


def year_counts(
    compliance: PrintedPercent,
    progress: PrintedPercent,
    pending: PrintedPercent | None = None,
    surplus: int | None = None,
    bound: int = 200,
) -> tuple[YearCounts, ...]:
    """Whole numbers that print as compliance (E / P), as progress (E / Y) and, if given, as what is pending ((Y - E) / Y)."""
    shortfall = None if surplus is None else -surplus
    return tuple(
        YearCounts(counts.programmed, counts.executed, year.programmed)
        for counts in possible_counts(compliance, shortfall=shortfall, bound=bound).counts
        for year in possible_counts(progress, executed=counts.executed, bound=bound).counts
        if pending is None or (year.shortfall >= 0 and pending.prints(Counts(year.programmed, year.shortfall)))
    )


class _Fitting:
    """The programmed numbers, as bits, that print as `total` with a shortfall."""

    def __init__(self, total: PrintedPercent, bound: int) -> None:
        self._total, self._bound = total, bound
        self._bits: Sums = {}

    def of(self, shortfall: int) -> int:
        if shortfall not in self._bits:
            found = possible_counts(self._total, shortfall=shortfall, bound=self._bound).counts
            self._bits[shortfall] = sum(1 << counts.programmed for counts in found if counts.programmed <= self._bound)
        return self._bits[shortfall]


def _as_sums(counts: Sequence[Counts]) -> Sums:
    sums: Sums = {}
    for one in counts:
        sums[one.shortfall] = sums.get(one.shortfall, 0) | 1 << one.programmed
    return sums


def _added(sets: Sequence[Sums], bound: int) -> Sums:
    """Every total that one choice of each set adds up to, to `bound` programmed units."""
    inside = (1 << bound + 1) - 1
    reached: Sums = {0: 1}
    for choices in sets:
        more: Sums = {}
        for shortfall, programmed in reached.items():
            for added, bits in choices.items():
                few, many = sorted((programmed, bits), key=int.bit_count)
                total = 0
                for shift in _bits(few):
                    total |= many << shift
                more[shortfall + added] = more.get(shortfall + added, 0) | total & inside
        reached = more
    return reached


def _options(alone: Sequence[Counts], others: Sums, fitting: _Fitting) -> tuple[Option, ...]:
    found = []
    for counts in alone:
        shifted = {shortfall + counts.shortfall: bits << counts.programmed for shortfall, bits in others.items()}
        totals = _counts(shifted, fitting)
        if totals:
            found.append(Option(counts, totals[0], totals[-1]))
    return tuple(found)


def _counts(sums: Sums, fitting: _Fitting) -> tuple[Counts, ...]:
    """The totals among `sums` that print as they should, in order."""
    return tuple(
        sorted(
            Counts(programmed, programmed - shortfall)
            for shortfall, bits in sums.items()
            for programmed in _bits(bits & fitting.of(shortfall))
        )
    )


def _bits(number: int) -> list[int]:
    return [index for index in range(number.bit_length()) if number >> index & 1]
