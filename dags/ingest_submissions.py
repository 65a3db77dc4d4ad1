"""What have the dependencies handed in, and is it right? Loads the workbooks that wait in the landing folder."""

from airflow.sdk import CronTriggerTimetable, Param, dag

from pipc_etl.orchestration.defaults import OFFICE_TIMEZONE, dag_defaults
from pipc_etl.orchestration.tasks import ingest_batch, new_file_batches, report_failures

RUNBOOK = """
### Cargar las entregas de las dependencias

Toma los archivos de `landing/<entidad>/<dependencia>/<tipo>/<período>/`, los archiva, los lee, los valida con Great Expectations y los
carga con su historia. Un archivo malo nunca detiene a sus vecinos: se devuelve con sus observaciones (`audit.finding`).

* **Falló `report_failures`**: un archivo no se pudo tratar por un error nuestro, no del remitente; sigue en `landing`. Lea el registro
  de la tarea, corrija y ejecute de nuevo: lo ya cargado no se carga dos veces.
* **Ejecutar a mano**: *Trigger*, con `entity` para limitar a una entidad.
* **Dónde quedó un archivo**: `select * from audit.submission order by ingested_at desc`.
"""


@dag(
    **dag_defaults("ingest", runbook=RUNBOOK),
    schedule=CronTriggerTimetable("*/15 6-18 * * 1-5", timezone=OFFICE_TIMEZONE),
    params={"entity": Param(None, type=["null", "string"], title="Entidad", description="Código de la entidad; vacío para todas.")},
)
def ingest_submissions() -> None:
    report_failures(ingest_batch.expand(batch=new_file_batches("submissions")))


ingest_submissions()
