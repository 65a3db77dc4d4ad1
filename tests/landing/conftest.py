"""Each kind of landing place in turn."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipc_etl.settings import load_settings
from tests.landing.sites import SFTP, Site, make_site


@pytest.fixture(params=["folder", SFTP, "s3"])
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Site:
    """Each kind of place in turn."""
    return make_site(request.param, load_settings({"PIPC_HOME": str(tmp_path / "home")}), tmp_path, request)


@pytest.fixture(params=[SFTP, "s3"])
def remote(request: pytest.FixtureRequest, tmp_path: Path) -> Site:
    """Each kind of place on another server."""
    return make_site(request.param, load_settings({"PIPC_HOME": str(tmp_path / "home")}), tmp_path, request)
