"""What has served its term goes: personal data of old answers, letters, logs, previews; each run is on record."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import Engine, text

from pipc_etl.contracts.periods import BOGOTA
from pipc_etl.errors import SettingsError
from pipc_etl.privacy.erasing import Eraser, Work, alone
from pipc_etl.privacy.places import Sweep
from pipc_etl.privacy.wanted import Wanted
from pipc_etl.settings import Settings
from pipc_etl.warehouse.forgotten import RETENTION_RULE

_TERMS = {RETENTION_RULE: "keep_years", "answers": "keep_days", "logs": "keep_days", "drafts": "keep_days"}
# As publish/ledger calls the folder of a draft's files.
_PREVIEW = "borrador"
_SHORTEST_DAYS = 7
Progress = Callable[[str], None]


@dataclass(frozen=True)
class Term:
    """`keep` in years (personal data) or days; None keeps for ever. `norm` is what the term rests on."""

    rule: str
    keep: int | None
    norm: str


@dataclass(frozen=True)
class Kept:
    """What one rule did: everything before `kept_from` went, `removed` rows or files."""

    rule: str
    kept_from: datetime
    removed: int

    def __str__(self) -> str:
        return f"{self.rule}: kept from {self.kept_from.astimezone(BOGOTA):%Y-%m-%d}, {self.removed} removed"


def load_terms(path: Path) -> tuple[Term, ...]:
    """The policy at `path`; SettingsError where a rule is unknown, lacks its norm or has a term that makes no sense."""
    said: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
    if not isinstance(said, dict) or set(said) != set(_TERMS):
        raise SettingsError(f"{path}: the rules of the policy are {', '.join(_TERMS)}")
    terms = []
    for rule, unit in _TERMS.items():
        keep, norm = said[rule].get(unit), said[rule].get("norm")
        shortest = _SHORTEST_DAYS if unit == "keep_days" else 1
        if keep is not None and (not isinstance(keep, int) or keep < shortest):
            raise SettingsError(f"{path}: {rule} needs {unit} of {shortest} or more, or null to keep for ever")
        if not norm:
            raise SettingsError(f"{path}: {rule} needs the norm on which its term rests")
        terms.append(Term(rule, keep, str(norm)))
    return tuple(terms)


def kept_from(term: Term, now: datetime) -> datetime | None:
    """What is older goes; personal data by whole years of Bogotá. None keeps all."""
    if term.keep is None:
        return None
    if term.rule == RETENTION_RULE:
        return datetime(now.astimezone(BOGOTA).year - term.keep, 1, 1, tzinfo=BOGOTA)
    return now - timedelta(days=term.keep)


def keep_house(
    settings: Settings, *, actor: str, now: datetime | None = None, dry_run: bool = False, progress: Progress = lambda _: None
) -> list[Kept]:
    """Finish killed erasures, then apply every rule of the policy; with `dry_run` only count. Run again, nothing is left to do."""
    terms, at = load_terms(settings.retention), now or datetime.now(UTC)
    done = []
    with alone(settings, progress) as eraser:
        if not dry_run and (finished := eraser.resume()):
            progress(f"{finished} killed erasures finished")
        for term in terms:
            limit = kept_from(term, at)
            if limit is None:
                continue
            kept = Kept(term.rule, limit, _RULES[term.rule](eraser, term, limit, actor, dry_run))
            progress(str(kept))
            done.append(kept)
            if not dry_run:
                _record(eraser.engine, term, kept, actor)
    return done


def _record(engine: Engine, term: Term, kept: Kept, actor: str) -> None:
    with engine.begin() as connection:
        connection.execute(
            text(
                "insert into audit.housekeeping (actor, rule, norm, kept_from, removed_qty) values (:actor, :rule, :norm, :limit, :removed)"
            ),
            {"actor": actor, "rule": term.rule, "norm": term.norm, "limit": kept.kept_from, "removed": kept.removed},
        )


def _personal_data(eraser: Eraser, term: Term, limit: datetime, actor: str, dry_run: bool) -> int:
    """As an erasure of everybody in the answers before `limit`; done once a year, since files that come later are held back."""
    before = limit.astimezone(BOGOTA).replace(tzinfo=None)
    request = f"retention: answers before {before:%Y-%m-%d}"
    with eraser.engine.connect() as connection:
        finished = text("select 1 from audit.erasure where request = :request and finished_at is not null")
        if connection.scalar(finished, {"request": request}):
            return 0
    rows, _ = Sweep(eraser.settings, eraser.engine, eraser.search(Work(Wanted(), before=before)), eraser.pool).gather()
    work = Work(Wanted(), tuple(rows), before)
    if dry_run:
        return int(eraser.rehearse(work)["private_rows"])
    return int(eraser.finish(eraser.begin(work, request, term.norm, actor), work)["private_rows"])


def _answers(eraser: Eraser, term: Term, limit: datetime, actor: str, dry_run: bool) -> int:
    """The files of old letters that do not wait any more; the ledger keeps that they were written."""
    query = text(
        "select distinct folder from audit.letter where created_at < :limit and state in ('sent', 'withheld', 'failed') order by 1"
    )
    with eraser.engine.connect() as connection:
        folders = [eraser.settings.outbox / folder for folder in connection.scalars(query, {"limit": limit})]
    files = [path for folder in folders if folder.is_dir() for path in folder.iterdir() if path.is_file()]
    return _remove(files, eraser.settings.outbox, dry_run)


def _logs(eraser: Eraser, term: Term, limit: datetime, actor: str, dry_run: bool) -> int:
    """Files that nobody wrote into since then."""
    roots = (eraser.settings.logs, eraser.settings.home / "dbt" / "logs")
    return sum(_remove(_older(root, limit), root, dry_run) for root in roots if root.is_dir())


def _drafts(eraser: Eraser, term: Term, limit: datetime, actor: str, dry_run: bool) -> int:
    """Previews; what is published stays, and a draft can be prepared again."""
    root = eraser.settings.publications
    old = [path for path in root.rglob(_PREVIEW) if path.is_dir() and all(_is_older(file, limit) for file in path.rglob("*"))]
    if not dry_run:
        for folder in old:
            shutil.rmtree(folder)
    return len(old)


_RULES: dict[str, Callable[[Eraser, Term, datetime, str, bool], int]] = {
    RETENTION_RULE: _personal_data,
    "answers": _answers,
    "logs": _logs,
    "drafts": _drafts,
}


def _older(root: Path, limit: datetime) -> list[Path]:
    return [path for path in sorted(root.rglob("*")) if path.is_file() and not path.is_symlink() and _is_older(path, limit)]


def _is_older(path: Path, limit: datetime) -> bool:
    return path.stat().st_mtime < limit.timestamp()


def _remove(files: list[Path], root: Path, dry_run: bool) -> int:
    """Delete the files and the folders below `root` that they leave empty."""
    if not dry_run:
        for path in files:
            path.unlink(missing_ok=True)
            folder = path.parent
            while folder != root and folder.is_relative_to(root) and not any(folder.iterdir()):
                folder.rmdir()
                folder = folder.parent
    return len(files)
