"""Answers every arrival once, and every decision of the planning office: outbox, workbook, letter, each in one transaction."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection, Engine, text

from pipc_etl import journal
from pipc_etl.answers import letters
from pipc_etl.answers.acknowledgement import Enclosed, What, acknowledgement, change_of, decided, decision_letter, review_of
from pipc_etl.answers.addresses import Role
from pipc_etl.answers.contents import activity_cells, offending_places, row_contents, written_row
from pipc_etl.answers.letters import Attachment, Letter
from pipc_etl.answers.outbox import folder_of
from pipc_etl.answers.record import Record, read_arrival, read_names, read_submission
from pipc_etl.answers.review import Review, RowContent, RowPlace
from pipc_etl.answers.workbook import feedback_workbook
from pipc_etl.contracts import Catalog, Contract, load_catalog
from pipc_etl.intake import ReaderPool, archive, read_batch
from pipc_etl.intake.envelope import Envelope
from pipc_etl.settings import Settings
from pipc_etl.warehouse import reviews
from pipc_etl.warehouse.bulk import is_bulk
from pipc_etl.warehouse.engine import role_engine
from pipc_etl.warehouse.load import quarantine_table
from pipc_etl.warehouse.schema import require_prepared

# Mail servers commonly take 10 MB, and a file grows by more than a third on its way; a larger workbook stays in the outbox.
_LARGEST_MAILED_BYTES = 7 * 10**6
# Some forms of a workbook do not have the sender's whole file.
_FORMS: dict[str, What] = {"edited": "whole", "rebuilt": "whole", "excerpt": "excerpt", "alone": "large"}
_UNKNOWN_SENDER = "file.unknown_sender"
_log = logging.getLogger(__name__)

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Answered:
    """How many arrivals and decisions were answered, and those that could not be because of us, in one line each."""

    answered: int
    failures: tuple[str, ...]


def answer_pending(settings: Settings, progress: Progress = lambda _: None) -> Answered:
    """Answer what has no answer yet; one that fails stops no other. Killed anywhere and run again, each has one answer."""
    engine = role_engine(settings, "loader")
    try:
        require_prepared(engine)
        with engine.connect() as connection:
            arrivals = list(connection.scalars(text(_UNANSWERED)))
            decisions = list(connection.scalars(text(_UNTOLD)))
        if not arrivals and not decisions:
            return Answered(0, ())
        with ReaderPool(settings.read_timeout_seconds, max_file_bytes=settings.max_file_bytes) as pool:
            answering = _Answering(settings, load_catalog(settings.expectations), pool)
            todo = [(answering.arrival, event_id) for event_id in arrivals] + [(answering.decision, event_id) for event_id in decisions]
            return _each(settings, engine, todo, progress)
    finally:
        engine.dispose()


def answer_review(settings: Settings, obligation_event_id: int) -> int:
    """Queue the letter about a decision of the planning office, with its observations on the file; returns the letter's id."""
    engine = role_engine(settings, "loader")
    try:
        with ReaderPool(settings.read_timeout_seconds, max_file_bytes=settings.max_file_bytes) as pool, engine.begin() as connection:
            key = _decision_key(obligation_event_id)
            # A run of the answers may be writing it just now: then it is waited for.
            connection.execute(text("select pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": key})
            _Answering(settings, load_catalog(settings.expectations), pool).decision(connection, obligation_event_id)
            query = text("select letter_id from audit.letter where letter_key = :key")
            return int(connection.execute(query, {"key": key}).scalar_one())
    finally:
        engine.dispose()


# A file that was not yet compared with the list of erased persons waits: its answer would repeat what it says of them.
_UNANSWERED = """
    select e.event_id from audit.submission_event as e left join audit.answer as a using (event_id)
    where e.state in ('received', 'duplicate') and a.event_id is null
    and (
        not exists (select from private.erased_person)
        or exists (
            select from audit.submission as s inner join audit.redaction_check as c on s.sha256 = c.sha256
            where s.submission_id = e.submission_id
        )
    )
    order by e.event_id
"""
_UNTOLD = """
    select e.obligation_event_id from audit.obligation_event as e
    left join audit.letter as l on l.letter_key = 'review|' || e.obligation_event_id
    where l.letter_id is null order by e.obligation_event_id
"""


