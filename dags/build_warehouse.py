"""What do the figures say now? Rebuilds the marts when anything new was loaded or decided, or a due day has passed."""

from airflow.sdk import AssetAny, AssetOrTimeSchedule, MultipleCronTriggerTimetable, Param, dag

from pipc_etl.orchestration.assets import raw_assets
from pipc_etl.orchestration.defaults import OFFICE_TIMEZONE, dag_defaults
from pipc_etl.orchestration.tasks import build_marts

RUNBOOK = """
### Construir los marts

Un solo comando de dbt construye `staging`, `intermediate` y `marts` y corre sus pruebas. Se dispara con cualquier carga nueva; además,
a las 00:10 (por los plazos que vencieron el día anterior) y cada media hora en horario de oficina (por lo que revisó la oficina de
planeación). Si no hay nada nuevo desde la última construcción no hace nada: la corrida por hora queda omitida.

* **Falló**: el registro de la tarea dice qué modelo o prueba. Los modelos que dependen del que falló no se tocan: conservan las cifras
  anteriores hasta que se corrija y se ejecute de nuevo.
* **Reconstruir todo**: *Trigger* con `full_refresh`.
"""


@dag(
    **dag_defaults("build", runbook=RUNBOOK),
    schedule=AssetOrTimeSchedule(
        timetable=MultipleCronTriggerTimetable("10 0 * * *", "20,50 6-18 * * 1-5", timezone=OFFICE_TIMEZONE),
        assets=AssetAny(*raw_assets()),
    ),
    params={
        "full_refresh": Param(
            False, type="boolean", title="Reconstruir todo", description="Vuelve a calcular también los modelos incrementales."
        )
    },
)
def build_warehouse() -> None:
    build_marts()


build_warehouse()
