"""Superset's record of who did what, written when the request is answered and beside its session."""

from __future__ import annotations

import json
import logging
from typing import Any

from flask import Flask, Response, g
from sqlalchemy.engine import Engine
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
        if "pipc_events" in g:
            g.pipc_events += rows
        else:
            _write(db.engine, rows)


def write_after_answers(app: Flask) -> None:
    """Keep what one request did until its answer is out: nobody waits for the record, and it is one transaction, not three."""
    from superset.extensions import db

    @app.before_request
    def begin() -> None:
        g.pipc_events = []

    @app.after_request
    def end(response: Response) -> Response:
        if rows := g.pop("pipc_events", None):
            engine = db.engine
            response.call_on_close(lambda: _write(engine, rows))
        return response


def _write(engine: Engine, rows: list[dict[str, Any]]) -> None:
    from superset.models.core import Log

    if not rows:
        return
    try:
        with engine.begin() as connection:
            connection.execute(Log.__table__.insert(), rows)
    except SQLAlchemyError:
        # Nobody is refused an answer because it could not be noted down.
        logger.exception("%s of user %s could not be recorded", rows[0]["action"], rows[0]["user_id"])
