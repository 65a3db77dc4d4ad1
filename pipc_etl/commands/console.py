"""Where commands print: results to standard output, progress and complaints to standard error."""

from __future__ import annotations

import time
from collections.abc import Callable

from rich.console import Console

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)


def progress_printer() -> Callable[[str], None]:
    """Prints each step with the seconds since this call."""
    began = time.monotonic()

    def step(message: str) -> None:
        err.print(f"{time.monotonic() - began:6.1f} s  {message}", style="dim", markup=False)

    return step
