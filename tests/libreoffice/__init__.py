"""A real LibreOffice for the tests: opens workbooks, types into them as a person of Bogotá does, saves them, tells what it sees."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

SYSTEM_PYTHON = "/usr/bin/python3"  # the one that has LibreOffice's bridge (package python3-uno)
FILTERS = {".xlsx": "Calc MS Excel 2007 XML", ".ods": "calc8", ".pdf": "calc_pdf_Export", ".xls": "MS Excel 97"}
_SCRIPT = Path(__file__).with_name("uno_script.py")
_SECONDS = 240
# Typed dates and numbers are read as in Colombia: 31/08/2021 and 1234,5.
_SPANISH = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry" xmlns:xs="http://www.w3.org/2001/XMLSchema">
<item oor:path="/org.openoffice.Setup/L10N"><prop oor:name="ooSetupSystemLocale" oor:op="fuse"><value>es-CO</value></prop></item>
</oor:items>
"""


@dataclass(frozen=True)
class Job:
    """Open `source`, type `cells` ((sheet, address) -> text as typed), save under every path of `targets`; then look at `look_at`.

    `look_at` are (sheet, address); the answer has for each its text, whether it is locked, and its check.
    """

    source: Path
    cells: Mapping[tuple[str, str], str] = field(default_factory=dict)
    targets: Sequence[Path] = ()
    look_at: Sequence[tuple[str, str]] = ()


class Office:
    """One LibreOffice without a window, with a profile of its own."""

    def __init__(self, profile: Path) -> None:
        self.profile = profile

    def run(self, jobs: Sequence[Job]) -> list[dict[str, Any]]:
        """What LibreOffice saw in each job: `sheets` (name, visible, protected, drawn marks of invalid cells) and `cells`."""
        request = [
            {
                "source": job.source.resolve().as_uri(),
                "cells": [[sheet, address, text] for (sheet, address), text in job.cells.items()],
                "targets": [[path.resolve().as_uri(), FILTERS[path.suffix]] for path in job.targets],
                "look_at": [list(place) for place in job.look_at],
            }
            for job in jobs
        ]
        done = subprocess.run(
            [SYSTEM_PYTHON, str(_SCRIPT), self.profile.as_uri()],
            input=json.dumps(request),
            capture_output=True,
            text=True,
            timeout=_SECONDS,
        )
        assert done.returncode == 0, done.stderr
        answer: list[dict[str, Any]] = json.loads(done.stdout)
        return answer


@contextmanager
def office() -> Iterator[Office]:
    """A LibreOffice whose profile is thrown away at the end."""
    with tempfile.TemporaryDirectory(prefix="pipc-office-") as folder:
        profile = Path(folder)
        (profile / "user").mkdir()
        (profile / "user" / "registrymodifications.xcu").write_text(_SPANISH, encoding="utf-8")
        yield Office(profile)
