"""The catalogue, the manifest and every sample file rendered once."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipc_etl.contracts import Catalog, load_catalog
from pipc_etl.demo.manifest import SampleFile, read_manifest
from pipc_etl.demo.renderer import render_samples
from pipc_etl.settings import PROJECT_ROOT

SAMPLES = PROJECT_ROOT / "samples"


@pytest.fixture(scope="session")
def catalog() -> Catalog:
    return load_catalog(PROJECT_ROOT / "expectations")


@pytest.fixture(scope="session")
def manifest() -> tuple[SampleFile, ...]:
    return read_manifest(SAMPLES)


@pytest.fixture(scope="session")
def rendered(catalog: Catalog) -> dict[str, bytes]:
    """Bytes by path of the manifest."""
    return {str(sample.path): content for sample, content in render_samples(SAMPLES, catalog)}


@pytest.fixture(scope="session")
def written(rendered: dict[str, bytes], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A landing folder with every sample file."""
    landing = tmp_path_factory.mktemp("samples")
    for path, content in rendered.items():
        (landing / path).parent.mkdir(parents=True, exist_ok=True)
        (landing / path).write_bytes(content)
    return landing
