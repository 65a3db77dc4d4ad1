"""The book of alarms: what is wrong and since when, who was told, so that nobody is told twice and everybody hears the end of it.

`home/alarms/book.json`, under a lock: the failure callback of a DAG and `pipc watch` write into the same one. Every message is also a line
of `logs/alerts.jsonl`, sent or not.
"""

from __future__ import annotations

import fcntl
import json
import logging
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from pipc_etl.health import delivery
from pipc_etl.health.check import Check, is_worse
from pipc_etl.health.delivery import Deliver
from pipc_etl.health.notices import Event, Notice, notice_of
from pipc_etl.settings import Settings

logger = logging.getLogger(__name__)
_DELIVERY = "delivery"
Book = dict[str, Any]
# What a full disk did not take: a process that goes on must not tell everything again at every look.
_unwritten: dict[Path, Book] = {}


def observe(
    settings: Settings,
    checks: Iterable[Check],
    *,
    now: datetime | None = None,
    grace_seconds: float | None = None,
    deliver: Deliver | None = None,
    is_event: bool = False,
) -> list[Notice]:
    """Write down how the checks are and tell whoever is on call what changed; returns what was told.

    Trouble is told once it has lasted `grace_seconds` (None: PIPC_ALERT_GRACE_SECONDS) or gets worse, a problem again after
    PIPC_ALERT_REPEAT_HOURS while it lasts, and its end once. `is_event`: each call is a new occurrence, such as a run that failed.
    A check that is not among `checks` is not known: it stays as it was. One without a `notice` is nobody's alarm. What could not be sent is
    tried again by the next call.
    """
    at = now or datetime.now(UTC)
    grace = timedelta(seconds=settings.alert_grace_seconds if grace_seconds is None else grace_seconds)
    send = deliver or partial(delivery.deliver, settings)
    told: list[Notice] = []
    with _book(settings) as book:
        for check in checks:
            entry = book.get(check.key)
            if check.state != "ok" and not check.notice:
                continue
            if check.state == "ok":
                notice = _end(settings, book, check, entry)
            else:
                entry = _noted(book, check, entry, at, is_event=is_event)
                notice = _due(settings, check, entry, at, grace)
            if notice is None:
                continue
            if _send(settings, book, notice, send, at, book.get(check.key, {})):
                told.append(notice)
    return told


def open_alarms(settings: Settings) -> dict[str, dict[str, Any]]:
    """What was wrong when it was last looked at, by its key: `state`, `since`, `told_at` (None: nobody was told yet), `what`."""
    return {key: entry for key, entry in _read(_path(settings)).items() if key != _DELIVERY and entry["state"] != "ok"}


def delivery_check(settings: Settings) -> Check:
    """Whether alarms reach anybody."""
    ways = delivery.ways(settings)
    if not ways:
        remedy = "set PIPC_ALERT_TO (with PIPC_SMTP_URL) or PIPC_ALERT_WEBHOOK"
        return Check("alarms", "warning", f"nobody is told: failures are only in {settings.logs / 'alerts.jsonl'}", remedy)
    failed = {way: why for way, why in _read(_path(settings)).get(_DELIVERY, {}).items() if way in ways}
    if failed:
        listed = "; ".join(f"{way}: {why}" for way, why in failed.items())
        notice = f"El último aviso no salió por {' ni por '.join(failed)}: {listed}"
        return Check("alarms", "problem", f"the last alarm did not go out: {listed}", "correct what it says; it is tried again", notice)
    return Check("alarms", "ok", f"go out by {' and '.join(ways)}")


def record(settings: Settings, line: Mapping[str, Any]) -> None:
    """Append a line to `logs/alerts.jsonl`; a file that cannot be written is said in the log, and hides nothing."""
    path = settings.logs / "alerts.jsonl"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line, ensure_ascii=False, default=str) + "\n")
    except OSError as error:
        logger.error("%s cannot be written (%s): %s", path, error.strerror, dict(line))


def recorded(settings: Settings, **wanted: Any) -> list[dict[str, Any]]:
    """The lines of `logs/alerts.jsonl` that have all of these values, oldest first."""
    path = settings.logs / "alerts.jsonl"
    if not path.exists():
        return []
    found = []
    with path.open(encoding="utf-8", errors="replace") as file:
        for text in file:
            try:
                line = json.loads(text)
            except ValueError:  # cut off where the machine died
                continue
            if wanted.items() <= line.items():
                found.append(line)
    return found


