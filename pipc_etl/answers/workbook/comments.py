"""Comments on cells: ours beside or below those that the sheet has, and ours taken away again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from lxml import etree

from pipc_etl.answers.workbook import vml
from pipc_etl.answers.workbook.marks import COMMENT_MARK
from pipc_etl.answers.workbook.markup import XML_SPACE, Dialect, PackageError, cell_text, dialect_of, serialise
from pipc_etl.answers.workbook.package import Package
from pipc_etl.answers.workbook.places import Cell, address, boxes
from pipc_etl.answers.workbook.sheet import Sheet

AUTHOR = "PIPC"
_CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.comments+xml"
_DRAWING_TYPE = "application/vnd.openxmlformats-officedocument.vmlDrawing"
_THREADED = "tc="  # the author of what stands for a conversation in programs that know none


def annotate(package: Package, part: str, sheet: Sheet, comments: Mapping[Cell, str]) -> int:
    """Put `comments` on the cells of the worksheet `part`; how many could be.

    A comment that the sender wrote on the same cell stays, ours below it. A cell with a conversation keeps that alone: a cell
    has one or the other.
    """
    name = package.related(part, "comments") or _new_comments(package, part, sheet.dialect)
    root = package.change(name)
    dialect = dialect_of(root)
    author, listed = _author(root, dialect), _child(root, dialect, "commentList")
    existing = {comment.get("ref", "").replace("$", ""): comment for comment in listed.findall(dialect.tag("comment"))}
    authors = [element.text or "" for element in root.iter(dialect.tag("author"))]
    boxed: dict[Cell, str] = {}
    written = 0
    for cell, text in sorted(comments.items()):
        at = address(*cell)
        if at not in existing:
            listed.append(_comment(at, author, text, dialect))
            boxed[cell] = text
        elif _writer(existing[at], authors).startswith(_THREADED):
            continue
        else:
            _extend(existing[at], text, dialect)
        written += 1
    if boxed:
        _draw(package, part, sheet, boxed)
    return written


def withdraw(package: Package, part: str) -> bool:
    """Take our comments away from the worksheet `part`; whether there were any."""
    name = package.related(part, "comments")
    if name is None or COMMENT_MARK.encode() not in package.read(name):
        return False
    root = package.change(name)
    dialect = dialect_of(root)
    listed = _child(root, dialect, "commentList")
    gone: list[Cell] = []
    for comment in listed.findall(dialect.tag("comment")):
        place = _cut(comment, dialect)
        if place == 0:
            listed.remove(comment)
            gone.extend(box.first for box in boxes(comment.get("ref")))
    for relation in package.relations(part):
        if gone and relation.kind == "vmlDrawing" and relation.target is not None and package.has(relation.target):
            package.put(relation.target, vml.remove_boxes(package.read(relation.target), gone))
    return True


def _new_comments(package: Package, part: str, dialect: Dialect) -> str:
    name = package.free_name("xl/comments{}.xml")
    root = etree.fromstring(f'<comments xmlns="{dialect.main}"><authors/><commentList/></comments>')
    package.put(name, serialise(root))
    package.set_content_type(name, _CONTENT_TYPE)
    package.relate(part, f"{dialect.office}/comments", name)
    return name


def _child(root: etree._Element, dialect: Dialect, name: str) -> etree._Element:
    found = root.find(dialect.tag(name))
    if found is None:
        raise PackageError(f"comments without {name}")
    return found


def _author(root: etree._Element, dialect: Dialect) -> str:
    """The number of our name among the authors."""
    authors = _child(root, dialect, "authors")
    for number, element in enumerate(authors):
        if element.text == AUTHOR:
            return str(number)
    etree.SubElement(authors, dialect.tag("author")).text = AUTHOR
    return str(len(authors) - 1)


def _writer(comment: etree._Element, authors: list[str]) -> str:
    number = int(comment.get("authorId", "0"))
    return authors[number] if number < len(authors) else ""


def _comment(at: str, author: str, text: str, dialect: Dialect) -> etree._Element:
    comment = etree.Element(dialect.tag("comment"), ref=at, authorId=author, shapeId="0")
    inside = etree.SubElement(comment, dialect.tag("text"))
    inside.extend(_runs(text, "", dialect))
    return comment


def _extend(comment: etree._Element, text: str, dialect: Dialect) -> None:
    inside = comment.find(dialect.tag("text"))
    if inside is None:
        inside = etree.SubElement(comment, dialect.tag("text"))
    plain = inside.find(dialect.tag("t"))
    if plain is not None:
        # A text is one plain text or runs, never both.
        run = etree.Element(dialect.tag("r"))
        inside.replace(plain, run)
        run.append(plain)
        plain.set(XML_SPACE, "preserve")
    last = inside.findall(dialect.tag("r"))
    place = list(inside).index(last[-1]) + 1 if last else 0
    for number, run in enumerate(_runs(text, "\n\n" if last else "", dialect)):
        inside.insert(place + number, run)


def _runs(text: str, before: str, dialect: Dialect) -> Iterator[etree._Element]:
    """The mark in bold, then the text."""
    for is_bold, part in ((True, f"{before}{COMMENT_MARK}\n"), (False, text)):
        run = etree.Element(dialect.tag("r"))
        look = etree.SubElement(run, dialect.tag("rPr"))
        if is_bold:
            etree.SubElement(look, dialect.tag("b"))
        etree.SubElement(look, dialect.tag("sz"), val="9")
        etree.SubElement(look, dialect.tag("color"), indexed="81")
        etree.SubElement(look, dialect.tag("rFont"), val="Tahoma")
        etree.SubElement(look, dialect.tag("family"), val="2")
        inside = etree.SubElement(run, dialect.tag("t"))
        inside.text = cell_text(part)
        inside.set(XML_SPACE, "preserve")
        yield run


def _cut(comment: etree._Element, dialect: Dialect) -> int | None:
    """Remove our words from the comment; where they began (0: nothing else was in it), None if there were none."""
    texts = list(comment.iter(dialect.tag("t")))
    whole = "".join(element.text or "" for element in texts)
    found = whole.find(COMMENT_MARK)
    if found < 0:
        return None
    kept = len(whole[:found].rstrip())
    for element in texts:
        text = element.text or ""
        element.text, kept = text[:kept], max(0, kept - len(text))
        if not element.text:
            _discard(element, dialect)
    return len(whole[:found].rstrip())


def _discard(text: etree._Element, dialect: Dialect) -> None:
    """Remove an empty text, with the run that it was all of."""
    run = text.getparent()
    assert run is not None
    gone = run if run.tag == dialect.tag("r") else text
    parent = gone.getparent()
    assert parent is not None
    parent.remove(gone)


def _draw(package: Package, part: str, sheet: Sheet, comments: Mapping[Cell, str]) -> None:
    """The boxes of new comments, in the sheet's drawing of comments or in a new one."""
    targets = {relation.id: relation.target for relation in package.relations(part)}
    name = targets.get(sheet.drawing or "")
    drawings = [package.read(other) for other in package.names() if other.lower().endswith(".vml")]
    first_block = max((number for drawing in drawings for number in vml.blocks(drawing)), default=0) + 1
    before = package.read(name) if name is not None and package.has(name) else None
    drawn = vml.add_boxes(before, comments, vml.Grid.of(sheet.columns(), sheet.heights()), first_block)
    if name is None or before is None:
        name = package.free_name("xl/drawings/vmlDrawing{}.vml")
        package.set_default_type("vml", _DRAWING_TYPE)
        sheet.drawing = package.relate(part, f"{sheet.dialect.office}/vmlDrawing", name)
    package.put(name, drawn)
