"""The one way in: archive -> read -> validate -> load -> remove from landing, for a list of files. CLI and DAG call the same function."""

from __future__ import annotations

import logging
import os
import traceback
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

import psycopg2
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from pipc_etl.contracts import Catalog, Finding, load_catalog
from pipc_etl.errors import WarehouseError
from pipc_etl.intake.archive import Archived, FileChangedError, landing_files, store
from pipc_etl.intake.envelope import Envelope, parse
from pipc_etl.intake.reader import ReaderPool
from pipc_etl.settings import Settings
from pipc_etl.warehouse import ledger
from pipc_etl.warehouse.bulk import BulkLoad, drop_leftovers, is_bulk
from pipc_etl.warehouse.engine import role_engine
from pipc_etl.warehouse.forgotten import ErasedMeanwhileError
from pipc_etl.warehouse.judge import Judge, Judged, as_closed_now, envelope_fields, facts_of, misplaced
from pipc_etl.warehouse.ledger import Arrival
from pipc_etl.warehouse.load import Loaded, load_small
from pipc_etl.warehouse.schema import require_prepared

BOGOTA = ZoneInfo("America/Bogota")
_ACCEPTED = ("accepted", "accepted_with_observations", "superseded")
_log = logging.getLogger(__name__)

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Outcome:
    """What became of one file.

    `how`: loaded (in the ledger for the first time, whatever the verdict), duplicate (bytes already current), taken (this very arrival was
    already in the ledger: only its removal was left to do), waiting (still changing, or gone: nothing done), failed (`error`: ours to mend,
    the file stays).
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

    @property
    def loaded(self) -> bool:
        """Whether the ledger has a newly accepted file of it: what the models are made of changed."""
        return self.how == "loaded" and self.state in _ACCEPTED

    @property
    def failed(self) -> bool:
        return self.how == "failed"


def pending_batches(landing: Path, flow: str, catalog: Catalog) -> list[list[Path]]:
    """The settled files of `flow` in landing, a batch an entity, in the order in which they must be loaded.

    A batch begins with what its files depend on, where that still waits too: a form that arrives together with the entity's registry
    must find it loaded, whichever DAG is the first to look. A file whose place says no known kind goes with the submissions, so that its
    sender is answered too.
    """
    rank = catalog.load_ranks()
    waiting: dict[str, list[tuple[tuple[int, int], Path, str]]] = defaultdict(list)
    for path in landing_files(landing):
        parts = path.relative_to(landing).parts
        kind = parts[2] if len(parts) > 3 and parts[2] in rank else ""
        waiting[parts[0]].append((rank.get(kind, (len(rank), 0)), path, kind))
    batches = []
    for _, files in sorted(waiting.items()):
        own = {kind for _, _, kind in files if (catalog.contracts[kind].flow if kind else "submissions") == flow}
        wanted = own | {needed for kind in own if kind for needed in catalog.needed_by(kind)}
        if own:
            # Stable: files of a kind stay in the order of their arrival.
            batches.append([path for _, path, kind in sorted(files, key=lambda file: file[0]) if kind in wanted])
    return batches


def ingest_paths(paths: Iterable[Path], settings: Settings, *, progress: Progress | None = None) -> list[Outcome]:
    """Take every file of `paths` in; one bad file never stops its neighbours.

    Kinds come after those they depend on, and files of a kind (and of those it is judged with: a plan and the requests that justify it) in
    the order in which they were received; within one minute, requests before plans before closings. Raises WarehouseError only where
    nothing at all can be done (no database, no tables).
    """
    wanted = [path.absolute() for path in paths]
    catalog = load_catalog(settings.expectations)
    say = progress or (lambda _: None)
    engine = role_engine(settings, "loader")
    try:
        require_prepared(engine)
        drop_leftovers(engine)
        with ReaderPool(settings.read_timeout_seconds, max_file_bytes=settings.max_file_bytes) as pool:
            secret = settings.secret("person_key")
            ingest = _Ingest(settings, catalog, engine, Judge(catalog, engine, pool, secret), BulkLoad(engine, catalog, secret))
            outcomes, files = ingest.archive(wanted)
            for number, file in enumerate(files, 1):
                outcome = ingest.take(file)
                outcomes[file.arrival.path] = outcome
                say(f"{number}/{len(files)} {file.arrival.landing_path}: {_summary(outcome)}")
    finally:
        engine.dispose()
    return [outcomes[path] for path in dict.fromkeys(wanted)]


@dataclass(frozen=True)
class _File:
    """An archived file and where it belongs in the order; `received_at` as simulated, else when it landed."""

    arrival: Arrival
    archived: Archived
    envelope: Envelope | tuple[Finding, ...]
    received_at: datetime
    is_simulated: bool


class _Ingest:
    """The files of one call: one catalogue, one engine, one judge of small files, one loader of large ones."""

    def __init__(self, settings: Settings, catalog: Catalog, engine: Engine, judge: Judge, bulk: BulkLoad) -> None:
        self.settings = settings
        self.catalog = catalog
        self.engine = engine
        self.judge = judge
        self.bulk = bulk

    def archive(self, paths: Iterable[Path]) -> tuple[dict[Path, Outcome], list[_File]]:
        """Store the originals; what cannot be taken now, and the others in the order of loading."""
        outcomes: dict[Path, Outcome] = {}
        files: list[_File] = []
        for path in dict.fromkeys(paths):
            try:
                files.append(self._archived(path))
            except (FileChangedError, FileNotFoundError):
                outcomes[path] = Outcome(path, "waiting")
            except Exception as error:  # noqa: BLE001 - recorded for this file; the others go on
                outcomes[path] = _failure(path, error)
        rank = self.catalog.load_ranks()

        def place(file: _File) -> tuple[int, datetime, int, datetime, str]:
            kind = file.envelope.kind if isinstance(file.envelope, Envelope) else ""
            number, turn = rank.get(kind, (len(rank), 0))
            # Copied in one go, a plan may land a moment before the requests that justify it.
            return (number, file.received_at.replace(second=0, microsecond=0), turn, file.received_at, file.arrival.landing_path)

        return outcomes, sorted(files, key=place)

    def _archived(self, path: Path) -> _File:
        landing = self.settings.landing
        if not path.is_relative_to(landing):
            raise WarehouseError(f"{path} is not below the landing folder {landing}: put it into its sender's folder there")
        before = path.stat()
        archived = store(path, self.settings.archive)
        arrival = ledger.arrival(path, landing, archived.sha256)
        if _stamp(before) != _stamp(path.stat()):
            raise FileChangedError(f"{path.name} was replaced while it was being archived")
        with self.engine.connect() as connection:
            simulated = ledger.simulated_receipt(connection, archived.sha256)
        return _File(arrival, archived, parse(path, landing, self.catalog), simulated or arrival.landed_at, simulated is not None)

    def take(self, file: _File) -> Outcome:
        """Load one file and remove it from landing."""
        path = file.arrival.path
        try:
            outcome = self._already(file) or self._load(file)
            _remove(file.arrival)
            return outcome
        except ErasedMeanwhileError:
            return Outcome(path, "waiting")
        except Exception as error:  # noqa: BLE001 - our bug must not stop the neighbours: the file stays, the caller fails at the end
            return _failure(path, error)

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


def _stamp(status: os.stat_result) -> tuple[int, int, int]:
    return (status.st_mtime_ns, status.st_size, status.st_ino)


def _remove(arrival: Arrival) -> None:
    """Take the file out of landing, unless somebody put another one in its place meanwhile: that one is taken the next time."""
    try:
        if ledger.arrival_stamp(arrival.path.stat()) == arrival.stamp:
            arrival.path.unlink()
    except FileNotFoundError:
        return  # another run, which took the same arrival, was quicker


def _failure(path: Path, error: Exception) -> Outcome:
    """Our bug, for the operator: where in the code, and what the database said without the rows it said it of."""
    said = _plain(error)
    _log.error("%s could not be handled: %s\n%s", path, said, "".join(traceback.format_tb(error.__traceback__)))
    return Outcome(path, "failed", error=said)


def _plain(error: BaseException) -> str:
    """The error in one line. PostgreSQL's details, contexts and parameters quote rows, which may name people: they stay out."""
    original = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(original, psycopg2.Error):
        primary = original.diag.message_primary or "the database does not answer"
        return f"{type(original).__name__}: {primary}"
    return f"{type(error).__name__}: {error}"


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
