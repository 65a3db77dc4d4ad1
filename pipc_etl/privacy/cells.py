"""Which cells of a foreign sheet are a person's: the cells of their own rows, and whatever names them anywhere else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import pyarrow as pa

from pipc_etl.contracts import Catalog, Contract
from pipc_etl.intake.cells import RawSheet, text_of
from pipc_etl.intake.coercion import coerce, is_blank
from pipc_etl.intake.forms import recognise
from pipc_etl.intake.header import Header, Vocabulary, find_header
from pipc_etl.privacy.wanted import Wanted
from pipc_etl.warehouse.forgotten import erased_columns
from pipc_etl.warehouse.people import KeyedHash, document_messages, email_messages

Place = tuple[int, int]  # row, column, from 0
_DOCUMENT, _EMAIL, _PHONE, _NAME = "document_number", "email", "phone", "full_name"
_TEXTUAL = (str, int, float)
_CHUNK = 20_000


@dataclass(frozen=True)
class Search:
    """What is looked for: `wanted`, and where personal data is no longer kept the answers `before` (Bogotá, without zone).

    `public` are words that name no person, whatever somebody wrote as their name (gathering.public_words).
    """

    catalog: Catalog
    hashes: KeyedHash
    wanted: Wanted
    before: datetime | None = None
    with_masks: bool = False
    public: str = field(default="", repr=False)
    _vocabularies: dict[str, Vocabulary] = field(default_factory=dict, repr=False, compare=False)

    def vocabulary(self, contract: Contract) -> Vocabulary:
        """The headers of a contract, folded once for all files."""
        if contract.kind not in self._vocabularies:
            self._vocabularies[contract.kind] = Vocabulary(contract, self.catalog)
        return self._vocabularies[contract.kind]


@dataclass
class Found:
    """What is to be written into which cell (empty: nothing), the rows (from 0) that are the person's own, and what they say."""

    texts: dict[Place, str] = field(default_factory=dict)
    rows: list[int] = field(default_factory=list)
    person: Wanted = field(default_factory=Wanted)


