"""Files of many entities, each with the time at which it is said to have been received, taken in by one call: a story is an entity."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Any

from sqlalchemy import text

from pipc_etl.contracts import Catalog
from pipc_etl.settings import Settings
from pipc_etl.warehouse.engine import superuser_engine
from pipc_etl.warehouse.ingest import Outcome, ingest_paths
from tests.warehouse.conftest import Sender

Rows = list[dict[str, object]]


class Stories:
    """Collects files by «story/label»; `take` loads what was collected since the last time."""

    def __init__(self, settings: Settings, catalog: Catalog) -> None:
        self.settings = settings
        self.sender = Sender(settings, catalog)
        self.waiting: dict[str, tuple[Path, str]] = {}
        self.entities: set[str] = set()

    def add(self, name: str, at: str, place: str, rows: Rows, *, above: str = "") -> None:
        """A file at `<story>/<place>/<label>.csv`, received at `at` (UTC); its first line is its name: no two have the same bytes."""
        story, label = name.split("/")
        if story not in self.entities:
            self.entities.add(story)
            self.waiting[f"{story}/registry"] = (self.sender.registry(story), "2021-01-02 12:00")
        path = self.sender.put(f"{story}/{place}/{label}.csv", rows)
        path.write_text(f"{name};\n{above}" + path.read_text("utf-8"), "utf-8")
        self.waiting[name] = (path, at)

    def take(self, **settings: Any) -> dict[str, Outcome]:
        """The outcomes by name; nothing may fail."""
        engine = superuser_engine(self.settings)
        with engine.begin() as connection:
            for path, at in self.waiting.values():
                digest = hashlib.sha256(path.read_bytes()).hexdigest()
                connection.execute(
                    text(
                        "insert into audit.simulated_receipt (sha256, received_at, note) values (:digest, :at, '') on conflict do nothing"
                    ),
                    {"digest": digest, "at": f"{at}Z"},
                )
        engine.dispose()
        outcomes = ingest_paths([path for path, _ in reversed(self.waiting.values())], replace(self.settings, **settings))
        assert [outcome.error for outcome in outcomes if outcome.error] == []
        by_path = {outcome.path: outcome for outcome in outcomes}
        taken = {name: by_path[path] for name, (path, _) in self.waiting.items()}
        self.waiting.clear()
        return taken


def rules(outcome: Outcome, severity: str = "error") -> list[str]:
    return sorted(finding.rule for finding in outcome.findings if finding.severity == severity)
