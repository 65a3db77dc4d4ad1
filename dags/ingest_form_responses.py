"""What have citizens answered? Loads the form exports that wait in the landing folder."""

from airflow.sdk import CronTriggerTimetable, Param, dag

from pipc_etl.orchestration.answer_tasks import answer_senders, send_letters
from pipc_etl.orchestration.defaults import OFFICE_TIMEZONE, dag_defaults
from pipc_etl.orchestration.tasks import NEEDED, UNREACHABLE, ingest_batch, new_file_batches, report_failures

RUNBOOK = """
### Cargar las respuestas de los formularios

Toma las exportaciones de Google Forms y Microsoft Forms de `landing/<entidad>/<dependencia>/<formulario>/<período>/`. Una exportación nunca
reemplaza a otra: las respuestas ya conocidas se cuentan y las que cambiaron entran como una versión nueva. Nombres, documentos, correos y
teléfonos solo llegan al esquema `private`.

Después responde a cada remitente (`answer_senders`: acuse y libro señalado en la bandeja de salida) y envía las cartas (`send_letters`).

* **Falló `report_failures`**: un archivo no se pudo tratar o responder por un error nuestro, no del remitente; si no se cargó, sigue en
  `landing`. Lea el registro de la tarea, corrija y ejecute de nuevo: nada se carga ni se responde dos veces.
* **Falló `send_letters`**: el servidor de correo no contestó o rechazó una carta; las demás salieron y esa espera la corrida siguiente.
  `select letter_id, state, error from audit.letter where state in ('queued', 'failed')` dice por qué.
* **Ejecutar a mano**: *Trigger*, con `entity` para limitar a una entidad.
* **Dónde quedó un archivo**: `select * from audit.submission order by ingested_at desc`.
"""


@dag(
    **dag_defaults("ingest", runbook=RUNBOOK),
    schedule=CronTriggerTimetable("5-59/15 6-23 * * *", timezone=OFFICE_TIMEZONE),
    params={"entity": Param(None, type=["null", "string"], title="Entidad", description="Código de la entidad; vacío para todas.")},
)
def ingest_form_responses() -> None:
    waiting = new_file_batches("form_responses")
    needed = ingest_batch.override(task_id="ingest_needed")(waiting[NEEDED])
    loaded = ingest_batch.override(trigger_rule="none_failed").expand(batch=waiting)
    answered = answer_senders()
    needed >> loaded >> answered >> send_letters.override(trigger_rule="all_done")()
    report_failures(needed, loaded, answered, waiting[UNREACHABLE])


ingest_form_responses()
