"""One file searched for a person and, where it names them, its copy without them; whatever its format."""

from __future__ import annotations

import csv
import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from pipc_etl.contracts import Contract, Finding
from pipc_etl.intake.delimited import SHEET
from pipc_etl.intake.reader import ReaderPool, sniff
from pipc_etl.privacy.cells import Found, Search
from pipc_etl.privacy.delimited_copy import redact_delimited
from pipc_etl.privacy.wanted import Wanted
from pipc_etl.privacy.workbook_copy import package_passages, redacted_workbook, search_book

_TEXTS = (".html", ".htm", ".json", ".md", ".eml", ".log", ".xml", ".jsonld", ".yaml")
_LARGEST_TEXT = 64 * 1024**2


@dataclass(frozen=True)
class Looked:
    """What a file says of the person: how many cells and passages, which rows of which sheets are theirs (from 1), what those say.

    `is_searched` False: nobody can look into it (a password, a damaged package).
    """

    passages: int = 0
    rows: tuple[tuple[str, int], ...] = ()
    person: Wanted = field(default_factory=Wanted)
    is_searched: bool = True


def look(source: Path, name: str, search: Search, contract: Contract | None, pool: ReaderPool, target: Path | None = None) -> Looked:
    """Search the file at `source`, which its sender called `name`; with `target`, write its copy there where anything was found."""
    if Path(name).suffix.lower() in _TEXTS:
        return _look_into_text(source, search, target)
    kind = sniff(source, name, search.catalog, pool.max_file_bytes)
    if kind == "delimited":
        try:
            return _look_into_delimited(source, search, contract, target)
        except csv.Error:
            return _look_into_text(source, search, target)
    if kind == "workbook":
        return _look_into_workbook(source, search, contract, pool, target)
    return _look_into_bytes(source, search, target)


def _look_into_delimited(source: Path, search: Search, contract: Contract | None, target: Path | None) -> Looked:
    found = redact_delimited(source, search, contract, None)
    if found.texts and (found.person or target is not None):
        # What the person's own rows say is looked for in the others too.
        found = redact_delimited(source, replace(search, wanted=search.wanted | found.person), contract, target)
    return Looked(len(found.texts), tuple((SHEET, row + 1) for row in found.rows), found.person)


def _look_into_workbook(source: Path, search: Search, contract: Contract | None, pool: ReaderPool, target: Path | None) -> Looked:
    book = pool.read(source, search.catalog)
    if isinstance(book, Finding):
        return replace(_look_into_bytes(source, search, target), is_searched=False)
    found = search_book(book, search, contract)
    person = _joined(found.values())
    if person:
        search = replace(search, wanted=search.wanted | person)
        found = search_book(book, search, contract)
    changes = {name: sheet.texts for name, sheet in found.items() if sheet.texts}
    passages = sum(map(len, changes.values())) + package_passages(source, search)
    if target is not None and passages:
        target.write_bytes(redacted_workbook(source, book, changes, search, contract, pool))
    rows = tuple((name, row + 1) for name, sheet in found.items() for row in sheet.rows)
    return Looked(passages, rows, person)


def _joined(found: Iterable[Found]) -> Wanted:
    person = Wanted()
    for sheet in found:
        person |= sheet.person
    return person


def _look_into_text(source: Path, search: Search, target: Path | None) -> Looked:
    if source.stat().st_size > _LARGEST_TEXT:
        return _look_into_bytes(source, search, target)
    text = source.read_bytes().decode("utf-8", "surrogateescape")
    changed, passages = search.wanted.spellings.redacted(text, with_masks=search.with_masks)
    if passages and target is not None:
        target.write_bytes(changed.encode("utf-8", "surrogateescape"))
    return Looked(passages)


def _look_into_bytes(source: Path, search: Search, target: Path | None) -> Looked:
    """A file of no known format: what can be seen in its bytes is starred out."""
    pattern = search.wanted.spellings.log
    if pattern is None:
        return Looked()
    changed, passages = pattern.subn(lambda match: b"*" * len(match[0]), source.read_bytes())
    if passages and target is not None:
        target.write_bytes(changed)
    return Looked(passages)


def star_out(path: Path, search: Search, *, dry_run: bool) -> int:
    """Overwrite what names the person in a log, in place and at the same length: another process may be writing at its end."""
    pattern = search.wanted.spellings.log
    if pattern is None or not path.stat().st_size:
        return 0
    found = [match.span() for match in pattern.finditer(path.read_bytes())]
    if found and not dry_run:
        with path.open("r+b") as file:
            for start, end in found:
                file.seek(start)
                file.write(b"*" * (end - start))
            file.flush()
            os.fsync(file.fileno())
    return len(found)


@contextmanager
def beside(folder: Path) -> Iterator[Path]:
    """A name for a file in the making (0600), on the same disk as `folder`'s files; what is left of it goes."""
    descriptor, name = tempfile.mkstemp(prefix=".redacting-", dir=folder)
    os.close(descriptor)
    path = Path(name)
    try:
        yield path
    finally:
        with suppress(FileNotFoundError):
            path.unlink()
