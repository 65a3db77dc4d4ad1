"""What does each dependency fill in this month? Renders the templates into the pick-up folder."""

from airflow.sdk import CronTriggerTimetable, Param, dag

from pipc_etl.orchestration.defaults import OFFICE_TIMEZONE, dag_defaults
from pipc_etl.orchestration.template_tasks import write_pickup

RUNBOOK = """
### Escribir las plantillas del mes

El primer día de cada mes, a las 5:00, escribe en `pickup/<entidad>/<dependencia>/<tipo>/<período>/` la plantilla de cada entrega de cada
dependencia que reporta: con las actividades y lo programado del plan vigente, los códigos de sus sesiones y sus compromisos abiertos.
Lo que no se entrega mes a mes queda en la carpeta de la vigencia.

* **Ejecutar a mano**: *Trigger*, con `entity` para una sola entidad y `period` para un mes (`2021-M08`); por ejemplo, después de cargar una
  versión nueva del plan. Solo se reescribe lo que cambió.
* **Falta la plantilla de una dependencia**: el registro de la tarea dice por qué (`no tiene actividades en el plan`, `no tiene un plan
  vigente`). Las demás quedan escritas.
* **Falló: «does not answer»**: la base no está corriendo; `pipc up`, y *Trigger*.
* **Falló: «no es un mes» o «no está en el registro»**: corrija el parámetro. Reintentar no lo arregla.
"""


@dag(
    **dag_defaults("templates", runbook=RUNBOOK),
    schedule=CronTriggerTimetable("0 5 1 * *", timezone=OFFICE_TIMEZONE),
    params={
        "entity": Param(None, type=["null", "string"], title="Entidad", description="Código de la entidad; vacío para todas."),
        "period": Param(
            None,
            type=["null", "string"],
            pattern=r"^20\d\d-M(0[1-9]|1[0-2])$",
            title="Mes",
            description="Por ejemplo 2021-M08; vacío para el mes que vence.",
        ),
    },
)
def render_templates() -> None:
    write_pickup()


render_templates()
