"""The Spanish of the page itself: what notes, missing numbers and roundings are called."""

from __future__ import annotations

from typing import Final

from pipc_etl.publish.document import Missing, Note
from pipc_etl.publish.numbers import Rounding

NOTE_TITLES: Final[dict[str, str]] = {
    "justification": "Justificación de la dependencia",
    "carried_over": "Trabajo que pasa de una vigencia a otra",
    "non_additive": "Estas cifras no se suman",
    "over_execution": "Por qué se superó lo programado",
    "mixed_cutoff": "Cortes distintos",
    "suppressed": "Datos protegidos",
    "incomplete": "Información incompleta",
    "waiver": "Publicado con una excepción",
    "reconciliation": "Cuadre de las cifras",
    "method": "Método",
    "reconstruction": "Reconstrucción",
}
# Notes that a reader must see before the numbers: they are drawn in the colour of a warning.
WARNINGS: Final = frozenset({"incomplete", "waiver", "reconciliation", "mixed_cutoff", "reconstruction"})

MISSING: Final[dict[Missing, str]] = {
    "pending": "Pendiente: todavía no le corresponde",
    "not_applicable": "No aplica",
    "no_data": "Sin dato: la fuente no lo tiene",
    "no_answer": "Sin respuesta",
    "suppressed": "Dato protegido: son muy pocas personas",
    "not_reported": "No reportado por la dependencia",
}


def note_title(note: Note) -> str:
    return NOTE_TITLES[note.kind]


def rounding_sentence(rounding: Rounding) -> str:
    """How the report rounds, said to a reader."""
    places = {0: "al entero", 1: "a un decimal"}.get(rounding.decimals, f"a {rounding.decimals} decimales")
    match rounding.mode:
        case "half_up":
            return f"Los porcentajes se redondean {places}; la mitad sube."
        case "truncate":
            kept = {0: "en el entero, sin los decimales", 1: "en un decimal"}.get(rounding.decimals, f"en {rounding.decimals} decimales")
            return f"Los porcentajes se truncan {kept}: no se redondean."
        case "exact":
            return "Las cifras se escriben completas, sin redondear."
