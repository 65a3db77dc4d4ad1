"""Response terms: how many business days a question may wait, by its type and the day it was received, with the norm that says so."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

from pipc_etl.errors import ContractError

FIELDS = ("question_type", "business_days", "valid_from", "valid_to", "covers_pending", "norm")
# How long a question that is not the entity's may be kept before it is handed on (Ley 1755 de 2015, artículo 21).
TRANSFER = "transfer"


@dataclass(frozen=True)
class ResponseTerm:
    """Business days after the day of receipt, for what is received from `valid_from` to `valid_to` (both inside; None = still in force).

    `covers_pending`: also for what was received before and had not fallen due when the norm came into force.
    """

    question_type: str
    business_days: int
    valid_from: date
    valid_to: date | None
    covers_pending: bool
    norm: str


def load_response_terms(path: Path) -> tuple[ResponseTerm, ...]:
    """The terms in the CSV at `path`, by type and date; ContractError names the line, or the type whose terms overlap or leave a gap."""
    if not path.exists():
        return ()
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        if tuple(reader.fieldnames or ()) != FIELDS:
            raise ContractError(f"{path.name}: the header must be {','.join(FIELDS)}")
        terms = [_term(path, number, row) for number, row in enumerate(reader, 2)]
    ordered = sorted(terms, key=lambda term: (term.question_type, term.valid_from))
    _check_succession(path, ordered)
    return tuple(ordered)


def _term(path: Path, line: int, row: dict[str, str]) -> ResponseTerm:
    try:
        term = ResponseTerm(
            question_type=row["question_type"],
            business_days=int(row["business_days"]),
            valid_from=date.fromisoformat(row["valid_from"]),
            valid_to=date.fromisoformat(row["valid_to"]) if row["valid_to"] else None,
            covers_pending={"yes": True, "no": False}[row["covers_pending"]],
            norm=row["norm"],
        )
    except (ValueError, TypeError, KeyError) as error:
        raise ContractError(f"{path.name}, line {line}: {error}") from error
    if term.business_days < 1 or not term.norm:
        raise ContractError(f"{path.name}, line {line}: a term needs days and a norm")
    return term


def _check_succession(path: Path, ordered: Iterable[ResponseTerm]) -> None:
    for before, after in pairwise(ordered):
        if before.question_type != after.question_type:
            continue
        if before.valid_to is None or after.valid_from != before.valid_to + timedelta(days=1):
            raise ContractError(f"{path.name}: {after.question_type} from {after.valid_from} does not follow the term before it")
