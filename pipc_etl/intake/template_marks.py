"""What a workbook made from a template says of itself, held against the place in which it was handed in."""

from __future__ import annotations

from collections.abc import Mapping

from pipc_etl.contracts import Catalog, Finding, fold
from pipc_etl.contracts.fingerprint import INSTRUCTIONS_TITLE, Fingerprint, read_fingerprint
from pipc_etl.contracts.periods import parse_period
from pipc_etl.intake.cells import RawSheet, text_of
from pipc_etl.intake.envelope import Envelope


def is_instructions(sheet: RawSheet) -> bool:
    """Whether the sheet is the instructions of a template: it names the columns, and holds no data."""
    first = sheet.rows[0][0] if sheet.rows and sheet.rows[0] else None
    return fold(text_of(first)) == fold(INSTRUCTIONS_TITLE)


def place_findings(properties: Mapping[str, str] | None, envelope: Envelope, catalog: Catalog) -> list[Finding]:
    """A finding where the template was made for another entity, dependency, kind or period than those of the place.

    What either of them leaves open (`pipc check` outside the folders, a template for nobody) contradicts nothing. A template of a whole
    year may be handed in for any period inside it.
    """
    made = read_fingerprint(properties)
    if made is None:
        return []
    pairs = (
        ("la entidad", made.entity_code, envelope.entity_code),
        ("la dependencia", made.dependency_code, envelope.dependency_code),
        ("el formato", _title(made.kind, catalog), _title(envelope.kind, catalog)),
    )
    differing = [(what, said, found) for what, said, found in pairs if said and found and said != found]
    if made.period_code and envelope.period_code and not _holds(made.period_code, envelope.period_code):
        differing.append(("el período", made.period_code, envelope.period_code))
    if not differing:
        return []
    template = ", ".join(f"{what} «{said}»" for what, said, _ in differing)
    place = ", ".join(f"{what} «{found}»" for what, _, found in differing)
    return [catalog.finding("place.fingerprint", value=_place(made), template=template, place=place)]


def _title(kind: str, catalog: Catalog) -> str:
    return catalog.contracts[kind].title if kind in catalog.contracts else kind


def _holds(made_for: str, period_code: str) -> bool:
    whole, part = parse_period(made_for), parse_period(period_code)
    return whole is None or part is None or (whole.start <= part.start and part.end <= whole.end)


def _place(made: Fingerprint) -> str:
    return "/".join((made.entity_code or "…", made.dependency_code or "…", made.kind, made.period_code or "…"))
