"""The one callback that every DAG calls when a run fails."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from typing import Any

from pipc_etl.settings import load_settings

logger = logging.getLogger(__name__)


def alert_operators(context: dict[str, Any]) -> None:
    """Writes the failed run to `logs/alerts.jsonl` (one JSON object a line) and to the log."""
    run = context.get("dag_run")
    alert = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "dag": getattr(context.get("dag"), "dag_id", None),
        "run": getattr(run, "run_id", None),
        "reason": str(context.get("reason") or context.get("exception") or ""),
    }
    logger.error("DAG run failed: %s", alert)
    path = load_settings().logs / "alerts.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(alert, ensure_ascii=False) + "\n")
