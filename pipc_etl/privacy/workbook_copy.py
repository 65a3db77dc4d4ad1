"""A workbook without a person: the sender's package with those cells emptied, or, where that cannot be, its values in a new one."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from zipfile import BadZipFile

from lxml import etree

from pipc_etl.answers.workbook.book import Book
from pipc_etl.answers.workbook.markup import PackageError, content, local
from pipc_etl.answers.workbook.package import Package
from pipc_etl.answers.workbook.places import address
from pipc_etl.answers.workbook.rebuilt import plain_workbook
from pipc_etl.answers.workbook.sheet import Sheet
from pipc_etl.contracts import Contract, Finding
from pipc_etl.intake.cells import RawWorkbook
from pipc_etl.intake.reader import ReaderPool
from pipc_etl.privacy.cells import Found, Place, Search, SheetSearch

_SHARED = re.compile(rb"""<(?:[\w.-]+:)?c\s[^>]*?\bt\s*=\s*["']s["'][^>]*>\s*<(?:[\w.-]+:)?v[^>]*>\s*(\d+)\s*<""")
_NUMBER = re.compile(rb"<(?:[\w.-]+:)?v[^>]*>\s*(\d+)\s*<")
_KEPT_ATTRIBUTES = re.compile(rb"""\s(?:s|cm|vm|ph)\s*=\s*(?:"[^"]*"|'[^']*')""")
_IS_SHARED = re.compile(rb"""\bt\s*=\s*["']s["']""")
_THUMBNAIL = "thumbnail"
_PRINTED = ("Header", "Footer")


def search_book(book: RawWorkbook, search: Search, contract: Contract | None) -> dict[str, Found]:
    """What is found in each sheet."""
    return {sheet.name: SheetSearch(search, contract, sheet).find(sheet.rows) for sheet in book.sheets}


def redacted_workbook(
    source: Path, book: RawWorkbook, changes: Mapping[str, Mapping[Place, str]], search: Search, contract: Contract | None, pool: ReaderPool
) -> bytes:
    """The workbook with the texts of `changes` in its cells: edited in place where it can be, else rebuilt with its values."""
    try:
        edited = _edited(source, changes, search)
    except (PackageError, BadZipFile, etree.LxmlError, KeyError, ValueError):
        edited = None
    if edited is not None and _is_clean(edited, source, search, contract, pool):
        return edited
    return plain_workbook(_with_changes(book, changes))[0]


def package_passages(source: Path, search: Search) -> int:
    """How many passages outside the cells (comments, links, properties, caches) name the person."""
    try:
        package = Package(source)
        book = Book(package)
        around = (Sheet(package.read(entry.part)).root for entry in book.sheets if entry.kind == "worksheet")
        return sum(_redact_tree(root, search) for root in (*around, *map(package.tree, _other_parts(package, book))))
    except (PackageError, BadZipFile, etree.LxmlError, KeyError):
        return 0


def _with_changes(book: RawWorkbook, changes: Mapping[str, Mapping[Place, str]]) -> RawWorkbook:
    sheets = []
    for sheet in book.sheets:
        rows = [list(row) for row in sheet.rows]
        for (row, column), text in changes.get(sheet.name, {}).items():
            rows[row][column] = text
        sheets.append(replace(sheet, rows=rows))
    return replace(book, sheets=tuple(sheets))


def _is_clean(content_: bytes, source: Path, search: Search, contract: Contract | None, pool: ReaderPool) -> bool:
    """Whether nothing is found any more by whoever reads the edited package anew."""
    # In the source's folder, which the service alone may read.
    again = source.with_name(f".redacted-{source.name}")
    again.touch(mode=0o600)
    try:
        again.write_bytes(content_)
        book = pool.read(again, search.catalog)
        return not isinstance(book, Finding) and not any(found.texts for found in search_book(book, search, contract).values())
    finally:
        again.unlink()


def _edited(source: Path, changes: Mapping[str, Mapping[Place, str]], search: Search) -> bytes | None:
    with source.open("rb") as file:
        if file.read(4) != b"PK\x03\x04":
            return None
    package = Package(source)
    if package.has("content.xml"):
        return None
    book = Book(package)
    parts = {entry.name: entry.part for entry in book.sheets if entry.kind == "worksheet"}
    gone: set[int] = set()
    for name, part in parts.items():
        sheet, cells = Sheet(package.read(part)), changes.get(name)
        if cells:
            sheet.cells = _edited_cells(sheet.cells, cells, gone)
        # Around the cells: links, lists, what is printed above and below.
        if _redact_tree(sheet.root, search) or cells:
            package.put(part, sheet.xml())
    _forget_shared(package, book, list(parts.values()), gone, search)
    for name in _other_parts(package, book):
        if _redact_tree(package.tree(name), search):
            package.change(name)
    for relation in package.relations(""):
        # A picture of the first page.
        if relation.kind == _THUMBNAIL and relation.target is not None:
            package.unrelate("", relation.id)
            package.remove(relation.target)
    return package.save()


def _edited_cells(cells: bytes, changes: Mapping[Place, str], gone: set[int]) -> bytes:
    """The cells of a sheet with new texts; adds to `gone` the shared texts that they had. ValueError where a cell has no address."""
    by_row: dict[int, dict[int, str]] = defaultdict(dict)
    for (row, column), text in changes.items():
        by_row[row][column] = text
    pieces, end = [], 0
    row_start = re.compile(rb"""<((?:[\w.-]+:)?)row\s[^>]*?\br\s*=\s*["'](\d+)["'][^>]*?(?<!/)>""")
    for start in row_start.finditer(cells):
        row = int(start[2]) - 1
        if row not in by_row:
            continue
        close = cells.index(b"</" + start[1] + b"row>", start.end())
        pieces += [cells[end : start.end()], _edited_row(cells[start.end() : close], start[1], row, by_row.pop(row), gone)]
        end = close
    if by_row:
        raise ValueError("a row without its number")
    return b"".join([*pieces, cells[end:]])


def _edited_row(fragment: bytes, prefix: bytes, row: int, texts: Mapping[int, str], gone: set[int]) -> bytes:
    for column, text in texts.items():
        place = address(row, column).encode()
        cell = re.compile(
            rb"<" + prefix + rb"""c(\s[^>]*?\br\s*=\s*["']""" + place + rb"""["'][^>]*?)(?:/>|>(.*?)</""" + prefix + rb"c>)", re.S
        )
        found = cell.search(fragment)
        if found is None:
            raise ValueError("a cell without its address")
        if _IS_SHARED.search(found[1]) and (number := _NUMBER.search(found[2] or b"")):
            gone.add(int(number[1]))
        kept = b"".join(_KEPT_ATTRIBUTES.findall(found[1]))
        written = b"<" + prefix + b'c r="' + place + b'"' + kept
        if text:
            said = content(text).encode()
            written += b' t="inlineStr"><%bis><%bt xml:space="preserve">%b</%bt></%bis></%bc>' % ((prefix, prefix, said) + (prefix,) * 3)
        else:
            written += b"/>"
        fragment = fragment[: found.start()] + written + fragment[found.end() :]
    return fragment


def _forget_shared(package: Package, book: Book, parts: list[str], gone: set[int], search: Search) -> None:
    """Empty the shared texts that only emptied cells had, and those of no cell that name the person."""
    part = package.related(book.part, "sharedStrings")
    if part is None:
        return
    used = {int(number) for name in parts for number in _SHARED.findall(package.read(name))}
    spellings = search.wanted.spellings
    root = package.tree(part)
    for number, item in enumerate(child for child in root if isinstance(child.tag, str) and etree.QName(child).localname == "si"):
        if number in used:
            continue
        said = "".join(child.text or "" for child in item.iter("{*}t"))
        if number in gone or spellings.redacted(said, with_masks=search.with_masks)[1]:
            namespace = etree.QName(item).namespace
            for child in list(item):
                item.remove(child)
            etree.SubElement(item, f"{{{namespace}}}t").text = ""
            package.change(part)


def _other_parts(package: Package, book: Book) -> list[str]:
    """The parts of XML that are no cells and no shared texts."""
    cells = {entry.part.lower() for entry in book.sheets if entry.kind == "worksheet"}
    shared = package.related(book.part, "sharedStrings")
    left = cells | ({shared.lower()} if shared else set())
    return [name for name in package.names() if name.lower().endswith((".xml", ".rels", ".vml")) and name.lower() not in left]


def _redact_tree(root: etree._Element, search: Search) -> int:
    """Take the person out of every text and attribute; how many passages went."""
    spellings, count = search.wanted.spellings, 0
    wide = re.compile(spellings.candidates) if spellings.candidates else None
    for element in root.iter():
        if wide and isinstance(element.tag, str) and local(element).endswith(_PRINTED) and wide.search(element.text or ""):
            # Codes such as &C stand before the words of what is printed above and below.
            element.text = ""
            count += 1
        for name in ("text", "tail"):
            said = getattr(element, name)
            if said:
                text, found = spellings.redacted(said, with_masks=search.with_masks)
                if found:
                    setattr(element, name, text)
                    count += found
        for key, value in element.attrib.items():
            text, found = spellings.redacted(str(value), with_masks=search.with_masks)
            if found:
                element.set(key, text)
                count += found
    return count
