"""The rules that a publication was computed with, as fingerprints: when a figure changes, they tell a new rule from new data."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path

from sqlalchemy import Connection, text

from pipc_etl.publish.composing import measures
from pipc_etl.publish.definition import REPORTS
from pipc_etl.settings import Settings

RULE_WORDS: Mapping[str, str] = {
    "report": "la definición del informe",
    "measures": "las medidas y cómo se escriben",
    "contracts": "las fuentes, sus reglas y sus listas de códigos",
    "privacy": "la protección de las personas",
    "models": "los modelos con que se calculan los marts",
}
# What else decides how a figure is written.
_WRITTEN = ("document.py", "numbers.py", "wording.py")


def rules(connection: Connection, settings: Settings, report_code: str) -> tuple[dict[str, str], int | None]:
    """The fingerprint of each kind of rule, and the build that the marts come from (None: built by hand)."""
    last = connection.execute(text("select build_id, fingerprint from audit.build order by build_id desc limit 1")).one_or_none()
    composing = Path(measures.__file__).parent
    found = {
        "report": _digest([REPORTS / f"{report_code}.yaml"]),
        "measures": _digest([*composing.rglob("*.py"), *composing.rglob("*.yaml"), *(composing.parent / name for name in _WRITTEN)]),
        "contracts": _digest(path for path in settings.expectations.rglob("*") if path.is_file()),
        "privacy": _digest((composing.parent / "open_data").glob("*.py"), f"k={settings.suppression_k}"),
        # The first part of a build's fingerprint is that of the project.
        "models": last.fingerprint.split(":", 1)[0] if last is not None else "",
    }
    return found, last.build_id if last is not None else None


def changed_rules(before: Mapping[str, str], now: Mapping[str, str]) -> tuple[str, ...]:
    """Which rules differ, in Spanish."""
    return tuple(words for part, words in RULE_WORDS.items() if before.get(part) != now.get(part))


def _digest(paths: Iterable[Path], setting: str = "") -> str:
    content = hashlib.sha256(setting.encode())
    for path in sorted(paths):
        content.update(f"{path.name}\0".encode())
        content.update(path.read_bytes())
    return content.hexdigest()
