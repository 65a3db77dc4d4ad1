"""Charts as SVG: the same drawing for the page and for the PDF, set by a template from a layout that is plain arithmetic.

No browser, no script and no measuring of text: names have a line of their own or a margin wide enough, and every mark has its number
written on it, so that no axis of numbers is needed. A drawing is made for the width that it will be seen at: letters keep their size.
"""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache
from importlib.resources import files
from typing import Final

from pipc_etl.publish.document import Chart
from pipc_etl.publish.numbers import Rounding
from pipc_etl.publish.rendering.drawing import LINE, SIZE, Bar, Drawing, Label, Stroke, text_width, wrapped
from pipc_etl.publish.rendering.palette import BRAND, INK, MUTED, RULE, SERIES, WHITE, ink_on
from pipc_etl.publish.rendering.templating import environment

# A screen, a phone, and a printed page (whose letters are then as large as its tables').
WIDE, NARROW, PAPER = 680, 320, 760
_BAR: Final = 20
_GAP: Final = 4
_BETWEEN: Final = 16
_BASE: Final = 190
# Columns are for months and years side by side; names lie in lines.
_LONGEST_UNDER_A_COLUMN: Final = 10


def font_folder() -> str:
    """Where the face of the reports is installed."""
    return str(files("font_source_sans_pro") / "files")


@lru_cache(maxsize=512)
def chart_svg(chart: Chart, rounding: Rounding, width: int) -> str:
    """The chart `width` pixels wide; percents are rounded as the report rounds."""
    drawing = Drawing(width)
    _legend(drawing, chart)
    if chart.kind == "line":
        _line(drawing, chart, rounding)
    elif _is_upright(chart, rounding, width):
        _columns(drawing, chart, rounding)
    else:
        _lying(drawing, chart, rounding)
    return environment().get_template("chart.svg.j2").render(drawing=drawing, ink=INK)


def written(value: Decimal, unit: str, rounding: Rounding) -> str:
    """A percent as the report rounds it; anything else as it is, with at most one decimal."""
    if unit == "%":
        return rounding.shown(value) + "\u00a0%"
    return Rounding("half_up", 0 if value == value.to_integral_value() else 1).shown(value)


def _is_upright(chart: Chart, rounding: Rounding, width: int) -> bool:
    """Columns for months and years that have room for their numbers; bars that lie for names and on a phone."""
    if chart.kind != "bars" or len(chart.categories) < 3 or width < WIDE:
        return False
    is_short = max(map(len, chart.categories)) <= _LONGEST_UNDER_A_COLUMN
    return is_short and _widest(chart, rounding) + 2 <= width / len(chart.categories) * 0.86 / len(chart.series)


def _color(place: int) -> str:
    return SERIES[place % len(SERIES)]


def _single(chart: Chart, place: int) -> str:
    return BRAND if len(chart.series) == 1 else _color(place)


def _legend(drawing: Drawing, chart: Chart) -> None:
    """The names of the series with their colours, side by side while they fit; nothing for a single one."""
    if len(chart.series) < 2:
        return
    x = 0.0
    for place, series in enumerate(chart.series):
        needed = 20 + text_width(series.label) + 22
        if x and x + needed > drawing.width:
            drawing.down(LINE + 6)
            x = 0.0
        drawing.add(Bar(x, drawing.y + 2, 13, 13, _color(place)))
        drawing.add(Label(x + 20, drawing.y + 13, series.label))
        x += needed
    drawing.down(LINE + 18)


def _end(chart: Chart) -> Decimal:
    """The number at the far end of the scale: the longest mark or the reference."""
    rows = [[value or Decimal(0) for value in values] for values in zip(*(series.values for series in chart.series), strict=True)]
    ends = [sum(row, Decimal(0)) if chart.kind == "stacked" else max(row) for row in rows if row]
    return max([*ends, chart.reference or Decimal(0)], default=Decimal(0)) or Decimal(1)


def _lying(drawing: Drawing, chart: Chart, rounding: Rounding) -> None:
    """Bars that lie: short names in a margin at the left, long ones on lines of their own above their bars."""
    margin = max((text_width(category) for category in chart.categories), default=0) + 12
    is_beside = margin <= drawing.width * 0.28
    left = margin if is_beside else 0.0
    room = 0.0 if chart.kind == "stacked" else max(_widest(chart, rounding) + 14, 56)
    scale = (drawing.width - left - room) / float(_end(chart))
    if chart.reference is not None:
        drawing.down(LINE)
    top = drawing.y
    for place, category in enumerate(chart.categories):
        values = [series.values[place] for series in chart.series]
        if is_beside:
            height = (_BAR + _GAP) * (1 if chart.kind == "stacked" else len(values)) - _GAP
            drawing.add(Label(left - 12, drawing.y + height / 2 + SIZE * 0.36, category, "end"))
        else:
            for line in wrapped(category, drawing.width):
                drawing.add(Label(0, drawing.y + SIZE, line))
                drawing.down(LINE)
            drawing.down(3)
        bars_top = drawing.y
        if chart.kind == "stacked":
            _stack(drawing, chart, values, left, scale, rounding)
        else:
            _bars(drawing, chart, values, left, scale, rounding)
        if chart.reference is not None:
            # Beside the bars alone: names stay free of it.
            x = left + float(chart.reference) * scale
            drawing.add(Stroke(x, bars_top - 3, x, drawing.y + 3, MUTED, is_dashed=True))
        drawing.down(_BETWEEN if not is_beside or len(values) > 1 else _BETWEEN / 2)
    drawing.y -= _BETWEEN / 2
    if is_beside:
        drawing.add(Stroke(left, top - 4, left, drawing.y, RULE))
    if chart.reference is not None:
        x = left + float(chart.reference) * scale
        said = f"Referencia: {written(chart.reference, chart.unit, rounding)}"
        half = text_width(said) / 2
        drawing.add(Stroke(x, top - 4, x, top + 2, MUTED, is_dashed=True))
        drawing.add(Label(min(max(x, half), drawing.width - half), top - 8, said, "middle", MUTED))


