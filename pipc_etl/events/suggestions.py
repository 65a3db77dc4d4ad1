"""Which sessions a waiting response could be of, each with why; a person decides."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from pipc_etl.events.check_character import compact
from pipc_etl.events.rules import Question, Session, Sessions
from pipc_etl.events.titles import Title, read_title

_SHOWN = 5
_DAYS_AROUND = 31


@dataclass(frozen=True)
class Suggestion:
    """A session, or a code issued to one that is not reported yet (no title, no day), and why it could be the one."""

    session_code: str
    title: str | None
    session_on: date | None
    why: str


def suggest(question: Question, sessions: Sessions) -> list[Suggestion]:
    """At most five, the likeliest first: codes that differ in one keystroke, sessions of that day, the same name on near days."""
    found: dict[str, Suggestion] = {}
    title = read_title(question.title or "")
    for code in codes_like(question.written_code or "", sessions):
        if code in sessions.by_code:
            _add(found, sessions.by_code[code], "su código se diferencia en un carácter")
        else:
            found[code] = Suggestion(code, None, None, "código asignado que se diferencia en un carácter; falta reportar la sesión")
    of_day = sessions.by_day.get(question.submitted_on, [])
    for session in sorted(of_day, key=lambda item: not _same_name(title, item)):
        _add(found, session, "mismo día y mismo nombre" if _same_name(title, session) else "mismo día")
    for session in _near(question.submitted_on, sessions):
        if len(found) >= _SHOWN:
            break
        if _same_name(title, session):
            _add(found, session, "mismo nombre, otro día")
    return list(found.values())[:_SHOWN]


def codes_like(written: str, sessions: Sessions) -> list[str]:
    """The codes of sessions, then the issued ones, that differ from `written` in one keystroke."""
    mistaken = compact(written)
    return [code for plain, code in sessions.plain_codes if _differ_in_one_keystroke(mistaken, plain)] if mistaken else []


def _add(found: dict[str, Suggestion], session: Session, why: str) -> None:
    found.setdefault(session.session_code, Suggestion(session.session_code, session.title, session.session_on, why))


def _near(day: date, sessions: Sessions) -> list[Session]:
    """The sessions of the month before and after, the nearest first."""
    distances = {other: abs((other - day).days) for other in sessions.by_day}
    near = sorted((other for other, days in distances.items() if days <= _DAYS_AROUND), key=lambda other: (distances[other], other))
    return [session for other in near for session in sessions.by_day[other]]


def _same_name(title: Title, session: Session) -> bool:
    own = read_title(session.title)
    return bool(title.words) and (own.words == title.words or title.contains(own) or own.contains(title))


def _differ_in_one_keystroke(one: str, other: str) -> bool:
    """Whether a character wrong, missing or too many, or two neighbours exchanged, make one of the other."""
    if one == other or abs(len(one) - len(other)) > 1:
        return False
    start = next((place for place, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1]), min(len(one), len(other)))
    if len(one) != len(other):
        short, long = sorted((one, other), key=len)
        return short[start:] == long[start + 1 :]
    if one[start + 1 :] == other[start + 1 :]:
        return True
    return one[start : start + 2] == other[start : start + 2][::-1] and one[start + 2 :] == other[start + 2 :]
