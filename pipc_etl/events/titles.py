"""When the title of a form names a session: the same words, apart from what forms add to them (kind of form, date)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from pipc_etl.contracts import fold

MONTHS = (
    "enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre",
)  # fmt: skip
_NUMBER_OF = {name: number for number, name in enumerate(MONTHS, 1)} | {"setiembre": 9}
_SPOKEN_DATE = re.compile(rf"\b(\d{{1,2}}) (?:de )?({'|'.join(_NUMBER_OF)})(?: (?:del? )?(20\d\d))?\b")
_DAY_FIRST = re.compile(r"\b(\d{1,2}) (\d{1,2}) (20\d\d)\b")
_YEAR_FIRST = re.compile(r"\b(20\d\d) (\d{1,2}) (\d{1,2})\b")
# What a form is called before the name of its event.
_FORM_WORDS = frozenset({
    "asistencia", "asistentes", "registro", "listado", "lista", "planilla", "control", "formulario", "formato", "encuesta", "evaluacion",
    "percepcion", "satisfaccion", "inscripcion", "respuestas",
})  # fmt: skip
_CONNECTIVES = frozenset({"de", "del", "la", "el", "los", "las", "a", "al", "en", "y"})
# A single word, such as «Taller», names no session inside a longer title.
_WORDS_TO_BE_FOUND = 2


@dataclass(frozen=True)
class Title:
    """The words that name the event, folded, and the days that the title mentions as (year or None, month, day)."""

    words: str
    days: frozenset[tuple[int | None, int, int]]

    def allows(self, day: date) -> bool:
        """Whether the title mentions no day, or this one."""
        return not self.days or any(
            (year or day.year, month, number) == (day.year, day.month, day.day) for year, month, number in self.days
        )

    def names(self, other: Title) -> bool:
        """Whether this is the whole title of `other`, with nothing after it but what forms add: «Taller de datos - lista de asistencia».

        A connective right after it goes on with the name («Mesa local» is not «Mesa local de control»), and any other word may tell
        one session from another.
        """
        if not other.words or not f"{self.words} ".startswith(f"{other.words} "):
            return False
        added = self.words[len(other.words) :].split()
        return not added or (added[0] in _FORM_WORDS and _FORM_WORDS.union(_CONNECTIVES).issuperset(added))

    def contains(self, other: Title) -> bool:
        """Whether the words of `other`, two at least, stand in this title one after the other: enough to suggest, not to join."""
        return other.words.count(" ") + 1 >= _WORDS_TO_BE_FOUND and f" {other.words} " in f" {self.words} "


@lru_cache(maxsize=4096)
def read_title(text: str) -> Title:
    """`text` without the words of a form at its beginning and without dates."""
    folded = fold(text)
    days: set[tuple[int | None, int, int]] = set()
    for day, month, year in _SPOKEN_DATE.findall(folded):
        days.add((int(year) if year else None, _NUMBER_OF[month], int(day)))
    folded = _SPOKEN_DATE.sub(" ", folded)
    for year, month, day in _YEAR_FIRST.findall(folded):
        days.add((int(year), int(month), int(day)))
    folded = _YEAR_FIRST.sub(" ", folded)
    for day, month, year in _DAY_FIRST.findall(folded):
        days.add((int(year), int(month), int(day)))
    words = _DAY_FIRST.sub(" ", folded).split()
    while words and words[0] in _FORM_WORDS | _CONNECTIVES:
        words.pop(0)
    return Title(" ".join(words), frozenset(days))
