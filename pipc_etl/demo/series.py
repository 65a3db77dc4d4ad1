"""Sessions, commitments and evaluations that follow a pattern, from their compact descriptions."""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from itertools import cycle
from typing import Any

from pipc_etl.errors import ContractError

Row = dict[str, object]


def session_series(spec: Mapping[str, Any]) -> list[Row]:
    """The sessions of a series: every instance on each of its dates, minus what is marked otherwise, and the rows given one by one."""
    rows: list[Row] = []
    exceptions = {item["session_code"]: item["set"] for item in spec.get("exceptions", ())}
    for instance in spec["instances"]:
        for month in spec["months"]:
            year, number = (int(part) for part in month.split("-"))
            code = spec["session_code"].format(instance=instance["code"], month=number)
            rows.append(
                {
                    **spec["common"],
                    "session_code": code,
                    "title": spec["title"].format(instance=instance["name"]),
                    "instance_code": instance["code"],
                    "instance_name": instance["name"],
                    "locality_code": instance.get("locality"),
                    "session_on": date(year, number, int(instance["day"])),
                    **exceptions.pop(code, {}),
                }
            )
    if exceptions:
        raise ContractError(f"exceptions for sessions that do not exist: {', '.join(exceptions)}")
    return rows + [dict(row) for row in spec.get("rows", ())]


def commitments(spec: Mapping[str, Any]) -> list[Row]:
    """The commitments acquired in each month, by charge and status at the month's cut-off, spread over instances and days."""
    instances, texts = cycle(spec["instances"]), cycle(spec["texts"])
    rows: list[Row] = []
    for month in spec["months"]:
        year, number = (int(part) for part in month["month"].split("-"))
        cutoff: date = month["status_cutoff"]
        statuses = [(True, status, count) for status, count in month["in_charge"].items()]
        statuses += [(False, status, count) for status, count in month["not_in_charge"].items()]
        first = len(rows)
        for in_charge, status, count in statuses:
            for _ in range(count):
                order = len(rows) - first + 1
                rows.append(_commitment(spec, next(instances), next(texts), date(year, number, 1 + order % 27), order, in_charge, status))
                rows[-1] |= {"_part": str(cutoff), "status_cutoff": cutoff, "commitment_code": f"C-{year}-{number:02d}-{order:03d}"}
        for row in rows[len(rows) - month["untransferred"] :]:
            row["transferred_to"] = None
    return rows


def _commitment(
    spec: Mapping[str, Any], instance: Mapping[str, Any], text: str, acquired: date, order: int, in_charge: bool, status: str
) -> Row:
    closed = status == "fulfilled"
    # What is overdue was due soon; the rest is due after every cut-off of the file.
    due = acquired + timedelta(days=20 if status == "overdue" else 180)
    others = spec["other_entities"]
    return {
        **spec["common"],
        "acquired_on": acquired,
        "instance_code": instance["code"],
        "instance_name": instance["name"],
        "locality_code": instance.get("locality"),
        "description": text.format(instance=instance["name"]),
        "in_charge": in_charge,
        "responsible_entity": spec["own_entity"] if in_charge else others[order % len(others)],
        "transferred_to": None if in_charge else others[order % len(others)],
        "due_on": due,
        "status": status,
        "progress_pct": {"fulfilled": "100", "in_progress": "50", "partially_fulfilled": "70"}.get(status, "0"),
        "evidence": f"Acta {order}" if closed else None,
    }


def evaluation_answers(spec: Mapping[str, Any]) -> list[Row]:
    """The answers to an evaluation form: `ratings` says how many gave each score, `texts` what was liked and can be improved."""
    chance = random.Random(int(spec["seed"]))
    rows: list[Row] = []
    for window in spec["windows"]:
        total = int(window["responses"])
        start = datetime.combine(window["day"], time.fromisoformat(window["start"]))
        sent = sorted(start + timedelta(seconds=chance.randrange(3600)) for _ in range(total))
        columns = {name: _spread(name, counts, total, chance) for name, counts in {**window["ratings"], **window["texts"]}.items()}
        for number in range(total):
            rows.append(
                {
                    "_part": window["part"],
                    "_exported_on": window["day"],
                    "response_id": number + 1,
                    "started_at": sent[number] - timedelta(seconds=90),
                    "submitted_at": sent[number],
                    "session_code": window["session_code"],
                    "event_title": window["event_title"],
                    **{name: values[number] for name, values in columns.items()},
                }
            )
    return rows


def _spread(name: str, counts: Mapping[Any, int], total: int, chance: random.Random) -> list[object]:
    values: list[object] = [value for value, count in counts.items() for _ in range(count)]
    if len(values) > total:
        raise ContractError(f"{name}: {len(values)} values for {total} answers")
    values += [None] * (total - len(values))
    chance.shuffle(values)
    return values
