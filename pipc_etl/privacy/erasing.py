"""An erasure from its request to its record: killed anywhere and run again, the result is the same."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from datetime import datetime
from functools import cached_property
from typing import Any

from sqlalchemy import Connection, Engine, text

from pipc_etl.contracts import Catalog, load_catalog
from pipc_etl.intake.archive import archived_files
from pipc_etl.intake.reader import ReaderPool
from pipc_etl.privacy.cells import Search
from pipc_etl.privacy.erasure_list import Listed, add_to_list
from pipc_etl.privacy.gathering import PrivacyError, gather, public_words, quarantined
from pipc_etl.privacy.keeping_out import keep_out
from pipc_etl.privacy.places import Sweep
from pipc_etl.privacy.rows import OwnRows
from pipc_etl.privacy.texts import clean_findings, clean_texts
from pipc_etl.privacy.wanted import Wanted, person
from pipc_etl.settings import Settings
from pipc_etl.warehouse.engine import role_engine
from pipc_etl.warehouse.forgotten import ERASURE_LOCK, RETENTION_RULE
from pipc_etl.warehouse.people import KeyedHash
from pipc_etl.warehouse.schema import require_prepared

NORM = "Ley 1581 de 2012, artículo 8 literal e"
_BUILD_LOCK = "select pg_advisory_xact_lock(hashtextextended('pipc build', 0))"
_RUN_LOCK = "select pg_advisory_lock(hashtextextended('pipc erasure run', 0))"
Progress = Callable[[str], None]


@dataclass(frozen=True)
class Request:
    """Who is to be forgotten, and on whose behalf: `request` is a reference (never a name), `documents` are (type code or None, number)."""

    documents: tuple[tuple[str | None, str], ...]
    emails: tuple[str, ...]
    request: str
    actor: str
    norm: str = NORM


@dataclass(frozen=True)
class Erased:
    """What was erased (or would be), by place; `erasure_id` None where nothing was left to erase, or nothing was to be done yet."""

    erasure_id: int | None
    counts: dict[str, Any]
    shared_emails: int = 0


@dataclass(frozen=True)
class Work:
    """What an erasure needs to go on after a kill: whom it looks for, the rows of archived files that are theirs, the retention's day."""

    wanted: Wanted
    rows: tuple[tuple[str, str, int], ...] = ()
    before: datetime | None = None

    def as_json(self) -> str:
        said = {one.name: sorted(getattr(self.wanted, one.name)) for one in fields(self.wanted)}
        return json.dumps({**said, "rows": self.rows, "before": self.before and self.before.isoformat()})

    @classmethod
    def from_json(cls, said: dict[str, Any]) -> Work:
        before = said["before"] and datetime.fromisoformat(said["before"])
        rows = tuple((sha256, sheet, row) for sha256, sheet, row in said["rows"])
        return cls(Wanted(*(frozenset(said[one.name]) for one in fields(Wanted))), rows, before)


