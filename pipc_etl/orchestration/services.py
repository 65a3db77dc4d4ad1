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

from sqlalchemy import create_engine, text
from sqlalchemy.exc import ProgrammingError
from werkzeug.security import check_password_hash

from pipc_etl.encryption import trusted
from pipc_etl.errors import PipcError
from pipc_etl.orchestration import accounts
from pipc_etl.orchestration.airflow_api import AirflowApi
from pipc_etl.orchestration.airflow_environment import (
    METADATA_DATABASE,
    METADATA_USER,
    SERVICE_USER,
    UI_USER,
    airflow_address,
    airflow_home,
    metadata_url,
    process_variables,
    service_password,
    ui_password,
    write_passwords_file,
)
from pipc_etl.orchestration.defaults import WAREHOUSE_POOL
from pipc_etl.processes import Service, stop_together
from pipc_etl.settings import Settings
from pipc_etl.warehouse.ports import choose_port, kept_port, require_port
from pipc_etl.warehouse.roles import ensure_own_database

COMMANDS = {
    "api-server": ("api-server",),
    "dag-processor": ("dag-processor",),
    "triggerer": ("triggerer", "--skip-serve-logs"),
    "scheduler": ("scheduler", "--skip-serve-logs"),
}
# The scheduler first, while the api-server can still hear how its tasks end; seconds of grace for each stage.
STOP_STAGES = ((("scheduler",), 20.0), (("dag-processor", "triggerer", "api-server"), 4.0))
START_SECONDS = 180.0
Progress = Callable[[str], None]


class OrchestrationError(PipcError):
    """Airflow cannot be started, reached or stopped."""


def service(settings: Settings, name: str) -> Service:
    return Service(name, airflow_home(settings) / "services", settings.logs / f"{name}.log")


def connect(settings: Settings) -> AirflowApi:
    """A client for our own commands: as `admin` where that is the only account, else as one of their own that operates."""
    is_shared = settings.airflow_auth == "simple"
    user, password = (UI_USER, ui_password(settings)) if is_shared else (SERVICE_USER, service_password(settings))
    return AirflowApi(airflow_address(settings), user, password, verify=trusted(settings))


def require_startable(settings: Settings) -> None:
    """Raise, changing nothing, where `start` would fail: the port is taken, or Airflow runs on another one."""
    if not settings.dags.is_dir():
        raise OrchestrationError(f"the DAG folder {settings.dags} does not exist (PIPC_DAGS)")
    if status(settings)["api-server"] is None:
        require_port(settings.airflow_port, "PIPC_AIRFLOW_PORT")
        return
    running = kept_port(airflow_home(settings) / "port")
    if settings.airflow_port not in (0, running):
        raise OrchestrationError(f"Airflow already runs on port {running}: `pipc down` before you change PIPC_AIRFLOW_PORT")


def start(settings: Settings, progress: Progress = lambda _: None) -> bool:
    """Start what is not running yet and wait until all four report healthy; False where nothing had to be started.

    Raises OrchestrationError or WarehouseError with what to do; processes started in vain are stopped again.
    """
    require_startable(settings)
    with _locked(settings):
        missing = [name for name, pid in status(settings).items() if pid is None]
        if not missing:
            return False
        if "api-server" in missing:
            choose_port(settings.airflow_port, airflow_home(settings) / "port", "PIPC_AIRFLOW_PORT")
        ensure_own_database(settings, METADATA_DATABASE, METADATA_USER, settings.secret("airflow_password"))
        write_passwords_file(settings)
        # An earlier process may have died and left children behind.
        _stop(settings, missing)
        began = time.time()
        progress(f"starting {', '.join(missing)}")
        try:
            _launch(settings, missing)
            _wait_until_healthy(settings, began, progress)
            ensure_accounts(settings, progress)
            with connect(settings) as api:
                api.ensure_pool(WAREHOUSE_POOL, settings.warehouse_slots)
        except BaseException:
            _stop(settings, missing)
            raise
        return True


