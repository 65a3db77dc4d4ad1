"""How a report rounds and writes numbers: a property of the report, never of a mart (definitions: rounding)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from typing import Literal

from babel.numbers import format_decimal

LOCALE = "es_CO"
RoundingMode = Literal["half_up", "truncate", "exact"]
_MODES = {"half_up": ROUND_HALF_UP, "truncate": ROUND_DOWN}
MODES: tuple[RoundingMode, ...] = ("half_up", "truncate", "exact")


@dataclass(frozen=True)
class Rounding:
    """Half up or truncated to `decimals` places; an exact figure is never rounded."""

    mode: RoundingMode
    decimals: int = 0

    def rounded(self, value: Decimal) -> Decimal:
        """`value` as the report prints it."""
        if self.mode == "exact":
            return value
        # Plus zero: what rounds to nothing from below is 0, not -0.
        return value.quantize(Decimal(1).scaleb(-self.decimals), rounding=_MODES[self.mode]) + 0

    def shown(self, value: Decimal) -> str:
        """`value` rounded and written as in Bogotá: 1.234,5."""
        places = "." + "0" * self.decimals if self.decimals else ""
        return format_decimal(self.rounded(value), f"#,##0{places}", locale=LOCALE, decimal_quantization=self.mode != "exact")
