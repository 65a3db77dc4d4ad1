"""What the ledger says of one arrival, as far as its answer needs it: the file, its verdict, its observations, the file before it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Connection, text

from pipc_etl.answers.comparison import Earlier, Noted
from pipc_etl.contracts import Finding, Severity
from pipc_etl.validation.verdict import State
from pipc_etl.warehouse.reviews import Obligation

# More would make an answer that nobody reads and no spreadsheet opens; the counts are always of all of them.
MOST_FINDINGS = 20_000
_FINDING = "rule, severity, scope, message, remedy, sheet, cell, row_number, column_name, value"


@dataclass(frozen=True)
class Record:
    """One arrival: a file in the ledger, or (`is_duplicate`) the bytes of a current one once more at `arrived_at`.

    `taken_at` is when the system took it, which in a reconstruction is not when it is said to have arrived.
    `verdict` is what was said of the file when it came, whatever replaced it since. `counts` has the number of findings by severity,
    `noted` the first of them. `first_accepted` is the number and time of the obligation's first accepted file until then.
    """

    number: int
    obligation: Obligation
    contract_version: str
    form_code: str | None
    file_name: str
    landing_path: str
    sha256: str
    arrived_at: datetime
    received_at: datetime
    taken_at: datetime
    is_duplicate: bool
    is_reconstruction: bool
    verdict: State
    superseded_by: int | None
    rows_read: int
    rows_accepted: int
    rows_quarantined: int
    rows_already_known: int
    counts: dict[Severity, int]
    noted: tuple[Noted, ...]
    earlier: Earlier | None
    first_accepted: tuple[int, datetime] | None
    dependency_name: str
    entity_name: str

    @property
    def rows_were_judged(self) -> bool:
        """Whether somebody looked at the rows: not in a file that could not be read, or whose header was incomplete."""
        return self.verdict in ("accepted", "accepted_with_observations") or self.rows_read > 0


def read_arrival(connection: Connection, event_id: int) -> Record:
    """The record of an event `received` or `duplicate`."""
    event = connection.execute(
        text("select submission_id, state, at, note from audit.submission_event where event_id = :id"), {"id": event_id}
    ).one()
    return _read(connection, event.submission_id, event if event.state == "duplicate" else None)


def read_submission(connection: Connection, number: int) -> Record:
    """The record of the file itself."""
    return _read(connection, number, None)


def read_names(connection: Connection, obligation: Obligation) -> tuple[str, str]:
    """What the dependency and its entity are called now; their codes where the registry does not know them."""
    return _dependency_name(connection, obligation), _entity_name(connection, obligation)


def _read(connection: Connection, number: int, duplicate: Any) -> Record:
    row = connection.execute(text("select * from audit.submission where submission_id = :id"), {"id": number}).one()
    obligation = Obligation(row.entity_code, row.dependency_code, row.kind, row.period_code)
    counts = connection.execute(
        text("select severity, count(*) as quantity from audit.finding where submission_id = :id group by severity"), {"id": number}
    )
    arrived_at = duplicate.at if duplicate else row.received_at
    return Record(
        number=number,
        obligation=obligation,
        contract_version=row.contract_version,
        form_code=row.form_code,
        file_name=row.file_name,
        landing_path=(duplicate and duplicate.note) or row.landing_path,
        sha256=row.sha256,
        arrived_at=arrived_at,
        received_at=row.received_at,
        taken_at=duplicate.at if duplicate else row.ingested_at,
        is_duplicate=duplicate is not None,
        is_reconstruction=row.is_reconstruction,
        verdict=_verdict(connection, number),
        superseded_by=row.superseded_by,
        rows_read=row.rows_read,
        rows_accepted=row.rows_accepted,
        rows_quarantined=row.rows_quarantined,
        rows_already_known=row.rows_already_known,
        counts={row.severity: row.quantity for row in counts},
        noted=_noted(connection, number),
        earlier=None if duplicate else _earlier(connection, row),
        first_accepted=_first_accepted(connection, row, arrived_at),
        dependency_name=_dependency_name(connection, obligation),
        entity_name=_entity_name(connection, obligation),
    )


def _verdict(connection: Connection, number: int) -> State:
    """The first state after `received`: a later one is what became of it, not what was wrong with it."""
    query = text(
        "select state from audit.submission_event where submission_id = :id and state not in ('received', 'duplicate', 'superseded') "
        "order by event_id limit 1"
    )
    return cast(State, connection.execute(query, {"id": number}).scalar_one())


def _noted(connection: Connection, number: int) -> tuple[Noted, ...]:
    """The findings in the order in which they were written; of too many the gravest."""
    rows = connection.execute(
        text(
            f"select * from (select finding_id, row_key, {_FINDING} from audit.finding where submission_id = :id "
            "order by array_position(array['error', 'warning', 'info'], severity), finding_id limit :most) as gravest order by finding_id"
        ),
        {"id": number, "most": MOST_FINDINGS},
    )
    return tuple(
        Noted(
            Finding(
                rule=row.rule,
                severity=row.severity,
                scope=row.scope,
                message=row.message,
                remedy=row.remedy,
                sheet=row.sheet,
                cell=row.cell,
                row=row.row_number,
                column=row.column_name,
                value=row.value,
            ),
            row.row_key,
        )
        for row in rows
    )


def _earlier(connection: Connection, row: Any) -> Earlier | None:
    """The file received just before for the same place, whatever became of it, unless its key says that it is another thing."""
    previous = connection.execute(
        text(
            "select submission_id, received_at from audit.submission where entity_code = :entity_code "
            "and dependency_code = :dependency_code and kind = :kind and period_code = :period_code "
            "and form_code is not distinct from :form_code and contract_version <> '' "
            "and (submission_key is null or cast(:submission_key as text) is null or submission_key = :submission_key) "
            "and (received_at, submission_id) < (:received_at, :submission_id) order by received_at desc, submission_id desc limit 1"
        ),
        dict(row._mapping),
    ).one_or_none()
    if previous is None or not row.contract_version:
        return None
    return Earlier(previous.submission_id, previous.received_at, _noted(connection, previous.submission_id))


def _first_accepted(connection: Connection, row: Any, until: datetime) -> tuple[int, datetime] | None:
    """A correction mends values of a report; it is not the report of its period (as in `rpt_submission_timeliness`)."""
    first = connection.execute(
        text(
            "select submission_id, received_at from audit.submission where entity_code = :entity_code "
            "and dependency_code = :dependency_code and kind = :kind and period_code = :period_code "
            "and state in ('accepted', 'accepted_with_observations', 'superseded') "
            "and not (kind = 'execution_report' and accumulates) and received_at <= :until order by received_at, submission_id limit 1"
        ),
        {**row._mapping, "until": until},
    ).one_or_none()
    return None if first is None else (first.submission_id, first.received_at)


def _dependency_name(connection: Connection, obligation: Obligation) -> str:
    query = text("select dependency_name from audit.ref_dependency where entity_code = :entity and dependency_code = :dependency")
    found = connection.scalar(query, {"entity": obligation.entity_code, "dependency": obligation.dependency_code})
    return str(found or obligation.dependency_code or "sin dependencia")


def _entity_name(connection: Connection, obligation: Obligation) -> str:
    query = text(
        "select r.entity_name from raw.dependency_registry as r inner join audit.submission as s on r._submission_id = s.submission_id "
        "where s.known_to = 'infinity' and s.entity_code = :entity order by r.valid_from desc limit 1"
    )
    return str(connection.scalar(query, {"entity": obligation.entity_code}) or obligation.entity_code or "sin entidad")
