"""The samples' manifest: which files are sent, when they are said to have arrived, and what must be found in them."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath

from pipc_etl.contracts.periods import BOGOTA
from pipc_etl.errors import ContractError

FIELDS = ("path", "received_at", "layout", "source", "part", "expected_state", "expected_findings")
FEATURES = {
    "letterhead", "two_rows", "synonyms", "questions", "text", "short", "commas", "semicolon", "bom", "cp1252", "utf-16", "microsoft",
}  # fmt: skip
# «v1.1.0»: filled in when that version of the contract was in force.
_VERSION = re.compile(r"v(\d+\.\d+\.\d+)")


@dataclass(frozen=True)
class SampleFile:
    """One file of the reconstruction; `path` is relative to the landing folder, `received_at` the simulated moment of arrival."""

    path: PurePosixPath
    received_at: datetime
    layout: frozenset[str]
    source: str
    part: str
    expected_state: str
    expected_findings: dict[str, int]

    @property
    def entity_code(self) -> str:
        return self.path.parts[0]

    @property
    def dependency_code(self) -> str:
        return self.path.parts[1]

    @property
    def kind(self) -> str:
        return self.path.parts[2]

    @property
    def period_code(self) -> str:
        return self.path.parts[3]

    @property
    def contract_version(self) -> str | None:
        """The version of the contract whose columns the file has; None: the current one."""
        return next((match[1] for item in sorted(self.layout) if (match := _VERSION.fullmatch(item))), None)


def read_manifest(samples: Path) -> tuple[SampleFile, ...]:
    """The files of `samples/manifest.csv` in order of arrival; ContractError names the line that makes no sense."""
    path = samples / "manifest.csv"
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        if tuple(reader.fieldnames or ()) != FIELDS:
            raise ContractError(f"{path.name}: the header must be {','.join(FIELDS)}")
        entries = []
        for number, row in enumerate(reader, 2):
            try:
                entries.append(_entry(row))
            except ValueError as error:
                raise ContractError(f"{path.name}, line {number}: {error}") from error
    return tuple(sorted(entries, key=lambda entry: (entry.received_at, str(entry.path))))


def _entry(row: dict[str, str]) -> SampleFile:
    path = PurePosixPath(row["path"])
    if len(path.parts) != 5:
        raise ValueError("the path must be <entity>/<dependency>/<kind>/<period>/<file>")
    layout = frozenset(row["layout"].split())
    if unknown := {item for item in layout - FEATURES if not _VERSION.fullmatch(item)}:
        raise ValueError(f"unknown layout features {', '.join(sorted(unknown))}")
    findings = dict(item.split("=") for item in row["expected_findings"].split())
    return SampleFile(
        path=path,
        received_at=datetime.fromisoformat(row["received_at"]).replace(tzinfo=BOGOTA),
        layout=layout,
        source=row["source"],
        part=row["part"],
        expected_state=row["expected_state"],
        expected_findings={rule: int(count) for rule, count in findings.items()},
    )
