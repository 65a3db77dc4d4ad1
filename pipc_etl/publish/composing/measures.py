"""The words of each measure, written once: what it is called, what it is, how it is computed, and in which unit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Literal

import yaml

from pipc_etl.errors import PublicationError
from pipc_etl.publish.numbers import Rounding

MEASURES = Path(__file__).parent / "definitions"
# What a printed number ends with; a space that does not break.
_ENDINGS = {"percent": "\N{NO-BREAK SPACE}%"}
EXACT = Rounding("exact")
Unit = Literal["percent", "count", "people", "points", "scale", "hours", "days", "number"]


@dataclass(frozen=True)
class Measure:
    """A measure as definitions say it, in Spanish for the reader.

    `formula` has `{numerator}`, `{denominator}`, `{value}` and, for other columns of the row, their names in braces; `rounding` where it
    is not the report's (percents) or none (counts). `numerator` and `denominator` name columns of the same mart row.
    """

    code: str
    label: str
    definition: str
    formula: str
    unit: Unit = "count"
    numerator: str | None = None
    denominator: str | None = None
    rounding: Rounding | None = None

    def rounded_by(self, report: Rounding) -> Rounding:
        """How this measure is rounded in a report that rounds its percents as `report` does."""
        if self.rounding is not None:
            return self.rounding
        return report if self.unit == "percent" else EXACT

    @property
    def ending(self) -> str:
        return _ENDINGS.get(self.unit, "")


@cache
def measures(folder: Path = MEASURES) -> Mapping[str, Measure]:
    """Every measure of `definitions/*.yaml` by its code; raises PublicationError where two files define one."""
    found: dict[str, Measure] = {}
    for path in sorted(folder.glob("*.yaml")):
        for code, content in yaml.safe_load(path.read_text(encoding="utf-8")).items():
            if code in found:
                raise PublicationError(f"{path.name}: la medida «{code}» ya está definida en otro archivo")
            rounding = content.pop("rounding", None)
            chosen = Rounding(rounding["mode"], int(rounding.get("decimals", 0))) if rounding else None
            found[code] = Measure(code=code, rounding=chosen, **content)
    return found


def measure(code: str) -> Measure:
    """The measure called `code`; raises PublicationError if no file of `definitions/` has it."""
    found = measures().get(code)
    if found is None:
        raise PublicationError(f"la medida «{code}» no está definida en {MEASURES.name}/")
    return found


def written(number: Decimal | None) -> str:
    """A number inside a formula: as exact as it is, at most four decimals."""
    if number is None:
        return "–"
    places = 0 if number == number.to_integral_value() else 4
    shown = Rounding("half_up", places).shown(number)
    return shown.rstrip("0").rstrip(",") if places else shown
