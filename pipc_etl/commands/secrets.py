"""`pipc secrets`: which there are, how old, and new values for them; values are shown by `show` alone."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.table import Table

from pipc_etl.commands.console import out, progress_printer
from pipc_etl.settings import Settings, load_settings

app = typer.Typer(no_args_is_help=True, help="The installation's secrets: list, show, rotate.")


@app.command("list")
def list_(
    as_json: Annotated[bool, typer.Option("--json", help="As JSON, for another program.")] = False,
) -> None:
    """Every secret: what it opens, how old its value is, where it stands; never the value."""
    from pipc_etl.credentials.rotation import interrupted

    settings = load_settings()
    rows = _rows(settings)
    if as_json:
        out.print(json.dumps(rows, indent=1), markup=False, soft_wrap=True, highlight=False)
        return
    table = Table(box=None, header_style="bold")
    for heading in ("secret", "opens", "days old", "renewed"):
        table.add_column(heading)
    for row in rows:
        table.add_row(str(row["name"]), str(row["purpose"]), "none yet" if row["days"] is None else str(row["days"]), str(row["renewed"]))
    out.print(table)
    out.print(f"in {settings.secrets}", markup=False)
    if waiting := interrupted(settings):
        out.print(f"a renewal was interrupted: pipc secrets rotate {' '.join(waiting)}", markup=False)


@app.command()
def show(name: Annotated[str, typer.Argument(help="As `pipc secrets list` names it.")]) -> None:
    """Print one value."""
    out.print(load_settings().existing_secret(name), markup=False, soft_wrap=True, highlight=False)


@app.command()
def rotate(
    names: Annotated[list[str] | None, typer.Argument(help="As `pipc secrets list` names them.")] = None,
    database: Annotated[bool, typer.Option("--database", help="All passwords of the database server.")] = False,
) -> None:
    """Give secrets new values, in their servers and in their files; what is connected goes on. Killed, it is run again."""
    from pipc_etl.credentials.catalog import secrets_of
    from pipc_etl.credentials.rotation import rotate as renew

    settings = load_settings()
    wanted = [*(names or [])]
    if database:
        wanted += [secret.name for secret in secrets_of(settings).values() if secret.how == "database"]
    if not wanted:
        raise typer.BadParameter("name what is to be renewed, or --database")
    afterwards = renew(settings, wanted, progress_printer())
    for name in afterwards:
        is_command = name.startswith("pipc ")
        out.print(f"now {'run' if is_command else 'start again'}: {name}", markup=False)


def _rows(settings: Settings) -> list[dict[str, str | int | None]]:
    from pipc_etl.credentials.catalog import changed_at, secrets_of

    now = datetime.now(UTC)
    rows: list[dict[str, str | int | None]] = []
    for secret in secrets_of(settings).values():
        path = settings.secrets / secret.name
        days = (now - changed_at(path)).days if path.exists() else None
        rows.append(
            {
                "name": secret.name,
                "purpose": secret.purpose,
                "file": str(path),
                "days": days,
                "renewed": "no" if secret.how == "never" else "by rotate",
            }
        )
    return rows
