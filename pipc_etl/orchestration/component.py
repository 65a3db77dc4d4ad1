"""One of Airflow's processes in the foreground, as a container runs it: `python -m pipc_etl.orchestration.component NAME`.

Its environment is `process_variables`, which `pipc airflow NAME` gives it.
"""

from __future__ import annotations

import sys

from pipc_etl.orchestration.defaults import WAREHOUSE_POOL
from pipc_etl.orchestration.launch import COMMON_MODULES, OWN_MODULES, import_modules, run_airflow
from pipc_etl.orchestration.services import COMMANDS
from pipc_etl.settings import load_settings

COMPONENTS = {
    **COMMANDS,
    # Logs lie in a folder that the api-server sees too: no port to read them by.
    "worker": ("celery", "worker", "--skip-serve-logs"),
}
# Not a process that stays: the tables of Airflow's own database, and the pool that every task of ours waits for.
PREPARE = "prepare"


def main(arguments: list[str]) -> int:
    """Become the named process, or prepare the database for all of them; returns the exit code."""
    name, settings = arguments[0], load_settings()
    if name == PREPARE:
        return run_airflow("db", "migrate") or run_airflow(
            "pools", "set", WAREHOUSE_POOL, str(settings.warehouse_slots), "tasks that write to the warehouse"
        )
    import_modules(_preloaded(name, settings.executor))
    return run_airflow(*COMPONENTS[name])


def _preloaded(name: str, executor: str) -> tuple[str, ...]:
    """What the process imports before it forks: tasks are forks of the worker, or of the scheduler where no worker runs them."""
    if name == "worker":
        return ("airflow.cli.cli_parser", "airflow.providers.celery.cli.celery_command", *OWN_MODULES["scheduler"])
    if name == "scheduler" and executor != "local":
        return COMMON_MODULES
    return (*COMMON_MODULES, *OWN_MODULES.get(name, ()))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
