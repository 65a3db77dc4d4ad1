"""A dashboard's tree of tabs, rows and items as Superset's position JSON, and back, losing nothing."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pipc_etl.dashboards.assets import Assets, Dashboard, Item, Tab

Position = dict[str, Any]
_TRANSPARENT = {"background": "BACKGROUND_TRANSPARENT"}
# Superset counts heights in steps of 8 pixels; about this many characters of a note fit in one of the twelve columns.
_CHARACTERS_PER_COLUMN = 17
_NOTE_LINE_HEIGHT, _NOTE_MARGIN = 2.3, 1
_NOTICE = "-aviso"
_NOTE = re.compile(r"\A\*\*Cómo leer:\*\* (?P<how>.*?)\n\n\*Fuente: `(?P<mart>\w+)`(?: · Corte [^*]*)?\*\s*\Z", re.DOTALL)


@dataclass(frozen=True)
class Note:
    """The line under a chart."""

    how_to_read: str
    mart: str

    def render(self, cutoff: str | None) -> str:
        until = f" · Corte con los filtros iniciales: {cutoff}" if cutoff else ""
        return f"**Cómo leer:** {self.how_to_read.strip()}\n\n*Fuente: `{self.mart}`{until}*"


def parse_note(code: str) -> Note | None:
    """The note that `render` made, perhaps edited since; None for any other text."""
    found = _NOTE.match(code)
    return Note(found["how"], found["mart"]) if found else None


def position(
    dashboard: Dashboard, assets: Assets, chart_ids: Mapping[str, int], cutoffs: Mapping[str, str], notice: str | None = None
) -> Position:
    """The position JSON; identities come from the place in the tree, so that the same tree always gives the same text.

    `notice` stands at the top of every tab and belongs to no file: `read_position` leaves it out.
    """
    nodes: Position = {
        "DASHBOARD_VERSION_KEY": "v2",
        "ROOT_ID": {"type": "ROOT", "id": "ROOT_ID", "children": ["GRID_ID"]},
        "GRID_ID": {"type": "GRID", "id": "GRID_ID", "children": [], "parents": ["ROOT_ID"]},
        "HEADER_ID": {"type": "HEADER", "id": "HEADER_ID", "meta": {"text": dashboard.title}},
    }
    writer = _Writer(nodes, assets, chart_ids, cutoffs, notice)
    if len(dashboard.tabs) == 1 and not dashboard.tabs[0].title:
        writer.rows(dashboard.tabs[0], "1", "GRID_ID")
        return nodes
    nodes["ROOT_ID"]["children"] = ["TABS-1"]
    nodes["TABS-1"] = {"type": "TABS", "id": "TABS-1", "children": [], "meta": {}, "parents": ["ROOT_ID"]}
    for number, tab in enumerate(dashboard.tabs, 1):
        texts = {"text": tab.title, "defaultText": "Tab title", "placeholder": "Tab title"}
        writer.rows(tab, str(number), writer.node("TAB", str(number), "TABS-1", texts))
    return nodes


class _Writer:
    def __init__(
        self, nodes: Position, assets: Assets, chart_ids: Mapping[str, int], cutoffs: Mapping[str, str], notice: str | None
    ) -> None:
        self.nodes, self.assets, self.chart_ids, self.cutoffs, self.notice = nodes, assets, chart_ids, cutoffs, notice

    def node(self, kind: str, place: str, parent: str, meta: dict[str, Any]) -> str:
        name = f"{kind}-{place}"
        parents = [*self.nodes[parent].get("parents", []), parent]
        self.nodes[name] = {"type": kind, "id": name, "children": [], "meta": meta, "parents": parents}
        self.nodes[parent]["children"].append(name)
        return name

    def rows(self, tab: Tab, place: str, parent: str) -> None:
        if self.notice:
            row = self.node("ROW", f"{place}{_NOTICE}", parent, dict(_TRANSPARENT))
            self.node("MARKDOWN", f"{place}{_NOTICE}", row, {"code": self.notice, "width": 12, "height": note_height(self.notice, 12)})
        for number, items in enumerate(tab.rows, 1):
            row = self.node("ROW", f"{place}-{number}", parent, dict(_TRANSPARENT))
            for cell, item in enumerate(items, 1):
                self.item(item, f"{place}-{number}-{cell}", row)

    def item(self, item: Item, place: str, row: str) -> None:
        if item.text is not None:
            self.text(item, place, row)
            return
        column = self.node("COLUMN", place, row, {**_TRANSPARENT, "width": item.width})
        for number, each in enumerate(item.column or (item,), 1):
            if each.text is not None:
                self.text(each, f"{place}-{number}", column)
            else:
                self.chart(each, f"{place}-{number}", column)

    def text(self, item: Item, place: str, parent: str) -> None:
        self.node("MARKDOWN", place, parent, {"code": item.text, "width": item.width, "height": item.height})

    def chart(self, item: Item, place: str, parent: str) -> None:
        chart = self.assets.charts[str(item.chart)]
        identity = {"chartId": self.chart_ids[chart.stem], "uuid": chart.uuid, "sliceName": chart.title}
        self.node("CHART", place, parent, {**identity, "width": item.width, "height": item.height})
        code = Note(chart.how_to_read, chart.dataset).render(self.cutoffs.get(chart.stem))
        self.node("MARKDOWN", f"{place}-nota", parent, {"code": code, "width": item.width, "height": note_height(code, item.width)})


def note_height(code: str, width: int) -> int:
    """How high a note must be to show whole at a usual window."""
    lines = sum(math.ceil(len(line) / (width * _CHARACTERS_PER_COLUMN)) for line in code.split("\n") if line)
    return _NOTE_MARGIN + math.ceil(lines * _NOTE_LINE_HEIGHT)


@dataclass(frozen=True)
class ReadLayout:
    """What the position JSON says: the tabs in the files' own form, and what the notes under the charts read now."""

    tabs: list[dict[str, Any]]
    how_to_read: dict[str, str]


