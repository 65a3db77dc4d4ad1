"""`pipc accounts`: who may enter Airflow (PIPC_AIRFLOW_AUTH=fab); the dashboards' users stand in `superset/roles.yaml`."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table

from pipc_etl.commands.console import out
from pipc_etl.settings import load_settings

app = typer.Typer(no_args_is_help=True, help="Who may enter Airflow: list, add, reset, disable, enable.")
Name = Annotated[str, typer.Argument(help="The account's name.")]


@app.command("list")
def list_() -> None:
    """Every account with its roles, whether it is let in, and when it last came."""
    from pipc_etl.orchestration.accounts import accounts

    table = Table(box=None, header_style="bold")
    for heading in ("account", "name", "roles", "state", "last login"):
        table.add_column(heading)
    for one in accounts(load_settings()):
        table.add_row(one.name, one.full_name, ", ".join(one.roles), "active" if one.is_active else "disabled", one.last_login or "never")
    out.print(table)


@app.command()
def add(
    name: Name,
    role: Annotated[str, typer.Option(help="Admin, Op (operates), User (triggers, approves) or Viewer (looks).")] = "User",
    full_name: Annotated[str, typer.Option(help="As it is to stand under what the person decides.")] = "",
    email: Annotated[str, typer.Option(help="Theirs alone.")] = "",
) -> None:
    """Make an account and print its password, once."""
    from pipc_etl.orchestration import accounts

    password = accounts.add(load_settings(), name, role, full_name=full_name, email=email)
    out.print(f"account {name} ({role}), password {password}  (it is kept nowhere: hand it over now)", markup=False)


@app.command()
def reset(name: Name) -> None:
    """Give the account another password and print it, once; whoever is logged in with the old one is logged out."""
    from pipc_etl.orchestration import accounts

    out.print(f"account {name}, password {accounts.reset(load_settings(), name)}  (it is kept nowhere: hand it over now)", markup=False)


@app.command()
def disable(name: Name) -> None:
    """Let the account in no more; what it did stays under its name."""
    _activate(name, is_active=False)


@app.command()
def enable(name: Name) -> None:
    """Let a disabled account in again."""
    _activate(name, is_active=True)


def _activate(name: str, *, is_active: bool) -> None:
    from pipc_etl.orchestration import accounts

    accounts.activate(load_settings(), name, is_active=is_active)
    out.print(f"account {name} is {'active' if is_active else 'disabled'}", markup=False)
