"""What a workbook made from one of our templates says of itself: custom document properties that survive its being filled in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

# The first cell of a template's instructions: by it the sheet is known for ours, whatever became of its name.
INSTRUCTIONS_TITLE = "Instrucciones de esta plantilla"

_KIND = "pipc_kind"
_PLAN_VERSION = "pipc_plan_version"


@dataclass(frozen=True)
class Fingerprint:
    """For what, for whom and from which plan a template was made; empty text where the template was made for nobody in particular."""

    kind: str
    contract_version: str
    entity_code: str = ""
    dependency_code: str = ""
    period_code: str = ""
    plan_code: str = ""
    plan_version: int | None = None

    def properties(self) -> dict[str, str]:
        """The document properties to write, without the empty ones."""
        said = {
            _KIND: self.kind,
            "pipc_contract_version": self.contract_version,
            "pipc_entity": self.entity_code,
            "pipc_dependency": self.dependency_code,
            "pipc_period": self.period_code,
            "pipc_plan": self.plan_code,
            _PLAN_VERSION: "" if self.plan_version is None else str(self.plan_version),
        }
        return {name: value for name, value in said.items() if value}

    def __str__(self) -> str:
        """One line for people: what stands in the footer of every printed page."""
        whose = "/".join(filter(None, (self.entity_code, self.dependency_code)))
        plan = f"plan {self.plan_code} v{self.plan_version}" if self.plan_code and self.plan_version is not None else ""
        return " · ".join(filter(None, (f"{self.kind} {self.contract_version}", whose, self.period_code, plan)))


def read_fingerprint(properties: Mapping[str, str] | None) -> Fingerprint | None:
    """The fingerprint among a file's document properties; None for a file that was not made from a template."""
    found = {name: text.strip() for name, text in (properties or {}).items()}
    if not found.get(_KIND):
        return None
    version = found.get(_PLAN_VERSION, "")
    return Fingerprint(
        kind=found[_KIND],
        contract_version=found.get("pipc_contract_version", ""),
        entity_code=found.get("pipc_entity", ""),
        dependency_code=found.get("pipc_dependency", ""),
        period_code=found.get("pipc_period", ""),
        plan_code=found.get("pipc_plan", ""),
        plan_version=int(version) if version.isdecimal() else None,
    )
