"""A workbook of ours that comes back corrected: its *Pendientes*, colours and comments are taken away before it is marked anew."""

from __future__ import annotations

import re

from lxml import etree

from pipc_etl.answers.workbook import comments
from pipc_etl.answers.workbook.book import Book, SheetEntry
from pipc_etl.answers.workbook.markup import local, parse
from pipc_etl.answers.workbook.sheet import Sheet, has_marks, utf8
from pipc_etl.intake.own_sheet import PENDING_TITLE, is_pending_text

_FIRST_CELL = re.compile(rb"""<((?:[\w.-]+:)?)c\s[^>]*?\br="A1"[^>]*?(?:/>|>.*?</\1c>)""", re.S)
# Without what some programs write as a character reference.
_OUR_WORDS = PENDING_TITLE.split(" ·")[0].encode("ascii")
_SEARCHED_BYTES = 200_000


def clean(book: Book) -> bool:
    """Remove everything of ours from the package; whether there was anything."""
    ours = _pending_sheets(book)
    for entry in ours:
        book.remove(entry)
    found = bool(ours)
    for entry in book.sheets:
        if entry.kind != "worksheet":
            continue
        found |= comments.withdraw(book.package, entry.part)
        xml = book.package.read(entry.part)
        if has_marks(xml):
            sheet = Sheet(xml)
            if sheet.uncolour():
                book.package.put(entry.part, sheet.xml())
                found = True
    return found


def _pending_sheets(book: Book) -> list[SheetEntry]:
    shared = _SharedTexts(book)
    return [
        entry
        for entry in book.sheets
        if entry.kind == "worksheet" and is_pending_text(_first_text(utf8(book.package.read(entry.part)), shared))
    ]


def _first_text(xml: bytes, shared: _SharedTexts) -> str:
    """The text of A1, wherever the program that saved the file has put it."""
    found = _FIRST_CELL.search(xml[:_SEARCHED_BYTES])
    if found is None:
        return ""
    # A cell by itself: the prefix that its sheet declares goes.
    cell = parse(found[0].replace(b"<" + found[1], b"<").replace(b"</" + found[1], b"</") if found[1] else found[0])
    if cell.get("t") == "s":
        number = next((child.text or "" for child in cell if local(child) == "v"), "").strip()
        return shared.text(int(number)) if number.isdecimal() else ""
    return "".join(child.text or "" for child in cell.iter() if local(child) == "t")


class _SharedTexts:
    """The texts that cells share, read once and only where one of them can be ours."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._items: list[etree._Element] | None = None

    def text(self, number: int) -> str:
        if self._items is None:
            part = self._book.package.related(self._book.part, "sharedStrings")
            xml = self._book.package.read(part) if part else b""
            self._items = [item for item in parse(xml) if local(item) == "si"] if _OUR_WORDS in xml else []
        if number >= len(self._items):
            return ""
        return "".join(child.text or "" for child in self._items[number].iter() if local(child) == "t")
