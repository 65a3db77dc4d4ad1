"""The graph that lineage events make: jobs between tables and files."""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path
from typing import Any


def read(path: Path) -> list[dict[str, Any]]:
    """The events of a file, one a line."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def reached(events: list[dict[str, Any]], name: str) -> set[str]:
    """Names of everything that was made, directly or not, of the file or table `name`, by runs that completed."""
    edges = defaultdict(set)
    for event in events:
        if event["eventType"] == "COMPLETE":
            for source in event.get("inputs", ()):
                edges[_full(source)] |= {_full(target) for target in event.get("outputs", ())}
    waiting, found = [full for full in edges if full[1] == name], set()
    while waiting:
        for target in edges.get(waiting.pop(), set()) - found:
            found.add(target)
            waiting.append(target)
    return {target for _, target in found}


def parent_jobs(events: list[dict[str, Any]], job: str) -> set[str]:
    """The jobs whose runs the runs of `job` say that they are a part of."""
    jobs = {event["run"]["runId"]: event["job"]["name"] for event in events}
    runs = [event["run"]["facets"] for event in events if event["job"]["name"] == job]
    return {jobs[facets["parent"]["run"]["runId"]] for facets in runs if "parent" in facets}


def _full(dataset: dict[str, Any]) -> tuple[str, str]:
    return dataset["namespace"], dataset["name"]
