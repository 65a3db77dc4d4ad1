"""The task of `backup`."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

from airflow.sdk import task
from airflow.sdk.exceptions import AirflowSkipException

logger = logging.getLogger(__name__)


# The archive of years takes hours the first time.
@task(pool="default_pool", execution_timeout=timedelta(hours=8))
def make_backup(params: dict[str, Any] | None = None, dag_run: Any = None) -> str:
    """Makes a backup, reads it once more, and only then removes those that have served their term.

    Takes no slot of the warehouse: loads go on. By the clock it is skipped where PIPC_BACKUPS names no folder.
    """
    from pipc_etl.backup.making import back_up
    from pipc_etl.backup.pruning import prune, read_keep
    from pipc_etl.backup.verifying import check_bytes
    from pipc_etl.settings import load_settings

    settings, given = load_settings(), params or {}
    if settings.backups is None and dag_run is not None and dag_run.run_type == "scheduled":
        raise AirflowSkipException("no nightly backups: set PIPC_BACKUPS to a folder on another disk")
    keep = read_keep(settings.backup_keep)
    made = back_up(settings, progress=lambda text: logger.info("%s", text))
    logger.info("%s", made)
    if given.get("verify", True):
        check_bytes(made.path, lambda text: logger.info("%s", text))
    if given.get("prune", True):
        for path in prune(settings.backup_folder, keep):
            logger.info("pruned %s", path.name)
    return str(made)
