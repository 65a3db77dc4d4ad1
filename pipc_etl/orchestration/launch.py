"""Started by `services`: imports Airflow once, then forks its processes from that, which halves the time to start them.

`python -m pipc_etl.orchestration.launch [--migrate] SERVICE...`; returns when all are forked, leaving them running.
"""

from __future__ import annotations

import importlib
import logging
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
OWN_MODULES = {
    # Its finished application (`airflow.api_fastapi.main`) opens connections when it is imported: not before the migration.
    "api-server": (
        "airflow.cli.commands.api_server_command",
        "airflow.api_fastapi.core_api.app",
        "airflow.api_fastapi.core_api.routes.public",
        "airflow.api_fastapi.core_api.routes.ui",
        "airflow.api_fastapi.execution_api.routes",
    ),
    # Tasks are forks of forks of the scheduler: what it has imported, ten seconds of a core, none of them imports again.
    # Libraries only, so that a task runs the project's code as it is now.
    "scheduler": ("pandas", "great_expectations", "dbt.cli.main", "dbt.adapters.postgres"),
}


def main(arguments: list[str]) -> int:
    """Fork `airflow <command>` for every named service; they import what is theirs while the migration, if asked for, runs."""
    settings = load_settings()
    names = [name for name in COMMANDS if name in arguments]
    import_modules(COMMON_MODULES)
    _end_exporters()
    migration = os.fork() if "--migrate" in arguments else None
    if migration == 0:
        return run_airflow("db", "migrate")
    gate, opener = os.pipe()
    for name in names:
        if service(settings, name).fork():
            os.close(opener)
            import_modules(OWN_MODULES.get(name, ()))
            # One byte each; the end of the pipe instead means that the migration failed.
            return run_airflow(*COMMANDS[name]) if os.read(gate, 1) else 1
    if migration is not None and (code := os.waitstatus_to_exitcode(os.waitpid(migration, 0)[1])) != 0:
        return code
    os.write(opener, b"." * len(names))
    return 0


def import_modules(modules: tuple[str, ...]) -> None:
    """Import what will be shared by forking; raises RuntimeError where an import started threads, which a fork would lose."""
    # It reports every function that it does not document.
    logging.getLogger("great_expectations").setLevel(logging.WARNING)
    for module in modules:
        importlib.import_module(module)
    others = [thread for thread in threading.enumerate() if thread is not threading.main_thread() and thread not in _exporters()]
    if others:
        raise RuntimeError(f"forking would lose threads: {others}")


def _exporters() -> list[threading.Thread]:
    """The threads that send Airflow's metrics (PIPC_OTEL_ENDPOINT); Airflow begins them anew in every process that it forks."""
    return [thread for thread in threading.enumerate() if thread.name.startswith("OtelPeriodicExportingMetricReader")]


def _end_exporters() -> None:
    """End them before we fork: a thread might hold a lock that nobody in the child could release."""
    if _exporters():
        from opentelemetry.metrics import get_meter_provider

        get_meter_provider().shutdown(timeout_millis=2000)  # type: ignore[attr-defined]


def run_airflow(*command: str) -> int:
    """Run `airflow COMMAND` in this process, named so."""
    from airflow.__main__ import main as airflow_main
    from setproctitle import setproctitle

    sys.argv = ["airflow", *command]
    setproctitle(" ".join(sys.argv))
    airflow_main()  # type: ignore[no-untyped-call]
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
