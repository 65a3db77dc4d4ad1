"""What may no longer be kept? Finishes erasures that were killed and removes what has served its term."""

from airflow.sdk import CronTriggerTimetable, Param, dag

from pipc_etl.orchestration.defaults import OFFICE_TIMEZONE, dag_defaults
from pipc_etl.orchestration.housekeeping_tasks import keep_house

RUNBOOK = """
### Mantenimiento

Cada día a las 3:15 aplica la política de retención (`pipc_etl/privacy/retention.yaml`, u otro archivo con `PIPC_RETENTION`): datos
personales de respuestas viejas (años completos), cartas ya enviadas, registros y borradores de informes. Antes termina las supresiones de
datos de una persona (`pipc privacy erase`) que se interrumpieron. Los totales publicados no cambian. Cada regla deja una fila en
`audit.housekeeping`.

* **Ver sin cambiar nada**: *Trigger* con `dry_run`; el resultado dice cuánto se retiraría.
* **Falló `keep_house`**: lo hecho queda hecho; corrija lo que dice el registro y ejecute de nuevo: sigue donde quedó.
* **Falló: «the rules of the policy are...»** o «needs the norm»: el archivo de la política está mal escrito. Reintentar no lo arregla.
"""


@dag(
    **dag_defaults("privacy", runbook=RUNBOOK),
    schedule=CronTriggerTimetable("15 3 * * *", timezone=OFFICE_TIMEZONE),
    params={"dry_run": Param(False, type="boolean", title="Solo contar", description="Dice cuánto se retiraría; no cambia nada.")},
)
def housekeeping() -> None:
    keep_house()


housekeeping()
