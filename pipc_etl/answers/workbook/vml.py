"""The boxes of comments, in the drawing language that spreadsheets still use for them; foreign drawings are text, often not XML at all."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from pipc_etl.answers.workbook.markup import PackageError
from pipc_etl.answers.workbook.places import Cell

_PREFIX = rb"(?:[\w.-]+:)?"
_IDS = re.compile(rb"(<" + _PREFIX + rb"""idmap\b[^>]*?\bdata=["'])([\d,\s]+)(["'])""")
_SHAPE = re.compile(rb"<(" + _PREFIX + rb")shape\s.*?</\1shape>", re.S)
_BOX_TYPE = re.compile(rb"<" + _PREFIX + rb"""shapetype\s[^>]*?\bid=["']_x0000_t202["']""")
_ROOT_TAG = re.compile(rb"<" + _PREFIX + rb"xml[^>]*>")
_NOTE = re.compile(rb"""\bObjectType\s*=\s*["']Note["']""")
_ROW, _COLUMN = (re.compile(rb"<" + _PREFIX + name + rb">\s*(\d+)\s*<") for name in (b"Row", b"Column"))
_SHAPES_PER_BLOCK = 1_000  # an id block holds 1.024
_BOX_WIDTH, _LINE_HEIGHT, _MOST_LINES, _CHARACTERS_PER_LINE = 340, 16, 22, 54
_LAST_COLUMN, _LAST_ROW = 16_383, 1_048_575
_NAMESPACES = {
    "v": "urn:schemas-microsoft-com:vml",
    "o": "urn:schemas-microsoft-com:office:office",
    "x": "urn:schemas-microsoft-com:office:excel",
}
_DECLARED = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in _NAMESPACES.items())
_ROOT = f'<xml {_DECLARED}><o:shapelayout v:ext="edit"><o:idmap v:ext="edit" data="0"/></o:shapelayout></xml>'.encode("ascii")
_TYPE = (
    '<v:shapetype {}id="_x0000_t202" coordsize="21600,21600" o:spt="202" path="m,l,21600r21600,l21600,xe">'
    '<v:stroke joinstyle="miter"/><v:path gradientshapeok="t" o:connecttype="rect"/></v:shapetype>'
)


@dataclass(frozen=True)
class Grid:
    """Sizes of a sheet's columns and rows in pixels, where they are not the usual."""

    columns: Mapping[int, float]
    rows: Mapping[int, float]
    column: int = 64
    row: int = 20

    @classmethod
    def of(cls, widths: Mapping[int, float], heights: Mapping[int, float]) -> Grid:
        """From widths in characters and heights in points."""
        return cls({at: round(width * 7) for at, width in widths.items()}, {at: round(height * 4 / 3) for at, height in heights.items()})


def blocks(drawing: bytes) -> set[int]:
    """The blocks of shape ids that a drawing uses."""
    return {int(number) for match in _IDS.finditer(drawing) for number in match[2].replace(b",", b" ").split()}


def add_boxes(drawing: bytes | None, comments: Mapping[Cell, str], grid: Grid, first_block: int) -> bytes:
    """The drawing with a hidden box for each comment; ids from the blocks `first_block` on, which nobody else may use."""
    whole = drawing or _ROOT
    end, root = whole.rfind(b"</xml>"), _ROOT_TAG.search(whole)
    if end < 0 or root is None:
        raise PackageError("a drawing of comments that cannot be added to")
    # Some programs give the namespaces other prefixes, and not on the root: then ours say what they mean themselves.
    is_declared = all(f'xmlns:{prefix}="{uri}"'.encode() in root[0] for prefix, uri in _NAMESPACES.items())
    declared = "" if is_declared else f"{_DECLARED} "
    kind = "" if _BOX_TYPE.search(whole) else _TYPE.format(declared)
    shapes = kind + "".join(_shapes(comments, grid, first_block, declared))
    used = ",".join(str(first_block + number) for number in range(block_count(len(comments))))
    written = whole[:end] + shapes.encode("ascii") + whole[end:]
    return _IDS.sub(lambda match: match[1] + _joined(match[2], used) + match[3], written, count=1)


def block_count(comments: int) -> int:
    return max(1, math.ceil(comments / _SHAPES_PER_BLOCK))


def remove_boxes(drawing: bytes, cells: Iterable[Cell]) -> bytes:
    """The drawing without the boxes of the comments of these cells."""
    gone = set(cells)

    def keep(match: re.Match[bytes]) -> bytes:
        row, column = _ROW.search(match[0]), _COLUMN.search(match[0])
        is_ours = row is not None and column is not None and (int(row[1]), int(column[1])) in gone
        return b"" if is_ours and _NOTE.search(match[0]) else match[0]

    return _SHAPE.sub(keep, drawing)


def _joined(before: bytes, used: str) -> bytes:
    old = before.strip().decode("ascii")
    return (used if old == "0" else f"{old},{used}").encode("ascii")


def _shapes(comments: Mapping[Cell, str], grid: Grid, first_block: int, declared: str) -> Iterator[str]:
    for number, ((row, column), text) in enumerate(sorted(comments.items())):
        block, place = divmod(number, _SHAPES_PER_BLOCK)
        height = _LINE_HEIGHT * min(_lines(text), _MOST_LINES) + 10
        yield (
            f'<v:shape {declared}id="_x0000_s{(first_block + block) * 1024 + place + 1}" type="#_x0000_t202" '
            f'style="position:absolute;margin-left:60pt;margin-top:2pt;width:{_BOX_WIDTH * 3 // 4}pt;height:{height * 3 // 4}pt;'
            f'z-index:{number + 1};visibility:hidden" fillcolor="#ffffe1" o:insetmode="auto"><v:fill color2="#ffffe1"/>'
            '<v:shadow on="t" color="black" obscured="t"/><v:path o:connecttype="none"/>'
            '<v:textbox style="mso-direction-alt:auto"><div style="text-align:left"></div></v:textbox>'
            f'<x:ClientData ObjectType="Note"><x:MoveWithCells/><x:SizeWithCells/><x:Anchor>{_anchor(row, column, height, grid)}</x:Anchor>'
            f"<x:AutoFill>False</x:AutoFill><x:Row>{row}</x:Row><x:Column>{column}</x:Column></x:ClientData></v:shape>"
        )


def _lines(text: str) -> int:
    return 1 + sum(max(1, math.ceil(len(line) / _CHARACTERS_PER_LINE)) for line in text.split("\n"))


def _anchor(row: int, column: int, height: int, grid: Grid) -> str:
    """Left column and offset, top row and offset, right column and offset, bottom row and offset, in pixels."""
    left, top = min(column + 1, _LAST_COLUMN), max(0, row - 1)
    right, right_rest = _walk(left, 15 + _BOX_WIDTH, grid.columns, grid.column, _LAST_COLUMN)
    bottom, bottom_rest = _walk(top, 4 + height, grid.rows, grid.row, _LAST_ROW)
    return f"{left}, 15, {top}, 4, {right}, {right_rest}, {bottom}, {bottom_rest}"


def _walk(at: int, pixels: float, sizes: Mapping[int, float], usual: float, last: int) -> tuple[int, int]:
    """The position and the rest, `pixels` further on from the beginning of `at`."""
    while at < last and pixels >= (size := sizes.get(at, usual)):
        pixels -= size
        at += 1
    return at, round(pixels)
