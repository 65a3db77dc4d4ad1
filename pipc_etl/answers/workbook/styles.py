"""Our styles, appended to those of a foreign styles part: nobody's own index moves."""

from __future__ import annotations

from dataclasses import dataclass, replace

from lxml import etree

from pipc_etl.answers.workbook.items import Category
from pipc_etl.answers.workbook.markup import Dialect, PackageError

_MOST_FORMATS = 64_000
_SECTIONS = (
    "numFmts", "fonts", "fills", "borders", "cellStyleXfs", "cellXfs", "cellStyles", "dxfs", "tableStyles", "colors", "extLst",
)  # fmt: skip


@dataclass(frozen=True)
class Style:
    """A cell of *Pendientes*; colours as RRGGBB."""

    size: int = 10
    colour: str = "222222"
    fill: str | None = None
    bold: bool = False
    underlined: bool = False
    bordered: bool = False
    wrapped: bool = False
    centred: bool = False
    quoted: bool = False


# Fill and font of each category: dark on pale, so that a cell of any own style can be read.
COLOURS: dict[Category, tuple[str, str]] = {
    "error": ("FFC7CE", "9C0006"),
    "observation": ("E4DFEC", "4F3A78"),
    "warning": ("FFEB9C", "7F5200"),
    "info": ("DDEBF7", "1F4E79"),
    "solved": ("E2EFDA", "375623"),
}
_TEXT = Style(bordered=True, wrapped=True)
STYLES: dict[str, Style] = {
    "title": Style(size=16, bold=True, colour="1F3864"),
    "line": Style(),
    "bold": Style(bold=True),
    "header": Style(bold=True, colour="FFFFFF", fill="1F3864", bordered=True, wrapped=True, centred=True),
    "text": _TEXT,
    "link": replace(_TEXT, underlined=True, colour="0B5394"),
    **{category: replace(_TEXT, bold=True, fill=fill, colour=colour) for category, (fill, colour) in COLOURS.items()},
    **{f"total_{category}": Style(bold=True, fill=fill, colour=colour) for category, (fill, colour) in COLOURS.items()},
}
STYLES |= {f"{name}_quoted": replace(style, quoted=True) for name, style in STYLES.items()}


@dataclass(frozen=True)
class StyleNumbers:
    """Indices in the styles part: of cell formats by name, of differential formats by category."""

    cells: dict[str, int]
    colours: dict[Category, int]


EMPTY = b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<styleSheet xmlns="%s"/>'


def append_styles(root: etree._Element, dialect: Dialect) -> StyleNumbers:
    """Add ours to the styles part with this root."""
    fonts, fills, borders = (_section(root, dialect, name) for name in ("fonts", "fills", "borders"))
    _at_least(fonts, dialect, "font", '<sz val="11"/><name val="Calibri"/>')
    _at_least(fills, dialect, "fill", '<patternFill patternType="none"/>', '<patternFill patternType="gray125"/>')
    _at_least(borders, dialect, "border", "<left/><right/><top/><bottom/><diagonal/>")
    bases, formats = _section(root, dialect, "cellStyleXfs"), _section(root, dialect, "cellXfs")
    for section in (bases, formats):
        if not len(section):
            etree.SubElement(section, dialect.tag("xf"), numFmtId="0", fontId="0", fillId="0", borderId="0")
    if len(formats) + len(STYLES) > _MOST_FORMATS:
        raise PackageError(f"the workbook has {len(formats)} cell formats already")
    cells = {}
    for name, style in STYLES.items():
        cells[name] = len(formats)
        formats.append(_format(style, dialect, fonts, fills, borders))
    differential = _section(root, dialect, "dxfs")
    colours: dict[Category, int] = {}
    for category, (fill, colour) in COLOURS.items():
        if category != "solved":
            colours[category] = len(differential)
            differential.append(_differential(category, fill, colour, dialect))
    for section in (fonts, fills, borders, bases, formats, differential):
        section.set("count", str(len(section)))
    return StyleNumbers(cells, colours)


def _section(root: etree._Element, dialect: Dialect, name: str) -> etree._Element:
    """The section of this name, made in its place if there is none."""
    found = root.find(dialect.tag(name))
    if found is not None:
        return found
    before = {dialect.tag(section) for section in _SECTIONS[: _SECTIONS.index(name)]}
    place = max((number for number, child in enumerate(root, 1) if child.tag in before), default=0)
    made = etree.Element(dialect.tag(name))
    root.insert(place, made)
    return made


def _at_least(section: etree._Element, dialect: Dialect, name: str, *contents: str) -> None:
    for content in contents[len(section) :]:
        section.append(_element(name, content, dialect))


def _element(name: str, content: str, dialect: Dialect) -> etree._Element:
    return etree.fromstring(f'<{name} xmlns="{dialect.main}">{content}</{name}>')


def _format(style: Style, dialect: Dialect, fonts: etree._Element, fills: etree._Element, borders: etree._Element) -> etree._Element:
    weight, line = "<b/>" * style.bold, "<u/>" * style.underlined
    font = f'{weight}{line}<sz val="{style.size}"/><color rgb="FF{style.colour}"/><name val="Calibri"/><family val="2"/>'
    format_ = etree.Element(dialect.tag("xf"), numFmtId="0", xfId="0", applyFont="1", applyAlignment="1")
    format_.set("fontId", _appended(fonts, _element("font", font, dialect)))
    if style.fill:
        solid = f'<patternFill patternType="solid"><fgColor rgb="FF{style.fill}"/><bgColor indexed="64"/></patternFill>'
        format_.set("fillId", _appended(fills, _element("fill", solid, dialect)))
        format_.set("applyFill", "1")
    else:
        format_.set("fillId", "0")
    if style.bordered:
        edge = '<{0} style="thin"><color rgb="FFBFBFBF"/></{0}>'
        edges = "".join(edge.format(side) for side in ("left", "right", "top", "bottom"))
        format_.set("borderId", _appended(borders, _element("border", f"{edges}<diagonal/>", dialect)))
        format_.set("applyBorder", "1")
    else:
        format_.set("borderId", "0")
    if style.quoted:
        format_.set("quotePrefix", "1")
    alignment = etree.SubElement(format_, dialect.tag("alignment"), vertical="center" if style.centred or not style.wrapped else "top")
    if style.wrapped:
        alignment.set("wrapText", "1")
    if style.centred:
        alignment.set("horizontal", "center")
    return format_


def _appended(section: etree._Element, element: etree._Element) -> str:
    section.append(element)
    return str(len(section) - 1)


def _differential(category: Category, fill: str, colour: str, dialect: Dialect) -> etree._Element:
    """A look that can be told without seeing colours: errors are bold, observations underlined, warnings in italics."""
    look = {"error": "<b/>", "observation": "<u/>", "warning": "<i/>"}.get(category, "")
    edge = f'<{{0}} style="thin"><color rgb="FF{colour}"/></{{0}}>'
    edges = "".join(edge.format(side) for side in ("left", "right", "top", "bottom"))
    return _element(
        "dxf",
        f'<font>{look}<color rgb="FF{colour}"/></font>'
        f'<fill><patternFill patternType="solid"><fgColor rgb="FF{fill}"/><bgColor rgb="FF{fill}"/></patternFill></fill>'
        f"<border>{edges}</border>",
        dialect,
    )
