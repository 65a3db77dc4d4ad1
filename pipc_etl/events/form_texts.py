"""What to paste into a form so that its responses find their session: text to read, or a table."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from pipc_etl.events.codes import EventCode

_HEADER = (
    "Código del evento",
    "Plan",
    "Actividad",
    "Nombre de la actividad",
    "Mes",
    "Sesión",
    "Título del formulario",
    "Pregunta",
    "Opción",
)
# A cell that begins like this would be a formula for a spreadsheet.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")

_HOW = """
Cómo se usa
  1. La pregunta «{question}» va de primera, obligatoria y con una sola opción, el código: así nadie lo escribe mal.
     Google Forms: tipo «Desplegable». Microsoft Forms: tipo «Opción», en lista desplegable.
  2. Si prefiere una respuesta de texto, envíe el enlace con el código ya escrito:
     Google Forms: menú ⋮ › «Obtener vínculo previamente completado», escriba el código y copie el vínculo. Queda así:
       https://docs.google.com/forms/d/e/.../viewform?usp=pp_url&entry.NÚMERO={code}
     Microsoft Forms: menú ... › «Obtener URL con respuestas previas», escriba el código y copie la dirección. Queda así:
       https://forms.office.com/r/...?PREGUNTA=%22{code}%22
     (los nombres de los menús cambian de una versión a otra)
  3. Un formulario, un evento: para el siguiente haga una copia y cambie el título y el código.
  4. El mismo código va en «{question}» de la planilla de sesiones: con él se unen respuestas y sesión.
"""


def form_title(code: EventCode, form: str) -> str:
    """The title to give the form: what it is for, the session, its code."""
    return f"{form} - {code.title} - {code.session_code}"


def paste_text(codes: Sequence[EventCode], question: str, form: str) -> str:
    """Every code with what to paste, then how; `question`: the header of the code in the contract of `form`."""
    parts = []
    for code in codes:
        parts += [
            f"{code.session_code}  {code.title}",
            f"  Actividad:             {code.plan_code} {code.activity_code} ({code.unit_of_measure} {code.ordinal} de {code.programmed})",
            f"  Título del formulario: {form_title(code, form)}",
            f"  Primera pregunta:      {question}",
            f"  Única opción:          {code.session_code}",
            "",
        ]
    return "\n".join(parts) + _HOW.format(question=question, code=codes[0].session_code)


def table(codes: Sequence[EventCode], question: str, form: str) -> str:
    """The same as CSV with semicolons; no cell begins like a formula."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=";", lineterminator="\r\n")
    writer.writerow(_HEADER)
    for code in codes:
        row = (
            code.session_code, code.plan_code, code.activity_code, code.activity_name, code.period_code,
            f"{code.ordinal} de {code.programmed}", form_title(code, form), question, code.session_code,
        )  # fmt: skip
        writer.writerow([f"'{cell}" if cell.startswith(_FORMULA) else cell for cell in row])
    return buffer.getvalue()
