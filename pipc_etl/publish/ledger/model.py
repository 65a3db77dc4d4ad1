"""What a publication is asked for with, what stops it, and how it stands in the register."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Literal, get_args

from pipc_etl.errors import PublicationError
from pipc_etl.publish.document import Address

PublicationState = Literal["draft", "published", "rejected"]
Gate = Literal["open_errors", "missing_submissions", "unreviewed_submissions", "unclosed_months", "unmatched_events"]
GATES: tuple[Gate, ...] = get_args(Gate)
GATE_WORDS: Mapping[Gate, str] = {
    "open_errors": "errores sin corregir",
    "missing_submissions": "entregas que faltan",
    "unreviewed_submissions": "entregas sin aprobar",
    "unclosed_months": "meses sin cerrar",
    "unmatched_events": "asistencias sin sesión",
}
STATE_WORDS: Mapping[PublicationState, str] = {"draft": "borrador", "published": "publicada", "rejected": "rechazada"}


@dataclass(frozen=True)
class Request:
    """A report that is asked for: `cutoff` None is the end of the period, `known_at` None is now; `waivers` has a reason per gate."""

    entity_code: str
    report_code: str
    period_code: str
    cutoff: date | None = None
    known_at: datetime | None = None
    waivers: Mapping[str, str] = field(default_factory=dict)
    actor: str = ""


@dataclass(frozen=True)
class Stop:
    """One thing that keeps a report from being published: what it is about, and what is wrong with it, in Spanish."""

    gate: Gate
    subject: str
    detail: str

    def __str__(self) -> str:
        return f"{self.subject}: {self.detail}"


@dataclass(frozen=True)
class Waiver:
    """A stop that somebody passed over, with the reason; the report prints it."""

    stop: Stop
    reason: str
    actor: str
    at: datetime


class StoppedError(PublicationError):
    """Open errors or missing submissions stop the publication; says which, and how to waive them."""

    def __init__(self, stops: Sequence[Stop]) -> None:
        self.stops = tuple(stops)
        lines = [f"el informe no se puede publicar todavía: {len(stops)} razones"]
        for gate in GATES:
            found = [stop for stop in stops if stop.gate == gate]
            if found:
                lines.append(f"{GATE_WORDS[gate]} ({gate}):")
                lines += [f"  - {stop}" for stop in found[:10]]
                lines += [f"  - y {len(found) - 10} más"] if len(found) > 10 else []
        waivable = ", ".join(dict.fromkeys(stop.gate for stop in stops))
        lines.append(f"corrija lo que falta, o pase por alto cada clase con su razón: --waive CLASE=RAZÓN ({waivable})")
        super().__init__("\n".join(lines))


@dataclass(frozen=True)
class PublishedFile:
    """A file of a publication; `name` is its path inside the publication's folder."""

    name: str
    sha256: str
    size_bytes: int


@dataclass(frozen=True)
class Publication:
    """A row of the register; `folder` holds its files, `decided_*` say who approved or rejected it."""

    number: str
    address: Address
    edition: int
    state: PublicationState
    title: str
    definition: Mapping[str, str]
    is_reconstruction: bool
    prepared_at: datetime
    prepared_by: str
    decided_at: datetime | None
    decided_by: str | None
    decision_note: str | None
    figures_qty: int
    waivers: tuple[Waiver, ...] = ()
    files: tuple[PublishedFile, ...] = ()

    @property
    def publication_id(self) -> int:
        return int(self.number.removeprefix("P"))

    def folder(self, root: Path) -> Path:
        """Where its files are under `settings.publications`."""
        address = self.address
        return root / address.entity_code / address.report_code / address.period_code / self.number
