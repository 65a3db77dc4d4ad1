"""The workbook part: which sheets there are, in which order, and what speaks of them by their position."""

from __future__ import annotations

from dataclasses import dataclass

from lxml import etree

from pipc_etl.answers.workbook.markup import PackageError, dialect_of, local
from pipc_etl.answers.workbook.package import Package

_BEFORE_NAMES = ("sheets", "functionGroups", "externalReferences")


@dataclass(frozen=True)
class SheetEntry:
    """A sheet of the workbook; `kind` is worksheet, chartsheet, dialogsheet or a macro sheet."""

    name: str
    relation: str
    part: str
    kind: str
    is_hidden: bool


class Book:
    """The sheets of a package, and its first one changed."""

    def __init__(self, package: Package) -> None:
        part = package.related("", "officeDocument")
        if part is None:
            raise PackageError("the package has no workbook")
        self.package, self.part = package, part
        self.root = package.tree(part)
        self.dialect = dialect_of(self.root)

    @property
    def sheets(self) -> list[SheetEntry]:
        """In the order of their tabs."""
        relations = {relation.id: relation for relation in self.package.relations(self.part)}
        entries = []
        for element in self._elements():
            relation = relations.get(element.get(self.dialect.relation_id, ""))
            if relation is None or relation.target is None or not self.package.has(relation.target):
                raise PackageError(f"the sheet {element.get('name')} has no part")
            is_hidden = element.get("state", "visible") != "visible"
            entries.append(SheetEntry(element.get("name", ""), relation.id, relation.target, relation.kind, is_hidden))
        return entries

    def insert_first(self, name: str, part: str) -> None:
        """Put the worksheet `part` before all others and open the workbook on it."""
        root = self.package.change(self.part)
        sheets = self._child("sheets")
        numbers = [int(element.get("sheetId", "0")) for element in self._elements()]
        relation = self.package.relate(self.part, f"{self.dialect.office}/worksheet", part)
        element = etree.Element(self.dialect.tag("sheet"), name=name, sheetId=str(max(numbers, default=0) + 1))
        element.set(self.dialect.relation_id, relation)
        sheets.insert(0, element)
        for defined in root.iter(self.dialect.tag("definedName")):
            if defined.get("localSheetId") is not None:
                defined.set("localSheetId", str(int(defined.get("localSheetId", "0")) + 1))
        self._open_first()

    def remove(self, entry: SheetEntry) -> None:
        """Take the sheet away, with what belongs to it."""
        root = self.package.change(self.part)
        position = [sheet.relation for sheet in self.sheets].index(entry.relation)
        self._child("sheets").remove(self._elements()[position])
        for defined in list(root.iter(self.dialect.tag("definedName"))):
            place = int(defined.get("localSheetId", "-1"))
            if place == position:
                parent = defined.getparent()
                assert parent is not None
                parent.remove(defined)
            elif place > position:
                defined.set("localSheetId", str(place - 1))
        names = root.find(self.dialect.tag("definedNames"))
        if names is not None and not len(names):
            root.remove(names)
        for relation in self.package.relations(entry.part):
            if relation.target is not None and relation.kind in ("comments", "vmlDrawing"):
                self.package.remove(relation.target)
        self.package.unrelate(self.part, entry.relation)
        self.package.remove(entry.part)
        self._open_first()

    def define(self, name: str, text: str, *, is_hidden: bool = False) -> None:
        """A name that belongs to the first sheet, as its print titles."""
        root = self.package.change(self.part)
        names = root.find(self.dialect.tag("definedNames"))
        if names is None:
            before = [number for number, child in enumerate(root, 1) if local(child) in _BEFORE_NAMES]
            names = etree.Element(self.dialect.tag("definedNames"))
            root.insert(max(before), names)
        defined = etree.SubElement(names, self.dialect.tag("definedName"), name=name, localSheetId="0")
        if is_hidden:
            defined.set("hidden", "1")
        defined.text = text

    def free_sheet_name(self, wanted: str) -> str:
        """`wanted`, numbered if a sheet has that name."""
        taken = {entry.name.casefold() for entry in self.sheets}
        names = (wanted, *(f"{wanted} ({number})" for number in range(2, len(taken) + 3)))
        return next(name for name in names if name.casefold() not in taken)

    def _open_first(self) -> None:
        for view in self.root.iter(self.dialect.tag("workbookView")):
            for name in ("activeTab", "firstSheet"):
                if name in view.attrib:
                    del view.attrib[name]

    def _child(self, name: str) -> etree._Element:
        found = self.root.find(self.dialect.tag(name))
        if found is None:
            raise PackageError(f"the workbook has no {name}")
        return found

    def _elements(self) -> list[etree._Element]:
        return self._child("sheets").findall(self.dialect.tag("sheet"))
