"""The run of the present task, as Airflow's own OpenLineage events name it: what the task does is told as a part of it."""

from __future__ import annotations

from airflow.sdk import get_current_context

from pipc_etl.lineage.destination import JOB_NAMESPACE, Parent
from pipc_etl.settings import Settings


def present_run(settings: Settings) -> Parent | None:
    """The present task's run, None where lineage is off."""
    if settings.openlineage is None:
        return None
    from airflow.providers.openlineage.plugins import macros

    task = get_current_context()["ti"]
    return Parent(JOB_NAMESPACE, macros.lineage_job_name(task), macros.lineage_run_id(task))
