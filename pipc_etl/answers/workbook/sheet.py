"""A foreign worksheet part: its cells stay byte for byte, what stands around them can be edited."""

from __future__ import annotations

import re
from collections.abc import Mapping

from lxml import etree

from pipc_etl.answers.workbook.items import CATEGORIES, Category
from pipc_etl.answers.workbook.markup import PackageError, dialect_of, local, parse, serialise
from pipc_etl.answers.workbook.places import Box, ranges

_START = re.compile(rb"<((?:[\w.-]+:)?sheetData)(\s[^>]*?)?(/?)>")
_COMMENT = re.compile(rb"<!--.*?-->", re.S)
_SELECTED = re.compile(rb"""\s+tabSelected\s*=\s*(?:"(?:1|true)"|'(?:1|true)')""")
_DECLARED = re.compile(rb"""^\s*<\?xml[^>]*?encoding\s*=\s*["']([\w.-]+)["'][^>]*\?>""")
_HEIGHTS = re.compile(rb"""<(?:[\w.-]+:)?row\s(?=[^>]*?\br="(\d+)")(?=[^>]*?(?:\bht="([\d.]+)"|\bhidden="(1|true)"))[^>]*>""")
# What comes after the conditional formats in a worksheet, in the order of the standard.
_AFTER_FORMATS = (
    "conditionalFormatting", "dataValidations", "hyperlinks", "printOptions", "pageMargins", "pageSetup", "headerFooter", "rowBreaks",
    "colBreaks", "customProperties", "cellWatches", "ignoredErrors", "smartTags", "drawing", "legacyDrawing", "legacyDrawingHF",
    "drawingHF", "picture", "oleObjects", "controls", "webPublishItems", "tableParts", "extLst", "AlternateContent",
)  # fmt: skip
_AFTER_COMMENTS = _AFTER_FORMATS[_AFTER_FORMATS.index("legacyDrawingHF") :]
_MARK = "PIPC:"
_RANGES_PER_RULE = 400


def utf8(xml: bytes) -> bytes:
    """The same part in UTF-8, whatever it is encoded in."""
    declared = _DECLARED.match(xml)
    if xml.startswith((b"\xff\xfe", b"\xfe\xff")) or (declared and declared[1].lower() not in (b"utf-8", b"ascii", b"us-ascii")):
        return serialise(parse(xml))
    return xml.removeprefix(b"\xef\xbb\xbf")


def unselected(xml: bytes) -> bytes:
    """The part with its tab no longer chosen: of two chosen tabs, both would take what is typed into one."""
    head = _START.search(xml)
    end = head.start() if head else len(xml)
    return _SELECTED.sub(b"", xml[:end]) + xml[end:]


class Sheet:
    """A worksheet's XML, its `sheetData` set apart."""

    def __init__(self, xml: bytes) -> None:
        xml = utf8(xml)
        if b"<!--" in xml:
            xml = _COMMENT.sub(b"", xml)
        head = _START.search(xml)
        # In a CDATA section or a document type, what looks like a tag need not be one.
        if head is None or b"<!" in xml:
            raise PackageError("a worksheet without cells, or with sections that are no elements")
        end_tag = b"</" + head[1] + b">"
        end = head.end() if head[3] else xml.find(end_tag, head.end()) + len(end_tag)
        if end < head.end():
            raise PackageError("the cells of a worksheet do not end")
        self.cells = xml[head.start() : end]
        self._placeholder = b"<" + head[1] + b"/>"
        self.root = parse(xml[: head.start()] + self._placeholder + xml[end:])
        self.dialect = dialect_of(self.root)

    def xml(self) -> bytes:
        """The part as it is now."""
        written = serialise(self.root)
        before, found, after = written.partition(self._placeholder)
        if not found or self._placeholder in after:
            raise PackageError("the cells of a worksheet have no place any more")
        return before + self.cells + after

    def colour(self, marked: Mapping[Category, list[Box]], formats: Mapping[Category, int]) -> None:
        """Conditional formats over the marked cells, above the sheet's own: the cells keep their style, and the marks can be taken away."""
        rules = [(category, part) for category in CATEGORIES for part in _parts(marked.get(category, ()))]
        for rule in self.root.iter("{*}cfRule"):
            if rule.get("priority") is not None:
                rule.set("priority", str(int(rule.get("priority", "1")) + len(rules)))
        place = self._place(_AFTER_FORMATS)
        for number, (category, part) in enumerate(rules):
            element = etree.Element(self.dialect.tag("conditionalFormatting"), sqref=" ".join(part))
            rule = etree.SubElement(
                element, self.dialect.tag("cfRule"), type="expression", dxfId=str(formats[category]), priority=str(number + 1)
            )
            # Always true; the text in it says whose it is, also after another program has saved the file.
            etree.SubElement(rule, self.dialect.tag("formula")).text = f'LEN("{_MARK}{category}")>0'
            self.root.insert(place + number, element)

    def uncolour(self) -> bool:
        """Take our conditional formats away; whether there were any."""
        every = self.root.iter("{*}cfRule")
        ours = [rule for rule in every if any(f'"{_MARK}' in (formula.text or "") for formula in rule)]
        for rule in ours:
            parent = rule.getparent()
            assert parent is not None
            parent.remove(rule)
            if not len(parent):
                above = parent.getparent()
                assert above is not None
                above.remove(parent)
        return bool(ours)

    @property
    def drawing(self) -> str | None:
        """The relation to the drawing of the comments' boxes."""
        found = self.root.find(self.dialect.tag("legacyDrawing"))
        return None if found is None else found.get(self.dialect.relation_id)

    @drawing.setter
    def drawing(self, relation: str) -> None:
        found = self.root.find(self.dialect.tag("legacyDrawing"))
        if found is None:
            found = etree.Element(self.dialect.tag("legacyDrawing"), nsmap={"r": self.dialect.office})
            self.root.insert(self._place(_AFTER_COMMENTS), found)
        found.set(self.dialect.relation_id, relation)

    def columns(self) -> dict[int, float]:
        """Widths of columns in characters, where the sheet says them; 0 for a hidden one."""
        widths: dict[int, float] = {}
        for element in self.root.iter(self.dialect.tag("col")):
            first, last = int(element.get("min", "1")), int(element.get("max", "1"))
            width = 0.0 if element.get("hidden") in ("1", "true") else float(element.get("width", "9.14"))
            widths |= dict.fromkeys(range(first - 1, min(last, first + 1_000)), width)
        return widths

    def heights(self) -> dict[int, float]:
        """Heights of rows in points, where the sheet says them; 0 for a hidden one."""
        return {int(found[1]) - 1: 0.0 if found[3] else float(found[2]) for found in _HEIGHTS.finditer(self.cells)}

    def _place(self, names: tuple[str, ...]) -> int:
        """The position of the first child with one of these names, else the end."""
        return next((number for number, child in enumerate(self.root) if local(child) in names), len(self.root))


def has_marks(xml: bytes) -> bool:
    """Whether a worksheet part may have colours of ours."""
    return _MARK.encode() in xml


def _parts(marked: list[Box] | tuple[Box, ...]) -> list[list[str]]:
    """The ranges of a category in lists that a rule can hold."""
    every = list(ranges(marked))
    return [every[start : start + _RANGES_PER_RULE] for start in range(0, len(every), _RANGES_PER_RULE)]
