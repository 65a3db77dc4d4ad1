"""What the planning office decides about responses that wait or that the rules joined wrongly, and taking that back."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, Engine, text

from pipc_etl.events import decisions
from pipc_etl.events.joining import FORMS, judge, known_sessions
from pipc_etl.events.problems import EventsError
from pipc_etl.events.rules import EXACT, Sessions
from pipc_etl.events.suggestions import codes_like
from pipc_etl.events.waiting import Choice, find_waiting

_SETTLEABLE = ("waiting", "settled")
# What stands in a session: only for whoever names that session.
_JOINED = ("code", "title_and_date", "settled")


def settle(engine: Engine, choice: Choice, session_code: str | None, *, reason: str, actor: str) -> int:
    """Give the chosen responses a session, or none (`session_code` None), whatever was settled about them before; returns how many.

    Only responses of the queue and those that a person settled; with `choice.standing_in`, those that the rules joined to that session
    too, but for a code that is the session's as written: it stands for itself. Raises EventsError where the session is not registered or
    nothing is chosen.
    """
    with engine.begin() as connection:
        decisions.lock(connection, choice.entity_code)
        code = _registered(known_sessions(connection, choice.entity_code), session_code, choice) if session_code else None
        chosen, decided = 0, 0
        for kind in FORMS:
            groups = _choose(connection, kind, choice, _JOINED if choice.standing_in else _SETTLEABLE)
            chosen += len(groups)
            _change(connection, groups, "settled", ":code", {"code": code, "reason": reason})
            decided += decisions.record_changes(connection, kind, choice.entity_code, actor)
        if not chosen:
            raise EventsError(_nothing(choice, "que se puedan decidir" if choice.standing_in else "en la cola ni decididas antes"))
        return decided


def withdraw(engine: Engine, choice: Choice, *, reason: str, actor: str) -> int:
    """Take back what a person settled about the chosen responses: they are again what the rules say of them. Returns how many.

    Raises EventsError where nothing chosen was settled by a person.
    """
    with engine.begin() as connection:
        decisions.lock(connection, choice.entity_code)
        sessions = known_sessions(connection, choice.entity_code)
        withdrawn = 0
        for kind in FORMS:
            groups = _choose(connection, kind, choice, ("settled",))
            _change(connection, groups, "withdrawn", "written_code", {"reason": reason})
            withdrawn += decisions.record_changes(connection, kind, choice.entity_code, actor)
            decisions.empty_asked(connection)
            connection.execute(text("insert into asked (response_key) select response_key from change"))
            judge(connection, kind, choice.entity_code, actor, sessions)
        if not withdrawn:
            raise EventsError(_nothing(choice, "decididas por una persona"))
        return withdrawn


def _choose(connection: Connection, kind: str, choice: Choice, methods: Sequence[str]) -> list[int]:
    found = find_waiting(connection, kind, choice.entity_code, methods)
    return [group.group_id for group in found if choice.takes(group) and group.reason != EXACT]


def _change(connection: Connection, groups: list[int], method: str, session: str, parameters: dict[str, str | None]) -> None:
    """Put the responses of `groups` into `change`, but for those about which exactly this is decided."""
    decisions.empty_changes(connection)
    connection.execute(
        text(
            f"""
            insert into change (response_key, written_code, replaces, session_code, method, reason)
            select response_key, written_code, decision_id, cast({session} as text), :method, :reason
            from latest
            where group_id = any(:groups) and (method, session_code, reason) is distinct from (:method, cast({session} as text), :reason)
            """
        ),
        {"groups": groups, "method": method, **parameters},
    )


def _registered(sessions: Sessions, given: str, choice: Choice) -> str:
    """The code of the session as it is registered."""
    if given in sessions.by_code:
        return given
    same = sessions.spelled(given)
    if len(same) == 1:
        return same[0].session_code
    near = [session.session_code for session in same] or codes_like(given, sessions)
    hint = f" ¿Es {' o '.join(near)}?" if near else ""
    raise EventsError(
        f"«{given}» no es una sesión registrada de {choice.entity_code}.{hint} Reporte primero la sesión o corrija el código."
    )


def _nothing(choice: Choice, state: str) -> str:
    parts = [f"formulario «{choice.form}»"]
    parts += [f"evento «{choice.title}»"] if choice.title else []
    parts += [f"día {choice.submitted_on:%d/%m/%Y}"] if choice.submitted_on else []
    parts += [f"código escrito «{choice.written_code}»"] if choice.written_code is not None else []
    parts += [f"sesión actual «{choice.standing_in}»"] if choice.standing_in else []
    return f"No hay respuestas {state} con {', '.join(parts)} en {choice.entity_code}. Mire la lista con: pipc events queue"
