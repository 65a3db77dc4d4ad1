"""The structure tree of a tagged PDF."""

from __future__ import annotations

from collections.abc import Iterator

import pikepdf


def elements(node: pikepdf.Object) -> Iterator[pikepdf.Dictionary]:
    """Every element of the structure tree below `node`, in reading order."""
    if isinstance(node, pikepdf.Array):
        for each in node:
            yield from elements(each)
    elif isinstance(node, pikepdf.Dictionary):
        if "/S" in node:
            yield node
        if "/K" in node:
            yield from elements(node.K)


def tags(pdf: pikepdf.Pdf) -> list[pikepdf.Dictionary]:
    return list(elements(pdf.Root.StructTreeRoot.K))


def kinds(pdf: pikepdf.Pdf, name: str) -> list[pikepdf.Dictionary]:
    return [each for each in tags(pdf) if str(each.S) == name]


def headings(pdf: pikepdf.Pdf) -> list[int]:
    """The levels of the headings, in reading order."""
    return [int(str(each.S)[2:]) for each in tags(pdf) if str(each.S) in {"/H1", "/H2", "/H3", "/H4"}]


def alternatives(pdf: pikepdf.Pdf) -> list[str]:
    """What each picture says in words."""
    return [str(each.Alt) for each in kinds(pdf, "/Figure")]
