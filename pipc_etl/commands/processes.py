"""`pipc airflow` and `pipc prepare`: what containers run, one process each, where `pipc up` starts everything on one machine."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from pipc_etl.commands.console import progress_printer
from pipc_etl.settings import load_settings


def airflow(context: typer.Context) -> None:
    """Run one of Airflow's processes in the foreground (api-server, scheduler, dag-processor, triggerer, worker), or any `airflow` command.

    `pipc airflow worker`; `pipc airflow -- pools list`. Its environment is made of the PIPC_* settings alone.
    """
    from pipc_etl.orchestration.airflow_environment import process_variables
    from pipc_etl.orchestration.component import COMPONENTS, PREPARE

    arguments = context.args
    is_component = len(arguments) == 1 and arguments[0] in (*COMPONENTS, PREPARE)
    module = "pipc_etl.orchestration.component" if is_component else "airflow"
    variables = process_variables(load_settings())
    # A terminal of its own stays; nothing of the caller's folder is looked at.
    os.chdir("/")
    sys.stdout.flush()
    # SPT_NOENV: Airflow's titles of processes leave the environment readable, which the containers' health checks ask.
    os.execve(sys.executable, [sys.executable, "-m", module, *arguments], variables | {"SPT_NOENV": "1"})


def prepare(
    secrets: Annotated[
        Path | None, typer.Option(help="Only the secrets: make what is missing, and write each server's own into this folder.")
    ] = None,
    dashboards: Annotated[bool, typer.Option("--dashboards", help="Only the dashboards, once Superset and the marts are there.")] = False,
) -> None:
    """Prepare the databases for servers that run elsewhere: warehouse, Airflow's and Superset's tables, roles and passwords."""
    from pipc_etl.commands.installation import push_first_dashboards, start_database
    from pipc_etl.commands.server_secrets import write_server_secrets
    from pipc_etl.dashboards import server
    from pipc_etl.orchestration import services

    settings, step = load_settings(), progress_printer()
    if secrets is not None:
        write_server_secrets(settings, secrets, step)
    elif dashboards:
        push_first_dashboards(settings, step)
    else:
        start_database(settings, step)
        server.prepare_database(settings)
        step("Superset's database is there")
        services.prepare(settings)
        step("Airflow's tables are there")
