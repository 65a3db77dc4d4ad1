"""The task that queues the reminders of a day; the mail goes with the other letters."""

from __future__ import annotations

import logging
from typing import Any

from airflow.sdk import task
from airflow.sdk.exceptions import AirflowSkipException

logger = logging.getLogger(__name__)


@task
def queue_reminders(params: dict[str, Any] | None = None) -> int:
    """Queues who is to be reminded today, in Bogotá, and returns how many; skipped on holidays, unless a day is asked for."""
    from datetime import date, datetime
    from zoneinfo import ZoneInfo

    from pipc_etl.contracts import load_catalog
    from pipc_etl.contracts.due_days import is_business_day
    from pipc_etl.obligations.reminders import remind
    from pipc_etl.orchestration.defaults import OFFICE_TIMEZONE
    from pipc_etl.settings import load_settings

    asked = (params or {}).get("day")
    today = date.fromisoformat(asked) if asked else datetime.now(ZoneInfo(OFFICE_TIMEZONE)).date()
    if not asked and not is_business_day(today):
        raise AirflowSkipException(f"{today} is no business day: nobody is reminded")
    settings = load_settings()
    queued = remind(settings, load_catalog(settings.expectations), today, lambda said: logger.info("%s", said))
    logger.info("%d reminders queued for %s", queued, today)
    return queued
