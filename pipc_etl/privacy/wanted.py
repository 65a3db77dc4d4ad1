"""Whom an erasure looks for: hashes by which rows are known, and the spellings that must not be found anywhere afterwards."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, fields, replace
from functools import cached_property

import pyarrow as pa

from pipc_etl.contracts import fold
from pipc_etl.validation.findings import mask
from pipc_etl.warehouse.people import KeyedHash, document_messages, email_messages

ERASED_TEXT = "[suprimido]"
# Shorter numbers and single names stand for too much else to be looked for in free text; in the person's own rows they go all the same.
_FEWEST_DOCUMENT, _FEWEST_PHONE, _FEWEST_NAME = 5, 7, 6
_SEPARATOR = r"[\s.,'’-]?"
_PHONE_SEPARATOR = r"[\s().-]{0,3}"
_COUNTRY = "57"
_VARIANTS = {"a": "áàäâã", "e": "éèëê", "i": "íìïî", "o": "óòöôõ", "u": "úùüû", "n": "ñ", "c": "ç"}


@dataclass(frozen=True)
class Wanted:
    """`hashes` as on the erasure list; `documents` in capitals without separators, `emails` in lower case, `phones` as digits, `names`.

    `masks` are how findings show those values. Everything but `hashes` is empty where only the list is known.
    """

    hashes: frozenset[str] = frozenset()
    documents: frozenset[str] = frozenset()
    emails: frozenset[str] = frozenset()
    phones: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    masks: frozenset[str] = frozenset()

    def __or__(self, other: Wanted) -> Wanted:
        return Wanted(*(getattr(self, one.name) | getattr(other, one.name) for one in fields(self)))

    def __bool__(self) -> bool:
        return any(getattr(self, one.name) for one in fields(self))

    def with_values(
        self, *, documents: Iterable[object], emails: Iterable[object], phones: Iterable[object], names: Iterable[object]
    ) -> Wanted:
        """The same and what the person's own cells say; an e-mail may be several persons', so it is looked for and never a hash."""
        written = {
            "documents": [text for text in map(_text, documents) if text],
            "emails": [text for text in map(_text, emails) if "@" in text],
            "phones": [text for text in map(_text, phones) if text],
            "names": [" ".join(text.split()) for text in map(_text, names) if text],
        }
        return self | Wanted(
            documents=frozenset(filter(None, map(plain_document, written["documents"]))),
            emails=frozenset(filter(None, map(plain_email, written["emails"]))),
            phones=frozenset(filter(None, map(plain_phone, written["phones"]))),
            names=frozenset(unicodedata.normalize("NFC", name) for name in written["names"]),
            masks=frozenset(mask(text) for texts in written.values() for text in texts),
        )

    def without(self, public: str) -> Wanted:
        """The same without the names and e-mails that are `public` words (folded, between blanks), which others' texts need.

        Who writes «Puente Aranda» or an office's mailbox in a form loses it in their own row alone.
        """
        if not public:
            return self
        emails, names = (frozenset(text for text in texts if f" {fold(text)} " not in public) for texts in (self.emails, self.names))
        return replace(self, emails=emails, names=names)

    @cached_property
    def spellings(self) -> Spellings:
        """What is looked for in texts."""
        return Spellings(self)


def _text(value: object) -> str:
    return "" if value is None else unicodedata.normalize("NFKC", str(value)).strip()


def plain_document(text: str) -> str:
    """As `person_key` reads a document's number; empty where it is none."""
    plain = re.sub(r"\.0$", "", _text(text).upper())
    plain = re.sub("[^0-9A-Z]", "", plain).lstrip("0")
    return plain if re.search("[1-9]", plain) else ""


def plain_email(text: str) -> str:
    """As `person_key` reads an e-mail; empty where it is none."""
    plain = _text(text).lower()
    return plain if "@" in plain else ""


def plain_phone(text: str) -> str:
    """The digits of a phone, without the country's."""
    digits = re.sub(r"\D", "", re.sub(r"\.0$", "", _text(text)))
    return digits[len(_COUNTRY) :] if len(digits) == 12 and digits.startswith(_COUNTRY) else digits


def person(hashes: KeyedHash, documents: Iterable[tuple[str | None, str]], emails: Iterable[str]) -> Wanted:
    """Whoever has one of these documents (type code or None, number) or e-mails."""
    documents, emails = list(documents), list(emails)
    kinds = pa.array([kind for kind, _ in documents], pa.string())
    keys = [
        *hashes.hexdigests(document_messages(kinds, pa.array([number for _, number in documents], pa.string()))).to_pylist(),
        *hashes.hexdigests(email_messages(pa.array(emails, pa.string()))).to_pylist(),
    ]
    found = Wanted(hashes=frozenset(filter(None, keys)), emails=frozenset(filter(None, map(plain_email, emails))))
    return found.with_values(documents=(number for _, number in documents), emails=emails, phones=(), names=())


