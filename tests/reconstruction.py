"""An installation that has received every sample: sent, taken in and built once for the tests that look at it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pipc_etl.contracts import Catalog, load_catalog
from pipc_etl.demo.manifest import SampleFile, read_manifest
from pipc_etl.demo.sender import send
from pipc_etl.settings import Settings
from pipc_etl.warehouse.dbt import build
from pipc_etl.warehouse.engine import superuser_engine
from pipc_etl.warehouse.ingest import Outcome, ingest_paths
from pipc_etl.warehouse.schema import prepare


@dataclass(frozen=True)
class Reconstruction:
    """The installation, what was sent into it, and what became of each file, by its path in the manifest."""

    settings: Settings
    catalog: Catalog
    manifest: dict[str, SampleFile]
    sent: tuple[Path, ...]
    outcomes: dict[str, Outcome]


def reconstruct(settings: Settings) -> Reconstruction:
    """Send the samples into the empty database of `settings`, take them in, and build the marts."""
    catalog = load_catalog(settings.expectations)
    owner = superuser_engine(settings)
    assert prepare(owner, settings, catalog)
    owner.dispose()
    sent = send(settings)
    outcomes = {str(outcome.path.relative_to(settings.landing)): outcome for outcome in ingest_paths(sent, settings)}
    assert build(settings).built
    manifest = {str(sample.path): sample for sample in read_manifest(settings.samples)}
    return Reconstruction(settings, catalog, manifest, tuple(sent), outcomes)
