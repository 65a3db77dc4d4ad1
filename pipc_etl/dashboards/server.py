"""Starts, watches and stops Superset's web server, a gunicorn in Superset's own Python."""

from __future__ import annotations

import fcntl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import yaml
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError

from pipc_etl.dashboards.environment import (
    METADATA_DATABASE,
    METADATA_USER,
    metadata_url,
    process_variables,
    superset_address,
    superset_home,
    superset_python,
)
from pipc_etl.dashboards.problems import DashboardError
from pipc_etl.encryption import trusted
from pipc_etl.errors import WarehouseError
from pipc_etl.processes import Service, stop_together
from pipc_etl.settings import Settings
from pipc_etl.warehouse.ports import choose_port, kept_port, require_port
from pipc_etl.warehouse.roles import ensure_own_database

NAME = "superset"
START_SECONDS = 240.0
STOP_SECONDS = 8.0
Progress = Callable[[str], None]


def service(settings: Settings) -> Service:
    return Service(NAME, superset_home(settings) / "services", settings.logs / f"{NAME}.log")


def require_startable(settings: Settings) -> None:
    """Raise, changing nothing, where `launch` would fail: not installed, the port is taken, or it runs on another one."""
    if not superset_python(settings).exists():
        raise DashboardError(f"Superset is not installed in {superset_python(settings).parents[1]}: make setup")
    if status(settings)[NAME] is None:
        require_port(settings.superset_port, "PIPC_SUPERSET_PORT")
        return
    running = kept_port(superset_home(settings) / "port")
    if settings.superset_port not in (0, running):
        raise DashboardError(f"Superset already runs on port {running}: `pipc down` before you change PIPC_SUPERSET_PORT")


def start(settings: Settings, progress: Progress = lambda _: None) -> bool:
    """Start Superset and wait until it serves; False where it already ran. Raises with what to do."""
    launched = launch(settings, progress)
    wait_until_ready(settings, progress)
    return launched


def launch(settings: Settings, progress: Progress = lambda _: None) -> bool:
    """Start the server's process, which prepares its database itself, without waiting for it; False where it runs already."""
    require_startable(settings)
    with _locked(settings):
        if status(settings)[NAME] is not None:
            return False
        # An earlier process may have died and left workers behind.
        stop_together([service(settings)], STOP_SECONDS)
        choose_port(settings.superset_port, superset_home(settings) / "port", "PIPC_SUPERSET_PORT")
        prepare_database(settings)
        progress("starting superset")
        python = str(superset_python(settings))
        service(settings).spawn([python, "-m", "gunicorn", "-c", "python:pipc_server.gunicorn"], process_variables(settings))
        return True


def wait_until_ready(settings: Settings, progress: Progress = lambda _: None) -> None:
    """Until the launched server answers, health and login page; raises DashboardError, with its last words, where it does not."""
    deadline = time.monotonic() + START_SECONDS
    told = False
    while not is_healthy(settings):
        running = service(settings)
        if running.process() is None:
            raise DashboardError(f"Superset could not be started (log: {running.log})\n{running.log_tail()}")
        if time.monotonic() > deadline:
            stop(settings)
            raise DashboardError(f"Superset did not answer in {START_SECONDS:.0f} s and was stopped (log: {running.log})")
        if not told:
            progress("waiting for superset")
            told = True
        time.sleep(0.2)


def is_healthy(settings: Settings) -> bool:
    """Whether the server answers and can draw its login page, which needs its database."""
    try:
        # trust_env off: a proxy of the environment must not be asked for 127.0.0.1.
        with httpx.Client(base_url=superset_address(settings), timeout=20, trust_env=False, verify=trusted(settings)) as client:
            return all(client.get(path).status_code == httpx.codes.OK for path in ("/health", "/login/"))
    except httpx.HTTPError:
        return False


def stop(settings: Settings, progress: Progress = lambda _: None) -> list[str]:
    """Stop the server that `launch` started with its workers, and nothing else; the names of what was alive."""
    if not superset_home(settings).exists():
        return []
    with _locked(settings):
        running = service(settings)
        if not running.recorded():
            return []
        progress("stopping superset")
        return stop_together([running], STOP_SECONDS)


def status(settings: Settings) -> dict[str, int | None]:
    """The server's pid under its name, None where it is not running."""
    process = service(settings).process()
    return {NAME: process.pid if process else None}


def users(settings: Settings) -> list[str]:
    """The users of `roles.yaml` who can log in: all of them once the dashboards were pushed, before that the administrator."""
    declared = yaml.safe_load((settings.superset / "roles.yaml").read_text(encoding="utf-8"))["users"]
    found = set(_metadata(settings, "select username from ab_user where active"))
    return [user["name"] for user in declared if user["name"] in found]


def has_dashboards(settings: Settings) -> bool:
    """Whether something was pushed before."""
    return bool(_metadata(settings, "select id from dashboards limit 1"))


def _metadata(settings: Settings, query: str) -> list[Any]:
    """The first column of what Superset's own database answers."""
    engine = create_engine(metadata_url(settings))
    try:
        with engine.connect() as connection:
            return list(connection.scalars(text(query)))
    except OperationalError as error:
        raise WarehouseError(f"Superset's database does not answer (start it with `pipc up`): {str(error.orig).strip()}") from error
    finally:
        engine.dispose()


@contextmanager
def _locked(settings: Settings) -> Iterator[None]:
    home = superset_home(settings)
    try:
        # What is cached here are figures that not everyone may see.
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = (home / "start.lock").open("a")
    except OSError as error:
        raise DashboardError(f"no permission to write in {home}: {error.strerror}") from error
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def prepare_database(settings: Settings) -> None:
    """The database `superset` and its owner, an account that may enter no other database's tables."""
    ensure_own_database(settings, METADATA_DATABASE, METADATA_USER, settings.secret("superset_metadata_password"))
