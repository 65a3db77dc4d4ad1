"""What was edited in the browser, written back to the files: a file changes where, and only where, its content did."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipc_etl.dashboards.access import OWNER
from pipc_etl.dashboards.assets import Assets
from pipc_etl.dashboards.compilation import compile_assets
from pipc_etl.dashboards.layout import read_position
from pipc_etl.dashboards.loading import read_yaml
from pipc_etl.dashboards.patch import patched
from pipc_etl.dashboards.push import check, run_program
from pipc_etl.settings import Settings
from pipc_etl.warehouse.engine import warehouse_url

# Form data that Superset adds by itself.
_MADE = {"datasource", "viz_type", "slice_id", "dashboards", "annotation_layers"}


def pull(settings: Settings) -> list[Path]:
    """Write the edits of what the files already hold; returns the files that changed. What has no file yet is left alone."""
    prepared = check(settings)
    assets = prepared.assets
    stems = {chart.uuid: chart.stem for chart in assets.charts.values()}
    addresses = {role: warehouse_url(settings, role) for role in ("dashboard", "analyst")}
    pushed = compile_assets(assets, prepared.facts, addresses)
    found = run_program(settings, "pull", {"owner": OWNER})
    how_to_read: dict[str, str] = {}
    edits: dict[Path, dict[str, Any]] = {}
    for live in found["dashboards"]:
        dashboard = next((each for each in assets.dashboards.values() if each.uuid == live["uuid"]), None)
        if dashboard:
            sent = pushed[f"dashboards/{dashboard.slug}.yaml"]
            edits[dashboard.path] = _dashboard(read_yaml(dashboard.path), sent, live, stems)
            how_to_read |= read_position(live["position"], stems.__getitem__).how_to_read
    for live in found["charts"]:
        if stem := stems.get(live["uuid"]):
            edits[assets.charts[stem].path] = _chart(assets, stem, pushed[f"charts/{stem}.yaml"], live, how_to_read)
    for live in found["datasets"]:
        dataset = assets.datasets.get(live["table_name"])
        if dataset:
            edits[dataset.path] = _dataset(read_yaml(dataset.path), live)
    return [path for path, wanted in edits.items() if _write(path, wanted)]


def _write(path: Path, wanted: dict[str, Any]) -> bool:
    before = path.read_text(encoding="utf-8")
    after = patched(before, wanted)
    if after == before:
        return False
    path.write_text(after, encoding="utf-8")
    return True


def _dashboard(given: dict[str, Any], sent: dict[str, Any], live: dict[str, Any], stems: Mapping[str, str]) -> dict[str, Any]:
    wanted = copy.deepcopy(given)
    for key, theirs in (("title", "dashboard_title"), ("slug", "slug"), ("description", "description")):
        if live[theirs] != sent[theirs]:
            wanted[key] = live[theirs]
    if sorted(given.get("roles", [])) != (roles := [role for role in live["roles"] if role != "Public"]):
        wanted["roles"] = roles
    if (live["metadata"] or {}).get("cross_filters_enabled", True) != given.get("cross_filters", True):
        wanted["cross_filters"] = live["metadata"]["cross_filters_enabled"]
    before, now = (read_position(each["position"], lambda uuid: stems.get(uuid, uuid)).tabs for each in (sent, live))
    if now != before:
        tabs = [{"title": tab["title"], "rows": tab["rows"]} for tab in now]
        _keep_omissions(given, before, tabs)
        if "rows" in given and len(tabs) == 1:
            wanted["rows"] = tabs[0]["rows"]
        else:
            wanted.pop("rows", None)
            wanted["tabs"] = tabs
    return wanted


def _keep_omissions(given: dict[str, Any], before: list[Any], now: list[Any]) -> None:
    """What the file leaves out stays out where Superset still holds what was made of it: heights, widths in columns."""
    written = given.get("tabs") or [{"rows": given["rows"]}]
    for tab_given, tab_before, tab_now in zip(written, before, now, strict=False):
        for row_given, row_before, row_now in zip(tab_given["rows"], tab_before["rows"], tab_now["rows"], strict=False):
            for index, (item_given, item_before) in enumerate(zip(row_given, row_before, strict=False)):
                if index < len(row_now):
                    row_now[index] = _item(item_given, item_before, row_now[index])


def _item(given: dict[str, Any], before: dict[str, Any], now: dict[str, Any]) -> dict[str, Any]:
    if now == before:
        return given
    if "column" in given and "column" in now and len(given["column"]) == len(now["column"]):
        column = [_item(*each) for each in zip(given["column"], before["column"], now["column"], strict=True)]
        return {**now, "column": column}
    return {key: value for key, value in now.items() if key in given or before.get(key) != value}


def _chart(assets: Assets, stem: str, sent: dict[str, Any], live: dict[str, Any], how_to_read: Mapping[str, str]) -> dict[str, Any]:
    wanted: dict[str, Any] = copy.deepcopy(read_yaml(assets.charts[stem].path))
    for key, theirs in (
        ("title", "slice_name"),
        ("description", "description"),
        ("cache_timeout", "cache_timeout"),
        ("viz_type", "viz_type"),
    ):
        if live.get(theirs) != sent.get(theirs):
            wanted[key] = live[theirs]
    written = assets.charts[stem].how_to_read.strip()
    if how_to_read.get(stem, written) != written:
        wanted["how_to_read"] = how_to_read[stem]
    before, now = ({key: value for key, value in each["params"].items() if key not in _MADE} for each in (sent, live))
    for key in [*now, *before]:
        if key not in now:
            wanted["params"].pop(key, None)
        elif now[key] != before.get(key):
            wanted["params"][key] = now[key]
    return wanted


def _dataset(given: dict[str, Any], live: dict[str, Any]) -> dict[str, Any]:
    wanted = copy.deepcopy(given)
    known = {metric["name"]: metric for metric in wanted.get("metrics", [])}
    for metric in live["metrics"]:
        found = {
            "label": metric["verbose_name"],
            "sql": metric["expression"],
            "format": metric["d3format"],
            "description": metric["description"],
        }
        if metric["metric_name"] in known:
            mine = known[metric["metric_name"]]
            mine |= {key: value for key, value in found.items() if mine.get(key) != value}
        else:
            new = {"name": metric["metric_name"], **{key: value for key, value in found.items() if value is not None}}
            wanted.setdefault("metrics", []).append(new)
    live_names = {metric["metric_name"] for metric in live["metrics"]}
    if "metrics" in wanted:
        wanted["metrics"] = [metric for metric in wanted["metrics"] if metric["name"] in live_names]
    return wanted
