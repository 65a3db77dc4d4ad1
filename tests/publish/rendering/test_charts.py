"""Charts: what is written on them, that it fits, and that colours can be told apart by everybody."""

from __future__ import annotations

from decimal import Decimal
from itertools import combinations

import pytest
from lxml import etree

from pipc_etl.publish.document import Chart, Column, Series, Table
from pipc_etl.publish.numbers import Rounding
from pipc_etl.publish.rendering.charts import NARROW, WIDE, chart_svg
from pipc_etl.publish.rendering.drawing import text_width
from pipc_etl.publish.rendering.palette import BRAND, MUTED, SERIES, contrast, ink_on, luminance
from tests.publish.rendering.specimen import AWKWARD, LONG_NAME, WHOLE, specimen

SVG = "{http://www.w3.org/2000/svg}"
TABLE = Table("", (Column("a"),), ())
MONTHS = ("ene.", "feb.", "mar.", "abr.")


def chart(
    kind: str, *values: tuple[int | str | None, ...], unit: str = "", reference: int | None = None, names: tuple[str, ...] = MONTHS
) -> Chart:
    series = tuple(
        Series(f"Serie {place}", tuple(None if each is None else Decimal(each) for each in line)) for place, line in enumerate(values)
    )
    return Chart(kind, "Título", "Palabras", names, series, unit, TABLE, None if reference is None else Decimal(reference))  # type: ignore[arg-type]


def drawn(given: Chart, width: int = WIDE, rounding: Rounding = WHOLE) -> etree._Element:
    return etree.fromstring(chart_svg(given, rounding, width).encode())


def written(svg: etree._Element) -> list[str]:
    return [(each.text or "").replace("\u00a0", " ") for each in svg.iter(f"{SVG}text") if each.get("fill") != "none"]


def bars(svg: etree._Element) -> list[tuple[float, float]]:
    return [(float(each.get("width", 0)), float(each.get("height", 0))) for each in svg.iter(f"{SVG}rect")]


def test_percents_are_written_as_the_report_rounds_when_drawn() -> None:
    given = chart("bars", (26, "96.296", "26.67", 0), unit="%")
    assert {"26 %", "96 %", "27 %", "0 %"} <= set(written(drawn(given)))
    assert {"26 %", "96 %", "0 %"} <= set(written(drawn(given, rounding=Rounding("truncate"))))
    assert {"26,0 %", "96,3 %", "26,7 %", "0,0 %"} <= set(written(drawn(given, rounding=Rounding("half_up", 1))))


def test_counts_are_written_as_in_bogota_when_drawn() -> None:
    assert {"1.234", "28.581", "4,7"} <= set(written(drawn(chart("bars", (1234, 28581, "4.66", 3)))))


def test_lengths_are_in_proportion_when_drawn() -> None:
    columns = drawn(chart("bars", (50, 100, 25, 75)))
    heights = [height for _, height in bars(columns)]
    assert heights == pytest.approx([heights[1] / 2, heights[1], heights[1] / 4, heights[1] * 0.75], abs=0.2)
    lying = [width for width, _ in bars(drawn(chart("bars", (50, 100, 25, 75)), NARROW))]
    assert lying == pytest.approx([lying[1] / 2, lying[1], lying[1] / 4, lying[1] * 0.75], abs=0.2)
    side_by_side = bars(drawn(chart("bars", (1, 2, 3, 4), (4, 3, 2, 1))))[2:]
    assert [height for _, height in side_by_side] == pytest.approx([47.5, 95, 142.5, 190, 190, 142.5, 95, 47.5], abs=0.2)
    stacked = drawn(chart("stacked", (1, 2, 3, 4), (4, 3, 2, 1)))
    segments = [width + 1.5 for width, _ in bars(stacked)[2:]]
    assert len(segments) == 8
    assert [one + other for one, other in zip(segments[::2], segments[1::2], strict=True)] == pytest.approx(
        [sum(segments) / 4] * 4, abs=0.3
    )


def test_a_missing_number_is_said_and_not_drawn_when_there_is_none() -> None:
    for kind, width in (("bars", WIDE), ("bars", NARROW)):
        svg = drawn(chart(kind, (5, None, 0, 2)), width)
        assert written(svg).count("sin cifra") == 1
        assert len(bars(svg)) == 3
        assert "0" in written(svg)
    line = drawn(chart("line", (5, None, 4, 2)))
    assert len(line.findall(f"{SVG}circle")) == 3
    assert len([each for each in line.iter(f"{SVG}line") if each.get("stroke-width") == "2.5"]) == 1
    stack = drawn(chart("stacked", (5, None, 4, 2), (1, None, 0, 1)))
    assert written(stack).count("sin cifra") == 1


