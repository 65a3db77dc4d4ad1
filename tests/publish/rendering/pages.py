"""What a browser and axe-core say of rendered pages."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pipc_etl.dashboards.environment import superset_python
from pipc_etl.settings import PROJECT_ROOT, load_settings
from tests.browser.axe import axe_script

WIDTHS = (1280, 360)


def looked_at(pages: Sequence[Path], folder: Path) -> list[dict[str, Any]]:
    """One answer per page and width; photographs go where PIPC_TEST_PICTURES says, else into `folder`."""
    settings = load_settings({})
    pictures = os.environ.get("PIPC_TEST_PICTURES") or str(folder)
    request = {
        "chromium": settings.chromium,
        "axe": str(axe_script()),
        "pages": [str(page) for page in pages],
        "widths": WIDTHS,
        "pictures": pictures,
    }
    command = [str(superset_python(settings)), str(PROJECT_ROOT / "tests" / "browser" / "look_at_pages.py")]
    done = subprocess.run(command, input=json.dumps(request), capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    answers: list[dict[str, Any]] = json.loads(done.stdout)
    return answers


def assert_accessible(answer: dict[str, Any]) -> None:
    """No violation folded or unfolded, be it grave or not, nothing fetched or complained about, no sideways scrolling of the page."""
    where = f"{Path(answer['file']).name} at {answer['width']} px"
    assert answer["measured"]["rules"] > 80, f"{where}: axe has no rules"
    assert answer["violations"] == [], f"{where}: {json.dumps(answer['violations'], ensure_ascii=False, indent=1)}"
    assert answer["fetched"] == [], where
    assert answer["said"] == [], where
    for measured in (answer["measured"], answer["unfolded"]):
        assert measured["page"] <= measured["window"], f"{where} scrolls sideways: {measured}"
