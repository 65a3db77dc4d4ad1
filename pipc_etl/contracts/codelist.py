"""Code lists: the allowed values of a column, their Spanish labels and the days on which they hold."""

from __future__ import annotations

import csv
import unicodedata
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path

from pipc_etl.errors import ContractError

FIELDS = ("code", "label", "aliases", "valid_from", "valid_to", "sort_order")
# What a list may say of its codes besides: data about them is published coarser than about others.
SENSITIVE = "is_sensitive"
_TRUTH = {"true": True, "false": False}


def fold(text: str) -> str:
    """`text` without accents, case, punctuation or repeated blanks: how headers, labels and aliases are compared."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    kept = (character if character.isalnum() else " " for character in decomposed if not unicodedata.combining(character))
    return " ".join("".join(kept).split())


@dataclass(frozen=True)
class Code:
    """One allowed value, valid from `valid_from` to `valid_to` (both days included; None = still valid)."""

    code: str
    label: str
    aliases: tuple[str, ...]
    valid_from: date
    valid_to: date | None
    is_sensitive: bool = False

    def holds_on(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


@dataclass(frozen=True)
class Codelist:
    """The codes in their display order; `find` reads what a person wrote."""

    name: str
    codes: tuple[Code, ...]

    @cached_property
    def _by_fold(self) -> dict[str, Code]:
        index: dict[str, Code] = {}
        for code in self.codes:
            for spelling in (code.code, code.label, *code.aliases):
                previous = index.setdefault(fold(spelling), code)
                if previous.code != code.code:
                    raise ContractError(f"codelist {self.name}: «{spelling}» stands for both {previous.code} and {code.code}")
        return index

    def find(self, text: str) -> Code | None:
        """The code whose code, label or alias reads like `text` (accents, case and punctuation aside)."""
        return self._by_fold.get(fold(text))

    def label(self, code: str) -> str:
        """The Spanish label of `code`; KeyError if there is no such code."""
        for entry in self.codes:
            if entry.code == code:
                return entry.label
        raise KeyError(code)

    @property
    def sensitive_codes(self) -> frozenset[str]:
        """The codes about which data is published coarser than about others."""
        return frozenset(code.code for code in self.codes if code.is_sensitive)

    @property
    def labels(self) -> tuple[str, ...]:
        return tuple(code.label for code in self.codes)


def load_codelist(path: Path) -> Codelist:
    """The code list in the CSV at `path`; ContractError names the line that is wrong."""
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        if tuple(reader.fieldnames or ()) not in (FIELDS, (*FIELDS, SENSITIVE)):
            raise ContractError(f"{path.name}: the header must be {','.join(FIELDS)}, with {SENSITIVE} at the end if the list has it")
        codes = tuple(_code(path, number, row) for number, row in enumerate(reader, 2))
    codelist = Codelist(path.stem, codes)
    codelist.find("")  # builds the index, which refuses a spelling that stands for two codes
    return codelist


def _code(path: Path, line: int, row: dict[str, str]) -> Code:
    try:
        return Code(
            code=row["code"],
            label=row["label"],
            aliases=tuple(alias.strip() for alias in row["aliases"].split(";") if alias.strip()),
            valid_from=date.fromisoformat(row["valid_from"]),
            valid_to=date.fromisoformat(row["valid_to"]) if row["valid_to"] else None,
            is_sensitive=_TRUTH[row.get(SENSITIVE) or "false"],
        )
    except (ValueError, TypeError, AttributeError, KeyError) as error:
        raise ContractError(f"{path.name}, line {line}: {error!r}") from error
