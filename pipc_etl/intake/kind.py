"""What a file is, told by its headers alone: for a check before it stands in its folder."""

from __future__ import annotations

from pathlib import Path

from pipc_etl.contracts import Catalog, Contract, Finding
from pipc_etl.intake.batch import open_book
from pipc_etl.intake.header import Vocabulary, find_header
from pipc_etl.intake.reader import ReaderPool
from pipc_etl.intake.template_marks import is_instructions


def recognise_kind(path: Path, catalog: Catalog, pool: ReaderPool) -> Contract | Finding | None:
    """The contract whose headers the file at `path` has: all required ones, and more of its columns than any other.

    None where no contract has all its required headers there; the Finding says why the file cannot be opened.
    """
    book = open_book(path, catalog, pool)
    if isinstance(book, Finding):
        return book
    best: tuple[float, int, Contract] | None = None
    for contract in catalog.contracts.values():
        vocabulary = Vocabulary(contract, catalog)
        wanted = sum(column.header_required for column in contract.columns)
        for sheet in book.sheets:
            is_data = sheet.rows and not sheet.hidden and not is_instructions(sheet)
            header = find_header(sheet, vocabulary) if is_data else None
            required, found = header.score(contract) if header else (0, 0)
            if header is None or required < wanted:
                continue
            fit = (found / max(1, len(header.texts)), found, contract)
            if best is None or fit[:2] > best[:2]:
                best = fit
    return best[2] if best else None