def test_reference_is_drawn_where_it_belongs_when_given() -> None:
    svg = drawn(chart("bars", (50, 112), unit="%", reference=100, names=("Una dependencia de nombre largo", "Otra")))
    dashed = [each for each in svg.iter(f"{SVG}line") if each.get("stroke-dasharray")]
    longest = max(width for width, _ in bars(svg))
    # One dash at each of the two bars and one under its words.
    assert len(dashed) == 3
    assert [float(each.get("x1", 0)) for each in dashed] == pytest.approx([longest * 100 / 112] * 3, abs=0.2)
    assert "Referencia: 100 %" in written(svg)


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_everything_stays_inside_the_drawing_when_names_are_long(width: int) -> None:
    names = (LONG_NAME, AWKWARD, "TIC", "x" * 70)
    shown = [block for section in specimen().sections for block in section.blocks if isinstance(block, Chart)]
    charts = [*shown, chart("bars", (1_234_567, 3, None, 9), names=names), chart("stacked", (1, 2, 3, 4), (9_999, 3, 2, 1), names=names)]
    assert len(charts) == 7
    for given in charts:
        svg = drawn(given, width)
        height = float(svg.get("viewBox", "").split()[3])
        for text in svg.iter(f"{SVG}text"):
            x, y, length = float(text.get("x", 0)), float(text.get("y", 0)), text_width(text.text or "")
            left = x - {"middle": length / 2, "end": length}.get(text.get("text-anchor", ""), 0)
            assert left >= -12, text.text
            assert left + length <= width + 12, text.text
            assert 0 < y < height
        for each in svg.iter(f"{SVG}rect"):
            assert float(each.get("x", 0)) + float(each.get("width", 0)) <= width + 0.5


def test_signs_of_markup_are_text_when_they_are_in_a_name() -> None:
    assert AWKWARD in " ".join(written(drawn(chart("bars", (1,), names=(AWKWARD,)))))


def test_an_empty_chart_is_drawn_when_all_is_zero_or_missing() -> None:
    for kind in ("bars", "stacked", "line"):
        assert drawn(chart(kind, (0, None, 0, 0))) is not None
        assert drawn(chart(kind, (), names=())) is not None


# Machado, Oliveira and Fernandes (2009), severity 1, on linear sRGB.
SIGHT = {
    "every colour": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "deuteranopia": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
    "protanopia": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "tritanopia": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900)),
}


def lab(color: str, sight: tuple[tuple[float, ...], ...]) -> tuple[float, float, float]:
    """CIE L*a*b* of a colour as somebody sees it."""
    channels = [int(color[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in channels]
    red, green, blue = (min(max(sum(one * other for one, other in zip(row, linear, strict=True)), 0.0), 1.0) for row in sight)
    x, y, z = (
        (0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.9505,
        0.2126 * red + 0.7152 * green + 0.0722 * blue,
        (0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.089,
    )
    fx, fy, fz = (part ** (1 / 3) if part > 0.008856 else 7.787 * part + 16 / 116 for part in (x, y, z))
    return 116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)


@pytest.mark.parametrize("name", list(SIGHT))
def test_series_can_be_told_apart_when_seen_by(name: str) -> None:
    seen = [lab(color, SIGHT[name]) for color in SERIES]
    apart = {
        (one, other): sum((a - b) ** 2 for a, b in zip(seen[one], seen[other], strict=True)) ** 0.5
        for one, other in combinations(range(len(seen)), 2)
    }
    assert len(apart) == 15
    assert min(apart.values()) > 15, apart


def test_colours_meet_wcag_aa_when_on_white_or_under_text() -> None:
    assert all(contrast(color, "#ffffff") >= 3 for color in SERIES)
    assert all(contrast(color, "#ffffff") >= 4.5 for color in (BRAND, MUTED))
    assert all(contrast(color, ink_on(color)) >= 4.5 for color in SERIES)
    assert contrast("#ffffff", "#000000") == pytest.approx(21)
    assert luminance("#777777") == pytest.approx(0.184, abs=0.001)
