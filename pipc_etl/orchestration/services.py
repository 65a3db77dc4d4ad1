"""Starts, watches and stops Airflow's four processes; imports no Airflow."""

from __future__ import annotations

import fcntl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.exc import OperationalError, ProgrammingError

from pipc_etl.errors import PipcError, WarehouseError
from pipc_etl.orchestration.airflow_api import AirflowApi
from pipc_etl.orchestration.airflow_environment import (
    METADATA_DATABASE,
    METADATA_USER,
    airflow_address,
    airflow_home,
    process_variables,
    write_passwords_file,
)
from pipc_etl.orchestration.processes import Service
from pipc_etl.settings import Settings
from pipc_etl.warehouse.engine import ensure_database, superuser_engine
from pipc_etl.warehouse.ports import choose_port

# Stopped in the reverse order: a scheduler without its api-server would mark running tasks as failed.
COMMANDS = {
    "api-server": ("api-server",),
    "dag-processor": ("dag-processor",),
    "triggerer": ("triggerer", "--skip-serve-logs"),
    "scheduler": ("scheduler", "--skip-serve-logs"),
}
START_SECONDS = 180.0
Progress = Callable[[str], None]


class OrchestrationError(PipcError):
    """Airflow cannot be started, reached or stopped."""


def service(settings: Settings, name: str) -> Service:
    return Service(name, airflow_home(settings) / "services", settings.logs / f"{name}.log")


def start(settings: Settings, progress: Progress = lambda _: None) -> bool:
    """Start what is not running yet and wait until all four report healthy; False where nothing had to be started.

    Raises OrchestrationError or WarehouseError with what to do; processes started in vain are stopped again.
    """
    with _locked(settings):
        missing = [name for name, pid in status(settings).items() if pid is None]
        if not missing:
            return False
        if "api-server" in missing:
            choose_port(settings.airflow_port, airflow_home(settings) / "port", "PIPC_AIRFLOW_PORT")
        if not settings.dags.is_dir():
            raise OrchestrationError(f"the DAG folder {settings.dags} does not exist (PIPC_DAGS)")
        progress("preparing Airflow's database")
        _prepare_metadata(settings)
        write_passwords_file(settings)
        began = time.time()
        progress(f"starting {', '.join(missing)}")
        environment = process_variables(settings)
        for name in COMMANDS:
            if name in missing:
                # A process of an earlier start may have died and left children behind.
                service(settings, name).stop()
                service(settings, name).start([sys.executable, "-m", "airflow", *COMMANDS[name]], environment)
        try:
            _wait_until_healthy(settings, began, progress)
        except BaseException:
            _stop(settings, missing)
            raise
        return True


def stop(settings: Settings, progress: Progress = lambda _: None) -> list[str]:
    """Stop the processes that `start` started, and nothing else; returns the names of those that were alive."""
    if not airflow_home(settings).exists():
        return []
    with _locked(settings):
        return _stop(settings, list(COMMANDS), progress)


def status(settings: Settings) -> dict[str, int | None]:
    """The pid of each process, None where it is not running."""
    found = {name: service(settings, name).process() for name in COMMANDS}
    return {name: process.pid if process else None for name, process in found.items()}


def _stop(settings: Settings, names: list[str], progress: Progress = lambda _: None) -> list[str]:
    stopped = []
    for name in reversed(COMMANDS):
        if name in names and service(settings, name).stop():
            progress(f"stopped {name}")
            stopped.append(name)
    return stopped


@contextmanager
def _locked(settings: Settings) -> Iterator[None]:
    home = airflow_home(settings)
    try:
        home.mkdir(parents=True, exist_ok=True)
        lock = (home / "start.lock").open("a")
    except OSError as error:
        raise OrchestrationError(f"no permission to write in {home}: {error.strerror}") from error
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _wait_until_healthy(settings: Settings, began: float, progress: Progress) -> None:
    """Until the web server answers and each of the others has a heartbeat of its own, younger than `began`."""
    deadline = time.monotonic() + START_SECONDS
    waiting = ""
    with AirflowApi(airflow_address(settings)) as api:
        while True:
            dead = [name for name, pid in status(settings).items() if pid is None]
            if dead:
                died = service(settings, dead[0])
                raise OrchestrationError(f"{died.name} ended while starting (log: {died.log})\n{died.log_tail()}")
            late = api.unhealthy_components(began)
            if not late:
                return
            if (message := f"waiting for {', '.join(late)}") != waiting:
                progress(waiting := message)
            if time.monotonic() > deadline:
                raise OrchestrationError(f"{', '.join(late)} did not become healthy in {START_SECONDS:.0f} s (logs: {settings.logs})")
            time.sleep(0.3)


def _prepare_metadata(settings: Settings) -> None:
    """The database `airflow`, its owner, and Airflow's tables at the installed version; quick when nothing changed."""
    _ensure_metadata_role(settings)
    if ensure_database(settings, METADATA_DATABASE):
        with superuser_engine(settings, database="postgres").begin() as connection:
            connection.execute(text(f"alter database {METADATA_DATABASE} owner to {METADATA_USER}"))
    marker = airflow_home(settings) / "migrated"
    revision = _schema_revision(settings)
    wanted = f"{version('apache-airflow-core')} {revision}"
    if revision and marker.exists() and marker.read_text(encoding="ascii") == wanted:
        return
    log = settings.logs / "airflow-migrate.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        returncode = subprocess.call(
            [sys.executable, "-m", "airflow", "db", "migrate"],
            cwd="/",
            env=process_variables(settings),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    if returncode != 0:
        raise OrchestrationError(f"Airflow's database could not be prepared (log: {log})\n{Service('migrate', Path(), log).log_tail()}")
    marker.write_text(f"{version('apache-airflow-core')} {_schema_revision(settings)}", encoding="ascii")


def _ensure_metadata_role(settings: Settings) -> None:
    engine = superuser_engine(settings, database="postgres")
    try:
        with engine.begin() as connection:
            exists = connection.scalar(text("select 1 from pg_roles where rolname = :name"), {"name": METADATA_USER})
            verb = "alter" if exists else "create"
            connection.execute(
                text(f"{verb} role {METADATA_USER} login password :password"), {"password": settings.secret("airflow_password")}
            )
    except OperationalError as error:
        raise WarehouseError(f"the database server does not answer: {str(error.orig).strip()}") from error
    finally:
        engine.dispose()


def _schema_revision(settings: Settings) -> str | None:
    engine = superuser_engine(settings, database=METADATA_DATABASE)
    try:
        with engine.connect() as connection:
            revision: str | None = connection.scalar(text("select version_num from alembic_version"))
            return revision
    except ProgrammingError:  # A database without Airflow's tables.
        return None
    finally:
        engine.dispose()
