"""An erasure that is killed where it is told: `dying_erasure.py POINT DOCUMENT EMAIL`."""

from __future__ import annotations

import os
import signal
import sys
from typing import Any

from pipc_etl.privacy import erasing, places
from pipc_etl.settings import load_settings


def die(*_: Any, **__: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def put_then_die(*given: Any) -> None:
    replace_stored(*given)
    die()


replace_stored = places.replace_stored
POINTS: dict[str, tuple[Any, str, Any]] = {
    "nothing but listed": (erasing.Sweep, "everywhere", die),
    "first archived file replaced": (places, "replace_stored", put_then_die),
    "before commit": (erasing, "_redactions", die),
}


def main(point: str, document: str) -> None:
    setattr(*POINTS[point])
    request = erasing.Request((("CC", document),), (), "radicado 1-2026-77", "Oficial de datos")
    erasing.erase(load_settings(), request)


if __name__ == "__main__":
    main(*sys.argv[1:])
