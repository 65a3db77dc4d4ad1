"""After a load: the archived copy of a file in which a forgotten person comes again is redacted before anybody is answered about it."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Connection, text

from pipc_etl.contracts import load_catalog
from pipc_etl.intake.archive import archived_files
from pipc_etl.intake.reader import ReaderPool
from pipc_etl.privacy.cells import Search
from pipc_etl.privacy.gathering import public_words
from pipc_etl.privacy.places import Sweep
from pipc_etl.privacy.texts import clean_texts
from pipc_etl.privacy.wanted import Wanted
from pipc_etl.settings import Settings
from pipc_etl.warehouse.engine import role_engine
from pipc_etl.warehouse.forgotten import read_forgotten
from pipc_etl.warehouse.people import KeyedHash


def keep_out(settings: Settings, progress: Callable[[str], None] = lambda _: None) -> int:
    """Compare the archived files that nobody compared yet with the erasure list; how many had to be redacted.

    Nothing is done while the list is empty. Killed anywhere and run again, each file is compared until it was done.
    """
    engine = role_engine(settings, "eraser")
    try:
        with engine.connect() as connection:
            forgotten = read_forgotten(connection)
            if not forgotten:
                return 0
            known = set(connection.scalars(text("select sha256 from audit.redaction_check")))
            erasure_id = connection.scalar(text("select max(erasure_id) from audit.erasure"))
            catalog = load_catalog(settings.expectations)
            public = public_words(connection, catalog)
        new = frozenset(sha256 for sha256, _ in archived_files(settings.archive)) - known
        if not new or erasure_id is None:
            return 0
        hashes = KeyedHash(settings.secret("person_key"))
        search = Search(catalog, hashes, Wanted(hashes=forgotten.hashes), forgotten.before, public=public)
        with ReaderPool(settings.read_timeout_seconds, max_file_bytes=settings.max_file_bytes) as pool:
            found = Sweep(settings, engine, search, pool, int(erasure_id), compared=new).archive(new)
        with engine.begin() as connection:
            for sha256, looked in found:
                # What the person's own row says, in the free texts that came with it.
                clean_texts(connection, catalog, looked.person, submissions=_submissions(connection, sha256))
                progress(f"{looked.passages} cells of an archived file redacted: somebody on the erasure list came again")
        return len(found)
    finally:
        engine.dispose()


def _submissions(connection: Connection, sha256: str) -> list[int]:
    return list(connection.scalars(text("select submission_id from audit.submission where sha256 = :sha"), {"sha": sha256}))
