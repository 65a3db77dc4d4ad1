"""Changes accounts in Airflow's own database: `python -m pipc_etl.orchestration.account_program`, started by `accounts`.

The request comes as JSON by standard input, since it holds passwords; the answer is JSON on standard output.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Mapping
from typing import Any

Request = Mapping[str, Any]


def main() -> int:
    """Answer the one request; {"error": ...} where it makes no sense."""
    request = json.load(sys.stdin)
    # Airflow's messages go where errors go: the answer stands alone.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    from airflow.providers.fab.auth_manager.cli_commands.utils import get_application_builder

    with get_application_builder() as builder:
        try:
            answer = COMMANDS[request["command"]](builder.sm, request)
        except LookupError as error:
            answer = {"error": str(error.args[0])}
    json.dump(answer, answers)
    answers.close()
    return 0


def _ensure(manager: Any, request: Request) -> dict[str, Any]:
    """The accounts that an installation begins with; one that is there keeps its password, unless `is_ours` says that nobody types it."""
    made = []
    manager.sync_roles()
    for wanted in request["accounts"]:
        known = manager.find_user(username=wanted["name"])
        if known is None:
            _add(manager, wanted)
            made.append(wanted["name"])
        elif wanted["is_ours"]:
            manager.reset_password(known.id, wanted["password"])
    return {"made": made}


def _list(manager: Any, request: Request) -> dict[str, Any]:
    rows = [
        {
            "name": user.username,
            "full_name": f"{user.first_name} {user.last_name}".strip(),
            "email": user.email,
            "roles": [role.name for role in user.roles],
            "is_active": bool(user.active),
            "last_login": user.last_login.isoformat(timespec="minutes") if user.last_login else None,
        }
        for user in manager.get_all_users()
    ]
    return {"accounts": sorted(rows, key=lambda row: str(row["name"]))}


def _add(manager: Any, request: Request) -> dict[str, Any]:
    if manager.find_user(username=request["name"]) is not None:
        raise LookupError(f"there is an account {request['name']!r} already: `pipc accounts reset` gives it another password")
    role = manager.find_role(request["role"])
    if role is None:
        raise LookupError(f"there is no role {request['role']!r}")
    added = manager.add_user(
        request["name"], request["first_name"], request["last_name"], request["email"], role, password=request["password"]
    )
    if not added:
        raise LookupError(f"the account {request['name']!r} could not be made: is its e-mail another one's?")
    return {"name": request["name"]}


def _reset(manager: Any, request: Request) -> dict[str, Any]:
    """Another password; whoever is logged in with the old one is logged out."""
    manager.reset_password(_known(manager, request).id, request["password"])
    return {"name": request["name"]}


def _activate(manager: Any, request: Request) -> dict[str, Any]:
    user = _known(manager, request)
    user.active = request["is_active"]
    manager.update_user(user)
    return {"name": request["name"]}


def _known(manager: Any, request: Request) -> Any:
    user = manager.find_user(username=request["name"])
    if user is None:
        raise LookupError(f"there is no account {request['name']!r}: `pipc accounts list` names them")
    return user


COMMANDS: dict[str, Callable[[Any, Request], dict[str, Any]]] = {
    "ensure": _ensure,
    "list": _list,
    "add": _add,
    "reset": _reset,
    "activate": _activate,
}

if __name__ == "__main__":
    sys.exit(main())
