"""Figures as reports print them: rounding, nothing published, es-CO."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest

from pipc_etl.errors import ContractError
from pipc_etl.publish.numbers import Rounding, RoundingMode
from pipc_etl.publish.published import PublishedFigure, read_published_figures
from pipc_etl.settings import PROJECT_ROOT

FILE = PROJECT_ROOT / "samples" / "published_figures.csv"


def figure(value: str | None, decimals: int, rounding: RoundingMode) -> PublishedFigure:
    published = None if value is None else Decimal(value)
    return PublishedFigure(
        "r", "e", "plan", "PIPC", "2021", None, "execution_pct", published, Rounding(rounding, decimals), "computed", "main job", ""
    )


@pytest.mark.parametrize(
    ("above", "below", "published", "decimals", "rounding", "expected"),
    [
        (19800, 205, "96.6", 1, "half_up", True),
        (2900, 26, "112", 0, "half_up", True),
        (2900, 26, "111", 0, "half_up", False),
        (2900, 26, "111", 0, "truncate", True),
        (400, 15, "26", 0, "truncate", True),
        (400, 15, "26", 0, "half_up", False),
        (125, 10, "13", 0, "half_up", True),
        (1000, 10, "100", 1, "half_up", True),
        (2900, 26, "112", 0, "exact", False),
        (29, 1, "29", 0, "exact", True),
    ],
)
def test_figure_matches_when_rounded_as_its_report_rounds(
    above: int, below: int, published: str, decimals: int, rounding: RoundingMode, expected: bool
) -> None:
    assert figure(published, decimals, rounding).matches(Decimal(above) / below) is expected


def test_nothing_published_is_met_by_nothing_when_there_is_no_percent() -> None:
    assert figure(None, 0, "exact").matches(None)
    assert not figure(None, 0, "exact").matches(Decimal(0))
    assert not figure("0", 0, "exact").matches(None)


@pytest.mark.parametrize(
    ("value", "decimals", "rounding", "shown"),
    [
        (Decimal("96.5853"), 1, "half_up", "96,6"),
        (Decimal("339876"), 0, "exact", "339.876"),
        (Decimal("26.67"), 0, "truncate", "26"),
        (Decimal("-0.4"), 0, "half_up", "0"),
        (None, 0, "half_up", "–"),
    ],
)
def test_figure_is_written_as_in_bogota_when_shown(value: Decimal | None, decimals: int, rounding: RoundingMode, shown: str) -> None:
    assert figure("1", decimals, rounding).shown(value) == shown


def test_figures_are_chosen_by_kind_and_issue_when_read() -> None:
    every = read_published_figures(FILE)
    mine = read_published_figures(FILE, kind="computed", issue="main job")
    assert len(every) == 147
    assert Counter(item.kind for item in every) == {"computed": 81, "echoed": 66}
    assert Counter(item.missing for item in every) == {None: 143, "pending": 1, "not_applicable": 1, "no_data": 2}
    assert len(mine) == 67
    assert {item.rounding.mode for item in mine} == {"half_up", "exact"}
    assert sum(item.value is None for item in mine) == 1


def test_line_is_named_when_a_figure_is_malformed(tmp_path: Path) -> None:
    lines = FILE.read_text(encoding="utf-8").splitlines()
    path = tmp_path / "figures.csv"
    path.write_text("\n".join([lines[0], lines[1].replace("96.6", "96;6")]) + "\n", encoding="utf-8")
    with pytest.raises(ContractError, match="line 2"):
        read_published_figures(path)
