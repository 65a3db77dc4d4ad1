"""What do the executives read on Monday? Sends the executive dashboard as PDF or PNG by e-mail."""

from airflow.sdk import CronTriggerTimetable, Param, dag

from pipc_etl.orchestration.defaults import OFFICE_TIMEZONE, dag_defaults
from pipc_etl.orchestration.tasks import mail_picture

RUNBOOK = """
### Enviar el tablero por correo

Los lunes a las 7:00 dibuja el tablero ejecutivo, una página por pestaña, como lo ve el usuario `ejecutivo` con los filtros iniciales, y lo
envía: un correo por destinatario. Está apagado hasta que se diga a quién: sin `PIPC_PICTURE_RECIPIENTS` la corrida lo dice y se omite.

* **Encender**: `PIPC_PICTURE_RECIPIENTS` con los correos separados por comas, `PIPC_SMTP_URL=smtp+starttls://usuario:clave@servidor:587`
  y `PIPC_MAIL_FROM`; después `pipc down` y `pipc up`.
* **Ejecutar a mano**: *Trigger*, con otro tablero, otro formato u otros destinatarios. Sin Airflow: `pipc dashboards picture resumen`.
* **Falló: «the mail server ... did not take»**: el mensaje dice qué dirección y por qué. Si alguien ya lo recibió no se reintenta, para no
  enviarlo dos veces: corrija y ejecute a mano solo con los que faltan.
* **Falló: «Superset does not run»**: `pipc up`, y *Trigger*.
* **Falló: «charts of the page failed» o «was not drawn»**: una imagen incompleta no se envía. Abra el tablero en el navegador y vea qué
  dice.
"""


@dag(
    **dag_defaults("dashboards", runbook=RUNBOOK),
    schedule=CronTriggerTimetable("0 7 * * 1", timezone=OFFICE_TIMEZONE),
    params={
        "dashboard": Param("resumen", type="string", title="Tablero", description="Como termina su dirección: resumen."),
        "format": Param("pdf", type="string", enum=["pdf", "png"], title="Formato"),
        "recipients": Param(
            None,
            type=["null", "string"],
            title="Destinatarios",
            description="Correos separados por comas; vacío para los de PIPC_PICTURE_RECIPIENTS.",
        ),
    },
)
def send_dashboard_picture() -> None:
    mail_picture()


send_dashboard_picture()
