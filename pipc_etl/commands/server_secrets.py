"""The secrets of servers that run elsewhere, each server's own in a folder of its own: no server is shown another's."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from pipc_etl.settings import Settings

# Readable by whoever runs the server: only its container has the folder.
_MODE = 0o444


def write_server_secrets(settings: Settings, folder: Path, step: Callable[[str], None]) -> None:
    """Write `postgres/password`, `redis/redis.conf` and `superset/variables.json` below `folder`, making secrets that are missing."""
    from pipc_etl.credentials.catalog import secrets_of
    from pipc_etl.dashboards.environment import own_variables, user_password
    from pipc_etl.orchestration.airflow_environment import ui_password

    # What a person types is shorter.
    ui_password(settings)
    for secret in secrets_of(settings).values():
        if secret.how == "superset_user":
            user_password(settings, secret.account)
        else:
            settings.secret(secret.name)
    _write(folder / "postgres" / "password", settings.secret("postgres_password"))
    # Before the variables, whose address of Redis holds it.
    _write(folder / "redis" / "redis.conf", f"requirepass {settings.secret('redis_password')}\n")
    _write(folder / "superset" / "variables.json", json.dumps(own_variables(settings), indent=1, sort_keys=True))
    step(f"secrets of PostgreSQL, Redis and Superset are in {folder}")


def _write(path: Path, content: str) -> None:
    """All or nothing, and nothing where it says so already."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and path.read_text(encoding="utf-8") == content:
        return
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=path.parent, prefix=".", delete=False) as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    temporary = Path(file.name)
    temporary.chmod(_MODE)
    temporary.replace(path)
