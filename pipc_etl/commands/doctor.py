"""What can be wrong with this machine or installation, each with the remedy."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import psutil

from pipc_etl.dashboards import server
from pipc_etl.dashboards.environment import superset_port, superset_python
from pipc_etl.errors import PipcError
from pipc_etl.health.alarms import delivery_check
from pipc_etl.health.check import Check
from pipc_etl.health.machine_checks import GIB, machine_checks
from pipc_etl.orchestration import services
from pipc_etl.orchestration.airflow_environment import airflow_port
from pipc_etl.orchestration.probes import airflow_checks, redis_checks, superset_check, warehouse_checks
from pipc_etl.settings import Settings
from pipc_etl.warehouse.engine import embedded_cluster
from pipc_etl.warehouse.ports import HOST, is_port_free, port_owner

SUPPORTED_PYTHON = ((3, 11), (3, 12))
NEEDED_PACKAGES = ("apache-airflow", "dbt-postgres", "great-expectations", "pandas", "psycopg2-binary", "sqlalchemy")


def examine(settings: Settings) -> list[Check]:
    """Every check, in the order in which problems cause each other; starts and stops nothing."""
    return [
        *_python(),
        *_machine(),
        *_folders(settings),
        *_secrets(settings),
        *_programs(settings),
        *_ports(settings),
        *machine_checks(settings, datetime.now(UTC)),
        *_warehouse(settings),
        *_airflow(settings),
        *redis_checks(settings),
        *_superset(settings),
        delivery_check(settings),
    ]


def summarised(checks: list[Check]) -> list[Check]:
    """The checks as a person reads them: of several of a kind, those that are well are one."""
    shown: list[Check] = []
    for check in checks:
        if not check.subject or check.state != "ok":
            shown.append(check)
        elif not any(other.name == check.name and other.state == "ok" for other in shown):
            well = sum(other.name == check.name and other.state == "ok" for other in checks)
            shown.append(Check(check.name, "ok", f"{well} are well"))
    return shown


def _python() -> Iterator[Check]:
    running = ".".join(map(str, sys.version_info[:3]))
    supported = sys.version_info[:2] in SUPPORTED_PYTHON
    yield Check("python", "ok" if supported else "problem", running, "use Python 3.11 or 3.12: make setup PYTHON=python3.11")
    missing = [name for name in NEEDED_PACKAGES if not _installed(name)]
    if missing:
        yield Check("packages", "problem", f"not installed: {', '.join(missing)}", "make setup")
    else:
        yield Check("packages", "ok", ", ".join(f"{name} {version(name)}" for name in NEEDED_PACKAGES))


def _installed(name: str) -> bool:
    try:
        version(name)
    except PackageNotFoundError:
        return False
    return True


def _machine() -> Iterator[Check]:
    memory = psutil.virtual_memory().available / GIB
    yield Check(
        "memory", "ok" if memory >= 2.5 else "warning", f"{memory:.1f} GB available", "PostgreSQL, Airflow and Superset need about 2.5 GB"
    )
    cores = len(os.sched_getaffinity(0))
    yield Check("cores", "ok" if cores >= 2 else "warning", str(cores), "two cores or more are advisable")


def _folders(settings: Settings) -> Iterator[Check]:
    place = next(folder for folder in (settings.home, *settings.home.parents) if folder.exists())
    is_writable = os.access(place, os.W_OK | os.X_OK)
    yield Check(
        "home",
        "ok" if is_writable else "problem",
        f"{settings.home} {'is writable' if is_writable else 'cannot be written'}",
        "give yourself the folder or set PIPC_HOME",
    )
    for name in ("expectations", "dags", "dbt_project"):
        folder: Path = getattr(settings, name)
        found = folder.is_dir() and any(folder.iterdir())
        yield Check(name, "ok" if found else "problem", f"{folder}{'' if found else ' is missing or empty'}", f"set PIPC_{name.upper()}")


def _secrets(settings: Settings) -> Iterator[Check]:
    folder = settings.secrets
    if not folder.exists():
        yield Check("secrets", "ok", "none yet: the first start makes them")
        return
    open_to_others = [path.name for path in (folder, *folder.iterdir()) if stat.S_IMODE(path.stat().st_mode) & 0o077]
    if open_to_others:
        yield Check("secrets", "problem", f"readable by others: {', '.join(sorted(open_to_others))}", f"chmod -R go= {folder}")
    else:
        yield Check("secrets", "ok", f"{sum(1 for _ in folder.iterdir())} in {folder}, readable by their owner only")


def _programs(settings: Settings) -> Iterator[Check]:
    superset = superset_python(settings)
    found = sorted(superset.parents[1].glob("lib/python*/site-packages/apache_superset-*.dist-info"))
    if superset.exists() and found:
        yield Check("dashboards", "ok", f"Superset {found[-1].name.split('-')[1].removesuffix('.dist')} in {superset.parents[1]}")
    else:
        yield Check("dashboards", "problem", f"Superset is not installed in {superset.parents[1]}", "make setup")
    if settings.chromium is None:
        yield Check(
            "browser", "warning", "no Chromium found: dashboards cannot be sent as pictures", "install chromium or set PIPC_CHROMIUM"
        )
    else:
        yield Check("browser", "ok", settings.chromium)
    if settings.warehouse_url is not None:
        return
    try:
        yield Check("postgresql", "ok", embedded_cluster(settings).program_version())
    except (PipcError, OSError) as error:
        yield Check("postgresql", "problem", str(error), "make setup")


def _ports(settings: Settings) -> Iterator[Check]:
    if settings.warehouse_url is None:
        ours = embedded_cluster(settings).is_running()
        yield _port("PIPC_POSTGRES_PORT", embedded_cluster(settings).port, ours)
    if _is_here(settings.airflow_host):
        yield _port("PIPC_AIRFLOW_PORT", airflow_port(settings), services.status(settings)["api-server"] is not None)
    if _is_here(settings.superset_host):
        yield _port("PIPC_SUPERSET_PORT", superset_port(settings), server.status(settings)[server.NAME] is not None)


def _port(variable: str, port: int, is_ours: bool) -> Check:
    if port == 0:
        return Check("port", "ok", f"{variable}: a free one will be chosen")
    if is_ours or is_port_free(port):
        return Check("port", "ok", f"{port} {'in use by us' if is_ours else 'is free'}")
    return Check("port", "problem", f"{port} is taken{port_owner(port)}", f"end that program or set {variable}")


def _warehouse(settings: Settings) -> Iterator[Check]:
    if settings.warehouse_url is None and not embedded_cluster(settings).is_running():
        yield Check("warehouse", "warning", "not running", "pipc up")
        return
    yield from warehouse_checks(settings)[1]


def _airflow(settings: Settings) -> Iterator[Check]:
    """Airflow's processes where they run on this machine; what they say of themselves where all of them do, or where they run elsewhere."""
    stopped = [name for name, pid in services.status(settings).items() if pid is None] if _is_here(settings.airflow_host) else []
    if stopped:
        yield Check("airflow", "warning", f"not running: {', '.join(stopped)}", "pipc up")
        return
    yield from airflow_checks(settings, datetime.now(UTC))


def _superset(settings: Settings) -> Iterator[Check]:
    if _is_here(settings.superset_host) and server.status(settings)[server.NAME] is None:
        yield Check("superset", "warning", "not running", "pipc up")
        return
    yield superset_check(settings)


def _is_here(host: str) -> bool:
    return host == HOST
