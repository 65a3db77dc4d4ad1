"""What have citizens answered? Loads the form exports that wait in the landing folder."""

from airflow.sdk import CronTriggerTimetable, Param, dag

from pipc_etl.orchestration.defaults import OFFICE_TIMEZONE, dag_defaults
from pipc_etl.orchestration.tasks import ingest_batch, new_file_batches, report_failures

RUNBOOK = """
### Cargar las respuestas de los formularios

Toma las exportaciones de Google Forms y Microsoft Forms de `landing/<entidad>/<dependencia>/<formulario>/<período>/`. Una exportación nunca
reemplaza a otra: las respuestas ya conocidas se cuentan y las que cambiaron entran como una versión nueva. Nombres, documentos, correos y
teléfonos solo llegan al esquema `private`.

* **Falló `report_failures`**: un archivo no se pudo tratar por un error nuestro, no del remitente; sigue en `landing`. Lea el registro
  de la tarea, corrija y ejecute de nuevo: lo ya cargado no se carga dos veces.
* **Ejecutar a mano**: *Trigger*, con `entity` para limitar a una entidad.
* **Dónde quedó un archivo**: `select * from audit.submission order by ingested_at desc`.
"""


@dag(
    **dag_defaults("ingest", runbook=RUNBOOK),
    schedule=CronTriggerTimetable("5-59/15 6-18 * * *", timezone=OFFICE_TIMEZONE),
    params={"entity": Param(None, type=["null", "string"], title="Entidad", description="Código de la entidad; vacío para todas.")},
)
def ingest_form_responses() -> None:
    report_failures(ingest_batch.expand(batch=new_file_batches("form_responses")))


ingest_form_responses()
