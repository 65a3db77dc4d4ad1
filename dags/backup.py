"""Could everything be had again tomorrow? Backs up the databases, the archive, what is published and the secrets, by night."""

from airflow.sdk import CronTriggerTimetable, Param, dag

from pipc_etl.orchestration.backup_tasks import make_backup
from pipc_etl.orchestration.defaults import OFFICE_TIMEZONE, dag_defaults

RUNBOOK = """
### Respaldo

Cada día a las 2:00 hace un respaldo en la carpeta `PIPC_BACKUPS` (sin ella, la corrida por hora queda omitida): las tres bases de datos,
el archivo de originales, lo publicado, las cartas y las claves; cifrado si `PIPC_BACKUP_KEY` trae una clave pública. Se vuelve a leer
completo y solo después se retiran los que ya cumplieron su plazo (`PIPC_BACKUP_KEEP`: días, semanas y meses). Las cargas y los tableros
siguen mientras tanto; una supresión de datos, una construcción o una aprobación esperan a que termine.

* **Falló**: el registro de `make_backup` dice por qué (disco lleno, sin permiso, la base no contesta). Los respaldos anteriores están
  intactos. Corrija y ejecute de nuevo con *Trigger*.
* **Falló: «is not what was written»**: el disco de los respaldos devuelve otra cosa que lo que se escribió. Revíselo antes de confiar
  en él.
* **Ver los que hay**: `pipc backups`. **Recuperar**: `pipc restore CARPETA`, con todo detenido (docs/despliegue.md).
"""


@dag(
    **dag_defaults("backup", runbook=RUNBOOK),
    schedule=CronTriggerTimetable("0 2 * * *", timezone=OFFICE_TIMEZONE),
    params={
        "verify": Param(True, type="boolean", title="Releer", description="Compara cada byte con lo que se escribió."),
        "prune": Param(True, type="boolean", title="Retirar los viejos", description="Según PIPC_BACKUP_KEEP."),
    },
)
def backup() -> None:
    make_backup()


backup()
