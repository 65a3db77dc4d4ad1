"""The application that gunicorn serves: Superset, its tables brought up to date before the first request."""

from __future__ import annotations

import hashlib
import logging
import time
from importlib.metadata import version
from typing import Any

from flask import Flask
from sqlalchemy import text
from sqlalchemy.engine import Connection

from pipc_server.pages import FOLDER
from pipc_server.variables import optional

ADMINISTRATOR = "admin"
logger = logging.getLogger("pipc")
# Held while tables are made or changed: two servers of one database may start together.
_LOCK = 7_310_688


def create() -> Flask:
    """Superset's application with a prepared metadata database; raises where that cannot be prepared."""
    from superset.app import create_app

    app = create_app()
    with app.app_context():
        prepare(app)
    return app


def prepare(app: Flask) -> bool:
    """Migrate the tables and write the permissions, once per version of Superset and of its configuration; True where it was done."""
    from superset.extensions import db

    wanted = _wanted()
    with db.engine.connect() as connection:
        connection.execute(text("select pg_advisory_lock(:lock)"), {"lock": _LOCK})
        try:
            if _prepared(connection) == wanted:
                return False
            _migrate(app)
            connection.execute(text("create table if not exists pipc_prepared (version text not null)"))
            connection.execute(text("delete from pipc_prepared"))
            connection.execute(text("insert into pipc_prepared values (:version)"), {"version": wanted})
        finally:
            connection.execute(text("select pg_advisory_unlock(:lock)"), {"lock": _LOCK})
    return True


def _migrate(app: Flask) -> None:
    """What `superset db upgrade` and `superset init` do, in this process: each command costs five seconds of imports."""
    from flask_migrate import upgrade
    from superset.extensions import appbuilder, db, security_manager

    began = time.monotonic()
    upgrade()
    logger.info("metadata database migrated in %.1f s", time.monotonic() - began)
    began = time.monotonic()
    appbuilder.add_permissions(update_perms=True)
    security_manager.sync_role_definitions()
    _ensure_administrator(security_manager)
    db.session.commit()
    logger.info("permissions written in %.1f s", time.monotonic() - began)


def _ensure_administrator(security_manager: Any) -> None:
    """Somebody can log in before the first push, which makes the other users."""
    password = optional("ADMIN_PASSWORD")
    if password and not security_manager.find_user(ADMINISTRATOR):
        role = security_manager.find_role("Admin")
        security_manager.add_user(ADMINISTRATOR, "Administración", "Tableros", "admin@localhost", role, password=password)


def _wanted() -> str:
    """The version of Superset and a mark of its configuration, which decides what permissions there are."""
    configuration = hashlib.sha256((FOLDER / "superset_config.py").read_bytes()).hexdigest()[:12]
    return f"{version('apache-superset')} {configuration}"


def _prepared(connection: Connection) -> str | None:
    if not connection.scalar(text("select to_regclass('pipc_prepared')")):
        return None
    found: str | None = connection.scalar(text("select version from pipc_prepared"))
    return found