def _widest(chart: Chart, rounding: Rounding) -> float:
    return max(
        (text_width(written(value, chart.unit, rounding)) for each in chart.series for value in each.values if value is not None), default=0
    )


def _bars(drawing: Drawing, chart: Chart, values: list[Decimal | None], left: float, scale: float, rounding: Rounding) -> None:
    for place, value in enumerate(values):
        baseline = drawing.y + _BAR / 2 + SIZE * 0.36
        if value is None:
            drawing.add(Label(left + 6, baseline, "sin cifra", color=MUTED))
        else:
            length = float(value) * scale
            drawing.add(Bar(left, drawing.y, length, _BAR, _single(chart, place)))
            drawing.add(Label(left + length + 7, baseline, written(value, chart.unit, rounding), weight=600, halo=WHITE))
        drawing.down(_BAR + (_GAP if place < len(values) - 1 else 0))


def _stack(drawing: Drawing, chart: Chart, values: list[Decimal | None], left: float, scale: float, rounding: Rounding) -> None:
    """Segments end to end, with their numbers where they have room: the table has them all."""
    x, height = left, _BAR + 8
    for place, value in enumerate(values):
        length = float(value or 0) * scale
        if length:
            drawing.add(Bar(x, drawing.y, max(length - 1.5, 0.5), height, _color(place)))
            text = written(value or Decimal(0), chart.unit, rounding)
            if text_width(text) + 8 <= length:
                at = x + length / 2
                drawing.add(Label(at, drawing.y + height / 2 + SIZE * 0.36, text, "middle", ink_on(_color(place)), 600))
        x += length
    if all(value is None for value in values):
        drawing.add(Label(left + 6, drawing.y + height / 2 + SIZE * 0.36, "sin cifra", color=MUTED))
    drawing.down(height)


def _columns(drawing: Drawing, chart: Chart, rounding: Rounding) -> None:
    """Columns over their names, those of one name side by side."""
    step, base, scale = _upright_frame(drawing, chart)
    count = len(chart.series)
    wide = min(step * (0.66 if count == 1 else 0.86 / count), 64)
    for order, series in enumerate(chart.series):
        for place, value in enumerate(series.values):
            middle = step * (place + 0.5) + wide * (order - (count - 1) / 2)
            if value is None:
                drawing.add(Label(middle, base - 6, "sin cifra" if count == 1 else "–", "middle", MUTED))
                continue
            height = float(value) * scale
            drawing.add(
                Bar(
                    middle - wide / 2 + (1 if count > 1 else 0),
                    base - height,
                    wide - (2 if count > 1 else 0),
                    height,
                    _single(chart, order),
                )
            )
            drawing.add(Label(middle, base - height - 7, written(value, chart.unit, rounding), "middle", weight=600, halo=WHITE))
    _upright_reference(drawing, chart, rounding, base, scale)


def _upright_frame(drawing: Drawing, chart: Chart) -> tuple[float, float, float]:
    """Width of a place, height of the base line and pixels per unit; the base line and the names are drawn."""
    drawing.down(LINE + 6)
    step = drawing.width / max(len(chart.categories), 1)
    base = drawing.y + _BASE
    drawing.add(Stroke(0, base, drawing.width, base, RULE))
    names = list(chart.categories)
    if max(map(text_width, names), default=0) + 6 > step:
        names = [name if len(name) <= 4 else f"{name[:3]}." for name in names]
    every = 1 if max(map(text_width, names), default=0) + 4 <= step else 2
    for place, name in enumerate(names):
        if place % every == 0:
            drawing.add(Label(step * (place + 0.5), base + LINE, name, "middle"))
    drawing.down(_BASE + LINE + 8)
    return step, base, _BASE / float(_end(chart))


def _upright_reference(drawing: Drawing, chart: Chart, rounding: Rounding, base: float, scale: float) -> None:
    if chart.reference is not None:
        y = base - float(chart.reference) * scale
        drawing.add(Stroke(0, y, drawing.width, y, MUTED, is_dashed=True))
        said = f"Referencia: {written(chart.reference, chart.unit, rounding)}"
        drawing.add(Label(drawing.width, y - 6, said, "end", MUTED, halo=WHITE))


def _line(drawing: Drawing, chart: Chart, rounding: Rounding) -> None:
    """A line per series, broken where there is no number; a single one has its numbers written while there is room for them."""
    step, base, scale = _upright_frame(drawing, chart)
    has_room = _widest(chart, rounding) + 6 <= step
    for order, series in enumerate(chart.series):
        color = _single(chart, order)
        before: tuple[float, float] | None = None
        ends = {0, len(series.values) - 1}
        for place, value in enumerate(series.values):
            if value is None:
                before = None
                continue
            point = (step * (place + 0.5), base - float(value) * scale)
            if before is not None:
                drawing.add(Stroke(*before, *point, color, 2.5))
            drawing.point(*point, color)
            if len(chart.series) == 1 and (has_room or place in ends):
                drawing.add(Label(point[0], point[1] - 11, written(value, chart.unit, rounding), "middle", weight=600, halo=WHITE))
            before = point
    _upright_reference(drawing, chart, rounding, base, scale)
