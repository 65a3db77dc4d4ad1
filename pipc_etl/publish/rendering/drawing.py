"""What a chart is drawn with: bars, lines, points and labels at their places, in pixels from the upper left corner."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass, field
from typing import Final, Literal

from pipc_etl.publish.rendering.palette import INK

SIZE: Final = 14.0
LINE: Final = 18.0
# The width of a letter in parts of its size, on the safe side for the faces that a reader may have.
_LETTER: Final = 0.55


def text_width(text: str) -> float:
    """About how many pixels `text` takes; never less than it does."""
    return len(text) * SIZE * _LETTER


def wrapped(text: str, width: float) -> list[str]:
    """`text` in lines that fit into `width` pixels."""
    return textwrap.wrap(text, max(int(width / (SIZE * _LETTER)), 8)) or [""]


@dataclass(frozen=True)
class Bar:
    x: float
    y: float
    width: float
    height: float
    color: str


@dataclass(frozen=True)
class Stroke:
    x1: float
    y1: float
    x2: float
    y2: float
    color: str
    thickness: float = 1.0
    is_dashed: bool = False


@dataclass(frozen=True)
class Point:
    x: float
    y: float
    color: str


@dataclass(frozen=True)
class Label:
    """`x`, `y` is the base line's left end, middle or right end; a `halo` keeps it readable over a line."""

    x: float
    y: float
    text: str
    anchor: Literal["start", "middle", "end"] = "start"
    color: str = INK
    weight: int = 400
    halo: str = ""


@dataclass
class Drawing:
    """A sheet `width` wide that grows downwards: `y` is where the next row begins, and the height at the end."""

    width: int
    y: float = 0.0
    bars: list[Bar] = field(default_factory=list)
    strokes: list[Stroke] = field(default_factory=list)
    points: list[Point] = field(default_factory=list)
    labels: list[Label] = field(default_factory=list)

    def down(self, pixels: float) -> None:
        self.y += pixels

    def point(self, x: float, y: float, color: str) -> None:
        self.points.append(Point(x, y, color))

    def add(self, mark: Bar | Stroke | Label) -> None:
        match mark:
            case Bar():
                self.bars.append(mark)
            case Stroke():
                self.strokes.append(mark)
            case Label():
                self.labels.append(mark)
