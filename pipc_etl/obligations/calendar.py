"""What is expected of whom and when, from the marts, and where each obligation stands at this moment, from the ledger."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import Connection, text

from pipc_etl.contracts import Catalog
from pipc_etl.errors import SettingsError, WarehouseError
from pipc_etl.obligations.naming import due_kinds
from pipc_etl.settings import Settings
from pipc_etl.warehouse.engine import role_engine
from pipc_etl.warehouse.reviews import Obligation, ObligationState, Standing

MART = "marts.rpt_submission_timeliness"


@dataclass(frozen=True)
class Owed:
    """An obligation of the calendar: `due_on` in Bogotá; `is_programmed` False where the plan has nothing for the dependency in it."""

    obligation: Obligation
    due_on: date
    is_programmed: bool
    is_reconstruction: bool


@dataclass(frozen=True)
class LastFile:
    """The last file that came for an obligation, whatever its verdict."""

    number: int
    state: str
    received_at: datetime


@dataclass(frozen=True)
class Listed:
    """A line of the list: what the calendar says (None: it came without being expected, and is not built yet) and what the ledger says."""

    obligation: Obligation
    owed: Owed | None
    standing: Standing
    last: LastFile | None

    def is_overdue(self, today: date) -> bool:
        """Whether the office still waits for it after its due day."""
        return self.standing.state in ("expected", "reopened") and self.owed is not None and self.owed.due_on < today


def calendar(settings: Settings) -> list[Owed]:
    """Every obligation with a due day, past and to come, in the order of its due day; WarehouseError where the marts are not built."""
    engine = role_engine(settings, "analyst")
    try:
        with engine.connect() as connection:
            _require_built(connection)
            query = text(
                "select entity_code, dependency_code, kind, period_code, (due_at at time zone 'America/Bogota')::date, is_programmed, "
                f"is_reconstruction from {MART} where due_at is not null order by due_at, entity_code, dependency_code, kind, period_code"
            )
            return [Owed(Obligation(row[0], row[1], row[2], row[3]), row[4], row[5], row[6]) for row in connection.execute(query)]
    finally:
        engine.dispose()


def _require_built(connection: Connection) -> None:
    query = text(
        "select exists (select from information_schema.columns where table_schema = 'marts' "
        "and table_name = 'rpt_submission_timeliness' and column_name = 'obligation_state')"
    )
    if not connection.scalar(query):
        raise WarehouseError("el calendario de entregas sale de los marts, que aún no están construidos: ejecute `pipc build`")


def standings(connection: Connection) -> dict[Obligation, Standing]:
    """Where every obligation with files or decisions stands now."""
    query = text(
        "select entity_code, dependency_code, kind, period_code, state, submission_id, obligation_event_id, action, actor, reason, at "
        "from audit.obligation_state"
    )
    return {Obligation(*row[:4]): Standing(*row[4:]) for row in connection.execute(query)}


def last_files(connection: Connection) -> dict[Obligation, LastFile]:
    """The last file of every obligation; corrections of the planning office are of none."""
    query = text(
        "select distinct on (entity_code, dependency_code, kind, period_code) entity_code, dependency_code, kind, period_code, "
        "submission_id, state, received_at from audit.submission where not (kind = 'execution_report' and accumulates) "
        "order by entity_code, dependency_code, kind, period_code, submission_id desc"
    )
    return {Obligation(*row[:4]): LastFile(*row[4:]) for row in connection.execute(query)}


def listing(settings: Settings, catalog: Catalog, owed: Iterable[Owed]) -> list[Listed]:
    """The calendar with what the ledger knows at this moment, and what came since it was built."""
    by_obligation = {item.obligation: item for item in owed}
    engine = role_engine(settings, "loader")
    try:
        with engine.connect() as connection:
            stand, last = standings(connection), last_files(connection)
    finally:
        engine.dispose()
    kinds = due_kinds(catalog)
    known = sorted({item for item in (*by_obligation, *stand, *last) if item.kind in kinds}, key=lambda item: _place(item, by_obligation))
    return [Listed(item, by_obligation.get(item), stand.get(item, Standing("expected")), last.get(item)) for item in known]


def require_known(settings: Settings, obligation: Obligation) -> None:
    """SettingsError, with the periods that exist, where nothing is expected and nothing came: a decision would close other periods.

    Raises WarehouseError where nothing came and the marts, which say what is expected, are not built.
    """
    engine = role_engine(settings, "loader")
    try:
        with engine.connect() as connection:
            if obligation in standings(connection):
                return
    finally:
        engine.dispose()
    expected = [item.obligation for item in calendar(settings)]
    if obligation not in expected:
        periods = sorted(item.period_code for item in expected if replace(item, period_code=obligation.period_code) == obligation)
        raise SettingsError(
            f"{obligation}: no se espera nada de ese período ni ha llegado ningún archivo; "
            f"los períodos que hay son {', '.join(periods) or 'ninguno'}"
        )


def _place(obligation: Obligation, owed: dict[Obligation, Owed]) -> tuple[str, date, Obligation]:
    item = owed.get(obligation)
    return (obligation.entity_code, item.due_on if item else date.max, obligation)


def select(
    lines: Iterable[Listed],
    *,
    entity: str | None = None,
    dependency: str | None = None,
    kind: str | None = None,
    period: str | None = None,
    state: ObligationState | None = None,
) -> list[Listed]:
    """The lines that agree with everything that is not None; a period chooses those that begin with it (`2021` the whole year)."""
    return [
        line
        for line in lines
        if entity in (None, line.obligation.entity_code)
        and dependency in (None, line.obligation.dependency_code)
        and kind in (None, line.obligation.kind)
        and (period is None or line.obligation.period_code == period or line.obligation.period_code.startswith(f"{period}-"))
        and state in (None, line.standing.state)
    ]
