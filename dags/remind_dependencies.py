"""Who still owes what? Reminds dependencies before and after the due day, and then their heads."""

from airflow.sdk import CronTriggerTimetable, Param, dag

from pipc_etl.orchestration.answer_tasks import send_letters
from pipc_etl.orchestration.defaults import OFFICE_TIMEZONE, dag_defaults
from pipc_etl.orchestration.reminder_tasks import queue_reminders

RUNBOOK = """
### Recordar las entregas

Cada día hábil encola los recordatorios del día y los envía: tres días hábiles antes del plazo y uno después, a quien entrega; cinco
después, también a su jefatura. Cada uno sale una sola vez. No se recuerda lo recibido, lo aprobado, lo eximido ni la reconstrucción.
El plazo y lo que se espera salen de `marts.rpt_submission_timeliness`; en qué va cada obligación, del libro de entregas en ese momento.

* **Falló `queue_reminders`**: si dice que los marts no están construidos, ejecute `build_warehouse`. Lo encolado no se encola otra vez.
* **Falló `send_letters`**: no se pudo enviar alguna carta; espera en la bandeja de salida hasta la próxima corrida.
* **Se perdió un día**: los recordatorios salen al día siguiente, mientras no venza su ventana. Con `day` se ejecuta como si fuera otro día.
"""


@dag(
    **dag_defaults("remind", runbook=RUNBOOK),
    schedule=CronTriggerTimetable("30 7 * * 1-5", timezone=OFFICE_TIMEZONE),
    params={
        "day": Param(None, type=["null", "string"], format="date", title="Día", description="Día en Bogotá (2021-06-08); vacío para hoy.")
    },
)
def remind_dependencies() -> None:
    queue_reminders() >> send_letters()


remind_dependencies()
