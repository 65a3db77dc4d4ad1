"""The colours of the reports, chosen to be told apart by everybody (WCAG 2.2 AA on white; colour-blind readers) and in grey."""

from __future__ import annotations

from typing import Final

INK: Final = "#1b2733"
MUTED: Final = "#52606d"
RULE: Final = "#8795a1"
BRAND: Final = "#14476b"
WHITE: Final = "#ffffff"
# Light and dark follow each other, so that neighbours differ without their hue too.
SERIES: Final = ("#1f5f8b", "#cf7c22", "#123f3c", "#84919d", "#9a52c4", "#5c4420")


def luminance(color: str) -> float:
    """Relative luminance of `#rrggbb` (WCAG 2.2)."""
    channels = (int(color[place : place + 2], 16) / 255 for place in (1, 3, 5))
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours, 1 to 21 (WCAG 2.2)."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def ink_on(color: str) -> str:
    """The text colour that reads best on `color`."""
    return max((INK, WHITE), key=lambda ink: contrast(color, ink))
