"""The variables that Superset's processes are given: PIPC_SUPERSET_<NAME>."""

from __future__ import annotations

import os


def optional(name: str) -> str | None:
    """The variable's value, None if it is absent or empty."""
    return os.environ.get(f"PIPC_SUPERSET_{name}") or None


def required(name: str) -> str:
    """The variable's value; ends the process, naming the variable, where it is missing."""
    value = optional(name)
    if value is None:
        raise SystemExit(f"Superset is not started: the variable PIPC_SUPERSET_{name} is missing (`pipc up` gives it)")
    return value