@dataclass(frozen=True)
class Spellings:
    """The regular expressions of a person: `pattern` for texts, `candidates` for PostgreSQL (wider), `log` for bytes of any file."""

    wanted: Wanted
    _parts: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_parts", tuple(_parts(self.wanted)))

    @property
    def candidates(self) -> str | None:
        """Wider than `pattern`: no boundaries; None where nothing can be looked for in texts."""
        return "|".join(f"(?:{part})" for part in self._parts) or None

    @cached_property
    def pattern(self) -> re.Pattern[str] | None:
        """What is found is the person's: whole numbers, addresses and names."""
        bounded = [rf"(?<![\w.+-]){_email(email)}(?![\w-]|\.\w)" for email in sorted(self.wanted.emails)] + [
            rf"(?<![0-9A-Za-z])(?<![0-9][.,])(?:{part})(?![0-9A-Za-z])(?![.,](?!0\b)[0-9])" for part in _numbers(self.wanted)
        ]
        bounded += [rf"(?<!\w)(?:{part})(?!\w)" for part in _names(self.wanted)]
        return re.compile("|".join(bounded)) if bounded else None

    @cached_property
    def masked(self) -> re.Pattern[str] | None:
        """The masks of the person's values."""
        masks = sorted((re.escape(text) for text in self.wanted.masks if len(text) > 2), key=len, reverse=True)
        return re.compile("|".join(masks)) if masks else None

    def redacted(self, text: str, *, with_masks: bool = False) -> tuple[str, int]:
        """`text` without the person, and how many passages went."""
        count = 0
        for pattern in (self.pattern, self.masked if with_masks else None):
            if pattern is not None:
                text, found = pattern.subn(ERASED_TEXT if pattern is self.pattern else "…", text)
                count += found
        return text, count

    @cached_property
    def log(self) -> re.Pattern[bytes] | None:
        """In files that others are writing, also as JSON escapes letters."""
        parts = [_as_bytes(part) for part in self._parts]
        bounded = [rb"(?<![0-9A-Za-z])(?:" + part + rb")(?![0-9A-Za-z])" for part in parts]
        return re.compile(b"|".join(bounded)) if bounded else None


def _parts(wanted: Wanted) -> Iterator[str]:
    yield from map(_email, sorted(wanted.emails))
    yield from _numbers(wanted)
    yield from _names(wanted)


def _numbers(wanted: Wanted) -> Iterator[str]:
    for number in sorted(wanted.documents):
        if len(number) >= _FEWEST_DOCUMENT:
            yield "0*" + _SEPARATOR.join(_letter(character) for character in number)
    for number in sorted(wanted.phones):
        if len(number) >= _FEWEST_PHONE:
            yield rf"(?:\+?{_COUNTRY}{_PHONE_SEPARATOR})?" + _PHONE_SEPARATOR.join(number)


def _names(wanted: Wanted) -> Iterator[str]:
    for name in sorted(wanted.names):
        if is_telling(name):
            yield r"\s+".join("".join(map(_letter, word)) for word in name.split())


def is_telling(name: str) -> bool:
    """Whether a name says by itself who is meant: two words at least."""
    return len(name.split()) > 1 and sum(character.isalpha() for character in name) >= _FEWEST_NAME


def _email(email: str) -> str:
    return "".join(map(_letter, email))


def _letter(character: str) -> str:
    """A character in any case, with or without its accent."""
    bare = unicodedata.normalize("NFD", character.lower())[0]
    if not bare.isalpha():
        return re.escape(character)
    letters = {bare, character.lower(), *_VARIANTS.get(bare, "")}
    return "[" + "".join(sorted(letters | {letter.upper() for letter in letters if len(letter.upper()) == 1})) + "]"


_CLASS = re.compile(r"\[([^\]\\]*[^\x00-\x7f][^\]\\]*)\]")


def _as_bytes(part: str) -> bytes:
    """A pattern over characters as one over UTF-8, with the escapes that JSON writes."""

    def spelled(match: re.Match[str]) -> str:
        letters = list(match[1])
        forms = [*letters, *(rf"\\u{ord(letter):04x}" for letter in letters if ord(letter) > 127)]
        return "(?:" + "|".join(forms) + ")"

    return _CLASS.sub(spelled, part).encode()