class SheetSearch:
    """The search in one sheet; `contract` is that of the file's kind, None where the file is of none."""

    def __init__(self, search: Search, contract: Contract | None, head: RawSheet) -> None:
        self.search, self.contract = search, contract
        is_form = contract is not None and contract.flow == "form_responses"
        header = find_header(head, search.vocabulary(contract)) if contract and is_form else None
        self.header: Header | None = recognise(header, contract)[0] if header is not None and contract is not None else None
        self.places: dict[str, tuple[int, ...]] = {}
        if self.header is not None:
            self.places = {name: (place,) for name, place in self.header.columns.items()} | self.header.merged | self.header.duplicates
        erased = {column.name for column in erased_columns(contract)} if contract and contract.has_persons else set()
        self._kept = {place for name, places in self.places.items() if name not in erased for place in places}
        self._personal = {place for name in erased for place in self.places.get(name, ())}

    def find(self, rows: Sequence[Sequence[object]], first: int = 0) -> Found:
        """The cells of `rows`, of which the first is the sheet's row `first`."""
        found = Found()
        for start in range(0, len(rows), _CHUNK):
            self._find_in(rows[start : start + _CHUNK], first + start, found)
        return found

    def _find_in(self, rows: Sequence[Sequence[object]], first: int, found: Found) -> None:
        whose = self._owners(rows, first)
        for position, (row, owner) in enumerate(zip(rows, whose, strict=True)):
            number = first + position
            if owner in ("wanted", "old"):
                found.rows.append(number)
                # By age everybody goes, each with their row.
                found.person |= self._said(row) if owner == "wanted" else Wanted()
                blank = (place for place, cell in enumerate(row) if place not in self._kept and not is_blank(cell))
                found.texts |= {(number, place): "" for place in blank}
            # Another person's own cells are theirs, though they may say the same name or telephone.
            spared = self._personal if owner == "other" else ()
            for place, text in self._named(row):
                if place not in spared and (number, place) not in found.texts:
                    found.texts[number, place] = text

    def _named(self, row: Sequence[object]) -> Iterator[tuple[int, str]]:
        spellings = self.search.wanted.spellings
        if spellings.pattern is None and not self.search.with_masks:
            return
        for place, cell in enumerate(row):
            if isinstance(cell, _TEXTUAL) and not isinstance(cell, bool):
                text, count = spellings.redacted(text_of(cell), with_masks=self.search.with_masks)
                if count:
                    yield place, text

    def _owners(self, rows: Sequence[Sequence[object]], first: int) -> list[str]:
        """`wanted`, `old`, `other` (another identified person) or empty for each row; rows down to the header are nobody's."""
        if self.header is None or self.contract is None:
            return [""] * len(rows)
        documents, own, signed_in = list(self._document_keys(rows)), *self._email_keys(rows)
        old = self._old(rows)
        owners = []
        for position in range(len(rows)):
            said = {found[position] for found in (*documents, *own)} - {None}
            # Who was signed in may have filled the form in for somebody else, who says who they are.
            identities = said or {found[position] for found in signed_in} - {None}
            is_wanted = bool(identities & self.search.wanted.hashes)
            owner = "wanted" if is_wanted else "old" if position in old else "other" if identities else ""
            owners.append(owner if first + position > self.header.row else "")
        return owners

    def _column(self, rows: Sequence[Sequence[object]], place: int) -> list[str | None]:
        return [text_of(row[place]) or None if place < len(row) else None for row in rows]

    def _document_keys(self, rows: Sequence[Sequence[object]]) -> Iterator[list[str | None]]:
        codes = self.search.catalog.codelists.get("document_type")
        kinds: list[str | None] = [None] * len(rows)
        for place in self.places.get("document_type", ()):
            read = [codes.find(text) if codes and text else None for text in self._column(rows, place)]
            kinds = [code.code if code else kind for code, kind in zip(read, kinds, strict=True)]
        for place in self.places.get(_DOCUMENT, ()):
            messages = document_messages(pa.array(kinds, pa.string()), pa.array(self._column(rows, place), pa.string()))
            yield self.search.hashes.hexdigests(messages).to_pylist()

    def _email_keys(self, rows: Sequence[Sequence[object]]) -> tuple[list[list[str | None]], list[list[str | None]]]:
        """By the addresses given as one's own, and by those of every other cell: form programs write who was signed in beside them."""
        width = max(map(len, rows), default=0)
        own: list[list[str | None]] = []
        others: list[list[str | None]] = []
        for place in range(width):
            texts = self._column(rows, place)
            addresses = [text if text and "@" in text and not any(map(str.isspace, text.strip())) else None for text in texts]
            if any(addresses):
                keys = self.search.hashes.hexdigests(email_messages(pa.array(addresses, pa.string()))).to_pylist()
                (own if place in self.places.get(_EMAIL, ()) else others).append(keys)
        return own, others

    def _old(self, rows: Sequence[Sequence[object]]) -> set[int]:
        """The rows answered before the day from which personal data is kept."""
        if self.search.before is None or self.contract is None or not self.contract.has_persons:
            return set()
        (place,) = self.places.get("submitted_at", (None,))[:1]
        if place is None:
            return set()
        cells = [row[place] if place < len(row) else None for row in rows]
        values = coerce(cells, self.contract.column("submitted_at")).values
        return {at for at, value in enumerate(values) if isinstance(value, datetime) and value < self.search.before}

    def _said(self, row: Sequence[object]) -> Wanted:
        """What the person's own row says of them."""

        def values(name: str) -> Iterable[object]:
            return [text_of(row[place]) for place in self.places.get(name, ()) if place < len(row)]

        emails = [text for text in map(text_of, row) if "@" in text and not any(map(str.isspace, text.strip()))]
        said = Wanted().with_values(documents=values(_DOCUMENT), emails=emails, phones=values(_PHONE), names=values(_NAME))
        return said.without(self.search.public)
