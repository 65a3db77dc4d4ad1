"""Started by `services`: imports Airflow once, then forks its processes from that, which halves the time to start them.

`python -m pipc_etl.orchestration.launch [--migrate] SERVICE...`; returns when all are forked, leaving them running.
"""

from __future__ import annotations

import importlib
import os
import sys
import threading

from pipc_etl.orchestration.services import COMMANDS, service
from pipc_etl.settings import load_settings

COMMON_MODULES = (
    "airflow.cli.cli_parser",
    "airflow.providers_manager",
    "airflow.utils.db",
    "airflow.cli.commands.dag_processor_command",
    "airflow.cli.commands.db_command",
    "airflow.cli.commands.scheduler_command",
    "airflow.cli.commands.triggerer_command",
    "airflow.executors.local_executor",
)
# Of the api-server alone; its finished application (`airflow.api_fastapi.main`) opens connections when it is imported.
SERVER_MODULES = (
    "airflow.cli.commands.api_server_command",
    "airflow.api_fastapi.core_api.app",
    "airflow.api_fastapi.core_api.routes.public",
    "airflow.api_fastapi.core_api.routes.ui",
    "airflow.api_fastapi.execution_api.routes",
)


def main(arguments: list[str]) -> int:
    """Fork `airflow <command>` for every named service, after the migration if that is asked for.

    The api-server's modules take as long to import as all others: meanwhile the migration, or else the others, run.
    """
    settings = load_settings()
    names = [name for name in COMMANDS if name in arguments]
    _import(COMMON_MODULES)
    migration = os.fork() if "--migrate" in arguments else None
    if migration == 0:
        return _airflow("db", "migrate")
    early = [name for name in names if name != "api-server"] if migration is None else []
    for name in early:
        if service(settings, name).fork():
            return _airflow(*COMMANDS[name])
    if "api-server" in names:
        _import(SERVER_MODULES)
    if migration is not None and (code := os.waitstatus_to_exitcode(os.waitpid(migration, 0)[1])) != 0:
        return code
    for name in names:
        if name not in early and service(settings, name).fork():
            return _airflow(*COMMANDS[name])
    return 0


def _import(modules: tuple[str, ...]) -> None:
    for module in modules:
        importlib.import_module(module)
    if threading.active_count() != 1:
        raise RuntimeError(f"forking would lose threads: {threading.enumerate()}")


def _airflow(*command: str) -> int:
    from airflow.__main__ import main as airflow_main
    from setproctitle import setproctitle

    sys.argv = ["airflow", *command]
    setproctitle(" ".join(sys.argv))
    airflow_main()  # type: ignore[no-untyped-call]
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
