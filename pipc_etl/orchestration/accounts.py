"""Who may enter Airflow: accounts in its own database, with hashed passwords; imports no Airflow.

With PIPC_AIRFLOW_AUTH=fab only; the default, `simple`, is one account for one machine and one person.
"""

from __future__ import annotations

import secrets
import sys
from dataclasses import dataclass
from typing import Any

from pipc_etl.errors import PipcError
from pipc_etl.orchestration.airflow_environment import SERVICE_USER, UI_USER, process_variables, service_password, ui_password
from pipc_etl.processes import ask
from pipc_etl.settings import Settings

# Airflow's own, from the one that may do everything to the one that looks.
ROLES = ("Admin", "Op", "User", "Viewer")
_MAILBOX = "participacion.invalid"


class AccountError(PipcError):
    """An account cannot be made or changed."""


@dataclass(frozen=True)
class Account:
    """Somebody who may enter; `last_login` is ISO 8601 or None."""

    name: str
    full_name: str
    email: str
    roles: list[str]
    is_active: bool
    last_login: str | None


def ensure(settings: Settings) -> list[str]:
    """The administrator and the account that our own commands use exist; the names of those that were made.

    The administrator's password is made once (secret `airflow_admin_password`); later it is the person's own.
    """
    wanted = [
        _new(UI_USER, "Administración", "de Airflow", ROLES[0], ui_password(settings)) | {"is_ours": False},
        _new(SERVICE_USER, "Órdenes", "de pipc", "Op", service_password(settings)) | {"is_ours": True},
    ]
    made: list[str] = _ask(settings, {"command": "ensure", "accounts": wanted})["made"]
    return made


def accounts(settings: Settings) -> list[Account]:
    """Every account, by name."""
    return [Account(**row) for row in _ask(settings, {"command": "list"})["accounts"]]


def add(settings: Settings, name: str, role: str, *, full_name: str = "", email: str = "") -> str:
    """Make the account; returns its password, which is kept nowhere. Raises AccountError where it exists."""
    if role not in ROLES:
        raise AccountError(f"there is no role {role!r}; the roles are {', '.join(ROLES)}")
    password = _password()
    first, _, last = full_name.partition(" ")
    _ask(settings, {"command": "add", **_new(name, first or name, last or "-", role, password, email)})
    return password


def reset(settings: Settings, name: str, password: str | None = None) -> str:
    """Give the account another password, made where none is given, and return it; its sessions end."""
    chosen = password or _password()
    _ask(settings, {"command": "reset", "name": name, "password": chosen})
    return chosen


def activate(settings: Settings, name: str, *, is_active: bool) -> None:
    """Let the account in, or not: what it did stays under its name, its sessions end within half a minute."""
    _ask(settings, {"command": "activate", "name": name, "is_active": is_active})


def _new(name: str, first: str, last: str, role: str, password: str, email: str = "") -> dict[str, Any]:
    address = email or f"{name}@{_MAILBOX}"
    return {"name": name, "first_name": first, "last_name": last, "email": address, "role": role, "password": password}


def _password() -> str:
    return secrets.token_urlsafe(12)


def _ask(settings: Settings, request: dict[str, Any]) -> dict[str, Any]:
    """The program's answer; raises AccountError with its reason."""
    if settings.airflow_auth != "fab":
        raise AccountError(f"Airflow has one account, {UI_USER}, on this machine: accounts for several people need PIPC_AIRFLOW_AUTH=fab")
    # What each role may do is brought up to date by every start of the api-server, and by `ensure` itself.
    variables = process_variables(settings) | {"AIRFLOW__FAB__UPDATE_FAB_PERMS": "False"}
    command = [sys.executable, "-m", "pipc_etl.orchestration.account_program"]
    try:
        answer = ask(command, request, variables, settings.logs / "airflow-accounts.log")
    except ValueError as error:
        raise AccountError(f"Airflow's accounts cannot be changed: the program {error}") from error
    if "error" in answer:
        raise AccountError(answer["error"])
    return answer
