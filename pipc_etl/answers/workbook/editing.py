"""The sender's own package with our marks: nothing is written anew but the parts that carry a mark."""

from __future__ import annotations

from pipc_etl.answers.workbook import comments
from pipc_etl.answers.workbook.book import Book
from pipc_etl.answers.workbook.cleaning import clean
from pipc_etl.answers.workbook.marks import Marks, SheetMarks
from pipc_etl.answers.workbook.markup import PackageError
from pipc_etl.answers.workbook.package import Package
from pipc_etl.answers.workbook.page import Page
from pipc_etl.answers.workbook.page_xml import page_part, table
from pipc_etl.answers.workbook.sheet import Sheet, unselected, utf8
from pipc_etl.answers.workbook.styles import EMPTY, StyleNumbers, append_styles
from pipc_etl.intake.own_sheet import PENDING_NAME

_SPREADSHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_WORKSHEET_TYPE, _STYLES_TYPE = f"{_SPREADSHEET}.worksheet+xml", f"{_SPREADSHEET}.styles+xml"
_MACROS = "application/vnd.ms-excel.sheet.macroEnabled.main+xml"
# A template handed in as a workbook goes back as a workbook.
_WORKBOOKS = {
    f"{_SPREADSHEET}.template.main+xml": f"{_SPREADSHEET}.sheet.main+xml",
    "application/vnd.ms-excel.template.macroEnabled.main+xml": _MACROS,
}
_SIGNATURES, _SHARED_HISTORY = "_xmlsignatures/", "xl/revisions/"


class Editing:
    """One package on its way from its sender and back."""

    def __init__(self, package: Package) -> None:
        names = [name.lower() for name in package.names()]
        if any(name.startswith(_SHARED_HISTORY) for name in names):
            raise PackageError("a workbook shared in the old way, whose history numbers its sheets")
        self.package = package
        self.book = Book(package)
        self.was_marked = clean(self.book)
        self._numbers: StyleNumbers | None = None

    @property
    def has_macros(self) -> bool:
        return self.package.content_type(self.book.part) == _MACROS

    def sheets(self) -> dict[str, bool]:
        """The worksheets that cells can be marked in, and whether each is visible."""
        return {entry.name: not entry.is_hidden for entry in self.book.sheets if entry.kind == "worksheet"}

    def mark(self, marks: Marks) -> int:
        """Colour and comment the cells; how many comments could be put."""
        parts = {entry.name: entry.part for entry in self.book.sheets if entry.kind == "worksheet"}
        numbers = self._styles()
        return sum(self._mark_sheet(parts[name], sheet, numbers) for name, sheet in marks.sheets.items() if name in parts)

    def _mark_sheet(self, part: str, marked: SheetMarks, numbers: StyleNumbers) -> int:
        sheet = Sheet(self.package.read(part))
        sheet.colour(marked.colours, numbers.colours)
        written = comments.annotate(self.package, part, sheet, marked.comments)
        self.package.put(part, sheet.xml())
        return written

    def finish(self, page: Page) -> bytes:
        """The package with *Pendientes* in front."""
        for entry in self.book.sheets:
            xml = utf8(self.package.read(entry.part))
            plain = unselected(xml)
            if len(plain) != len(xml):
                self.package.put(entry.part, plain)
        part = self.package.free_name("xl/worksheets/sheet{}.xml")
        name = self.book.free_sheet_name(PENDING_NAME)
        self.package.put(part, page_part(page, self._styles().cells, self.book.dialect))
        self.package.set_content_type(part, _WORKSHEET_TYPE)
        self.book.insert_first(name, part)
        self.book.define("_xlnm.Print_Titles", f"'{name}'!${page.header_row + 1}:${page.header_row + 1}")
        self.book.define("_xlnm._FilterDatabase", f"'{name}'!{table(page, is_absolute=True)}", is_hidden=True)
        self._tidy()
        return self.package.save()

    def _styles(self) -> StyleNumbers:
        """Our styles in the workbook, added when they are first needed."""
        if self._numbers is None:
            part = self.package.related(self.book.part, "styles")
            if part is None:
                part = "xl/styles.xml"  # where many readers look, whatever the relations say
                self.package.put(part, EMPTY % self.book.dialect.main.encode())
                self.package.set_content_type(part, _STYLES_TYPE)
                self.package.relate(self.book.part, f"{self.book.dialect.office}/styles", part)
            self._numbers = append_styles(self.package.change(part), self.book.dialect)
        return self._numbers

    def _tidy(self) -> None:
        """What would not hold for the changed package: its type as a template, the signatures of what it was."""
        type_ = self.package.content_type(self.book.part)
        if type_ in _WORKBOOKS:
            self.package.set_content_type(self.book.part, _WORKBOOKS[type_])
        for name in self.package.names():
            if name.lower().startswith(_SIGNATURES):
                self.package.remove(name)
        for relation in self.package.relations(""):
            if relation.target is not None and relation.target.lower().startswith(_SIGNATURES):
                self.package.unrelate("", relation.id)
