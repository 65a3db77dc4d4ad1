"""What the planning office decides about obligations (`audit.obligation_event`) and where they stand (`audit.obligation_state`)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Literal, get_args

from sqlalchemy import Connection, text

from pipc_etl.errors import PipcError

ObligationState = Literal["expected", "received", "approved", "frozen", "waived", "reopened"]
Action = Literal["approve", "return", "waive", "reopen"]
STATES: tuple[ObligationState, ...] = get_args(ObligationState)
ACTIONS: tuple[Action, ...] = get_args(Action)

# What may be decided in each state, and where it leads. What a file does (expected or reopened -> received) and what the closing of the
# month does (approved -> frozen) are no decisions: the view `audit.obligation_state` tells them.
ALLOWED: Mapping[tuple[ObligationState, Action], ObligationState] = {
    ("received", "approve"): "approved",
    ("reopened", "approve"): "approved",
    ("received", "return"): "expected",
    ("expected", "waive"): "waived",
    ("reopened", "waive"): "waived",
    ("approved", "reopen"): "reopened",
    ("frozen", "reopen"): "reopened",
    ("waived", "reopen"): "reopened",
}
# Whoever takes back what a dependency may count on says why; approving needs no reason.
NEEDS_REASON: frozenset[Action] = frozenset({"return", "waive", "reopen"})
# In these states a file is returned whole: the office reopens first.
CLOSED_STATES: frozenset[ObligationState] = frozenset({"approved", "frozen", "waived"})
# Decisions that ask the dependency for something: only they carry observations.
ASKS_FOR_A_FILE: frozenset[Action] = frozenset({"return", "reopen"})

STATE_WORDS: Mapping[ObligationState, str] = {
    "expected": "esperada",
    "received": "recibida",
    "approved": "aprobada",
    "frozen": "congelada",
    "waived": "eximida",
    "reopened": "reabierta",
}
ACTION_WORDS: Mapping[Action, str] = {"approve": "aprobar", "return": "devolver", "waive": "eximir", "reopen": "reabrir"}


class RefusedError(PipcError):
    """A decision that the state of the obligation does not admit, or that lacks its reason; says in Spanish what may be done."""


@dataclass(frozen=True, order=True)
class Obligation:
    """What is expected of a dependency for a kind and a period."""

    entity_code: str
    dependency_code: str
    kind: str
    period_code: str

    def __str__(self) -> str:
        return f"{self.entity_code}/{self.dependency_code}/{self.kind}/{self.period_code}"


@dataclass(frozen=True)
class Note:
    """An observation as the office writes it: about a cell, about an activity, or, with neither, about the whole file."""

    text: str
    sheet: str | None = None
    cell: str | None = None
    activity_code: str | None = None


@dataclass(frozen=True)
class Observation(Note):
    """A note as it stands in the ledger: of which file it speaks, who wrote it and when."""

    submission_id: int | None = None
    actor: str = ""
    at: datetime | None = None


@dataclass(frozen=True)
class Standing:
    """Where an obligation stands: `submission_id` is its last accepted file; the rest is the last decision, None where there is none."""

    state: ObligationState
    submission_id: int | None = None
    obligation_event_id: int | None = None
    action: Action | None = None
    actor: str | None = None
    reason: str | None = None
    at: datetime | None = None


@dataclass(frozen=True)
class Decision:
    """A decision of the history."""

    obligation_event_id: int
    action: Action
    state_before: ObligationState
    state_after: ObligationState
    submission_id: int | None
    actor: str
    reason: str | None
    at: datetime
    observations: tuple[Observation, ...]


_SAME = "entity_code = :entity_code and dependency_code = :dependency_code and kind = :kind and period_code = :period_code"


def standing(connection: Connection, obligation: Obligation) -> Standing:
    """Where the obligation stands now; expected where nothing is known of it."""
    query = text(f"select state, submission_id, obligation_event_id, action, actor, reason, at from audit.obligation_state where {_SAME}")
    row = connection.execute(query, asdict(obligation)).one_or_none()
    return Standing("expected") if row is None else Standing(**row._mapping)


def record(
    connection: Connection, obligation: Obligation, action: Action, actor: str, reason: str | None = None, notes: Iterable[Note] = ()
) -> Decision:
    """Write a decision with its observations; raises RefusedError, and writes nothing, where it is not allowed.

    Inside the caller's transaction, which holds the obligation until it ends: two decisions never start from the same state.
    """
    connection.execute(text("select pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": f"obligation|{obligation}"})
    before = standing(connection, obligation)
    given, said = tuple(notes), (reason or "").strip() or None
    after = _allowed(before, action, said, given)
    event_id: int = connection.execute(
        text(
            "insert into audit.obligation_event (entity_code, dependency_code, kind, period_code, action, state_before, state_after, "
            "submission_id, actor, reason) values (:entity_code, :dependency_code, :kind, :period_code, :action, :before, :after, "
            ":submission_id, :actor, :reason) returning obligation_event_id"
        ),
        asdict(obligation)
        | {"action": action, "before": before.state, "after": after, "submission_id": before.submission_id, "actor": actor, "reason": said},
    ).scalar_one()
    if given:
        connection.execute(
            text(
                "insert into audit.observation (obligation_event_id, submission_id, sheet, cell, activity_code, text) "
                "values (:event_id, :submission_id, :sheet, :cell, :activity_code, :text)"
            ),
            [asdict(note) | {"event_id": event_id, "submission_id": before.submission_id} for note in given],
        )
    return next(decision for decision in history(connection, obligation) if decision.obligation_event_id == event_id)


def _allowed(before: Standing, action: Action, reason: str | None, notes: Sequence[Note]) -> ObligationState:
    """The state that the decision leads to; RefusedError where it may not be taken."""
    after = ALLOWED.get((before.state, action))
    if after is None:
        possible = _alternatives([ACTION_WORDS[other] for state, other in ALLOWED if state == before.state])
        raise RefusedError(
            f"no se puede {ACTION_WORDS[action]} una obligación {STATE_WORDS[before.state]}; en ese estado se puede {possible}"
        )
    if action == "approve" and before.submission_id is None:
        raise RefusedError("no se puede aprobar una obligación sin archivo aceptado; espere la entrega, o exímala con su razón")
    if action in NEEDS_REASON and reason is None:
        raise RefusedError(f"para {ACTION_WORDS[action]} hace falta la razón (--reason)")
    if notes and action not in ASKS_FOR_A_FILE:
        raise RefusedError("las observaciones acompañan una devolución o una reapertura; al aprobar o eximir escriba la razón")
    return after


def _alternatives(words: Sequence[str]) -> str:
    *first, last = words
    return f"{', '.join(first)} o {last}" if first else last


def history(connection: Connection, obligation: Obligation) -> list[Decision]:
    """Every decision about the obligation with its observations, oldest first."""
    rows = connection.execute(
        text(
            "select obligation_event_id, action, state_before, state_after, submission_id, actor, reason, at "
            f"from audit.obligation_event where {_SAME} order by obligation_event_id"
        ),
        asdict(obligation),
    ).all()
    observed = _observations(connection, [row[0] for row in rows])
    return [Decision(**row._mapping, observations=tuple(observed.get(row.obligation_event_id, ()))) for row in rows]


def open_observations(connection: Connection, obligation: Obligation) -> list[Observation]:
    """What the office asked for with its last decision: open until it decides again, whatever files arrive meanwhile."""
    last = standing(connection, obligation)
    if last.obligation_event_id is None:
        return []
    return _observations(connection, [last.obligation_event_id]).get(last.obligation_event_id, [])


def _observations(connection: Connection, event_ids: Sequence[int]) -> dict[int, list[Observation]]:
    """The observations of each decision, in the order in which they were written."""
    query = text(
        "select o.obligation_event_id, o.text, o.sheet, o.cell, o.activity_code, o.submission_id, e.actor, e.at "
        "from audit.observation as o inner join audit.obligation_event as e using (obligation_event_id) "
        "where o.obligation_event_id = any(:ids) order by o.observation_id"
    )
    found: dict[int, list[Observation]] = {}
    for row in connection.execute(query, {"ids": list(event_ids)}):
        found.setdefault(row[0], []).append(Observation(*row[1:]))
    return found