def _each(
    settings: Settings, engine: Engine, todo: Sequence[tuple[Callable[[Connection, int], str | None], int]], progress: Progress
) -> Answered:
    answered, failures = 0, []
    for number, (answer, event_id) in enumerate(todo, 1):
        try:
            with journal.following(settings), engine.begin() as connection:
                said = answer(connection, event_id)
        except Exception as error:  # noqa: BLE001 - our bug must not stop the neighbours: it is told, and tried again the next time
            failure = f"{answer.__name__} {event_id}: {type(error).__name__}: {_plain(error)}"
            _log.error("%s\n%s", failure, "".join(traceback.format_tb(error.__traceback__)))
            failures.append(failure)
            continue
        if said:
            answered += 1
            progress(f"answer {number}/{len(todo)} {said}")
    return Answered(answered, tuple(failures))


def _plain(error: Exception) -> str:
    """The first line: a database's further lines quote rows, which may name people."""
    return (str(error).splitlines() or [""])[0][:300]


def _decision_key(obligation_event_id: int) -> str:
    return f"review|{obligation_event_id}"


@dataclass(frozen=True)
class _Answering:
    """The answers of one call: one catalogue, one reader of foreign files."""

    settings: Settings
    catalog: Catalog
    pool: ReaderPool

    def arrival(self, connection: Connection, event_id: int) -> str | None:
        """Answer an arrival; None where somebody else does or did."""
        if not _mine(connection, f"answer|{event_id}"):
            return None
        if connection.scalar(text("select 1 from audit.answer where event_id = :id"), {"id": event_id}):
            return None
        record = read_arrival(connection, event_id)
        contract = self._contract(record)
        observations = reviews.open_observations(connection, record.obligation)
        review = self._review(connection, record, contract, observations)
        attachments, enclosed = self._attachments(record, contract, review)
        told = acknowledgement(record, contract, review, enclosed)
        folder = f"{record.number}/repetido-{event_id}" if record.is_duplicate else str(record.number)
        letter = Letter(
            key=f"acknowledgement|{event_id}",
            purpose="acknowledgement",
            **vars(record.obligation),
            roles=_roles(record, contract),
            subject=told.subject,
            text=told.text,
            html=told.html,
            folder=folder,
            submission_id=record.number,
            attachments=attachments,
            is_reconstruction=record.is_reconstruction,
            withheld=_too_late(record.taken_at),
        )
        letters.queue(connection, self.settings, letter)
        _write_answer(connection, event_id, record, review, folder)
        journal.stage("answered", submission_id=record.number, folder=folder)
        return f"{record.landing_path}: {record.verdict if not record.is_duplicate else 'duplicate'}, letter {record.number}"

    def decision(self, connection: Connection, obligation_event_id: int) -> str | None:
        """Tell the dependency what the planning office decided; None where it was told."""
        key = _decision_key(obligation_event_id)
        known = text("select 1 from audit.letter where letter_key = :key")
        if not _mine(connection, key) or connection.scalar(known, {"key": key}):
            return None
        obligation, decision = _decided(connection, obligation_event_id)
        record = read_submission(connection, decision.submission_id) if decision.submission_id else None
        contract = self._contract(record) if record else self.catalog.contracts.get(obligation.kind)
        attachments, enclosed = self._requested(connection, record, contract, decision)
        told = decision_letter(decision, obligation, read_names(connection, obligation), contract, enclosed)
        letter = Letter(
            key=key,
            purpose="review",
            **vars(obligation),
            roles=("contact",),
            subject=told.subject,
            text=told.text,
            html=told.html,
            folder=f"{f'{record.number}/' if record else ''}revision-{obligation_event_id}",
            submission_id=decision.submission_id,
            attachments=attachments,
            is_reconstruction=record is not None and record.is_reconstruction,
            withheld=_too_late(decision.at),
        )
        letters.queue(connection, self.settings, letter)
        return f"{obligation}: {decision.action}"

    def _requested(
        self, connection: Connection, record: Record | None, contract: Contract | None, decision: reviews.Decision
    ) -> tuple[tuple[Attachment, ...], Enclosed | None]:
        """The file that the office wants corrected, with its observations marked; nothing where it asks for no file."""
        if record is None or decision.action not in reviews.ASKS_FOR_A_FILE:
            return (), None
        review = self._review(connection, record, contract, decision.observations)
        return self._attachments(record, contract, decided(review, decision))

    def _contract(self, record: Record) -> Contract | None:
        """The version under which the file was read; None for a place that says no known kind."""
        if record.obligation.kind not in self.catalog.contracts or not record.contract_version:
            return None
        versions = {contract.version: contract for contract in self.catalog.versions(record.obligation.kind)}
        return versions.get(record.contract_version, self.catalog.contracts[record.obligation.kind])

    def _stored(self, record: Record) -> Path:
        return archive.stored(self.settings.archive, record.sha256, record.file_name)

    def _review(
        self, connection: Connection, record: Record, contract: Contract | None, observations: Sequence[reviews.Observation]
    ) -> Review:
        """What is said of the file; its rows are read again, so that the answer repeats what the sender wrote."""
        places = offending_places(noted.finding for noted in record.noted)
        wanted = contract is not None and record.verdict != "unreadable" and not record.is_duplicate and (places or observations)
        rows: dict[RowPlace, RowContent] = {}
        cells: dict[str, tuple[str, str]] = {}
        if contract is not None and wanted and self._stored(record).exists():
            if is_bulk(self._stored(record), self.settings.bulk_bytes):
                rows = _quarantined_rows(connection, record, contract)
            else:
                envelope = Envelope(**vars(record.obligation), file_name=record.file_name, form_code=record.form_code)
                batch = read_batch(self._stored(record), contract, self.catalog, envelope, self.pool)
                rows, cells = row_contents(batch, places), activity_cells(batch)
        return review_of(record, contract, observations, rows, cells)

    def _attachments(self, record: Record, contract: Contract | None, review: Review) -> tuple[tuple[Attachment, ...], Enclosed | None]:
        """The workbook for the outbox, and the one that travels: the same, or its list alone."""
        stored = self._stored(record)
        is_marked = bool(review.findings or review.observations)
        if contract is None or record.verdict == "unreadable" or record.is_duplicate or not is_marked or not stored.exists():
            return (), None
        opened = (self.catalog, self.pool, self.settings.bulk_bytes)
        whole = feedback_workbook(stored, record.file_name, review, *opened)
        if not contract.personal_columns and len(whole.content) <= _LARGEST_MAILED_BYTES:
            return (Attachment(whole.name, whole.content),), Enclosed(whole.name, _FORMS[whole.form])
        listed = feedback_workbook(stored, record.file_name, review, *opened, pending_only=True)
        # Both lie in one folder, and the first is the whole file.
        name = f"{Path(record.file_name).stem} - pendientes.xlsx"
        why: What = "personal" if contract.personal_columns else "large"
        return (Attachment(whole.name, whole.content, is_mailed=False), Attachment(name, listed.content)), Enclosed(name, why)


