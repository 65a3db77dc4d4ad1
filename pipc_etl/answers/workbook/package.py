"""The parts of an Office Open XML package: what nobody replaces is written again byte for byte."""

from __future__ import annotations

import io
import posixpath
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from lxml import etree

from pipc_etl.answers.workbook.markup import PackageError, parse, serialise

_CONTENT_TYPES = "[Content_Types].xml"
_TYPES = "{http://schemas.openxmlformats.org/package/2006/content-types}"
_RELATIONS = "{http://schemas.openxmlformats.org/package/2006/relationships}"
_FIXED_ZIP_TIME = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Relation:
    """From one part to another; `kind` is the last step of the relation's type, `target` None where it leads out of the package."""

    id: str
    kind: str
    target: str | None


class Package:
    """Parts by name, whatever the case of its letters; trees that were asked for are written back where they are declared changed."""

    def __init__(self, source: Path | bytes) -> None:
        self._zip = ZipFile(io.BytesIO(source) if isinstance(source, bytes) else source)
        self._entries = {info.filename.lower(): info for info in self._zip.infolist() if not info.is_dir()}
        self._new: dict[str, tuple[str, bytes]] = {}
        self._trees: dict[str, etree._Element] = {}
        self._changed: set[str] = set()
        self._relations: dict[str, list[Relation]] = {}

    @property
    def unpacked_bytes(self) -> int:
        return sum(info.file_size for info in self._entries.values())

    def names(self) -> list[str]:
        """The parts, in the order of the file."""
        return [*(info.filename for info in self._entries.values()), *(name for name, _ in self._new.values())]

    def has(self, name: str) -> bool:
        return name.lower() in self._entries or name.lower() in self._new

    def read(self, name: str) -> bytes:
        """The bytes of a part; PackageError if there is none."""
        key = name.lower()
        if key in self._new:
            return self._new[key][1]
        if key not in self._entries:
            raise PackageError(f"the part {name} is missing")
        return self._zip.read(self._entries[key])

    def put(self, name: str, content: bytes) -> None:
        """Replace the part `name`, or add it."""
        self._new[name.lower()] = (name, content)

    def tree(self, name: str) -> etree._Element:
        """The root of the part, always the same object."""
        key = name.lower()
        if key not in self._trees:
            self._trees[key] = parse(self.read(name))
        return self._trees[key]

    def change(self, name: str) -> etree._Element:
        """The root of the part, to be edited and written back."""
        self._changed.add(name.lower())
        return self.tree(name)

    def remove(self, name: str) -> None:
        """Leave the part out, with its relations and its content type."""
        self._relations.pop(name, None)
        for key in (name.lower(), relations_name(name).lower()):
            for parts in (self._entries, self._new, self._trees):
                parts.pop(key, None)
            self._changed.discard(key)
        for override in self.tree(_CONTENT_TYPES).findall(f"{_TYPES}Override"):
            if override.get("PartName", "").lstrip("/").lower() == name.lower():
                self.change(_CONTENT_TYPES).remove(override)

    def free_name(self, pattern: str) -> str:
        """`pattern` with the first number that no part has."""
        return next(name for number in range(1, 1_000_000) if not self.has(name := pattern.format(number)))

    def content_type(self, name: str) -> str:
        """What the package says that the part is."""
        types = self.tree(_CONTENT_TYPES)
        for override in types.findall(f"{_TYPES}Override"):
            if override.get("PartName", "").lstrip("/").lower() == name.lower():
                return override.get("ContentType", "")
        extension = name.rsplit(".", 1)[-1].lower()
        defaults = {default.get("Extension", "").lower(): default.get("ContentType", "") for default in types.findall(f"{_TYPES}Default")}
        return defaults.get(extension, "")

    def set_content_type(self, name: str, content_type: str) -> None:
        """Declare what the part is; of a part whose extension says it already, nothing changes."""
        if self.content_type(name) == content_type:
            return
        types = self.change(_CONTENT_TYPES)
        for override in types.findall(f"{_TYPES}Override"):
            if override.get("PartName", "").lstrip("/").lower() == name.lower():
                override.set("ContentType", content_type)
                return
        etree.SubElement(types, f"{_TYPES}Override", PartName=f"/{name}", ContentType=content_type)

    def set_default_type(self, extension: str, content_type: str) -> None:
        """Declare what parts of this extension are, where the package says nothing of them."""
        types = self.tree(_CONTENT_TYPES)
        if not any(default.get("Extension", "").lower() == extension for default in types.findall(f"{_TYPES}Default")):
            self.change(_CONTENT_TYPES).insert(0, etree.Element(f"{_TYPES}Default", Extension=extension, ContentType=content_type))

    def relations(self, part: str) -> list[Relation]:
        """Where the part (empty: the package) leads."""
        name = relations_name(part)
        if not self.has(name):
            return []
        if part not in self._relations:
            self._relations[part] = [_relation(element, part) for element in self.tree(name).findall(f"{_RELATIONS}Relationship")]
        return self._relations[part]

    def related(self, part: str, kind: str) -> str | None:
        """The first existing part to which `part` has a relation of this kind."""
        found = (relation.target for relation in self.relations(part) if relation.kind == kind)
        return next((target for target in found if target is not None and self.has(target)), None)

    def relate(self, part: str, type_: str, target: str) -> str:
        """Add a relation of the whole type `type_`; its id."""
        name = relations_name(part)
        if not self.has(name):
            self.put(name, serialise(etree.fromstring(f'<Relationships xmlns="{_RELATIONS[1:-1]}"/>')))
            self.set_content_type(name, "application/vnd.openxmlformats-package.relationships+xml")
        taken = {relation.id for relation in self.relations(part)}
        id_ = next(id_ for number in range(1, 1_000_000) if (id_ := f"rId{number}") not in taken)
        root = self.change(name)
        etree.SubElement(root, f"{_RELATIONS}Relationship", Id=id_, Type=type_, Target=f"/{target}")
        self._relations.pop(part, None)
        return id_

    def unrelate(self, part: str, id_: str) -> None:
        """Take the relation away."""
        root = self.change(relations_name(part))
        self._relations.pop(part, None)
        for element in root.findall(f"{_RELATIONS}Relationship"):
            if element.get("Id") == id_:
                root.remove(element)

    def save(self) -> bytes:
        """The package with its changes; the same changes give the same bytes."""
        for key in sorted(self._changed):
            name = self._new[key][0] if key in self._new else self._entries[key].filename
            self._new[key] = (name, serialise(self._trees[key]))
        buffer = io.BytesIO()
        with ZipFile(buffer, "w", ZIP_DEFLATED) as written:
            for info, content in self._contents():
                written.writestr(info, content)
        return buffer.getvalue()

    def _contents(self) -> Iterator[tuple[ZipInfo, bytes]]:
        for key, info in self._entries.items():
            copy = ZipInfo(info.filename, info.date_time)
            copy.compress_type = ZIP_STORED if info.compress_type == ZIP_STORED else ZIP_DEFLATED
            copy.external_attr = info.external_attr
            yield copy, self._new[key][1] if key in self._new else self._zip.read(info)
        for key, (name, content) in self._new.items():
            if key not in self._entries:
                info = ZipInfo(name, _FIXED_ZIP_TIME)
                info.compress_type = ZIP_DEFLATED
                yield info, content


def relations_name(part: str) -> str:
    """The part that has the relations of `part`."""
    folder, name = posixpath.split(part)
    return posixpath.join(folder, "_rels", f"{name}.rels")


def _relation(element: etree._Element, part: str) -> Relation:
    target = element.get("Target", "")
    if element.get("TargetMode") == "External":
        whole = None
    elif target.startswith("/"):
        whole = target.lstrip("/")
    else:
        whole = posixpath.normpath(posixpath.join(posixpath.dirname(part), target))
    return Relation(element.get("Id", ""), element.get("Type", "").rsplit("/", 1)[-1], whole)
