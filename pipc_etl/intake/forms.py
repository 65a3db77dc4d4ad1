"""Google Forms and Microsoft Forms: two dialects of one contract. The columns that their programs write are known here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from pipc_etl.contracts import Contract, fold
from pipc_etl.intake.cells import Contradiction, text_of
from pipc_etl.intake.coercion import is_blank
from pipc_etl.intake.header import Header
from pipc_etl.intake.words import clean

FormDialect = Literal["workbook", "google_forms", "microsoft_forms"]

_MICROSOFT = (
    ("id", "hora de inicio", "hora de finalizacion", "correo electronico", "nombre"),
    ("id", "start time", "completion time", "email", "name"),
)
_MICROSOFT_EXTRA = ("hora de la ultima modificacion", "last modified time", "idioma", "language", "total de puntos", "total points")
_GOOGLE = ("marca temporal", "timestamp")
_PERSONAL_FROM = 3  # the system columns that say who was signed in: e-mail and name
ANONYMOUS = frozenset({"anonymous", "anonimo", "anónimo"})


@dataclass(frozen=True)
class FormLayout:
    """The dialect of a sheet; `system` are the places that the form's program fills."""

    dialect: FormDialect
    system: tuple[int, ...] = ()
    anonymous: tuple[str, ...] = ()


def recognise(header: Header, contract: Contract) -> tuple[Header, FormLayout]:
    """The dialect of the header, and the header in which a question wins over the system column of the same meaning."""
    if contract.flow != "form_responses":
        return header, FormLayout("workbook")
    texts = {place: fold(text) for place, text in header.texts.items()}
    first = tuple(texts.get(place, "") for place in range(5))
    for names in _MICROSOFT:
        if first[:_PERSONAL_FROM] == names[:_PERSONAL_FROM]:
            person = tuple(place for place in range(_PERSONAL_FROM, 5) if first[place] == names[place])
            extra = tuple(place for place, text in texts.items() if text in _MICROSOFT_EXTRA)
            return _questions_first(header, (*range(_PERSONAL_FROM), *person, *extra), person)
    if next((text for _, text in sorted(texts.items())), "") in _GOOGLE:
        return replace(header, duplicates={}, merged=header.duplicates), FormLayout("google_forms", (min(texts),))
    return header, FormLayout("workbook")


def merge_answers(cells: Sequence[object]) -> object:
    """The answer to a question asked in several places (a form with branches): the one that was given."""
    given = list(dict.fromkeys(clean(text_of(cell)) for cell in cells if not is_blank(cell)))
    if len(given) > 1:
        return Contradiction(tuple(given))
    return next((cell for cell in cells if not is_blank(cell)), None)


def _questions_first(header: Header, system: tuple[int, ...], person: tuple[int, ...]) -> tuple[Header, FormLayout]:
    """Of two columns that mean the same, the one that the person answered; `anonymous` in a system column is a blank."""
    columns, merged = dict(header.columns), dict(header.duplicates)
    for name, places in header.duplicates.items():
        questions = tuple(place for place in places if place not in system)
        if questions and len(questions) < len(places):
            columns[name] = questions[0]
            merged.pop(name)
            if len(questions) > 1:
                merged[name] = questions
    anonymous = tuple(name for name, place in columns.items() if place in person)
    return replace(header, columns=columns, duplicates={}, merged=merged), FormLayout("microsoft_forms", system, anonymous)
