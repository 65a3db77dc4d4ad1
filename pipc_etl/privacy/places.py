"""Every file that may name a person: archive, landing, outbox, pick-up folder, logs; each is replaced by its copy without them, once."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from sqlalchemy import Engine, text

from pipc_etl.contracts import Contract
from pipc_etl.intake.archive import archived_files, landing_files, replace_stored
from pipc_etl.intake.reader import ReaderPool
from pipc_etl.privacy.cells import Search
from pipc_etl.privacy.copies import Looked, beside, look, star_out
from pipc_etl.privacy.erasure_list import FILE as ERASURE_LIST
from pipc_etl.privacy.gathering import person_kinds
from pipc_etl.privacy.texts import REGISTRY
from pipc_etl.privacy.wanted import Wanted
from pipc_etl.settings import Settings

Progress = Callable[[str], None]
# Below the home and of no interest: the programs' own files, which no person's data ever reaches. In them a document of five or seven
# digits would be a port or a process.
_SERVICES = tuple(f"{program}/{name}" for program in ("airflow", "superset", "postgres") for name in ("services", "port"))
_NOT_LOGS = ("postgres/data", "dbt/target", "airflow/airflow.cfg", "airflow/passwords.json", *_SERVICES)


@dataclass
class Sweep:
    """One search through the files of an installation; with `erasure_id`, what is found goes and is recorded under it.

    `compared` are the archived files that need not be compared with the erasure list again afterwards.
    """

    settings: Settings
    engine: Engine
    search: Search
    pool: ReaderPool
    erasure_id: int | None = None
    compared: frozenset[str] = frozenset()
    passages: dict[str, int] = field(default_factory=dict)
    files: dict[str, int] = field(default_factory=dict)
    unsearched: int = 0

    def gather(self, only: frozenset[str] | None = None) -> tuple[list[tuple[str, str, int]], Wanted]:
        """(hash, sheet, row) of the person's rows in the archived exports of forms, and what those rows say."""
        rows: list[tuple[str, str, int]] = []
        person = Wanted()
        for sha256, path, kind in self._archived(only):
            contract = self._contract(kind)
            if contract is not None and contract.flow == "form_responses":
                looked = look(path, path.name, self.search, contract, self.pool)
                rows += [(sha256, sheet, row) for sheet, row in looked.rows]
                person |= looked.person
        return rows, person

    def everywhere(self, progress: Progress = lambda _: None) -> None:
        """All files of the installation."""
        for name, step in (("archive", self.archive), ("landing", self.landing), ("outbox", self.answers), ("log", self.logs)):
            step()
            progress(f"{name}: {self.files.get(name, 0)} files, {self.passages.get(name, 0)} passages")

    def archive(self, only: frozenset[str] | None = None) -> list[tuple[str, Looked]]:
        """The archived files, a redacted copy in the place of each where something was found; those that had something."""
        found = []
        for sha256, path, kind in self._archived(only):
            if kind == REGISTRY:
                looked = look(path, path.name, self.search, None, self.pool)
                self._count("kept_in_registry", looked.passages)
            else:
                looked = self._redact("archive", sha256, path, self._contract(kind), partial(self._archive, sha256, path))
            if looked.passages:
                found.append((sha256, looked))
            self._checked(sha256)
        return found

    def landing(self) -> None:
        """Files that wait: they are taken in as if they had come so."""
        for path in landing_files(self.settings.landing, settle_seconds=0) if self.settings.landing.exists() else ():
            kind = self._kind(path.relative_to(self.settings.landing))
            if kind != REGISTRY:
                self._redact("landing", _hash(path), path, self._contract(kind), partial(_replace, path))

    def answers(self) -> None:
        """Letters, marked workbooks and templates; masks of the person's values go with them."""
        plain, self.search = self.search, replace(self.search, with_masks=True)
        for place, root in (("outbox", self.settings.outbox), ("pickup", self.settings.pickup)):
            for path in _files(root):
                contract = self._contract(self._kind(path.relative_to(root)))
                self._redact(place, _hash(path), path, contract, partial(_replace, path))
        self.search = plain

    def logs(self) -> None:
        """Everything else below the home: written over in place, since others may be writing."""
        own = (self.settings.archive, self.settings.landing, self.settings.outbox, self.settings.pickup, self.settings.publications)
        kept = (self.settings.secrets, self.settings.backup_folder, self.settings.home / ERASURE_LIST)
        left = (*own, *kept, *(self.settings.home / name for name in _NOT_LOGS))
        for path in _files(self.settings.home):
            if any(path.is_relative_to(folder) for folder in left):
                continue
            found = star_out(path, self.search, dry_run=True)
            if found and self.erasure_id is not None:
                self._record("log", _hash(path), found)
                star_out(path, self.search, dry_run=False)
            self._count("log", found)

    def _archive(self, sha256: str, path: Path, copy: Path) -> None:
        replace_stored(self.settings.archive, sha256, path.name, copy)

    def _redact(self, place: str, file_hash: str, path: Path, contract: Contract | None, put: Callable[[Path], object]) -> Looked:
        if self.erasure_id is None:
            looked = look(path, path.name, self.search, contract, self.pool)
        else:
            with beside(path.parent) as copy:
                looked = look(path, path.name, self.search, contract, self.pool, copy)
                if looked.passages:
                    # First the record: killed in between, the next run replaces the file and finds it recorded.
                    self._record(place, file_hash, looked.passages)
                    put(copy)
        self._count(place, looked.passages)
        self.unsearched += not looked.is_searched
        return looked

    def _count(self, place: str, passages: int) -> None:
        if passages:
            self.passages[place] = self.passages.get(place, 0) + passages
            self.files[place] = self.files.get(place, 0) + 1

    def _record(self, place: str, file_hash: str, passages: int) -> None:
        with self.engine.begin() as connection:
            connection.execute(
                text("insert into audit.redaction values (:id, :place, :hash, :passages) on conflict do nothing"),
                {"id": self.erasure_id, "place": place, "hash": file_hash, "passages": passages},
            )

    def _checked(self, sha256: str) -> None:
        if sha256 in self.compared:
            with self.engine.begin() as connection:
                connection.execute(text("insert into audit.redaction_check values (:sha) on conflict do nothing"), {"sha": sha256})

    def _archived(self, only: frozenset[str] | None) -> Iterator[tuple[str, Path, str | None]]:
        with self.engine.connect() as connection:
            kinds = {row[0]: row[1] for row in connection.execute(text("select sha256, kind from audit.submission"))}
        for sha256, path in archived_files(self.settings.archive):
            if only is None or sha256 in only:
                yield sha256, path, kinds.get(sha256)

    def _kind(self, relative: Path) -> str | None:
        return relative.parts[2] if len(relative.parts) > 3 else None

    def _contract(self, kind: str | None) -> Contract | None:
        """The contract of the kind; of a file of none, that of the forms about persons: their header tells whether it is one."""
        contracts = self.search.catalog.contracts
        return contracts[kind] if kind in contracts else next(iter(person_kinds(self.search.catalog)), None)


def _files(root: Path) -> list[Path]:
    return sorted(path for path in root.rglob("*") if path.is_file() and not path.is_symlink()) if root.exists() else []


def _hash(path: Path) -> str:
    return hashlib.sha256(str(path).encode()).hexdigest()


def _replace(path: Path, copy: Path) -> None:
    """`copy` in the place of `path`, with its owner, its mode and the times of its content."""
    status = path.stat()
    copy.chmod(status.st_mode & 0o7777)
    if os.geteuid() == 0:
        os.chown(copy, status.st_uid, status.st_gid)
    os.utime(copy, ns=(status.st_atime_ns, status.st_mtime_ns))
    with copy.open("rb") as file:
        os.fsync(file.fileno())
    copy.replace(path)
