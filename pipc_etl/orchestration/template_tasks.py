"""The task of `render_templates`."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from airflow.sdk import task
from airflow.sdk.exceptions import AirflowFailException

from pipc_etl.orchestration.defaults import OFFICE_TIMEZONE

logger = logging.getLogger(__name__)


@task
def write_pickup(params: dict[str, Any] | None = None) -> str:
    """Writes the templates of the month into the pick-up folder; those that already say the same are left as they are."""
    from pipc_etl.settings import load_settings
    from pipc_etl.templates.pickup import write_templates
    from pipc_etl.templates.problems import TemplateError

    given = params or {}
    today = datetime.now(UTC).astimezone(ZoneInfo(OFFICE_TIMEZONE)).date()
    try:
        done = write_templates(
            load_settings(), lambda text: logger.info("%s", text), today, entity=given.get("entity"), month=given.get("period")
        )
    except TemplateError as error:  # an entity or a month that does not exist: trying again does not help
        raise AirflowFailException(str(error)) from error
    logger.info("%s", done)
    return str(done)
