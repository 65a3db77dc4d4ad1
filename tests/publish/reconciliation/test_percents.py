"""Whole numbers behind the published percents: the facts proved about the five reports."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipc_etl.publish.numbers import Rounding, RoundingMode
from pipc_etl.publish.reconciliation.percents import Counts, PrintedPercent, nearest_shortfalls, possible_counts, read_percent


def written(found: tuple[Counts, ...]) -> list[str]:
    return [str(counts) for counts in found]


def test_three_missing_units_never_give_71_4() -> None:
    """S0: the footnotes of the Alta Consejería TIC explain exactly three, and no programme gives 71,4 % with three."""
    percent = read_percent("71,4 %")
    found = possible_counts(percent, shortfall=3)
    assert found.is_impossible
    assert written(nearest_shortfalls(percent, 3)) == ["5/7", "10/14"]
    even = [possible_counts(percent, shortfall=units).counts for units in range(2, 51, 2)]
    assert all(even)
    assert not any(possible_counts(percent, shortfall=units).counts for units in range(1, 50, 2))


@pytest.mark.parametrize(
    ("percent", "mode", "known", "expected"),
    [
        ("96,3", "half_up", {"shortfall": 1}, ["26/27"]),
        ("96,3", "truncate", {"shortfall": 1}, []),
        ("98,7", "half_up", {"shortfall": 2}, [f"{programmed - 2}/{programmed}" for programmed in range(149, 160)]),
        ("98,7", "half_up", {"shortfall": 1}, ["74/75", "75/76", "76/77", "77/78", "78/79"]),
        ("98,7", "half_up", {"shortfall": 3}, [f"{programmed - 3}/{programmed}" for programmed in range(223, 240)]),
        ("26", "half_up", {"executed": 4}, []),
        ("26", "truncate", {"executed": 4}, ["4/15"]),
        ("80", "half_up", {"executed": 4}, ["4/5"]),
        ("122", "half_up", {"executed": 11}, ["11/9"]),
        ("112", "half_up", {"programmed": 26}, ["29/26"]),
        ("112", "truncate", {"programmed": 26}, []),
        ("0", "exact", {"executed": 0, "programmed": 1}, ["0/1"]),
        ("99", "truncate", {"shortfall": 0}, []),
    ],
)
def test_what_is_known_leaves_only_these_numbers(percent: str, mode: RoundingMode, known: dict[str, int], expected: list[str]) -> None:
    found = possible_counts(read_percent(percent, mode), **known)
    assert written(found.counts) == expected
    assert found.searched_to is None, "the search was complete, so nothing beyond it can fit"


@pytest.mark.parametrize(("shortfall", "first", "last"), [(5, 145, 149), (6, 174, 179), (7, 203, 208), (11, 319, 328)])
def test_a_plan_of_96_6_has_one_range_for_each_shortfall(shortfall: int, first: int, last: int) -> None:
    found = possible_counts(read_percent("96,6"), shortfall=shortfall)
    assert [counts.programmed for counts in found.counts] == list(range(first, last + 1))


def test_an_open_search_says_how_far_it_went() -> None:
    found = possible_counts(read_percent("71,4"), bound=30)
    assert (written(found.counts), found.searched_to) == (["5/7", "10/14", "15/21", "20/28"], 30)
    none_near = possible_counts(read_percent("99,99"), bound=100)
    assert none_near.counts == ()
    assert not none_near.is_impossible


def test_a_shortfall_whose_sign_contradicts_the_percent_is_impossible() -> None:
    assert possible_counts(read_percent("105"), shortfall=1).is_impossible
    assert possible_counts(read_percent("95"), shortfall=-1).is_impossible
    assert possible_counts(read_percent("95"), shortfall=0).is_impossible
    assert possible_counts(read_percent("0"), executed=0, bound=7).searched_to == 7


@given(
    programmed=st.integers(1, 300),
    executed=st.integers(0, 400),
    mode=st.sampled_from(["half_up", "truncate"]),
    decimals=st.integers(0, 2),
    known=st.sampled_from(["nothing", "shortfall", "executed", "programmed"]),
)
def test_the_numbers_behind_a_printed_percent_are_always_among_the_possible(
    programmed: int, executed: int, mode: RoundingMode, decimals: int, known: str
) -> None:
    rounding = Rounding(mode, decimals)
    percent = PrintedPercent(rounding.rounded(Decimal(100 * executed) / programmed), rounding)
    conditions = {"nothing": {}, "shortfall": {"shortfall": programmed - executed}, "executed": {"executed": executed}}
    found = possible_counts(percent, **conditions.get(known, {"programmed": programmed}), bound=300)
    assert Counts(programmed, executed) in found.counts or (found.searched_to is not None and programmed > found.searched_to)
    step = Fraction(1, 10**decimals)
    for counts in found.counts:
        distance = Fraction(100 * counts.executed, counts.programmed) - Fraction(percent.value)
        assert (0 <= distance < step) if mode == "truncate" else (-step / 2 <= distance < step / 2)


def test_a_percent_is_read_as_it_is_written_in_bogota() -> None:
    assert read_percent(" 1.071,4% ") == PrintedPercent(Decimal("1071.4"), Rounding("half_up", 1))
    assert read_percent("100", decimals=1).rounding.decimals == 1
    for wrong in ("71.4", "-3", "", "siete", "7,4,4"):
        with pytest.raises(ValueError, match="no es un porcentaje"):
            read_percent(wrong)
    assert read_percent("71,4", decimals=0).rounding.decimals == 1
    with pytest.raises(ValueError, match="decimals"):
        PrintedPercent(Decimal("71.4"), Rounding("half_up", 0))
    with pytest.raises(ValueError, match="negative"):
        PrintedPercent(Decimal("-3"), Rounding("half_up", 0))
    with pytest.raises(ValueError, match="bound"):
        possible_counts(read_percent("71,4"), bound=0)
