"""What an alarm says, in Spanish: what, since when, where, the log, the runbook."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

from pipc_etl.health.check import Check
from pipc_etl.settings import PROJECT_ROOT, Settings

OFFICE_TIME = ZoneInfo("America/Bogota")
RUNBOOK = PROJECT_ROOT / "docs" / "operacion.md"

# The name of every check that may become an alarm; docs/operacion.md has a heading `alarma-<name>` for each.
TITLES = {
    "warehouse": "La base de datos no responde",
    "disk": "Queda poco disco",
    "database": "La base de datos se está quedando sin espacio",
    "api_server": "Airflow no responde",
    "scheduler": "El planificador de Airflow no da señales",
    "dag_processor": "El lector de DAG de Airflow no da señales",
    "triggerer": "El triggerer de Airflow no da señales",
    "workers": "No hay trabajadores de Airflow",
    "redis": "Redis no responde",
    "superset": "Los tableros no responden",
    "run": "Falló una corrida de Airflow",
    "build": "Los marts están atrasados",
    "landing": "Hay archivos esperando en la carpeta de entrega",
    "quarantine": "Crecen las filas apartadas",
    "letters": "Hay cartas que no salen",
    "drafts": "Hay borradores de informes sin decidir",
    "backup": "El respaldo está viejo",
    "certificate": "El certificado está por vencer",
    "migrations": "La base de datos es de otra versión del programa",
    "clock": "El reloj está corrido",
    "alarms": "Las alarmas no salen",
}
_LABELS = {"dag": "DAG", "task": "Tarea", "run": "Corrida", "submissions": "Entregas", "reason": "Motivo", "log": "Registro"}
Event = Literal["raised", "again", "resolved"]
_LEADS = {"raised": "", "again": "Sigue: ", "resolved": "Ya se resolvió: "}


@dataclass(frozen=True)
class Notice:
    """One message to whoever is on call: about `name` (and `subject`), `raised`, still there, or over."""

    event: Event
    name: str
    state: str
    title: str
    what: str
    since: datetime
    runbook: str
    host: str
    subject: str = ""
    times: int = 1
    details: Mapping[str, str] = field(default_factory=dict)

    @property
    def headline(self) -> str:
        level = "" if self.event == "resolved" or self.state == "problem" else " (advertencia)"
        return f"{_LEADS[self.event]}{self.title}{f': {self.subject}' if self.subject else ''}{level}"

    @property
    def text(self) -> str:
        """The message as a person reads it."""
        lines = [self.headline, ""]
        if self.event == "resolved":
            lines += [f"Empezó el {self._moment} y ya no se ve." + (f" Ocurrió {self.times} veces." if self.times > 1 else "")]
        else:
            lines += [self.what, "", f"Desde: {self._moment}"]
            lines += [f"Veces: {self.times}"] if self.times > 1 else []
            lines += [f"{_LABELS.get(name, name)}: {value}" for name, value in self.details.items() if value]
            lines += [f"Qué hacer: {self.runbook}"]
        return "\n".join([*lines, f"Servidor: {self.host}"])

    @property
    def _moment(self) -> str:
        return f"{self.since.astimezone(OFFICE_TIME):%d/%m/%Y a las %H:%M}"

    def fields(self) -> dict[str, Any]:
        """The message for a program; `text` is what chats show."""
        return {
            "text": self.text,
            "event": self.event,
            "alarm": self.name,
            "subject": self.subject,
            "state": self.state,
            "title": self.title,
            "what": self.what,
            "since": self.since.isoformat(timespec="seconds"),
            "times": self.times,
            "runbook": self.runbook,
            "host": self.host,
            **self.details,
        }


def notice_of(settings: Settings, check: Check, event: Event, since: datetime, times: int = 1) -> Notice:
    """The message about `check`; raises KeyError for a check that no runbook speaks of."""
    return Notice(
        event=event,
        name=check.name,
        subject=check.subject,
        state=check.state,
        title=TITLES[check.name],
        what=check.notice,
        since=since,
        times=times,
        runbook=f"{settings.runbook_url or RUNBOOK}#alarma-{check.name}",
        host=socket.gethostname(),
        details=dict(check.details),
    )
