"""Observations as a reviewer writes them on one line: `F12: texto`, `Hoja!F12: texto`, `GAB-01: texto`, or a text about the whole file."""

from __future__ import annotations

import re
from collections.abc import Collection

from pipc_etl.warehouse.reviews import Note, RefusedError

_LINE = re.compile(r"(?P<about>[^:\n]{1,120}):(?P<blank>\s*)(?P<text>\S.*)", re.DOTALL)
_CELL = re.compile(r"(?:(?P<sheet>'(?:[^']|'')+'|[^!']+)!)?\$?(?P<column>[A-Za-z]{1,3})\$?(?P<row>[1-9]\d{0,6})")
_RANGE_END = re.compile(r"\$?[A-Za-z]{1,3}\$?[1-9]\d{0,6}\b")  # of `E2:E5`, which is several cells
_CODE_LIKE = re.compile(r"(?=\S*[A-Za-z])(?=\S*\d)[\w.-]+")
_ACTIVITY = re.compile(r"actividad\s+(?P<code>\S+)", re.IGNORECASE)


def parse_note(line: str, activities: Collection[str], sheets: Collection[str]) -> Note:
    """The note that `line` says; `activities` are the codes of the plan, `sheets` those of the reviewed file.

    Raises RefusedError where the line is empty, names an unknown sheet or activity, or could mean a cell as well as an activity.
    """
    whole = line.strip()
    if not whole:
        raise RefusedError("hay una observación vacía: escriba «celda: texto», «actividad: texto» o solo el texto")
    match = _LINE.fullmatch(whole)
    if match is None:
        return Note(whole)
    about, text = match["about"].strip(), match["text"].strip()
    if not match["blank"] and _RANGE_END.match(text):
        return Note(whole)
    activity, cell = _activity(about, activities), _CELL.fullmatch(about)
    if activity and cell and not cell["sheet"]:
        raise RefusedError(f"«{about}» es una celda y también una actividad: escriba «Hoja!{about}: …» o «actividad {about}: …»")
    if activity:
        return Note(text, activity_code=activity)
    if cell:
        return Note(text, sheet=_sheet(cell["sheet"], sheets), cell=f"{cell['column'].upper()}{cell['row']}")
    # «A las 10:30» and «acta-2:folio» need no blank either, and are no places.
    if match["blank"] and _CODE_LIKE.fullmatch(about):
        raise RefusedError(f"«{about}» no es una celda ni una actividad del plan de la vigencia")
    # A colon inside a sentence: the whole is the text.
    return Note(whole)


def _activity(about: str, activities: Collection[str]) -> str | None:
    """The activity of the plan that `about` names, however it is written."""
    said = _ACTIVITY.fullmatch(about)
    code = said["code"] if said else about
    found = next((known for known in activities if known.casefold() == code.casefold()), None)
    if said and found is None:
        raise RefusedError(f"la actividad «{code}» no está en el plan de la vigencia")
    return found


def _sheet(written: str | None, sheets: Collection[str]) -> str | None:
    """The sheet that is meant; without a name the only one with rows, None where the file has none or is not known."""
    if written is None:
        if len(sheets) > 1:
            raise RefusedError(f"el archivo tiene varias hojas ({', '.join(sorted(sheets))}): escriba «Hoja!celda: texto»")
        return next(iter(sheets), None)
    name = written.strip()
    if name.startswith("'"):
        name = name[1:-1].replace("''", "'")
    if sheets and name not in sheets:
        raise RefusedError(f"el archivo no tiene filas en una hoja «{name}»; las tiene en {', '.join(sorted(sheets))}")
    return name
