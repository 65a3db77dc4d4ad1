"""What a declaration of a source says, as frozen values; the files are Open Data Contract Standard 3.x."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning", "info"]
Scope = Literal["file", "sheet", "row", "cell"]
ColumnType = Literal["string", "integer", "number", "boolean", "date", "timestamp", "time", "month"]
Classification = Literal["public", "internal", "personal", "sensitive"]
RuleLevel = Literal["row", "reference", "file"]

# Fields of the envelope (path of the file) that a submission key may name beside columns.
ENVELOPE_KEY_FIELDS = ("entity_code", "dependency_code", "period_code", "form_code")

# In a row that corrects another dependency's value: that dependency. Such files add up, they replace nothing.
CORRECTION_COLUMN = "on_behalf_of"


@dataclass(frozen=True)
class Column:
    """One column: `minimum`/`maximum` in the column's unit, `max_length` in characters, `title` the Spanish header."""

    name: str
    title: str
    type: ColumnType
    description: str
    classification: Classification = "public"
    required: bool = False
    header_required: bool = False
    primary_key: bool = False
    synonyms: tuple[str, ...] = ()
    codelist: str | None = None
    multiple: bool = False
    minimum: float | None = None
    maximum: float | None = None
    max_length: int | None = None
    pattern: str | None = None
    examples: tuple[object, ...] = ()
    unit: str | None = None
    percent: bool = False

    @property
    def is_personal(self) -> bool:
        """Whether the value may stand in schema `private` only."""
        return self.classification == "personal"


@dataclass(frozen=True)
class Rule:
    """A row breaks the rule when the SQL text `fails_when` (over `b` and the lookups in `needs`) is true."""

    id: str
    severity: Severity
    columns: tuple[str, ...]
    fails_when: str
    message: str
    remedy: str
    level: RuleLevel = "row"
    needs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Lookup:
    """A reference relation of schema `audit` joined to the batch `b` as `name` by the SQL condition `on`."""

    name: str
    relation: str
    on: str


@dataclass(frozen=True)
class Contract:
    """One version of one source kind.

    `empty_declaration` is the question that, answered Sí above the header, stands for a file without rows; None: such a file is no answer.
    `judged_with` are the kinds, this one among them, that are loaded together because the verdict looks at what came before: in the order
    of their receipt and, of those that were handed in together, in this order.
    """

    kind: str
    version: str
    title: str
    description: str
    grain: str
    columns: tuple[Column, ...]
    rules: tuple[Rule, ...]
    lookups: tuple[Lookup, ...]
    flow: Literal["submissions", "form_responses"]
    submission_key: tuple[str, ...]
    supersession: Literal["key", "append"]
    depends_on: tuple[str, ...]
    reject_whole: bool
    quarantine_pct: float
    sheet_names: tuple[str, ...]
    dialects: tuple[str, ...]
    due_business_day: int | None
    freshness_days: int | None = None
    empty_declaration: str | None = None
    judged_with: tuple[str, ...] = ()

    def column(self, name: str) -> Column:
        """The column called `name`; KeyError if the contract has none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)

    @property
    def primary_key(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns if column.primary_key)

    @property
    def personal_columns(self) -> tuple[Column, ...]:
        return tuple(column for column in self.columns if column.is_personal)

    @property
    def raw_columns(self) -> tuple[Column, ...]:
        """The columns that may stand outside schema `private`."""
        return tuple(column for column in self.columns if not column.is_personal)

    @property
    def has_persons(self) -> bool:
        """Whether a row speaks about a citizen who gets a `person_key` (a form that asks for consent)."""
        return any(column.name == "consent" for column in self.columns)


@dataclass(frozen=True)
class Finding:
    """What is wrong with a submission, where, and how to mend it; texts in Spanish, `cell` in A1 notation, `row` as the sheet counts."""

    rule: str
    severity: Severity
    scope: Scope
    message: str
    remedy: str
    sheet: str | None = None
    cell: str | None = None
    row: int | None = None
    column: str | None = None
    value: str | None = None
