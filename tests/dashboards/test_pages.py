"""The pages around the dashboards in a real Chromium: in Spanish, without a complaint, without a call to another host."""

import json
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from pipc_etl.dashboards.environment import superset_address, superset_python, user_password
from pipc_etl.settings import Settings

PATHS = ["/superset/welcome/", "/dashboard/list/", "/chart/list/", "/sqllab/", "/user_info/"]


@pytest.mark.needs("chromium")
def test_pages_are_spanish_and_call_nobody_else_when_a_browser_opens_them(dashboards: Settings, tmp_path: Path) -> None:
    address = superset_address(dashboards)
    command = [str(superset_python(dashboards)), str(Path(__file__).with_name("open_pages.py")), str(dashboards.chromium), address]
    answer = subprocess.run(
        [*command, "admin", user_password(dashboards, "admin"), str(tmp_path), *PATHS], capture_output=True, text=True, timeout=500
    )
    assert answer.returncode == 0, answer.stderr
    seen = json.loads(answer.stdout)
    assert list(seen["shown"]) == ["/login/", *PATHS]
    asked = [urlsplit(url) for url in seen["asked"] if not url.startswith(("data:", "blob:"))]
    assert len(asked) > 100
    assert {f"{url.scheme}://{url.netloc}" for url in asked} == {address}
    assert seen["complaints"] == []
    login = seen["shown"]["/login/"]
    assert login.startswith("Participación ciudadana\n")
    assert "Escriba su usuario y su contraseña:" in login
    assert "Ingresar" in login
    assert f"{address}/dashboard/list/" in seen["shown"]["/superset/welcome/"]
    assert "Tableros" in seen["shown"]["/dashboard/list/"]
    for path, text in seen["shown"].items():
        words = set(text.replace("/", " ").split())
        assert words & {"Sign", "Password", "Dashboards", "Charts", "Datasets", "Settings", "Home", "Powered", "Superset"} == set(), path
