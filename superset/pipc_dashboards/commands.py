"""What the program can be asked for."""

from __future__ import annotations

import logging
import time
from typing import Any

from superset.extensions import cache_manager, security_manager
from superset.utils.core import override_user
from superset.utils.decorators import transaction

from pipc_dashboards import access, imports, reading, warming
from pipc_dashboards.picture import picture

logger = logging.getLogger("pipc")


def push(request: dict[str, Any]) -> dict[str, Any]:
    """Roles, users, assets and row rules as `request` says, in one transaction; then the caches anew."""
    began = time.monotonic()
    changed = _apply(request)
    # What was computed before may be of other data or other rules.
    cache_manager.data_cache.clear()
    cache_manager.cache.clear()
    applied = time.monotonic()
    warmed = warming.warm(request["warm"], request["owner"])
    return {**changed, **warmed, "seconds": {"apply": applied - began, "warm": time.monotonic() - applied}}


@transaction()
def _apply(request: dict[str, Any]) -> dict[str, Any]:
    access.apply_roles(request["access"]["roles"])
    access.apply_users(request["access"]["users"])
    admin = security_manager.find_user(request["owner"])
    with override_user(admin):
        deleted = imports.apply(request["contents"])
    access.apply_dataset_access(request["access"]["datasets"])
    access.apply_rules(request["access"]["rules"])
    imports.apply_dashboard_roles(request["dashboard_roles"])
    return {"deleted": deleted}


def pull(request: dict[str, Any]) -> dict[str, Any]:
    """What stands in Superset now, as its own export writes it."""
    with override_user(security_manager.find_user(request["owner"])):
        return reading.export()


def warm(request: dict[str, Any]) -> dict[str, Any]:
    """Compute what a browser asks first, where the cache does not hold it yet."""
    return warming.warm(request["warm"], request["owner"])


COMMANDS = {"push": push, "pull": pull, "warm": warm, "picture": picture}
