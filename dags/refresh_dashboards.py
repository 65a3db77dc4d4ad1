"""Do the dashboards show what the marts say? Checks, pushes and warms them when the marts were built."""

from airflow.sdk import Param, dag

from pipc_etl.orchestration.assets import MARTS
from pipc_etl.orchestration.defaults import dag_defaults
from pipc_etl.orchestration.tasks import push_dashboards

RUNBOOK = """
### Actualizar los tableros

Revisa cada tablero hasta las columnas de los marts, lo lleva a Superset con sus roles y calcula de antemano lo que un navegador pide al
abrirlo. Lo dispara el Asset `marts`, es decir, cada construcción. Las construcciones que llegan mientras corre se atienden juntas en la
corrida siguiente. Si ni los archivos ni los marts cambiaron desde la última vez, y fue hace menos de un día, solo revisa.

* **Ejecutar a mano**: *Trigger*. Con `always` lleva todo aunque nada haya cambiado: así se deshace lo que alguien editó en el navegador.
* **Falló: «Superset does not run»**: Superset no está corriendo. `pipc status` lo confirma, `pipc up` lo arranca; después, *Trigger*. No se
  reintenta, porque esperar no lo arregla. Las cifras de los marts están bien: lo viejo es solo lo que muestran los tableros.
* **Falló con el nombre de un archivo** (`superset/assets/...`): un tablero pide algo que el mart ya no tiene. Los tableros quedan como
  estaban. Corrija el archivo, pruebe con `pipc dashboards check` y ejecute de nuevo.
* **Falló: «Superset refused the push»**: el mensaje trae la razón y el nombre del registro. Nada queda a medias.
* **Alguien está llevando tableros a mano** (`pipc dashboards push`): la tarea espera su turno, no falla.
"""


@dag(
    **dag_defaults("dashboards", runbook=RUNBOOK),
    schedule=[MARTS],
    params={
        "always": Param(
            False, type="boolean", title="Llevar todo", description="Aunque nada haya cambiado; deshace lo editado en el navegador."
        )
    },
)
def refresh_dashboards() -> None:
    push_dashboards()


refresh_dashboards()
