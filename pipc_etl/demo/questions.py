"""Questions of citizens that follow a pattern, from their compact description."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from pipc_etl.errors import ContractError

Row = dict[str, object]


def questions(spec: Mapping[str, Any]) -> list[Row]:
    """The questions of each window, two minutes apart: the first `live` of them answered during the event, the rest in writing."""
    rows: list[Row] = []
    for window in spec["windows"]:
        total, live, day = int(window["questions"]), int(window["live"]), window["day"]
        if live > total or not isinstance(day, date):
            raise ContractError(f"{window['session_code']}: {live} of {total} questions answered live on {day}")
        start = datetime.combine(day, time.fromisoformat(window["start"]))
        for number in range(1, total + 1):
            topic = window["topics"][number % len(window["topics"])]
            is_live = number <= live
            rows.append(
                {
                    **spec["common"],
                    **({} if is_live else spec["written"]),
                    "question_code": spec["question_code"].format(session=window["session_code"], number=number),
                    "session_code": window["session_code"],
                    "received_on": day,
                    "received_time": (start + timedelta(minutes=2 * number)).time(),
                    "topic": topic[:1].upper() + topic[1:],
                    "question_text": spec["texts"][number % len(spec["texts"])].format(topic=topic),
                    "assigned_to": window["assigned_to"],
                    "answered_live": is_live,
                }
            )
    return rows
