"""The story of one submission: what the ledger, its answers, letters, builds and publications say, in the order in which it happened."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, text

from pipc_etl import journal
from pipc_etl.errors import WarehouseError
from pipc_etl.settings import Settings
from pipc_etl.warehouse.engine import role_engine

# Stages that only the journal tells: the ledger begins with the verdict.
_JOURNAL_ONLY = ("archived", "read", "validated")


@dataclass(frozen=True)
class Step:
    """What happened at `at`; `source` says who tells it."""

    at: datetime
    what: str
    source: str


@dataclass(frozen=True)
class Trail:
    """The submission in one line, and its steps, oldest first."""

    title: str
    steps: tuple[Step, ...]


_STEPS = """
select e.at, e.state || coalesce(': ' || e.note, '') || ' (' || e.actor || ')' as what, 'ledger' as source
from audit.submission_event as e where e.submission_id = :id
union all
select a.answered_at, format(
    'answered in %s: %s solved, %s remaining, %s new findings', a.folder, a.solved_qty, a.remaining_qty, a.new_qty
), 'answer' from audit.answer as a where a.submission_id = :id
union all
select l.created_at, format('letter %s (%s) to %s: queued', l.letter_id, l.purpose, array_to_string(l.recipient_roles, ', ')), 'letter'
from audit.letter as l where l.submission_id = :id
union all
select coalesce(l.sent_at, l.created_at), format('letter %s: %s%s', l.letter_id, l.state, coalesce(' (' || l.error || ')', '')), 'letter'
from audit.letter as l where l.submission_id = :id and l.state <> 'queued'
union all
select e.at, format('%s by %s%s', e.action, e.actor, coalesce(': ' || e.reason, '')), 'review'
from audit.obligation_event as e where e.submission_id = :id
union all
select b.finished_at, format('built into the marts (build %s)', b.build_id), 'build' from audit.build as b
inner join audit.submission as s on s.submission_id = :id
where b.started_at >= s.ingested_at and s.state in ('accepted', 'accepted_with_observations', 'superseded')
and b.build_id = (select min(first.build_id) from audit.build as first where first.started_at >= s.ingested_at)
union all
select coalesce(p.decided_at, p.prepared_at), format(
    '%s figures of %s (%s %s, %s) come from it', count(distinct c.figure_ordinal), p.number, p.report_code, p.period_code, p.state
), 'publication' from audit.publication as p inner join audit.publication_source as c using (publication_id)
where c.submission_id = :id group by p.publication_id
"""


def trail(settings: Settings, submission_id: int) -> Trail:
    """Everything that is known to have happened to the submission; raises WarehouseError where there is none of this number."""
    engine = role_engine(settings, "watcher")
    try:
        with engine.connect() as connection:
            title = _title(connection, submission_id)
            steps = [Step(row[0], row[1], row[2]) for row in connection.execute(text(_STEPS), {"id": submission_id})]
    finally:
        engine.dispose()
    steps += [
        Step(datetime.fromisoformat(line["at"]), _told(line), "journal")
        for line in journal.lines(settings, submission_id=submission_id)
        if line.get("stage") in _JOURNAL_ONLY or "level" in line
    ]
    return Trail(title, tuple(sorted(steps, key=lambda step: step.at)))


def _title(connection: Connection, submission_id: int) -> str:
    query = text(
        "select s.*, (select count(*) from audit.finding as f where f.submission_id = s.submission_id and f.severity = 'error') as errors "
        "from audit.submission as s where s.submission_id = :id"
    )
    row = connection.execute(query, {"id": submission_id}).one_or_none()
    if row is None:
        raise WarehouseError(f"there is no submission {submission_id}: select submission_id, landing_path from audit.submission")
    rows = (
        f"{row.rows_read} rows read, {row.rows_accepted} accepted, {row.rows_quarantined} set apart, {row.rows_already_known} known already"
    )
    return f"submission {submission_id}: {row.landing_path}\n{row.state}; {rows}; {row.errors} errors; sha256 {row.sha256}"


def _told(line: dict[str, object]) -> str:
    if "level" in line:
        return f"{line['level']}: {line['message']}"
    shown = {name: value for name, value in line.items() if name in ("rows", "findings", "errors", "state", "size_bytes", "seconds")}
    return " ".join([str(line["stage"]), *(f"{name}={value}" for name, value in shown.items())])
