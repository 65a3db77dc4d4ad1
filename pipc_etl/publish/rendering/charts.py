"""Charts as SVG, drawn without a browser or a network: the same bytes for the page and for the PDF, values written on the marks."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from decimal import Decimal
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any, Final

from lxml import etree

from pipc_etl.publish.document import Chart
from pipc_etl.publish.numbers import Rounding
from pipc_etl.publish.rendering.palette import INK, MUTED, NO_FIGURE, RULE, SERIES, ink_on

FONT: Final = "Source Sans Pro"
WIDE, NARROW = 680, 320
_VEGA_LITE: Final = "6.4"
_SIZE: Final = 14
# Months and years fit side by side; longer names get a line each.
_SHORT_LABEL: Final = 10
# A segment narrower than this part of the longest bar has no room for its number: the table has it.
_ROOM_FOR_LABEL: Final = {WIDE: Decimal("0.06"), NARROW: Decimal("0.13")}


def font_folder() -> str:
    """Where the text face of the reports is installed."""
    return str(files("font_source_sans_pro") / "files")


@lru_cache(maxsize=256)
def chart_svg(chart: Chart, rounding: Rounding, width: int, prefix: str) -> str:
    """The chart `width` pixels wide; every id in it starts with `prefix`, so that a page may hold many."""
    svg = _vega().vegalite_to_svg(_specification(chart, rounding, width), vl_version=_VEGA_LITE, allowed_base_urls=[])
    return _tidy(svg, prefix)


@cache
def _vega() -> Any:
    """The drawing engine, which measures text by the same font as the typesetter."""
    import vl_convert

    vl_convert.register_font_directory(font_folder())
    return vl_convert


def _tidy(svg: str, prefix: str) -> str:
    """The SVG without fixed size, roles and repeated ids: what it says is said by the figure around it."""
    root = etree.fromstring(svg.encode())
    renamed = {identifier: f"{prefix}-{identifier}" for identifier in root.xpath("//@id")}
    for element in root.iter():
        for name in list(element.attrib):
            value = str(element.attrib[name])
            if name == "id":
                element.attrib[name] = renamed[value]
            elif value.startswith("url(#"):
                element.attrib[name] = f"url(#{renamed[value[5:-1]]})"
            elif name in {"role", "aria-label", "aria-roledescription", "aria-hidden", "class"}:
                del element.attrib[name]
    etree.cleanup_namespaces(root)
    return etree.tostring(root, encoding="unicode")


def _specification(chart: Chart, rounding: Rounding, width: int) -> dict[str, Any]:
    layers = {"bars": _bars, "stacked": _stacked, "line": _line}[chart.kind](chart, width)
    return {
        "data": {"values": list(_rows(chart, rounding, width))},
        "width": width,
        "height": _height(chart, width),
        "autosize": {"type": "fit", "contains": "padding"},
        "padding": {"left": 2, "right": 8, "top": 4, "bottom": 4},
        "layer": [*layers, *_reference(chart, rounding)],
        "config": {
            "background": None,
            "font": FONT,
            "view": {"stroke": None},
            "axis": {
                "labelFontSize": _SIZE,
                "labelColor": INK,
                "labelLimit": width,
                "domainColor": RULE,
                "ticks": False,
                "grid": False,
                "title": None,
            },
            "legend": {
                "orient": "top",
                "title": None,
                "labelFontSize": _SIZE,
                "labelColor": INK,
                "labelLimit": width - 40,
                "symbolType": "square",
                "symbolSize": 120,
                "columns": 1 if width == NARROW else 0,
                "offset": 12,
            },
            "text": {"fontSize": _SIZE, "color": INK},
        },
    }


def _rows(chart: Chart, rounding: Rounding, width: int) -> Iterator[dict[str, Any]]:
    """A row for every mark: the number, what is written on it, and whether it has room."""
    longest = _longest(chart)
    wrap = 30 if width == WIDE else 15
    for series in chart.series:
        for place, (category, value) in enumerate(zip(chart.categories, series.values, strict=True)):
            written = "sin cifra" if value is None else _written(value, chart.unit, rounding)
            has_room = value is not None and longest > 0 and value / longest >= _ROOM_FOR_LABEL[width]
            yield {
                "category": "\n".join(textwrap.wrap(category, wrap)) or " ",
                "place": place,
                "series": series.label,
                "value": None if value is None else float(value),
                "shown": written,
                "inside": written if has_room else "",
                "at": 0 if value is None else float(value),
            }


def _written(value: Decimal, unit: str, rounding: Rounding) -> str:
    """A percent as the report rounds it; anything else as it is, with at most one decimal."""
    if unit == "%":
        return rounding.shown(value) + " %"
    return Rounding("half_up", 0 if value == value.to_integral_value() else 1).shown(value)


def _longest(chart: Chart) -> Decimal:
    """The end of the value axis: of the longest stack where the chart stacks."""
    columns = zip(*(series.values for series in chart.series), strict=True)
    ends = [(sum(present) if chart.kind == "stacked" else max(present, default=Decimal(0))) for present in map(_present, columns)]
    return max([Decimal(end) for end in ends] + ([chart.reference] if chart.reference is not None else []), default=Decimal(0))


def _present(values: tuple[Decimal | None, ...]) -> list[Decimal]:
    return [value for value in values if value is not None]


def _is_upright(chart: Chart) -> bool:
    """Columns for months; lying bars for names."""
    return chart.kind == "line" or (
        chart.kind == "bars" and len(chart.categories) >= 3 and max(map(len, chart.categories)) <= _SHORT_LABEL and len(chart.series) == 1
    )


def _height(chart: Chart, width: int) -> int:
    legend = 0 if len(chart.series) == 1 else (34 if width == WIDE else 26 * len(chart.series))
    if _is_upright(chart):
        return 280 + legend
    lines = max(len(textwrap.wrap(category, 30 if width == WIDE else 15)) for category in chart.categories)
    bars = len(chart.series) if chart.kind == "bars" else 1
    step = max(38, 24 * bars + 14, 18 * lines + 14)
    return step * len(chart.categories) + legend + (30 if chart.reference is not None else 8)


def _color(chart: Chart) -> dict[str, Any]:
    if len(chart.series) == 1:
        return {"value": SERIES[0]}
    labels = [series.label for series in chart.series]
    return {"field": "series", "type": "nominal", "sort": None, "scale": {"domain": labels, "range": _cycle(len(labels))}}


def _cycle(count: int) -> list[str]:
    return [SERIES[place % len(SERIES)] for place in range(count)]


def _category(chart: Chart, **axis: Any) -> dict[str, Any]:
    settings = {"labelExpr": "split(datum.label, '\\n')", "labelPadding": 8, "labelLineHeight": 17, **axis}
    return {"field": "category", "type": "ordinal", "sort": {"field": "place"}, "axis": settings}


def _value(chart: Chart) -> dict[str, Any]:
    """The axis of numbers is not drawn: each mark has its number. Room is kept for it beyond the longest."""
    end = float(_longest(chart)) or 1.0
    room = 1.0 if chart.kind == "stacked" else 1.16
    return {"field": "value", "type": "quantitative", "axis": None, "scale": {"domain": [0, end * room], "nice": False}, "stack": None}


def _bars(chart: Chart, width: int) -> list[dict[str, Any]]:
    if _is_upright(chart):
        across, along, offset = "x", "y", {"dy": -6, "baseline": "bottom", "align": "center"}
        axis = _category(chart, labelAngle=0 if width == WIDE or len(chart.categories) <= 4 else -90)
    else:
        across, along, offset = "y", "x", {"dx": 6, "align": "left", "baseline": "middle"}
        axis = _category(chart)
    encoding: dict[str, Any] = {across: axis, along: _value(chart)}
    if len(chart.series) > 1:
        encoding[f"{across}Offset"] = {"field": "series", "sort": None}
    at = {**_value(chart), "field": "at"}
    return [
        {"mark": {"type": "bar", "cornerRadiusEnd": 2}, "encoding": {**encoding, "color": _color(chart)}},
        {"mark": {"type": "text", **offset}, "encoding": {**encoding, along: at, "text": {"field": "shown"}, "color": _said(chart)}},
    ]


def _said(chart: Chart) -> dict[str, Any]:
    """What is written beside a mark: quieter where there is no figure."""
    return {"condition": {"test": "datum.value === null", "value": NO_FIGURE}, "value": INK}


def _stacked(chart: Chart, width: int) -> list[dict[str, Any]]:
    value = {**_value(chart), "stack": "zero"}
    order = {"field": "series_place", "type": "ordinal"}
    labels = [series.label for series in chart.series]
    place = {"calculate": f"indexof({labels!r}, datum.series)", "as": "series_place"}
    inks = [ink_on(color) for color in _cycle(len(labels))]
    common = {"y": _category(chart), "order": order}
    return [
        {
            "transform": [place],
            "mark": {"type": "bar", "stroke": "#ffffff", "strokeWidth": 1.5},
            "encoding": {**common, "x": value, "color": _color(chart)},
        },
        {
            "transform": [place],
            "mark": {"type": "text", "baseline": "middle", "align": "center", "fontWeight": 600},
            "encoding": {
                **common,
                "x": {**value, "bandPosition": 0.5},
                "text": {"field": "inside"},
                "detail": {"field": "series"},
                "color": {"field": "series", "type": "nominal", "legend": None, "scale": {"domain": labels, "range": inks}},
            },
        },
    ]


def _line(chart: Chart, width: int) -> list[dict[str, Any]]:
    encoding = {"x": _category(chart, labelAngle=0 if width == WIDE or len(chart.categories) <= 4 else -90), "y": _value(chart)}
    layers: list[dict[str, Any]] = [
        {
            "mark": {"type": "line", "strokeWidth": 2.5, "point": {"size": 60, "filled": True}},
            "encoding": {**encoding, "color": _color(chart)},
        }
    ]
    if len(chart.series) == 1:
        written = {**encoding, "text": {"field": "shown"}}
        layers.append(
            {
                "mark": {"type": "text", "dy": -10, "baseline": "bottom"},
                "transform": [{"filter": "datum.value !== null"}],
                "encoding": written,
            }
        )
    return layers


def _reference(chart: Chart, rounding: Rounding) -> list[dict[str, Any]]:
    """A dashed line at the number that the marks are measured against."""
    if chart.reference is None:
        return []
    along = "y" if _is_upright(chart) else "x"
    position = {along: {"datum": float(chart.reference)}}
    place = {"align": "left", "x": 4, "dy": -6} if along == "y" else {"align": "center", "baseline": "bottom", "y": 0, "dy": -2}
    written = _written(chart.reference, chart.unit, rounding)
    return [
        {
            "data": {"values": [{}]},
            "mark": {"type": "rule", "color": MUTED, "strokeDash": [5, 4], "strokeWidth": 1.2},
            "encoding": position,
        },
        {"data": {"values": [{}]}, "mark": {"type": "text", "color": MUTED, **place}, "encoding": {**position, "text": {"value": written}}},
    ]
