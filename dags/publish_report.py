"""Which report is published, at which cut-off? Computes it, waits for a person's approval, and freezes it."""

from airflow.sdk import Param, dag

from pipc_etl.orchestration.defaults import dag_defaults
from pipc_etl.orchestration.publication_tasks import ask_approval, prepare_report, settle_report
from pipc_etl.orchestration.tasks import build_marts

RUNBOOK = """
### Publicar un informe

Se ejecuta a mano (*Trigger*) con la entidad, el informe y el período. Pone los marts al día, calcula las cifras al corte y con lo que se
sabía en el momento pedido, deja un borrador y espera en *Required actions* a que una persona lo apruebe o lo rechace. Con la aprobación
quedan en `PIPC_PUBLICATIONS/<entidad>/<informe>/<período>/<número>/` el informe (HTML y PDF) y los datos abiertos, y nada de ellos cambia.

* **Falló `prepare_report`**: el registro de la tarea dice qué lo impide (errores sin corregir, entregas que faltan o sin aprobar, meses sin
  cerrar, asistencias sin sesión). Se corrige, o se ejecuta otra vez con `waivers`: la razón de cada clase, que el informe imprime. Por
  ejemplo `{"unreviewed_submissions": "Se revisaron por oficio"}`.
* **Quedó omitida**: esa dirección (entidad, informe, período, corte y momento) ya está publicada; es la misma publicación.
* **Falló `settle_report`**: el borrador sigue en el registro; se corrige lo que dice y se limpia la tarea, o `pipc publish approve NÚMERO`.
* **Nadie respondió**: a los 60 días la corrida falla; el borrador se aprueba con `pipc publish approve`, o se rechaza.
"""


@dag(
    **(dag_defaults("publish", runbook=RUNBOOK) | {"max_active_runs": 8}),
    schedule=None,
    params={
        "entity": Param(type="string", minLength=1, title="Entidad", description="Código de la entidad."),
        "report": Param(type="string", minLength=1, title="Informe", description="pipc, pipc_final, accountability, ..."),
        "period": Param(type="string", pattern=r"^20\d\d(-.+)?$", title="Período", description="2021, 2021-S1, 2021-C2, 2021-M05."),
        "cutoff": Param(
            None, type=["null", "string"], format="date", title="Corte", description="2021-08-31; vacío para el fin del período."
        ),
        "known_at": Param(
            None,
            type=["null", "string"],
            format="date-time",
            title="Con lo que se sabía",
            description="2021-10-04T09:00:00-05:00; vacío para el momento en que se pide.",
        ),
        "waivers": Param(
            {}, type="object", additionalProperties={"type": "string"}, title="Pasar por alto", description="La razón de cada clase."
        ),
    },
)
def publish_report() -> None:
    prepared = prepare_report()
    build_marts() >> prepared
    settle_report(prepared, ask_approval(prepared).output)


publish_report()
