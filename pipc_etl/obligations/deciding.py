"""A decision of the planning office, from what a person types to the ledger and the letter to the dependency."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, text

from pipc_etl.contracts import Catalog
from pipc_etl.contracts.periods import parse_period
from pipc_etl.obligations.notes import parse_note
from pipc_etl.settings import Settings
from pipc_etl.warehouse.engine import role_engine
from pipc_etl.warehouse.reviews import Action, Decision, Note, Obligation, RefusedError, Standing, record, standing


@dataclass(frozen=True)
class Decided:
    """The decision as it is written, and where the obligation stands with it: an approved one of a closed month is frozen at once."""

    obligation: Obligation
    decision: Decision
    now: Standing


def decide(
    settings: Settings,
    catalog: Catalog,
    obligation: Obligation,
    action: Action,
    *,
    actor: str,
    reason: str | None = None,
    observations: Sequence[str] = (),
    number: int | None = None,
) -> Decided:
    """Write the decision; `number` is the file that the person looked at, if they said so.

    Raises RefusedError, and writes nothing, where the state does not admit it, the reason is missing, an observation cannot be
    understood, or another file was accepted after the one that was looked at.
    """
    engine = role_engine(settings, "loader")
    try:
        with engine.begin() as connection:
            before = standing(connection, obligation)
            if number is not None and before.submission_id is not None and before.submission_id != number:
                raise RefusedError(
                    f"la entrega {number} no es la última aceptada de {obligation}: es la {before.submission_id}; revise esa primero"
                )
            notes = _notes(connection, catalog, obligation, before.submission_id, observations)
            decision = record(connection, obligation, action, actor, reason, notes)
            if decision.submission_id != before.submission_id:
                # Nobody looked at the file that was accepted between the two readings: the transaction takes the decision back.
                raise RefusedError(f"mientras se decidía llegó la entrega {decision.submission_id} de {obligation}; revise esa primero")
            return Decided(obligation, decision, standing(connection, obligation))
    finally:
        engine.dispose()


def _notes(connection: Connection, catalog: Catalog, obligation: Obligation, number: int | None, lines: Sequence[str]) -> list[Note]:
    if not lines:
        return []
    activities, sheets = _activities(connection, obligation), _sheets(connection, catalog, obligation, number)
    return [parse_note(line, activities, sheets) for line in lines]


def _activities(connection: Connection, obligation: Obligation) -> set[str]:
    """The activities of the entity's plans of the year."""
    period = parse_period(obligation.period_code)
    query = text("select activity_code from audit.ref_activity where entity_code = :entity and fiscal_year = :year")
    year = period.fiscal_year if period else None
    return set(connection.scalars(query, {"entity": obligation.entity_code, "year": year}))


def _sheets(connection: Connection, catalog: Catalog, obligation: Obligation, number: int | None) -> set[str]:
    """The sheets of the file whose rows were read."""
    table = catalog.contracts[obligation.kind].kind
    query = text(
        f"select distinct _sheet from raw.{table} where _submission_id = :id "
        "union select sheet from audit.quarantine where submission_id = :id"
    )
    return {sheet for sheet in connection.scalars(query, {"id": number}) if sheet}
