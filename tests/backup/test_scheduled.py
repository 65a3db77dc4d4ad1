"""The DAG `backup` through a real scheduler."""

from __future__ import annotations

from pipc_etl.backup.layout import backups_in
from pipc_etl.backup.verifying import check_bytes
from tests.conftest import Installation


def test_all_databases_are_backed_up_when_the_dag_is_triggered(installation: Installation) -> None:
    api, settings = installation.api, installation.settings
    api.wait_for_dags(["backup"])
    run = api.wait(api.trigger("backup"), seconds=300)
    assert (run.state, api.task_states(run)) == ("success", {"make_backup": ["success"]})
    ((path, manifest),) = backups_in(settings.backup_folder)
    assert set(manifest.databases) >= {"warehouse", "airflow"}
    assert manifest.counts_of("airflow")["public.dag_run"] >= 1
    assert manifest.counts_of("warehouse")["audit.prepared"] >= 1
    assert manifest.recipient is None
    (warning,) = manifest.warnings
    assert "PIPC_BACKUP_KEY" in warning
    assert check_bytes(path) == manifest
