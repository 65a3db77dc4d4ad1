"""The queue: responses whose session nobody could tell, grouped by what they say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import Connection, text

from pipc_etl.contracts import fold
from pipc_etl.events import decisions
from pipc_etl.events.rules import Question, Sessions

# Why a response waits though a person settled it: the session is no longer reported. Should it come back, what was settled stands.
SESSION_GONE = "session_gone"


@dataclass(frozen=True)
class Waiting:
    """Responses that say the same: `responses` of them, about which the same was decided; `since` when first."""

    group_id: int
    kind: str
    dependency_code: str
    form_code: str | None
    title: str | None
    submitted_on: date
    written_code: str | None
    session_code: str | None
    method: str
    reason: str
    responses: int
    since: datetime

    @property
    def question(self) -> Question:
        return Question(self.written_code, self.title, self.submitted_on)


@dataclass(frozen=True)
class Choice:
    """Which of an entity's responses are meant; None means any. `form` and `title` are compared as headers are.

    `standing_in`: those that stand in this session now, also where the rules put them there; the code as the history has it.
    """

    entity_code: str
    form: str
    title: str | None = None
    submitted_on: date | None = None
    written_code: str | None = None
    standing_in: str | None = None

    def takes(self, waiting: Waiting) -> bool:
        return (
            fold(self.form) == fold(waiting.form_code or "")
            and (self.title is None or fold(self.title) == fold(waiting.title or ""))
            and (self.submitted_on is None or self.submitted_on == waiting.submitted_on)
            and (self.written_code is None or self.written_code == (waiting.written_code or ""))
            and (self.standing_in is None or self.standing_in == waiting.session_code)
        )


def find_queue(connection: Connection, kind: str, entity_code: str, sessions: Sessions) -> list[Waiting]:
    """What waits for a person: what the rules could not tell, and what was settled to a session that is none of `sessions` now."""
    found = find_waiting(connection, kind, entity_code, ("waiting", "settled"))
    return [
        group if group.method == "waiting" else replace(group, reason=SESSION_GONE)
        for group in found
        if group.method == "waiting" or (group.session_code is not None and group.session_code not in sessions.by_code)
    ]


def find_waiting(connection: Connection, kind: str, entity_code: str, methods: Sequence[str] = ("waiting",)) -> list[Waiting]:
    """The groups of responses that `methods` hold now; their rows stay in temporary table `latest` (decisions.py)."""
    decisions.empty_asked(connection)
    connection.execute(
        text(
            "insert into asked (response_key) select response_key from audit.response_session "
            "where kind = :kind and entity_code = :entity and known_to = 'infinity' and method = any(:methods)"
        ),
        {"kind": kind, "entity": entity_code, "methods": list(methods)},
    )
    decisions.find_latest(connection, kind, entity_code)
    rows = connection.execute(
        text(
            "select group_id, dependency_code, form_code, title, submitted_on, written_code, session_code, method, reason, "
            "count(*) as responses, min(known_from) as since from latest where method = any(:methods) "
            "group by 1, 2, 3, 4, 5, 6, 7, 8, 9 order by 3, 5, 4, 6, 1"
        ),
        {"methods": list(methods)},
    )
    return [Waiting(kind=kind, **row) for row in rows.mappings()]
