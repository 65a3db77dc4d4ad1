"""Whose a file is: the place `landing/<entity>/<dependency>/<kind>/<period>/<file>` read and checked."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path

from pipc_etl.contracts import Catalog, Finding, fold
from pipc_etl.contracts.periods import Period, parse_period

_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,59}")

_COPIES = re.compile(r"\s*(?:\((?:respuestas|responses|\d+(?:-\d+)?)\)|[-_–]\s*copia|copia de|respuestas$)\s*", re.I)
_TRAILING_DATE = re.compile(
    r"[\s._-]*(?:\d{4}[-_.]?\d{2}[-_.]?\d{2}|\d{1,2}[-_.]\d{1,2}[-_.]\d{2,4})(?:[\sT_-]+\d{1,2}[-_.:]?\d{2}(?:[-_.:]?\d{2})?)?\s*$"
)


@dataclass(frozen=True)
class Envelope:
    """Where a file was handed in; `form_code` only for forms: the form's name, the same for every later export of it."""

    entity_code: str
    dependency_code: str
    kind: str
    period_code: str
    file_name: str
    form_code: str | None = None

    @cached_property
    def _period(self) -> Period:
        period = parse_period(self.period_code)
        if period is None:
            raise ValueError(f"not a period code: {self.period_code}")
        return period

    @property
    def period_start(self) -> date:
        return self._period.start

    @property
    def period_end(self) -> date:
        return self._period.end

    @property
    def fiscal_year(self) -> int:
        return self._period.fiscal_year


def parse(path: Path, landing_root: Path, catalog: Catalog) -> Envelope | tuple[Finding, ...]:
    """The envelope of the file at `path`, or what is wrong with its place."""
    try:
        parts = path.resolve().relative_to(landing_root.resolve()).parts
    except ValueError:
        return (catalog.finding("place.outside", value=path.name),)
    if len(parts) != 5:
        return (catalog.finding("place.depth", value="/".join(parts)),)
    entity, dependency, kind, period, name = parts
    findings = [catalog.finding("place.code", value=code) for code in (entity, dependency) if not _CODE.fullmatch(code)]
    contract = catalog.contracts.get(kind)
    if contract is None:
        close = get_close_matches(kind.lower(), catalog.contracts, n=1)
        findings.append(catalog.finding("place.kind", value=kind, hint=f" ¿Es «{close[0]}»?" if close else ""))
    if parse_period(period) is None:
        findings.append(catalog.finding("place.period", value=period))
    if contract is None or findings:
        return tuple(findings)
    form = form_code(name) if contract.flow == "form_responses" else None
    return Envelope(entity, dependency, kind, period, name, form)


def form_code(file_name: str) -> str:
    """The form's name as a slug: without «(respuestas)», copy numbers and the date of the export."""
    stem = Path(file_name).stem
    previous = ""
    while previous != stem:
        previous = stem
        stem = _TRAILING_DATE.sub("", _COPIES.sub(" ", stem).strip()).strip()
    return fold(stem or Path(file_name).stem).replace(" ", "-") or "formulario"
