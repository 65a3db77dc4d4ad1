"""What a response says, and the one session that it leaves."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from pipc_etl.events.check_character import ALPHABET, compact, issued_form
from pipc_etl.events.rules import Decision, Question, Session, Sessions
from pipc_etl.events.suggestions import suggest
from pipc_etl.events.titles import read_title

DAY = date(2023, 6, 30)
ISSUED = issued_form("reported")
UNREPORTED = issued_form("not reported")
SESSIONS = (
    Session("SG23-DC1", "Diálogo ciudadano: servicio a la ciudadanía", DAY, "held"),
    Session("SG23-DC2", "Taller de datos", DAY, "held"),
    Session("SG23-DC3", "Taller de datos abiertos", DAY, "planned"),
    Session(ISSUED, "Encuentro con usuarios", date(2023, 7, 5), "held"),
    Session("OTRO-1", "Encuentro con usuarios", date(2023, 7, 6), "cancelled"),
)


def _decide(written: str | None = None, title: str | None = None, day: date = DAY, sessions: tuple[Session, ...] = SESSIONS) -> Decision:
    return Sessions(sessions, [ISSUED, UNREPORTED]).decide(Question(written, title, day))


def _slip(code: str) -> str:
    """`code` with its first character wrong."""
    return next(other for other in ALPHABET if other != code[0]) + code[1:]


@pytest.mark.parametrize(
    ("written", "decision"),
    [
        ("SG23-DC1", Decision("code", "SG23-DC1", "exact")),
        ("sg23 dc1", Decision("code", "SG23-DC1", "spelling")),
        (ISSUED.lower().replace("-", ""), Decision("code", ISSUED, "spelling")),
        ("OTRO-1", Decision("code", "OTRO-1", "exact")),  # cancelled: who writes the code has the last word
        ("SG23-DC9", Decision("waiting", "SG23-DC9", "unknown")),
        ("no sé", Decision("waiting", "no sé", "unknown")),
        (UNREPORTED, Decision("waiting", UNREPORTED, "not_reported")),
        (_slip(ISSUED), Decision("waiting", _slip(ISSUED), "mistyped")),
        ("---", Decision("waiting", "---", "unknown")),
    ],
)
def test_written_code_decides_alone_when_there_is_one(written: str, decision: Decision) -> None:
    # The title would leave one session, but a code that says otherwise is never overruled.
    assert _decide(written, "Taller de datos") == decision


def test_code_waits_when_two_sessions_read_alike() -> None:
    twins = (Session("A-1", "Uno", DAY, "held"), Session("A1", "Dos", DAY, "held"))
    assert _decide("a 1", sessions=twins) == Decision("waiting", "a 1", "ambiguous")
    assert _decide("A1", sessions=twins) == Decision("code", "A1", "exact")


@pytest.mark.parametrize(
    ("title", "session"),
    [
        ("Taller de datos", "SG23-DC2"),
        ("Asistencia TALLER DE DATOS, 30 de junio de 2023", "SG23-DC2"),
        ("Registro de asistencia - Taller de datos abiertos", "SG23-DC3"),  # the other one's name is in it: the whole name wins
        ("Evaluación del diálogo ciudadano: servicio a la ciudadanía (30/06/2023)", "SG23-DC1"),
        ("Diálogo ciudadano: servicio a la ciudadanía - Formulario de registro y asistencia (respuestas)", "SG23-DC1"),
        ("Taller de datos 30/06/2023 - Lista de asistencia", "SG23-DC2"),
        ("Asistencia - Taller de datos - SG23-DC1", "SG23-DC1"),  # the code in the title says more than the name
        ("asistencia-sg23-dc3", "SG23-DC3"),  # as the name of the file
    ],
)
def test_title_and_day_join_when_they_leave_one_session(title: str, session: str) -> None:
    assert _decide(None, title) == Decision("title_and_date", session, "title_and_date")


@pytest.mark.parametrize(
    ("title", "day", "reason"),
    [
        (None, DAY, "blank"),
        ("Asistencia", DAY, "blank"),
        ("Asistencia SG23-DC1", date(2023, 7, 1), "blank"),  # the code of another day's session
        (f"Taller de datos - {ISSUED}", DAY, "blank"),  # the name of one session, the code of another
        ("Taller", DAY, "blank"),  # a part of two names is nobody's name
        ("Taller de datos", date(2023, 7, 1), "blank"),  # answered another day
        ("Taller de datos 29 de junio", DAY, "blank"),  # speaks of another day
        ("Encuentro con usuarios", date(2023, 7, 6), "blank"),  # was cancelled
        ("Jornada doble: taller de datos y taller de datos abiertos", DAY, "blank"),  # two names are nobody's name
        ("Diálogo ciudadano: servicio a la ciudadanía, jornada de la mañana", DAY, "blank"),  # the afternoon's may not be reported yet
        ("Taller de datos 2", DAY, "blank"),
        ("Taller de datos de satisfacción", DAY, "blank"),  # goes on with the name
        ("Taller de datos - ABC-123", DAY, "blank"),  # may be a code that nobody registered
    ],
)
def test_response_waits_when_title_and_day_leave_none_or_several(title: str | None, day: date, reason: str) -> None:
    assert _decide(None, title, day) == Decision("waiting", None, reason)


def test_nothing_is_joined_when_the_only_session_of_the_day_has_a_part_of_the_name() -> None:
    only = (SESSIONS[1],)
    assert _decide(None, "Registro de asistencia - Taller de datos", sessions=only).session_code == "SG23-DC2"
    assert _decide(None, "Taller de datos abiertos", sessions=only) == Decision("waiting", None, "blank")
    known = Sessions(only, [])
    assert [item.why for item in suggest(Question(None, "Taller de datos abiertos", DAY), known)] == ["mismo día y mismo nombre"]


def test_second_session_of_the_day_sends_responses_back_when_its_name_is_the_same() -> None:
    assert _decide(None, "Taller de datos").session_code == "SG23-DC2"
    afternoon = replace(SESSIONS[1], session_code="SG23-DC2B")
    assert _decide(None, "Taller de datos", sessions=(*SESSIONS, afternoon)) == Decision("waiting", None, "several")


@pytest.mark.parametrize(
    ("text", "words", "days"),
    [
        ("Asistencia Diálogo “Talento Humano” 19 Octubre de 2023", "dialogo talento humano", {(2023, 10, 19)}),
        ("Listado de asistencia a la Mesa Local de Suba 5 de septiembre", "mesa local de suba", {(None, 9, 5)}),
        ("taller-2023-06-30", "taller", {(2023, 6, 30)}),
        ("Encuesta de satisfacción", "", set()),
        ("2 de 4", "2 de 4", set()),
    ],
)
def test_title_is_read_without_form_and_date(text: str, words: str, days: set[tuple[int | None, int, int]]) -> None:
    title = read_title(text)
    assert (title.words, title.days) == (words, days)


def test_suggestions_say_why_when_a_response_waits() -> None:
    known = Sessions(SESSIONS, [ISSUED, UNREPORTED])

    def suggested(written: str | None, title: str | None, day: date) -> dict[str, str]:
        return {item.session_code: item.why for item in suggest(Question(written, title, day), known)}

    exchanged = "SG32-DC1"
    assert suggested(exchanged, None, date(2022, 1, 1)) == {"SG23-DC1": "su código se diferencia en un carácter"}
    assert "falta reportar la sesión" in suggested(_slip(UNREPORTED), None, date(2022, 1, 1))[UNREPORTED]
    assert list(suggested(None, "Taller de datos abiertos", DAY)) == ["SG23-DC2", "SG23-DC3", "SG23-DC1"]
    assert suggested(None, "Encuentro con usuarios", date(2023, 7, 7)) == {ISSUED: "mismo nombre, otro día"}
    assert suggested("zzz", None, date(2022, 1, 1)) == {}
    assert compact(ISSUED) != compact(UNREPORTED)
