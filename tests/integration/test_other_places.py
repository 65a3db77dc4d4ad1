"""A file that waits in an S3 storage is taken by Airflow's own scheduler and workers, as one of the landing folder is."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import text

from pipc_etl.warehouse.engine import role_engine
from tests.conftest import INSTALLATION_PREFIX, Installation
from tests.landing.servers import InBucket

pytestmark = pytest.mark.timeout(600)


def test_object_is_taken_and_answered_when_the_scheduler_runs_the_ingest(installation: Installation, storage: Any) -> None:
    """Nobody knows its sender: it adds a returned file to the ledger that the tests of this folder share."""
    bucket = InBucket(storage, "entregas", INSTALLATION_PREFIX)
    name = "otra-entidad/OAP/execution_report/2023-M05/informe de mayo.csv"
    bucket.put(name, "Código del plan;Código de la actividad;Mes reportado\nPIPC;GAB-01;2023-05\n".encode())
    run = installation.api.wait(installation.api.trigger("ingest_submissions"), seconds=300)
    assert installation.api.task_states(run)["report_failures"] == ["success"]
    assert bucket.names() == set()
    engine = role_engine(installation.settings, "loader")
    with engine.connect() as connection:
        rows = connection.execute(
            text(
                "select s.state, s.arrival like '%s3://entregas/' || :prefix || '|%', f.gone_at is not null, a.folder is not null "
                "from audit.submission as s inner join audit.remote_file as f using (landing_path) "
                "inner join audit.submission_event as e on s.submission_id = e.submission_id and e.state = 'received' "
                "left join audit.answer as a on e.event_id = a.event_id where s.landing_path = :name"
            ),
            {"name": name, "prefix": INSTALLATION_PREFIX},
        ).all()
    engine.dispose()
    assert [tuple(row) for row in rows] == [("returned", True, True, True)]
