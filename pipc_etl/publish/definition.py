"""Definitions of reports: what is published, for which periods, under which words and how it rounds; one file a report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from pipc_etl.contracts.periods import PERIOD_TYPES
from pipc_etl.errors import PublicationError
from pipc_etl.publish.numbers import MODES, Rounding

REPORTS = Path(__file__).parent / "reports"


@dataclass(frozen=True)
class TextSlot:
    """A place for what a person writes: it stands at the end of the section `section`."""

    slot: str
    title: str
    section: str


@dataclass(frozen=True)
class ReportDefinition:
    """A report: `plan_codes` are the plans it speaks about (none: it has no plan), `labels` its own names for measures.

    `sections` are codes of the composing room, in their order; those of `optional` are left out when they have nothing to say. `options`
    are what its sections ask the report (which entity chooses which words is never in code).
    """

    code: str
    title: str
    subtitle: str
    objective: str
    period_types: tuple[str, ...]
    rounding: Rounding
    sections: tuple[str, ...]
    plan_codes: tuple[str, ...] = ()
    optional: frozenset[str] = frozenset()
    titles: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    open_data: tuple[str, ...] = ()
    texts: tuple[TextSlot, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)


def report_codes(folder: Path = REPORTS) -> tuple[str, ...]:
    """The codes of every report that is defined."""
    return tuple(sorted(path.stem for path in folder.glob("*.yaml")))


def load_definition(code: str, folder: Path = REPORTS) -> ReportDefinition:
    """The report called `code`; raises PublicationError for one that is not defined or whose definition makes no sense."""
    path = folder / f"{code}.yaml"
    if code not in report_codes(folder):
        raise PublicationError(f"no hay un informe «{code}»: los que hay son {', '.join(report_codes(folder))}")
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    try:
        rounding = Rounding(content["rounding"]["mode"], int(content["rounding"].get("decimals", 0)))
        definition = ReportDefinition(
            code=code,
            title=content["title"],
            subtitle=content["subtitle"],
            objective=content["objective"],
            period_types=tuple(content["period_types"]),
            rounding=rounding,
            sections=tuple(content["sections"]),
            plan_codes=tuple(content.get("plan_codes", ())),
            optional=frozenset(content.get("optional", ())),
            titles=content.get("titles", {}),
            labels=content.get("labels", {}),
            open_data=tuple(content.get("open_data", ())),
            texts=tuple(TextSlot(**slot) for slot in content.get("texts", ())),
            options=content.get("options", {}),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise PublicationError(f"la definición del informe «{code}» está incompleta: {error!r}") from error
    _check(definition)
    return definition


def _check(definition: ReportDefinition) -> None:
    def need(condition: bool, complaint: str) -> None:
        if not condition:
            raise PublicationError(f"la definición del informe «{definition.code}» {complaint}")

    sections = set(definition.sections)
    need(definition.rounding.mode in MODES, f"redondea de un modo desconocido: {definition.rounding.mode}")
    need(set(definition.period_types) <= set(PERIOD_TYPES), f"tiene períodos desconocidos: {', '.join(definition.period_types)}")
    need(len(sections) == len(definition.sections), "repite una sección")
    need(definition.optional <= sections, "marca como opcional una sección que no tiene")
    need({slot.section for slot in definition.texts} <= sections, "pone un texto en una sección que no tiene")
    need(len({slot.slot for slot in definition.texts}) == len(definition.texts), "repite un texto")
