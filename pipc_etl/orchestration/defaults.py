"""What every DAG of the house has: owner, tags, start, retries, pool, runbook and the failure callback."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from pipc_etl.orchestration.alerts import callbacks, note_failed_task

OFFICE_TIMEZONE = "America/Bogota"

# Tasks that write to the warehouse take one of PIPC_WAREHOUSE_SLOTS slots here; `pipc up` and `pipc prepare` make the pool.
WAREHOUSE_POOL = "warehouse"


def dag_defaults(tag: str, *, runbook: str) -> dict[str, Any]:
    """Keyword arguments of `@dag` that all share; `runbook` is Markdown for whoever is on call."""
    return {
        "start_date": datetime(2020, 1, 1, tzinfo=UTC),
        "catchup": False,
        "max_active_runs": 1,
        "tags": ["pipc", tag],
        "doc_md": runbook,
        **callbacks(),
        "default_args": {
            "owner": "participacion",
            "pool": WAREHOUSE_POOL,
            "retries": 2,
            "retry_delay": timedelta(seconds=30),
            "execution_timeout": timedelta(hours=1),
            "on_failure_callback": note_failed_task,
        },
    }