def read_position(nodes: Position, stem_of: Callable[[str], str]) -> ReadLayout:
    """The tree again; `stem_of` gives the file's name of a chart's uuid."""
    reader = _Reader(nodes, stem_of)
    top = nodes[nodes["ROOT_ID"]["children"][0]]
    if top["type"] == "TABS":
        tabs = [{"title": nodes[tab]["meta"]["text"], "rows": reader.rows(nodes[tab])} for tab in top["children"]]
    else:
        tabs = [{"title": "", "rows": reader.rows(top)}]
    return ReadLayout(tabs, reader.how_to_read)


class _Reader:
    def __init__(self, nodes: Position, stem_of: Callable[[str], str]) -> None:
        self.nodes, self.stem_of = nodes, stem_of
        self.how_to_read: dict[str, str] = {}

    def rows(self, parent: dict[str, Any]) -> list[list[dict[str, Any]]]:
        return [self.row(self.nodes[name]) for name in parent["children"] if not name.endswith(_NOTICE)]

    def row(self, node: dict[str, Any]) -> list[dict[str, Any]]:
        # What somebody dropped outside a row stands in one of its own.
        children = [self.nodes[name] for name in node["children"]] if node["type"] == "ROW" else [node]
        return [self.cell(child) for child in children]

    def cell(self, node: dict[str, Any]) -> dict[str, Any]:
        width = int(node.get("meta", {}).get("width", 12))
        if node["type"] != "COLUMN":
            return {**self.leaf(node), "width": width}
        items: list[dict[str, Any]] = []
        for child in (self.nodes[name] for name in node["children"]):
            note = parse_note(child["meta"]["code"]) if child["type"] == "MARKDOWN" else None
            if note and items and "chart" in items[-1]:
                self.how_to_read[items[-1]["chart"]] = note.how_to_read
            else:
                items.append(self.leaf(child))
        return {**items[0], "width": width} if len(items) == 1 else {"column": items, "width": width}

    def leaf(self, node: dict[str, Any]) -> dict[str, Any]:
        meta = node.get("meta", {})
        if node["type"] == "CHART":
            return {"chart": self.stem_of(meta["uuid"]), "height": meta["height"]}
        if node["type"] == "MARKDOWN":
            return {"text": meta["code"], "height": meta["height"]}
        return {"text": meta.get("text") or "---", "height": 4}
