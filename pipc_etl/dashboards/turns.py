"""One after the other: a push by hand and that of the DAG, and what the last one pushed."""

from __future__ import annotations

import fcntl
import hashlib
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import text

from pipc_etl.dashboards.environment import superset_home
from pipc_etl.dashboards.problems import DashboardError
from pipc_etl.settings import Settings
from pipc_etl.warehouse.engine import role_engine

# Superset keeps what it computed for days; a push a day renews it where nothing else does.
_FRESH_SECONDS = 24 * 3600


@contextmanager
def turn(settings: Settings, work: str) -> Iterator[None]:
    """Waits until no other process of this installation does `work` ("push", "picture"), and keeps others waiting meanwhile."""
    path = superset_home(settings) / f"{work}.lock"
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = path.open("a")
    except OSError as error:
        raise DashboardError(f"no permission to write {path}: {error.strerror}") from error
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def mark_of(settings: Settings, request: dict[str, Any]) -> str:
    """What a push would bring: its request, and the build of the marts that it would read."""
    engine = role_engine(settings, "transformer")
    try:
        with engine.connect() as connection:
            build = connection.scalar(text("select max(build_id) from audit.build"))
    finally:
        engine.dispose()
    content = json.dumps(request, sort_keys=True, default=str)
    return f"{build} {hashlib.sha256(content.encode()).hexdigest()}"


def is_pushed(settings: Settings, mark: str) -> bool:
    """Whether the last push brought the same, less than a day ago."""
    try:
        last = json.loads(_record(settings).read_text(encoding="ascii"))
        return bool(last["mark"] == mark and 0 <= time.time() - last["at"] < _FRESH_SECONDS)
    except (FileNotFoundError, ValueError, KeyError):
        return False


def keep(settings: Settings, mark: str | None) -> None:
    """Remember what was pushed; None while a push is under way, which may end in the middle."""
    path = _record(settings)
    if mark is None:
        path.unlink(missing_ok=True)
        return
    unfinished = path.with_suffix(".new")
    unfinished.write_text(json.dumps({"mark": mark, "at": time.time()}), encoding="ascii")
    unfinished.replace(path)


def _record(settings: Settings) -> Path:
    return superset_home(settings) / "pushed.json"
