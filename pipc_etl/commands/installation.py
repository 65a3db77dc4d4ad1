"""`pipc up`, `down`, `status`, `doctor`, `psql`: the installation."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from typing import Annotated

import typer
from rich.table import Table

from pipc_etl.commands.console import out, progress_printer
from pipc_etl.settings import Settings, load_settings


def up(
    database_only: Annotated[
        bool, typer.Option("--database-only", help="Start and prepare PostgreSQL, but neither Airflow nor Superset.")
    ] = False,
) -> None:
    """Start PostgreSQL, Airflow and Superset, and prepare the warehouse; nothing happens to what already runs."""
    from pipc_etl.dashboards import server
    from pipc_etl.orchestration import services

    settings = load_settings()
    step = progress_printer()
    if not database_only:
        services.require_startable(settings)
        server.require_startable(settings)
    start_database(settings, step)
    if not database_only:
        # Superset prepares itself while Airflow starts.
        server.launch(settings, step)
        services.start(settings, step)
        step("Airflow is ready")
        server.wait_until_ready(settings, step)
        step("Superset is ready")
        push_first_dashboards(settings, step)
    print_addresses(settings, with_servers=not database_only)


def push_first_dashboards(settings: Settings, step: Callable[[str], None]) -> None:
    """The dashboards of a warehouse that was built before it had any; later pushes follow the builds."""
    from pipc_etl.dashboards import server
    from pipc_etl.dashboards.push import push
    from pipc_etl.warehouse.engine import role_engine

    engine = role_engine(settings, "dashboard")
    with engine.connect() as connection:
        is_built = engine.dialect.has_table(connection, "rpt_board_activity", schema="marts")
    engine.dispose()
    if is_built and not server.has_dashboards(settings):
        push(settings, step)


def start_database(settings: Settings, step: Callable[[str], None]) -> None:
    """The server (unless PIPC_WAREHOUSE_URL names another one), its database, and the tables of today's contracts."""
    from pipc_etl.contracts import load_catalog
    from pipc_etl.warehouse.engine import embedded_cluster, ensure_database, require_reachable, superuser_engine
    from pipc_etl.warehouse.schema import prepare

    catalog = load_catalog(settings.expectations)
    if settings.warehouse_url is None:
        step("PostgreSQL started" if embedded_cluster(settings).start() else "PostgreSQL was already running")
    ensure_database(settings)
    require_reachable(settings)
    engine = superuser_engine(settings)
    changed = prepare(engine, settings, catalog)
    engine.dispose()
    step("warehouse prepared" if changed else "warehouse is as the contracts say")
    for folder in (settings.landing, settings.archive, settings.outbox):
        # What is handed in holds names, documents and addresses of people.
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)


def print_addresses(settings: Settings, *, with_servers: bool) -> None:
    """Where to go and with which login; passwords appear here and nowhere else."""
    from pipc_etl.warehouse.engine import warehouse_url

    url = warehouse_url(settings, "analyst")
    for line in _server_lines(settings) if with_servers else []:
        out.print(line, markup=False)
    out.print(f"PostgreSQL  {url.host}:{url.port}/{url.database}  user {url.username}  (pipc psql)", markup=False)
    out.print(f"Landing     {settings.landing}", markup=False)


def _server_lines(settings: Settings) -> list[str]:
    from pipc_etl.dashboards import server
    from pipc_etl.dashboards.environment import superset_address, user_password
    from pipc_etl.orchestration.airflow_environment import UI_USER, airflow_address, ui_password

    names = server.users(settings)
    width = max(map(len, names))
    return [
        f"Dashboards  {superset_address(settings)}",
        *(f"{'':12}user {name:{width}}  password {user_password(settings, name)}" for name in names),
        f"Airflow     {airflow_address(settings)}  user {UI_USER}  password {ui_password(settings)}",
    ]


def down() -> None:
    """Stop what `pipc up` started, and nothing else; the data stay."""
    from pipc_etl.dashboards import server
    from pipc_etl.orchestration import services
    from pipc_etl.warehouse.engine import embedded_cluster

    settings = load_settings()
    step = progress_printer()
    stopped = [*server.stop(settings, step), *services.stop(settings, step)]
    if settings.warehouse_url is None and (settings.home / "postgres").exists() and embedded_cluster(settings).stop():
        stopped.append("PostgreSQL")
    out.print(f"stopped: {', '.join(stopped)}" if stopped else "nothing was running")


def status() -> None:
    """What runs, where; exit code 1 if something that `pipc up` starts does not run."""
    from pipc_etl.dashboards import server
    from pipc_etl.dashboards.environment import superset_address
    from pipc_etl.orchestration import services
    from pipc_etl.orchestration.airflow_environment import airflow_address
    from pipc_etl.warehouse.engine import embedded_cluster, warehouse_url

    settings = load_settings()
    pids = {**services.status(settings), **server.status(settings)}
    table = Table(box=None, header_style="bold")
    for heading in ("service", "state", "pid", "address"):
        table.add_column(heading)
    if settings.warehouse_url is None:
        pids = {"postgresql": embedded_cluster(settings).pid if (settings.home / "postgres").exists() else None, **pids}
    for name, pid in pids.items():
        address = ""
        if pid and name == "postgresql":
            address = f"127.0.0.1:{warehouse_url(settings, 'analyst').port}"
        elif pid and name == "api-server":
            address = airflow_address(settings)
        elif pid and name == server.NAME:
            address = superset_address(settings)
        table.add_row(name, "running" if pid else "stopped", str(pid or ""), address)
    out.print(table)
    if not all(pids.values()):
        raise typer.Exit(1)


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Every check as JSON, for another program.")] = False,
) -> None:
    """Check this machine and installation, and say what to do about each problem; exit code 1 if there is one."""
    from pipc_etl.commands.doctor import examine, summarised

    styles = {"ok": "green", "warning": "yellow", "problem": "red"}
    checks = examine(load_settings())
    if as_json:
        fields = ("name", "subject", "state", "message", "remedy")
        typer.echo(json.dumps([{field: getattr(check, field) for field in fields} for check in checks], ensure_ascii=False, indent=1))
    for check in [] if as_json else summarised(checks):
        out.print(f"[{styles[check.state]}]{check.state:8}[/] {check.name:13} ", end="")
        out.print(check.message, markup=False)
        if check.state != "ok" and check.remedy:
            out.print(f"{'':23}-> {check.remedy}", markup=False)
    if any(check.state == "problem" for check in checks):
        raise typer.Exit(1)


def psql(
    context: typer.Context,
    role: Annotated[
        str, typer.Option(help="loader, transformer, analyst, dashboard, privacy, publisher, watcher or admin (the superuser).")
    ] = "analyst",
) -> None:
    """Open psql on the warehouse; what follows goes to psql: `pipc psql --role admin -c "select 1"`."""
    from pipc_etl.errors import WarehouseError
    from pipc_etl.warehouse.engine import require_reachable, warehouse_url
    from pipc_etl.warehouse.postgres_programs import client_program

    settings = load_settings()
    account = None if role == "admin" else role
    url = warehouse_url(settings, account)
    require_reachable(settings, account)
    program = client_program("psql", url)
    if program is None:
        raise WarehouseError("no psql on this machine can reach that address: install postgresql-client")
    environment = {**os.environ, "PGPASSWORD": str(url.password)}
    address = url.set(drivername="postgresql", password=None).render_as_string(hide_password=False)
    out.file.flush()
    os.execve(program, ["psql", address, *context.args], environment)
