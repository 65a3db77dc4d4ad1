"""The journal: one JSON object a line for every stage of every file, so that one number follows a file through everything.

`logs/journal/<UTC day>.jsonl`. A line has `at` and `stage` (archived, read, validated, loaded, answered, mailed, built, published), or
`level` and `message` of a complaint, and what it is about: `submission_id`, `file`, `sha256`, `kind`, `entity`... Never a row of a file.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pipc_etl.settings import Settings

_log = logging.getLogger(__name__)
_LIBRARY = "pipc_etl"


class Story:
    """The stages of one file, kept until its number is known: a file has none before it is in the ledger."""

    def __init__(self, **fields: Any) -> None:
        self.fields = fields
        self.stages: list[dict[str, Any]] = []

    def stage(self, name: str, at: datetime | None = None, **fields: Any) -> None:
        self.stages.append({"at": _moment(at), "stage": name, **fields})

    def know(self, **fields: Any) -> None:
        """What has become known of the file, for all of its lines."""
        self.fields |= fields


_current: ContextVar[Story | None] = ContextVar("story", default=None)


def folder(settings: Settings) -> Path:
    return settings.logs / "journal"


@contextmanager
def following(settings: Settings, **fields: Any) -> Iterator[Story]:
    """Every stage and complaint inside is about one file; its lines are written at the end with all that is known then.

    Where an exception ends it, the lines say that the stages were undone.
    """
    listen(settings)
    story = Story(**fields)
    token = _current.set(story)
    try:
        yield story
    except BaseException:
        story.stages = [line | {"undone": True} for line in story.stages]
        raise
    finally:
        _current.reset(token)
        _write(settings, [line | _known(story.fields) for line in story.stages])
        for line in story.stages:
            _log.info("%s %s", line["stage"], _words(line | story.fields))


def stage(name: str, **fields: Any) -> None:
    """A stage of the file that is being followed; nothing where none is."""
    if (story := _current.get()) is not None:
        story.stage(name, **fields)


def note(settings: Settings, name: str, **fields: Any) -> None:
    """A stage that stands alone, written at once."""
    _write(settings, [{"at": _moment(), "stage": name, **_known(fields)}])
    _log.info("%s %s", name, _words(fields))


def note_each(settings: Settings, name: str, submissions: Iterable[int], **fields: Any) -> None:
    """The same stage of several submissions, a line each."""
    at = _moment()
    written = [{"at": at, "stage": name, "submission_id": number, **_known(fields)} for number in submissions]
    _write(settings, written)
    if written:
        _log.info("%s %d submissions %s", name, len(written), _words(fields))


def listen(settings: Settings) -> None:
    """From now on the warnings and errors of our own loggers stand in the journal too, with the file that they are about."""
    logger = logging.getLogger(_LIBRARY)
    place = folder(settings)
    for handler in [handler for handler in logger.handlers if isinstance(handler, _Handler)]:
        if handler.settings.logs == settings.logs:
            return
        logger.removeHandler(handler)
    logger.addHandler(_Handler(settings))
    _log.debug("journal in %s", place)


def lines(settings: Settings, **wanted: Any) -> list[dict[str, Any]]:
    """The lines that have all the `wanted` fields with these values, oldest first."""
    found = []
    for path in sorted(folder(settings).glob("*.jsonl")):
        with path.open(encoding="utf-8", errors="replace") as file:
            for text in file:
                try:
                    line = json.loads(text)
                except ValueError:  # cut off where the machine died, or covered by an erasure
                    continue
                if wanted.items() <= line.items():
                    found.append(line)
    return sorted(found, key=lambda line: str(line.get("at", "")))


class _Handler(logging.Handler):
    """Writes complaints; stages are written by `note` and `following` themselves."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(logging.WARNING)
        self.settings = settings

    def emit(self, record: logging.LogRecord) -> None:
        if record.name == __name__:
            return
        story = _current.get()
        line = {"at": _moment(), "level": record.levelname.lower(), "logger": record.name, "message": record.getMessage()}
        if record.exc_info and record.exc_info[0] is not None:
            line["error"] = record.exc_info[0].__name__
        _write(self.settings, [line | (_known(story.fields) if story else {})])


def _moment(at: datetime | None = None) -> str:
    return (at or datetime.now(UTC)).astimezone(UTC).isoformat(timespec="microseconds")


def _known(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}


def _words(fields: dict[str, Any]) -> str:
    return " ".join(f"{name}={value}" for name, value in fields.items() if value is not None and name not in ("at", "stage"))


def _write(settings: Settings, written: list[dict[str, Any]]) -> None:
    """One append a call, so that processes do not tear each other's lines. A full disk must not stop the load that it tells about."""
    if not written:
        return
    content = "".join(json.dumps(line, ensure_ascii=False, default=str) + "\n" for line in written).encode()
    path = folder(settings) / f"{datetime.now(UTC):%Y-%m-%d}.jsonl"
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(descriptor, content)
        finally:
            os.close(descriptor)
    except OSError as error:
        _log.warning("the journal %s cannot be written: %s", path, error.strerror)