def prepare(settings: Settings) -> None:
    """Airflow's database, tables and pool for processes that run elsewhere; raises with what to do."""
    log = settings.logs / "airflow-prepare.log"
    with _locked(settings):
        ensure_own_database(settings, METADATA_DATABASE, METADATA_USER, settings.secret("airflow_password"))
        write_passwords_file(settings)
        _run("pipc_etl.orchestration.component", ["prepare"], settings, log)
        ensure_accounts(settings)


def ensure_accounts(settings: Settings, progress: Progress = lambda _: None) -> None:
    """The accounts that an installation begins with, where people have their own; looked up first, since making them takes seconds."""
    if settings.airflow_auth != "fab" or _may_enter(settings):
        return
    made = accounts.ensure(settings)
    progress(f"accounts of Airflow made: {', '.join(made)}" if made else "accounts of Airflow are there")


def _may_enter(settings: Settings) -> bool:
    """Whether both accounts exist and the one of our own commands has the password of its secret."""
    engine = create_engine(metadata_url(settings))
    try:
        with engine.connect() as connection:
            found: dict[str, str] = {row[0]: row[1] for row in connection.execute(text("select username, password from ab_user"))}
    except ProgrammingError:  # A database without these tables.
        return False
    finally:
        engine.dispose()
    return UI_USER in found and check_password_hash(found.get(SERVICE_USER) or "", service_password(settings))


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
    for stage, grace_seconds in STOP_STAGES:
        present = [name for name in stage if service(settings, name).recorded()]
        if present and set(present) & set(names):
            progress(f"stopping {', '.join(present)}")
            stopped += stop_together([service(settings, name) for name in present if name in names], grace_seconds)
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
    waiting, is_warm = "", False
    with AirflowApi(airflow_address(settings), verify=trusted(settings)) as api:
        while True:
            dead = [name for name, pid in status(settings).items() if pid is None]
            if dead:
                died = service(settings, dead[0])
                raise OrchestrationError(f"{died.name} ended while starting (log: {died.log})\n{died.log_tail()}")
            late = api.unhealthy_components(began)
            if "api-server" not in late and not is_warm:
                is_warm = True
                api.warm_up()
            if not late:
                return
            if (message := f"waiting for {', '.join(late)}") != waiting:
                progress(waiting := message)
            if time.monotonic() > deadline:
                raise OrchestrationError(f"{', '.join(late)} did not become healthy in {START_SECONDS:.0f} s (logs: {settings.logs})")
            time.sleep(0.3)


def _launch(settings: Settings, names: list[str]) -> None:
    """Fork the processes, migrating Airflow's tables first unless they are known to be at the installed version."""
    marker = airflow_home(settings) / "migrated"
    installed = version("apache-airflow-core")
    revision = _schema_revision(settings)
    is_migrated = revision is not None and marker.exists() and marker.read_text(encoding="ascii") == f"{installed} {revision}"
    arguments = [*([] if is_migrated else ["--migrate"]), *names]
    _run("pipc_etl.orchestration.launch", arguments, settings, settings.logs / "airflow-start.log")
    marker.write_text(f"{installed} {_schema_revision(settings)}", encoding="ascii")


def _run(module: str, arguments: list[str], settings: Settings, log: Path) -> None:
    """Run a module of ours that imports Airflow; raises OrchestrationError with its last words."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        returncode = subprocess.call(
            [sys.executable, "-m", module, *arguments],
            cwd="/",
            env=process_variables(settings),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            umask=0o027,
        )
    if returncode != 0:
        raise OrchestrationError(f"Airflow could not be started (log: {log})\n{Service('start', log.parent, log).log_tail()}")


def _schema_revision(settings: Settings) -> str | None:
    engine = create_engine(metadata_url(settings))
    try:
        with engine.connect() as connection:
            revision: str | None = connection.scalar(text("select version_num from alembic_version"))
            return revision
    except ProgrammingError:  # A database without Airflow's tables.
        return None
    finally:
        engine.dispose()
