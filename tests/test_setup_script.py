"""`make setup` says what is missing instead of failing somewhere inside."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pipc_etl.settings import PROJECT_ROOT


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The files that the script needs, and nothing installed."""
    for name in ("scripts/setup.sh", "pyproject.toml", "uv.lock", "superset/pyproject.toml", "superset/uv.lock"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(PROJECT_ROOT / name, tmp_path / name)
    return tmp_path


def setup(checkout: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["sh", "scripts/setup.sh"], cwd=checkout, env=environment, capture_output=True, text=True, timeout=120)


def test_versions_are_named_when_no_python_fits(checkout: Path) -> None:
    programs = checkout / "programs"
    programs.mkdir()
    for name in ("dirname", "sh", "awk", "df", "mktemp", "rm", "pwd"):
        (programs / name).symlink_to(shutil.which(name) or "/missing")
    old = programs / "python3"
    old.write_text('#!/bin/sh\n[ "$1" = --version ] && echo "Python 3.8.0" && exit 0\nexit 1\n')
    old.chmod(0o755)
    answer = setup(checkout, PATH=str(programs))
    assert answer.returncode == 1
    assert "Python 3.11 or 3.12 is needed; found: Python 3.8.0" in answer.stderr


def test_given_python_is_refused_when_it_does_not_fit(checkout: Path) -> None:
    answer = setup(checkout, PATH="/usr/bin:/bin", PYTHON="/bin/false")
    assert answer.returncode == 1
    assert "PYTHON=/bin/false is not a Python 3.11 or 3.12" in answer.stderr


def test_network_is_named_when_the_package_index_cannot_be_reached(checkout: Path) -> None:
    answer = setup(
        checkout,
        PATH="/usr/bin:/bin",
        PYTHON=sys.executable,
        HOME=str(checkout),
        PIP_CONFIG_FILE="/dev/null",
        PIP_INDEX_URL="http://127.0.0.1:9/simple",
        PIP_RETRIES="0",
    )
    assert answer.returncode == 1
    assert "the package index cannot be reached" in answer.stderr
    assert not (checkout / ".venv").exists()
    assert not (checkout / ".bootstrap").exists()
