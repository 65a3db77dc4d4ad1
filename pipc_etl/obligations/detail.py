"""Everything that is known of one obligation: its due day, its files and its decisions."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime

from sqlalchemy import Connection, text

from pipc_etl.contracts import Catalog
from pipc_etl.contracts.due_days import due_on
from pipc_etl.settings import Settings
from pipc_etl.warehouse.engine import role_engine
from pipc_etl.warehouse.reviews import Decision, Obligation, Observation, Standing, history, open_observations, standing


@dataclass(frozen=True)
class File:
    """A file that came for the obligation, with its findings by severity."""

    number: int
    file_name: str
    state: str
    received_at: datetime
    rows_read: int
    rows_accepted: int
    rows_quarantined: int
    errors: int
    warnings: int


@dataclass(frozen=True)
class Detail:
    """An obligation with its history; `title` is what is delivered."""

    obligation: Obligation
    title: str
    due_on: date | None
    standing: Standing
    files: tuple[File, ...]
    decisions: tuple[Decision, ...]
    observations: tuple[Observation, ...]


def detail(settings: Settings, catalog: Catalog, obligation: Obligation) -> Detail:
    """What the ledger says of the obligation now; files and decisions oldest first."""
    contract = catalog.contracts[obligation.kind]
    engine = role_engine(settings, "loader")
    try:
        with engine.connect() as connection:
            return Detail(
                obligation=obligation,
                title=contract.title,
                due_on=due_on(contract, obligation.period_code),
                standing=standing(connection, obligation),
                files=tuple(_files(connection, obligation)),
                decisions=tuple(history(connection, obligation)),
                observations=tuple(open_observations(connection, obligation)),
            )
    finally:
        engine.dispose()


def _files(connection: Connection, obligation: Obligation) -> list[File]:
    query = text(
        "select s.submission_id as number, s.file_name, s.state, s.received_at, s.rows_read, s.rows_accepted, s.rows_quarantined, "
        "count(*) filter (where f.severity = 'error') as errors, count(*) filter (where f.severity = 'warning') as warnings "
        "from audit.submission as s left join audit.finding as f using (submission_id) "
        "where s.entity_code = :entity_code and s.dependency_code = :dependency_code and s.kind = :kind "
        "and s.period_code = :period_code and not (s.kind = 'execution_report' and s.accumulates) "
        "group by s.submission_id order by s.received_at, s.submission_id"
    )
    return [File(**row._mapping) for row in connection.execute(query, asdict(obligation))]
