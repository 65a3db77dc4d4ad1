"""The letters of the columns in archived files: where a person who opens the file finds the value."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from pipc_etl.contracts import Catalog, Finding
from pipc_etl.intake.archive import stored
from pipc_etl.intake.batch import open_book
from pipc_etl.intake.cells import letter
from pipc_etl.intake.header import Vocabulary, find_header
from pipc_etl.intake.reader import ReaderPool

# Larger files are not opened for the letter of a column: their sources say its title.
LARGEST_BYTES = 8 * 1024 * 1024
_Columns = dict[str, str]
# A file is named by the hash of its bytes, so its header never changes: read once a process.
_read: dict[tuple[str, str], dict[str, _Columns]] = {}


@dataclass
class ColumnPlaces:
    """Finds the letter of a contract's column in a file of `archive`; close it to end the child that opens workbooks."""

    archive: Path
    catalog: Catalog
    pool: ReaderPool = field(default_factory=ReaderPool)

    def letter(self, sha256: str, file_name: str, kind: str, sheet: str, column: str) -> str | None:
        """`F`, or None where the file is gone, too large, or has no such column."""
        if (sha256, kind) not in _read:
            _read[sha256, kind] = self._headers(sha256, file_name, kind)
        return _read[sha256, kind].get(sheet, {}).get(column)

    def close(self) -> None:
        self.pool.close()

    def _headers(self, sha256: str, file_name: str, kind: str) -> dict[str, _Columns]:
        path = stored(self.archive, sha256, file_name)
        if kind not in self.catalog.contracts or not path.exists() or path.stat().st_size > LARGEST_BYTES:
            return {}
        book = open_book(path, self.catalog, self.pool, file_name)
        if isinstance(book, Finding):
            return {}
        found: dict[str, _Columns] = {}
        # The newest version first: its spellings include those of the former ones, but for columns that are gone.
        for contract in reversed(self.catalog.versions(kind)):
            vocabulary = Vocabulary(contract, self.catalog)
            for sheet in book.sheets:
                header = find_header(sheet, vocabulary)
                if header is not None:
                    columns = found.setdefault(sheet.name, {})
                    for name, place in header.columns.items():
                        columns.setdefault(name, letter(place))
        return found