@dataclass
class Eraser:
    """One installation; `progress` is told each step, never whom it is about."""

    settings: Settings
    engine: Engine
    pool: ReaderPool
    progress: Progress = lambda _: None
    catalog: Catalog = field(init=False)
    secret: str = field(init=False)

    def __post_init__(self) -> None:
        self.catalog = load_catalog(self.settings.expectations)
        self.secret = self.settings.secret("person_key")
        self.hashes = KeyedHash(self.secret)

    def search(self, work: Work) -> Search:
        return Search(self.catalog, self.hashes, work.wanted, work.before, public=self.public)

    @cached_property
    def public(self) -> str:
        """What no erasure takes out of others' texts."""
        with self.engine.connect() as connection:
            return public_words(connection, self.catalog)

    def look_up(self, given: Wanted) -> tuple[Work, int]:
        """Everything that is known of the person, and how many of their e-mails are others' too."""
        with self.engine.connect() as connection:
            gathered = gather(connection, self.catalog, self.hashes, given)
        rows, said = Sweep(self.settings, self.engine, self.search(Work(gathered.wanted)), self.pool).gather()
        return Work((gathered.wanted | said).without(self.public), tuple(rows)), gathered.shared_emails

    def begin(self, work: Work, request: str, norm: str, actor: str) -> int:
        """Put the person on the list, and write down what is to be done: from now on no load brings them in, and no restored backup."""
        # Outside the database first: whoever is on the list alone is erased at a restore, which is what was asked for.
        add_to_list(self.settings, [Listed(request, norm, actor, tuple(sorted(work.wanted.hashes)), work.before)])
        with self.engine.begin() as connection:
            erasure_id = int(
                connection.execute(
                    text("insert into audit.erasure (request, norm, actor) values (:request, :norm, :actor) returning erasure_id"),
                    {"request": request, "norm": norm, "actor": actor},
                ).scalar_one()
            )
            for one in sorted(work.wanted.hashes):
                listed = "insert into private.erased_person (person_hash, erasure_id) values (:hash, :id) on conflict do nothing"
                connection.execute(text(listed), {"hash": one, "id": erasure_id})
            if work.before is not None:
                kept = (
                    "insert into audit.housekeeping (actor, rule, norm, kept_from, removed_qty) "
                    "values (:actor, :rule, :norm, cast(:before as timestamp) at time zone 'America/Bogota', 0)"
                )
                connection.execute(text(kept), {"actor": actor, "rule": RETENTION_RULE, "norm": norm, "before": work.before})
            connection.execute(
                text("insert into private.erasure_work values (:id, cast(:wanted as jsonb))"), {"id": erasure_id, "wanted": work.as_json()}
            )
        return erasure_id

    def finish(self, erasure_id: int, work: Work, compared: frozenset[str] = frozenset()) -> dict[str, Any]:
        """The files first: whatever tells what to look for stays until the last transaction.

        `compared` are the archived files that were compared with all others on the list.
        """
        sweep = Sweep(self.settings, self.engine, self.search(work), self.pool, erasure_id, compared)
        sweep.everywhere(self.progress)
        with self.engine.begin() as connection:
            counts = self._in_the_warehouse(connection, work)
            counts |= _redactions(connection, erasure_id) | {"unsearched_files": sweep.unsearched}
            counts |= {"kept_in_registry": counts.get("kept_in_registry", 0) + sweep.passages.get("kept_in_registry", 0)}
            connection.execute(text("delete from private.erasure_work where erasure_id = :id"), {"id": erasure_id})
            connection.execute(
                text("update audit.erasure set finished_at = clock_timestamp(), counts = cast(:counts as jsonb) where erasure_id = :id"),
                {"counts": json.dumps(counts), "id": erasure_id},
            )
        self._vacuum()
        return counts

    def rehearse(self, work: Work) -> dict[str, Any]:
        """What would be erased: everything is looked for, nothing is changed."""
        sweep = Sweep(self.settings, self.engine, self.search(work), self.pool)
        sweep.everywhere(self.progress)
        with self.engine.connect() as connection, connection.begin() as transaction:
            counts = self._in_the_warehouse(connection, work)
            transaction.rollback()
        found = {f"{place}_files": quantity for place, quantity in sweep.files.items() if place != "kept_in_registry"}
        kept = counts.get("kept_in_registry", 0) + sweep.passages.get("kept_in_registry", 0)
        return counts | found | {"unsearched_files": sweep.unsearched, "kept_in_registry": kept}

    def resume(self) -> int:
        """Finish what a killed run left; how many erasures that were."""
        query = text("select erasure_id, wanted from private.erasure_work order by erasure_id")
        with self.engine.connect() as connection:
            left = connection.execute(query).all()
        for row in left:
            self.finish(int(row[0]), Work.from_json(row[1]))
        return len(left)

    def is_listed(self, given: Wanted) -> bool:
        """Whether all of the person's hashes are on the list."""
        with self.engine.connect() as connection:
            listed = set(connection.scalars(text("select person_hash from private.erased_person")))
        return given.hashes <= listed

    def _in_the_warehouse(self, connection: Connection, work: Work) -> dict[str, Any]:
        # After a build that runs, and after the loads that read the list before the person was on it.
        connection.execute(text(_BUILD_LOCK))
        connection.execute(text(ERASURE_LOCK.format("")))
        own = OwnRows(connection, self.catalog, self.secret)
        own.begin()
        own.add_file_rows(work.rows)
        if work.wanted.hashes:
            own.add_rows_where("r.person_key = any(:hashes)", hashes=sorted(work.wanted.hashes))
            own.add_places(place for place, _ in quarantined(connection, self.catalog, self.hashes, work.wanted))
        if work.before is not None:
            own.add_rows_where("r.submitted_at < cast(:before as timestamp) at time zone 'America/Bogota'", before=work.before)
        counts: dict[str, Any] = dict(own.erase())
        counts["findings"] = clean_findings(connection, work.wanted)
        cleaned = clean_texts(connection, self.catalog, work.wanted)
        counts["other_cells"] = sum(cleaned.changed.values())
        counts["kept_in_registry"] = sum(count for table, count in cleaned.kept.items() if table.endswith("dependency_registry"))
        counts["kept_in_publications"] = sum(cleaned.kept.values()) - counts["kept_in_registry"]
        return counts

    def _vacuum(self) -> None:
        """Let the server use the space of the deleted rows again."""
        kinds = [contract.kind for contract in self.catalog.contracts.values() if contract.has_persons]
        with self.engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
            for kind in kinds:
                connection.execute(text(f"vacuum private.{kind}"))
                connection.execute(text(f"vacuum raw.{kind}"))
            connection.execute(text("vacuum private.quarantine, private.erasure_work, audit.finding"))


