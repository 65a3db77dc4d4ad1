"""The task of `housekeeping`."""

from __future__ import annotations

import logging
from typing import Any

from airflow.sdk import task

logger = logging.getLogger(__name__)


@task
def keep_house(params: dict[str, Any] | None = None) -> list[str]:
    """Applies the policy of retention, or only says what it would remove; one line a rule."""
    from pipc_etl.privacy import retention
    from pipc_etl.settings import load_settings
    from pipc_etl.warehouse.ledger import actor

    is_dry = bool((params or {}).get("dry_run"))
    done = retention.keep_house(load_settings(), actor=actor(), dry_run=is_dry, progress=lambda text: logger.info("%s", text))
    return [str(kept) for kept in done]