def _decided(connection: Connection, obligation_event_id: int) -> tuple[reviews.Obligation, reviews.Decision]:
    """A decision of the planning office, and what it is about."""
    query = text("select entity_code, dependency_code, kind, period_code from audit.obligation_event where obligation_event_id = :id")
    obligation = reviews.Obligation(**connection.execute(query, {"id": obligation_event_id}).one()._mapping)
    history = reviews.history(connection, obligation)
    return obligation, next(decision for decision in history if decision.obligation_event_id == obligation_event_id)


def _mine(connection: Connection, name: str) -> bool:
    """Whether this transaction may answer; another process at the same arrival holds the lock until it has."""
    return bool(connection.scalar(text("select pg_try_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": name}))


def _roles(record: Record, contract: Contract | None) -> tuple[Role, ...]:
    """A file that belongs to nobody is the planning office's to find out about, too."""
    is_lost = contract is None or any(noted.finding.rule == _UNKNOWN_SENDER for noted in record.noted)
    return ("contact", "planning_office") if is_lost else ("contact",)


def _too_late(moment: datetime) -> str | None:
    """Why nobody is written to about what happened long ago, as when answers are switched on over an old ledger."""
    if datetime.now(UTC) - moment > timedelta(days=letters.STALE_DAYS):
        return f"de hace más de {letters.STALE_DAYS} días: no se envía"
    return None


def _quarantined_rows(connection: Connection, record: Record, contract: Contract) -> dict[RowPlace, RowContent]:
    """The offending rows of a file too large to be read again."""
    rows = connection.execute(
        text(f'select sheet, row_number, "values" from {quarantine_table(contract)} where submission_id = :id'), {"id": record.number}
    )
    names = [column.name for column in contract.columns]
    return {(row[0], row[1]): written_row(contract, {name: row[2][name] for name in names if name in row[2]}) for row in rows}


def _write_answer(connection: Connection, event_id: int, record: Record, review: Review, folder: str) -> None:
    change = change_of(review)
    connection.execute(
        text(
            "insert into audit.answer (event_id, submission_id, previous_submission_id, solved_qty, remaining_qty, new_qty, folder) "
            "values (:event_id, :submission_id, :previous, :solved, :remaining, :new, :folder)"
        ),
        {
            "event_id": event_id,
            "submission_id": record.number,
            "previous": review.comparison.previous_number if review.comparison else None,
            **change,
            "folder": folder_of(**vars(record.obligation), name=folder),
        },
    )
