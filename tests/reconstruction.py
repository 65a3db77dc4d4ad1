"""An installation that has received every sample: sent, taken in and built once for the tests that look at it."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import make_url

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


def without_superuser(settings: Settings, folder: Path) -> Settings:
    """The same installation as its services have it: the superuser's password is neither in the address nor among the secrets."""
    # Made before it is copied: a second one would make other persons of the same people.
    settings.secret("person_key")
    shutil.copytree(settings.secrets, folder)
    (folder / "postgres_password").unlink()
    address = make_url(str(settings.warehouse_url)).set(password=None).render_as_string()
    return replace(settings, secrets=folder, warehouse_url=address)


def reconstruct(settings: Settings) -> Reconstruction:
    """Send the samples into the empty database of `settings`, take them in, and build the marts."""
    catalog = load_catalog(settings.expectations)
    owner = superuser_engine(settings)
    assert prepare(owner, settings, catalog)
    owner.dispose()
    # As a worker, which holds no superuser's password.
    tasks = without_superuser(settings, settings.landing.parent / "secrets")
    sent = send(tasks)
    outcomes = {str(outcome.path.relative_to(settings.landing)): outcome for outcome in ingest_paths(sent, tasks)}
    assert build(tasks).built
    manifest = {str(sample.path): sample for sample in read_manifest(settings.samples)}
    return Reconstruction(settings, catalog, manifest, tuple(sent), outcomes)
