"""Reading and writing of the XML in foreign packages: no entities, no network, nothing that is not text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

from lxml import etree

_TRANSITIONAL = "http://schemas.openxmlformats.org/"
_STRICT = "http://purl.oclc.org/ooxml/"
XML_SPACE = "{http://www.w3.org/XML/1998/namespace}space"
# What XML 1.0 cannot hold; a spreadsheet writes it as _xHHHH_, and a text that looks so with its first underscore escaped.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_LOOKS_ESCAPED = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
# Most texts have nothing that must be written otherwise, and there are many.
_SPECIAL = re.compile("[&<>\"'\x00-\x1f\ud800-\udfff\ufffe\uffff]|_x")
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


class PackageError(Exception):
    """The package is not one that can be edited; its sender gets a rebuilt workbook instead."""


@dataclass(frozen=True)
class Dialect:
    """The two namespaces that differ between Transitional and Strict Office Open XML: of cells, and of relationships and their types."""

    main: str
    office: str

    def tag(self, name: str) -> str:
        return f"{{{self.main}}}{name}"

    @property
    def relation_id(self) -> str:
        return f"{{{self.office}}}id"


TRANSITIONAL = Dialect(f"{_TRANSITIONAL}spreadsheetml/2006/main", f"{_TRANSITIONAL}officeDocument/2006/relationships")
STRICT = Dialect(f"{_STRICT}spreadsheetml/main", f"{_STRICT}officeDocument/relationships")


def dialect_of(root: etree._Element) -> Dialect:
    """The dialect in which the part with this root is written."""
    namespace = etree.QName(root).namespace
    for dialect in (TRANSITIONAL, STRICT):
        if namespace == dialect.main:
            return dialect
    raise PackageError(f"unknown namespace {namespace}")


def parse(xml: bytes) -> etree._Element:
    """The root of a part; a part with a document type is refused."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True)
    try:
        root = etree.fromstring(xml, parser)
    except etree.XMLSyntaxError as error:
        raise PackageError(f"broken XML: {error}") from error
    if root.getroottree().docinfo.doctype:  # type: ignore[union-attr]  # the stubs know a tree without one
        raise PackageError("a part has a document type")
    return root


def serialise(root: etree._Element) -> bytes:
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)


def local(element: etree._Element) -> str:
    """The name without its namespace; empty for comments and processing instructions."""
    return etree.QName(element).localname if isinstance(element.tag, str) else ""


def cell_text(text: str) -> str:
    """`text` as a cell or comment may hold it."""
    return _FORBIDDEN.sub(lambda match: f"_x{ord(match[0]):04X}_", _LOOKS_ESCAPED.sub("_x005F_", text))


def content(text: str) -> str:
    """`text` as the content of an element that a spreadsheet shows."""
    return escape(cell_text(text)) if _SPECIAL.search(text) else text


def attribute(text: str) -> str:
    """`text` as a quoted attribute."""
    return quoteattr(_FORBIDDEN.sub("", text)) if _SPECIAL.search(text) else f'"{text}"'


def is_dangerous(text: str) -> bool:
    """Whether a program that is handed `text` as if typed would take it for a formula."""
    return text.startswith(_FORMULA_STARTS)
