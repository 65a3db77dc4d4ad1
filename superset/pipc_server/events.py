"""Superset's record of who did what, written beside the request's own session."""

from __future__ import annotations

import json
import logging
from typing import Any

from sqlalchemy.exc import SQLAlchemyError
from superset.utils.log import AbstractEventLogger

logger = logging.getLogger("pipc")


class Events(AbstractEventLogger):
    """Writes what Superset's own logger writes, which commits the session: everything loaded for the answer was then loaded again."""

    def log(
        self,
        user_id: int | None,
        action: str,
        dashboard_id: int | None,
        duration_ms: int | None,
        slice_id: int | None,
        referrer: str | None,
        *_: Any,
        **given: Any,
    ) -> None:
        from superset.extensions import db
        from superset.models.core import Log

        records = given.get("records") or [given.get("curated_payload")]
        rows = [
            {
                "action": action,
                "json": json.dumps(record, default=str),
                "dashboard_id": dashboard_id or record.get("dashboard_id"),
                "slice_id": slice_id or record.get("slice_id"),
                "duration_ms": duration_ms,
                "referrer": referrer,
                "user_id": user_id,
            }
            for record in records
            if record
        ]
        if not rows:
            return
        try:
            with db.engine.begin() as connection:
                connection.execute(Log.__table__.insert(), rows)
        except SQLAlchemyError:
            # Nobody is refused an answer because it could not be noted down.
            logger.exception("%s of user %s could not be recorded", action, user_id)