def erase(settings: Settings, request: Request, *, dry_run: bool = False, progress: Progress = lambda _: None) -> Erased:
    """Erase whoever the request names, in the warehouse and in every file; with `dry_run` only say how much that would be.

    Unfinished erasures of others are finished first. Raises PrivacyError where nobody or several persons are named.
    """
    with alone(settings, progress) as eraser:
        given = person(eraser.hashes, request.documents, request.emails)
        if not given.hashes:
            raise PrivacyError("nobody is named: a document needs a digit other than 0, an e-mail its @")
        if given.spellings.redacted(f"{request.request} {request.norm}")[1]:
            raise PrivacyError("the reference of the request must not name the person: it is kept")
        compared = frozenset(sha256 for sha256, _ in archived_files(settings.archive))
        if not dry_run:
            eraser.resume()
            keep_out(settings, progress)
        work, shared = eraser.look_up(given)
        if dry_run:
            return Erased(None, eraser.rehearse(work), shared)
        if eraser.is_listed(given) and not _is_anything(found := eraser.rehearse(work)):
            return Erased(None, found, shared)
        erasure_id = eraser.begin(work, request.request, request.norm, request.actor)
        return Erased(erasure_id, eraser.finish(erasure_id, work, compared), shared)


def finish_killed(settings: Settings, progress: Progress = lambda _: None) -> int:
    """Finish the erasures that were killed; how many there were."""
    with alone(settings, progress) as eraser:
        return eraser.resume()


def erasures(settings: Settings) -> list[dict[str, Any]]:
    """The record: every erasure, the newest first."""
    engine = role_engine(settings, "eraser")
    try:
        require_prepared(engine)
        with engine.connect() as connection:
            return [dict(row) for row in connection.execute(text("select * from audit.erasure order by erasure_id desc")).mappings()]
    finally:
        engine.dispose()


@contextmanager
def alone(settings: Settings, progress: Progress) -> Iterator[Eraser]:
    """One erasure at a time in a warehouse; it writes where no other role may."""
    engine = role_engine(settings, "eraser")
    try:
        require_prepared(engine)
        with engine.connect() as holder, ReaderPool(settings.read_timeout_seconds, max_file_bytes=settings.max_file_bytes) as pool:
            holder.execute(text(_RUN_LOCK))
            holder.commit()
            yield Eraser(settings, engine, pool, progress)
    finally:
        engine.dispose()


def _redactions(connection: Connection, erasure_id: int) -> dict[str, int]:
    query = text("select place, count(*) from audit.redaction where erasure_id = :id group by place")
    return {f"{row[0]}_files": int(row[1]) for row in connection.execute(query, {"id": erasure_id})}


def _is_anything(counts: dict[str, Any]) -> bool:
    left = ("kept_in_registry", "kept_in_publications", "unsearched_files")
    return any(quantity for name, quantity in counts.items() if name not in left)
