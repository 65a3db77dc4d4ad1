"""Command `pipc`: the same functions that the DAGs call, for people. Exit codes: 0 fine, 1 problem, 2 wrong usage, 3 unreadable file."""

from __future__ import annotations

import sys

import typer

from pipc_etl.commands import (
    accounts,
    backups,
    dashboards,
    demonstration,
    documentation,
    events,
    explanations,
    installation,
    privacy,
    processes,
    publications,
    reconciliation,
    review,
    secrets,
    submissions,
    templates,
    watching,
)
from pipc_etl.commands.console import err
from pipc_etl.errors import PipcError

# Everything heavier is imported inside the command that needs it: `pipc --help` answers at once.

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)

app.command()(installation.up)
app.command()(installation.down)
app.command()(installation.status)
app.command()(installation.doctor)
app.command()(watching.watch)
app.command()(watching.trail)
app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})(installation.psql)
app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True}, hidden=True)(processes.airflow)
app.command(hidden=True)(processes.prepare)
app.command()(templates.template)
app.command()(submissions.check)
app.command()(submissions.ingest)
app.command()(submissions.build)
app.command()(submissions.render)
app.command()(documentation.docs)
app.command()(demonstration.demo)
app.command()(demonstration.figures)
app.command()(reconciliation.reconcile)
app.command()(publications.diff)
app.command()(explanations.explain)
app.command()(backups.backups)
app.command()(backups.restore)
app.add_typer(backups.app, name="backup")
app.add_typer(publications.app, name="publish")
app.add_typer(dashboards.app, name="dashboards")
app.add_typer(review.app, name="review")
app.add_typer(accounts.app, name="accounts")
app.add_typer(secrets.app, name="secrets")
app.add_typer(events.app, name="events")
app.add_typer(privacy.app, name="privacy")


def main() -> None:
    """Run the command line; what an operator must fix becomes one message and an exit code, a bug stays a traceback."""
    try:
        app()
    except PipcError as error:
        err.print(f"pipc: {error}", style="red", markup=False)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        err.print("pipc: interrupted", style="red")
        sys.exit(130)


if __name__ == "__main__":
    main()
