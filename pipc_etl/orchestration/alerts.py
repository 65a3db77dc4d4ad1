"""The one callback that every DAG calls when a run fails: who is on call hears of it once, and of its end once."""

from __future__ import annotations

import logging
import re
from datetime import UTC, datetime
from typing import Any

from pipc_etl.errors import PipcError
from pipc_etl.health.alarms import observe, record, recorded
from pipc_etl.health.check import Check
from pipc_etl.health.delivery import ways
from pipc_etl.health.runs import run_check
from pipc_etl.orchestration.airflow_environment import people_address
from pipc_etl.settings import Settings, load_settings

logger = logging.getLogger(__name__)
_MOST_LETTERS = 1500
_NUMBER = re.compile(r"submission (\d+)")


def note_failed_task(context: dict[str, Any]) -> None:
    """Keeps why a task failed for good (after its last retry), beside which the run's alarm is written."""
    task = context.get("ti")
    reason = safe_reason(context.get("exception"))
    record(
        load_settings(),
        {
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            "event": "task_failed",
            "dag": getattr(task, "dag_id", None),
            "run": getattr(task, "run_id", None),
            "task": getattr(task, "task_id", None),
            "map_index": getattr(task, "map_index", -1),
            "reason": reason,
            "submissions": ", ".join(_NUMBER.findall(reason)),
            "log": getattr(task, "log_url", None),
        },
    )


def alert_operators(context: dict[str, Any]) -> None:
    """Tells PIPC_ALERT_TO and PIPC_ALERT_WEBHOOK that a run failed: what, where, the log, the runbook; a line of `logs/alerts.jsonl` too.

    What cannot be sent is said there and in the log; the run has failed all the same.
    """
    settings, check = load_settings(), failed_run(load_settings(), context)
    logger.error("DAG run failed: %s", dict(check.details))
    observe(settings, [check], grace_seconds=0, is_event=True)


def close_alarm(context: dict[str, Any]) -> None:
    """The end of the alarm of a DAG whose run has succeeded; nothing where there was none."""
    observe(load_settings(), [Check("run", "ok", "succeeded", subject=_dag_id(context))])


def callbacks() -> dict[str, Any]:
    """What a DAG calls: a success is heard only where somebody was told of failures, since every call costs the dag-processor a process."""
    is_told = bool(ways(load_settings()))
    return {"on_failure_callback": alert_operators} | ({"on_success_callback": close_alarm} if is_told else {})


def failed_run(settings: Settings, context: dict[str, Any]) -> Check:
    """The check of the failed run, with what its first failed task wrote down."""
    dag_id, run_id = _dag_id(context), str(context.get("run_id") or getattr(context.get("dag_run"), "run_id", ""))
    failures = [line for line in recorded(settings, event="task_failed", dag=dag_id, run=run_id) if line.get("task")]
    last = context.get("ti")
    task = (str(last.task_id), int(getattr(last, "map_index", -1))) if last is not None else None
    reason, log, submissions = str(context.get("reason") or ""), str(getattr(last, "log_url", "")), ""
    if failures:
        task = (str(failures[0]["task"]), int(failures[0]["map_index"]))
        reason, log = str(failures[0]["reason"]), str(failures[0]["log"] or "")
        submissions = ", ".join(dict.fromkeys(filter(None, (line["submissions"] for line in failures))))
    return run_check(people_address(settings), dag_id, run_id, task, reason=reason, log=log, submissions=submissions)


def safe_reason(error: object) -> str:
    """What may leave the house of an error: our own words as they are; of others, which may quote rows, only their kind and our line."""
    from airflow.sdk.exceptions import AirflowException

    if not isinstance(error, BaseException):
        return str(error or "")[:_MOST_LETTERS]
    if isinstance(error, (PipcError, AirflowException)):
        return str(error)[:_MOST_LETTERS]
    places = []
    trace = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        if "/pipc_etl/" in code.co_filename or "/dags/" in code.co_filename:
            places.append(f"{code.co_filename.rpartition('/')[2]}:{trace.tb_lineno}")
        trace = trace.tb_next
    return type(error).__name__ + (f" ({places[-1]})" if places else "")


def _dag_id(context: dict[str, Any]) -> str:
    return str(getattr(context.get("dag"), "dag_id", ""))
