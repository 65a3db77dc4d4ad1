"""A remark of the reconciliation: what does not add up, or what a reader should know about numbers that do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from pipc_etl.publish.document import Note

# An error: printed numbers contradict each other. A warning: they agree, but not without an explanation.
Severity = Literal["error", "warning"]
SEVERITY_WORDS: dict[Severity, str] = {"error": "contradicción", "warning": "observación"}


@dataclass(frozen=True)
class Remark:
    """`text` is a Spanish sentence; `figures` are the keys of those it speaks about, where the report prints them."""

    severity: Severity
    text: str
    figures: tuple[str, ...] = ()


def as_notes(remarks: Iterable[Remark]) -> tuple[Note, ...]:
    """The remarks as the report prints them, contradictions first."""
    ordered = sorted(remarks, key=lambda remark: remark.severity != "error")
    return tuple(Note("reconciliation", (remark.text,)) for remark in ordered)
