"""Why Superset refused something: it hides the reason in causes and in lists of messages."""

from __future__ import annotations

from typing import Any


def reason(error: BaseException) -> str:
    """The message of the error and of everything that caused it, outermost first."""
    parts: list[str] = []
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        for part in _parts(current):
            if part and part not in parts:
                parts.append(part)
        current = current.__cause__ or current.__context__
    return ": ".join(parts)


def _parts(error: BaseException) -> list[str]:
    # CommandInvalidError holds marshmallow errors, by file name.
    nested = [part for inner in getattr(error, "_exceptions", []) for part in _parts(inner)]
    messages: Any = getattr(error, "messages", None)
    own = str(messages) if messages else str(error)
    return [own.strip() or type(error).__name__, *nested]
