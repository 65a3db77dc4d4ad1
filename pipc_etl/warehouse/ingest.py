"""The one way in: archive -> read -> validate -> load -> remove where it waited, for a list of files. CLI and DAG call the same."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import psycopg2
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from pipc_etl import journal
from pipc_etl.contracts import Catalog, Finding, load_catalog
from pipc_etl.contracts.periods import BOGOTA
from pipc_etl.intake.archive import Archived, FileChangedError, drop_unfinished
from pipc_etl.intake.envelope import Envelope, parse
from pipc_etl.intake.landing import Fetched, LandingPlaces, PlaceError, Waiting
from pipc_etl.intake.reader import ReaderPool
from pipc_etl.settings import Settings
from pipc_etl.warehouse import ledger, remote_files
from pipc_etl.warehouse.bulk import BulkLoad, drop_leftovers, is_bulk
from pipc_etl.warehouse.engine import role_engine
from pipc_etl.warehouse.forgotten import ErasedMeanwhileError
from pipc_etl.warehouse.judge import Judge, Judged, as_closed_now, envelope_fields, facts_of, misplaced
from pipc_etl.warehouse.ledger import Arrival
from pipc_etl.warehouse.load import Loaded, load_small
from pipc_etl.warehouse.schema import require_prepared

_ACCEPTED = ("accepted", "accepted_with_observations", "superseded")
_log = logging.getLogger(__name__)

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Outcome:
    """What became of one file.

    `how`: loaded (in the ledger for the first time, whatever the verdict), duplicate (bytes already current), taken (this very arrival was
    already in the ledger: only its removal was left to do), waiting (still changing, or gone: nothing done), failed (`error`: ours to mend,
    the file stays). An `error` beside another `how`: it is in the ledger, but could not be taken away from where it waited. `source` says
    where it waited; for a file of another server `path` is where it would lie in the landing folder.
    """

    path: Path
    how: Literal["loaded", "duplicate", "taken", "waiting", "failed"]
    kind: str | None = None
    state: str | None = None
    submission_id: int | None = None
    rows_read: int = 0
    rows_accepted: int = 0
    rows_quarantined: int = 0
    rows_already_known: int = 0
    findings: tuple[Finding, ...] = ()
    error: str | None = None
    source: str = ""

    @property
    def loaded(self) -> bool:
        """Whether the ledger has a newly accepted file of it: what the models are made of changed."""
        return self.how == "loaded" and self.state in _ACCEPTED

    @property
    def failed(self) -> bool:
        return self.how == "failed"


def ingest_paths(paths: Iterable[Path], settings: Settings, *, progress: Progress | None = None) -> list[Outcome]:
    """Take in the files of the landing folder at `paths`, as `ingest_files` does."""
    with LandingPlaces(settings) as places:
        return ingest_files([Waiting(path.absolute()) for path in paths], places, settings, progress=progress)


def ingest_files(files: Iterable[Waiting], places: LandingPlaces, settings: Settings, *, progress: Progress | None = None) -> list[Outcome]:
    """Take every one of `files` in; one bad file never stops its neighbours, nor does a place that no longer answers.

    Kinds come after those they depend on, and files of a kind (and of those it is judged with: a plan and the requests that justify it) in
    the order in which they were received; within one minute, requests before plans before closings. Raises WarehouseError only where
    nothing at all can be done (no database, no tables).
    """
    wanted = list(dict.fromkeys(files))
    catalog = load_catalog(settings.expectations)
    say = progress or (lambda _: None)
    engine = role_engine(settings, "loader")
    try:
        require_prepared(engine)
        drop_leftovers(engine)
        drop_unfinished(settings.archive)
        with ReaderPool(settings.read_timeout_seconds, max_file_bytes=settings.max_file_bytes) as pool:
            secret = settings.secret("person_key")
            ingest = _Ingest(settings, catalog, engine, Judge(catalog, engine, pool, secret), BulkLoad(engine, catalog, secret), places)
            outcomes, archived = ingest.archive(wanted)
            for number, file in enumerate(archived, 1):
                outcome = ingest.take(file)
                outcomes[file.waiting] = outcome
                say(f"{number}/{len(archived)} {file.arrival.landing_path}: {_summary(outcome)}")
    finally:
        engine.dispose()
    return [outcomes[file] for file in wanted]


@dataclass(frozen=True)
class _File:
    """An archived file and where it belongs in the order; `received_at` as simulated, else when it landed."""

    fetched: Fetched
    presence: int | None
    arrival: Arrival
    envelope: Envelope | tuple[Finding, ...]
    received_at: datetime
    is_simulated: bool

    @property
    def waiting(self) -> Waiting:
        return self.fetched.waiting

    @property
    def archived(self) -> Archived:
        return self.fetched.archived


class _Ingest:
    """The files of one call: one catalogue, one engine, one judge of small files, one loader of large ones."""

    def __init__(self, settings: Settings, catalog: Catalog, engine: Engine, judge: Judge, bulk: BulkLoad, places: LandingPlaces) -> None:
        self.settings = settings
        self.catalog = catalog
        self.engine = engine
        self.judge = judge
        self.bulk = bulk
        self.places = places

    def archive(self, waiting: Iterable[Waiting]) -> tuple[dict[Waiting, Outcome], list[_File]]:
        """Store the originals; what cannot be taken now, and the others in the order of loading."""
        outcomes: dict[Waiting, Outcome] = {}
        files: list[_File] = []
        lost: set[str] = set()
        for one in waiting:
            if one.address in lost:  # said once; its files wait
                outcomes[one] = Outcome(one.path, "waiting", source=str(one))
                continue
            try:
                files.append(self._archived(one))
            except (FileChangedError, FileNotFoundError):
                outcomes[one] = Outcome(one.path, "waiting", source=str(one))
            except Exception as error:  # noqa: BLE001 - recorded for this file; the others go on
                outcomes[one] = _failure(one, error)
                if isinstance(error, PlaceError):
                    lost.add(one.address)
        rank = self.catalog.load_ranks()

        def place(file: _File) -> tuple[int, datetime, int, datetime, str]:
            kind = file.envelope.kind if isinstance(file.envelope, Envelope) else ""
            number, turn = rank.get(kind, (len(rank), 0))
            # Copied in one go, a plan may land a moment before the requests that justify it.
            return (number, file.received_at.replace(second=0, microsecond=0), turn, file.received_at, file.arrival.landing_path)

        return outcomes, sorted(files, key=place)

    def _archived(self, waiting: Waiting) -> _File:
        landing = self.settings.landing
        # Before its bytes are read: whoever takes it away meanwhile closes this very presence.
        presence = remote_files.presence(self.engine, waiting) if waiting.address else None
        fetched = self.places.of(waiting).fetch(waiting, self.settings.archive)
        arrival = ledger.arrival(fetched, landing, presence)
        with self.engine.connect() as connection:
            simulated = ledger.simulated_receipt(connection, arrival.sha256)
        envelope = parse(waiting.path, landing, self.catalog)
        return _File(fetched, presence, arrival, envelope, simulated or arrival.landed_at, simulated is not None)

    def take(self, file: _File) -> Outcome:
        """Load one file and remove it where it waited; the journal follows it, and knows its number once the ledger does."""
        with journal.following(self.settings, file=file.arrival.landing_path, sha256=file.arrival.sha256, **_place(file.envelope)) as story:
            story.stage("archived", size_bytes=file.archived.size_bytes)
            outcome = self._take(file)
            story.know(submission_id=outcome.submission_id)
            story.stage(outcome.how, state=outcome.state, rows=outcome.rows_accepted, findings=len(outcome.findings) or None)
            return outcome

    def _take(self, file: _File) -> Outcome:
        try:
            outcome = self._already(file) or self._load(file)
        except ErasedMeanwhileError:
            return Outcome(file.waiting.path, "waiting", source=str(file.waiting))
        except Exception as error:  # noqa: BLE001 - our bug must not stop the neighbours: the file stays, the caller fails at the end
            return _failure(file.waiting, error)
        try:
            self._remove(file)
        except Exception as error:  # noqa: BLE001 - it is loaded, which the marts must hear of; its removal is tried again
            outcome = replace(outcome, error=f"{_failure(file.waiting, error).error} (it is loaded; only its removal is left to do)")
        return replace(outcome, source=str(file.waiting))

    def _remove(self, file: _File) -> None:
        """Take the file away where it waited, unless somebody put another one in its place meanwhile: that one is taken the next time."""
        if self.places.of(file.waiting).remove(file.fetched) and file.presence is not None:
            remote_files.gone(self.engine, file.presence)

    def _already(self, file: _File) -> Outcome | None:
        """The fate of a file that needs no reading: this arrival is in the ledger, or its bytes are what is current in its place."""
        if not isinstance(file.envelope, Envelope):
            return None
        path, kind = file.arrival.path, file.envelope.kind
        with self.engine.begin() as connection:
            submission_id = ledger.taken(connection, file.arrival.fingerprint)
            if submission_id is not None:
                return Outcome(path, "taken", kind, submission_id=submission_id)
            same = ledger.same_place(connection, file.arrival.sha256, kind, envelope_fields(file.envelope))
            if same is None:
                return None
            ledger.lock(connection, kind, same)
            current = ledger.current_equal(connection, kind, same, file.arrival.sha256)
            if current is None:
                return None
            ledger.record_duplicate(connection, current[0], file.arrival)
            return Outcome(path, "duplicate", kind, current[1], current[0])

    def _load(self, file: _File) -> Outcome:
        taken_at = datetime.now(UTC)
        if isinstance(file.envelope, Envelope):
            received_on = (file.received_at if file.is_simulated else taken_at).astimezone(BOGOTA).date()
            facts = facts_of(self.engine, file.envelope, received_on)
            is_compared = bool(self.catalog.contracts[file.envelope.kind].judged_with)  # with what is known, row by row
            if is_bulk(file.archived.path, self.settings.bulk_bytes) and not is_compared:
                return _outcome(file, *self.bulk.load(file.arrival, file.archived.path, file.envelope, facts, taken_at))
            judged = self.judge.judge(file.arrival, file.archived.path, file.envelope, facts)
            while (now := as_closed_now(self.engine, file.envelope, facts)) != facts:
                facts = now
                judged = self.judge.judge(file.arrival, file.archived.path, file.envelope, facts)
        else:
            judged = misplaced(file.arrival.landing_path, file.envelope)
        loaded = load_small(
            self.engine,
            judged.contract,
            judged.entry,
            file.arrival,
            taken_at,
            judged.accepted,
            judged.quarantined,
            judged.findings,
            judged.row_keys,
        )
        return _outcome(file, judged, loaded)


def _place(envelope: Envelope | tuple[Finding, ...]) -> dict[str, str]:
    """Where the file belongs, for the journal; nothing where its folder does not say."""
    if not isinstance(envelope, Envelope):
        return {}
    return {"kind": envelope.kind, "entity": envelope.entity_code, "dependency": envelope.dependency_code, "period": envelope.period_code}


def _outcome(file: _File, judged: Judged, loaded: Loaded) -> Outcome:
    entry = judged.entry
    return Outcome(
        path=file.arrival.path,
        how=loaded.how,
        kind=entry.kind or None,
        state=loaded.state,
        submission_id=loaded.submission_id,
        rows_read=entry.rows_read,
        rows_accepted=loaded.rows_accepted,
        rows_quarantined=entry.rows_quarantined,
        rows_already_known=loaded.rows_already_known,
        findings=judged.findings,
    )


def _failure(waiting: Waiting, error: Exception) -> Outcome:
    """Our bug, for the operator: where in the code, and what the database said without the rows it said it of."""
    said = _plain(error)
    _log.error("%s could not be handled: %s\n%s", waiting, said, "".join(traceback.format_tb(error.__traceback__)))
    return Outcome(waiting.path, "failed", error=said, source=str(waiting))


def _plain(error: BaseException) -> str:
    """The error in one line. PostgreSQL's details, contexts and parameters quote rows, which may name people: they stay out."""
    original = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(original, psycopg2.Error):
        primary = original.diag.message_primary or "the database does not answer"
        return f"{type(original).__name__}: {primary}"
    return str(error) if isinstance(error, PlaceError) else f"{type(error).__name__}: {error}"


def _summary(outcome: Outcome) -> str:
    if outcome.how == "failed":
        return f"failed: {outcome.error}"
    if outcome.how != "loaded":
        return outcome.how
    errors = sum(finding.severity == "error" for finding in outcome.findings)
    return (
        f"{outcome.state}, {outcome.rows_read} rows read: {outcome.rows_accepted} accepted, {outcome.rows_quarantined} quarantined, "
        f"{outcome.rows_already_known} already known; {len(outcome.findings)} findings ({errors} errors)"
    )