def _noted(book: Book, check: Check, entry: dict[str, Any] | None, at: datetime, *, is_event: bool) -> dict[str, Any]:
    """The entry of a check that is not well, begun now unless it was there."""
    if entry is None or entry["state"] == "ok":
        entry = {"since": at.isoformat(), "told_at": None, "told_state": None, "times": 0}
    entry |= {
        "state": check.state,
        "what": check.notice or check.message,
        "times": entry["times"] + 1 if is_event else max(1, entry["times"]),
    }
    book[check.key] = entry
    return entry


def _due(settings: Settings, check: Check, entry: dict[str, Any], at: datetime, grace: timedelta) -> Notice | None:
    since = datetime.fromisoformat(entry["since"])
    event: Event = "raised"
    if entry["told_at"] is not None:
        is_over = at - datetime.fromisoformat(entry["told_at"]) >= timedelta(hours=settings.alert_repeat_hours)
        if is_worse(check.state, entry["told_state"]):
            event = "raised"
        elif check.state == "problem" and is_over:
            event = "again"
        else:
            return None
    elif at - since < grace:
        return None
    return notice_of(settings, check, event, since, entry["times"])


def _end(settings: Settings, book: Book, check: Check, entry: dict[str, Any] | None) -> Notice | None:
    """What is well again; told only where the trouble was."""
    if entry is None:
        return None
    if entry["told_at"] is None:
        del book[check.key]
        return None
    entry["state"] = "ok"
    return notice_of(settings, check, "resolved", datetime.fromisoformat(entry["since"]), entry["times"])


def _send(settings: Settings, book: Book, notice: Notice, send: Deliver, at: datetime, entry: dict[str, Any]) -> bool:
    """Whether the message is out of the way: it went by one way at least, or there is nobody to tell."""
    outcome = dict(send(notice))
    failed = {way: why for way, why in outcome.items() if why is not None}
    book[_DELIVERY] = {way: why for way, why in book.get(_DELIVERY, {}).items() if way not in outcome} | failed
    is_told = not outcome or len(failed) < len(outcome)
    if is_told or not entry.get("is_recorded"):
        # Tried again at every look: one line is enough.
        record(settings, {"at": at.isoformat(timespec="seconds"), **notice.fields(), "undelivered": failed})
        for way, why in failed.items():
            logger.error("the alarm %r did not go out by %s: %s", notice.headline, way, why)
    entry["is_recorded"] = not is_told
    if is_told and notice.event == "resolved":
        book.pop(f"{notice.name}:{notice.subject}" if notice.subject else notice.name, None)
    elif is_told:
        entry |= {"told_at": at.isoformat(), "told_state": notice.state}
    return is_told


def _path(settings: Settings) -> Path:
    return settings.home / "alarms" / "book.json"


def _read(path: Path) -> Book:
    """An unreadable book is an empty one: telling twice is better than telling nobody."""
    if path in _unwritten:
        return _unwritten[path]
    try:
        book: Book = json.loads(path.read_text(encoding="utf-8"))
        return book
    except FileNotFoundError:
        return {}
    except ValueError as error:
        logger.warning("the book of alarms %s is begun anew: %s", path, error)
        return {}


@contextmanager
def _book(settings: Settings) -> Iterator[Book]:
    """The book, alone with it. On a full disk this process keeps it until it can be written."""
    path = _path(settings)
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = path.with_name("lock").open("a")
    except OSError as error:
        logger.error("the book of alarms %s cannot be opened: %s", path, error.strerror)
        _unwritten[path] = book = _read(path)
        yield book
        return
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        book = _read(path)
        yield book
        unfinished = path.with_suffix(".new")
        try:
            unfinished.write_text(json.dumps(book, ensure_ascii=False, indent=1), encoding="utf-8")
            unfinished.replace(path)
            _unwritten.pop(path, None)
        except OSError as error:
            logger.error("the book of alarms %s cannot be written: %s", path, error.strerror)
            _unwritten[path] = book
