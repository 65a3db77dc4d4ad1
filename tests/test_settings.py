"""Settings: where the installation's secrets stand, and the addresses that take their passwords from there."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from pipc_etl.errors import SettingsError
from pipc_etl.orchestration.airflow_environment import settings_variables
from pipc_etl.settings import load_settings
from pipc_etl.warehouse.engine import warehouse_url

WAREHOUSE = "postgresql://postgres@database.example:5432/pipc"


def test_secret_is_made_once_below_the_home_when_no_folder_is_named(tmp_path: Path) -> None:
    settings = load_settings({"PIPC_HOME": str(tmp_path / "home")})
    made = settings.secret("loader_password")
    assert len(made) == 96
    assert settings.secret("loader_password") == made
    assert [path.name for path in settings.secrets.iterdir()] == ["loader_password"]
    assert settings.secrets == tmp_path / "home" / "secrets"
    modes = [stat.S_IMODE(path.stat().st_mode) for path in (settings.secrets, settings.secrets / "loader_password")]
    assert modes == [0o700, 0o600]


def test_secrets_are_read_from_their_folder_when_one_is_named(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "loader_password").write_text("of the planning office\n")
    settings = load_settings({"PIPC_HOME": str(tmp_path / "home"), "PIPC_SECRETS": str(tmp_path / "elsewhere")})
    assert settings.secret("loader_password") == "of the planning office"
    assert not (tmp_path / "home").exists()
    # A task of Airflow looks in the same folder as the command that started it.
    assert load_settings(settings_variables(settings)).secrets == settings.secrets


def test_secret_is_never_made_when_another_server_must_know_it(tmp_path: Path) -> None:
    settings = load_settings({"PIPC_SECRETS": str(tmp_path), "PIPC_WAREHOUSE_URL": WAREHOUSE})
    with pytest.raises(SettingsError, match=r"the secret postgres_password is missing or empty: write it into .*/postgres_password"):
        warehouse_url(settings)
    (tmp_path / "postgres_password").touch()
    with pytest.raises(SettingsError, match="missing or empty"):
        warehouse_url(settings)
    assert (tmp_path / "postgres_password").read_text() == ""


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_reason_is_told_when_the_folder_may_not_be_written(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(SettingsError, match=f"the secret person_key is not in {tmp_path} and cannot be made there: Permission denied"):
        load_settings({"PIPC_SECRETS": str(tmp_path)}).secret("person_key")


def test_reason_is_told_when_the_folder_is_none(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SettingsError, match=r"the secret .*/file/person_key cannot be read: Not a directory"):
        load_settings({"PIPC_SECRETS": str(tmp_path / "file")}).secret("person_key")


def test_password_comes_from_the_secret_when_the_warehouse_address_has_none(tmp_path: Path) -> None:
    (tmp_path / "postgres_password").write_text("p@ss/word")
    given = load_settings({"PIPC_SECRETS": str(tmp_path), "PIPC_WAREHOUSE_URL": WAREHOUSE})
    url = warehouse_url(given)
    assert (url.username, url.password, url.host, url.database) == ("postgres", "p@ss/word", "database.example", "pipc")
    # Its own password wins, and no copy of the secret's goes into the variables of tasks.
    assert warehouse_url(load_settings({"PIPC_WAREHOUSE_URL": WAREHOUSE.replace("@", ":own@", 1)})).password == "own"
    assert settings_variables(given)["PIPC_WAREHOUSE_URL"] == WAREHOUSE


def test_roles_address_asks_for_no_secret_but_the_roles_when_it_is_read(tmp_path: Path) -> None:
    (tmp_path / "analyst_password").write_text("of the analyst")
    settings = load_settings({"PIPC_SECRETS": str(tmp_path), "PIPC_WAREHOUSE_URL": f"{WAREHOUSE}?sslmode=verify-full"})
    url = warehouse_url(settings, "analyst")
    assert (url.username, url.password, dict(url.query)) == ("pipc_analyst", "of the analyst", {"sslmode": "verify-full"})
    assert [path.name for path in tmp_path.iterdir()] == ["analyst_password"]


@pytest.mark.parametrize(
    ("given", "database", "expected"),
    [
        ("redis://cache:6379/0", None, "redis://:s%2Fecret@cache:6379/0"),
        ("redis://cache:6379/0", 1, "redis://:s%2Fecret@cache:6379/1"),
        ("rediss://pipc@cache", 3, "rediss://pipc:s%2Fecret@cache/3"),
        ("redis://:own@cache:6379/0", 1, "redis://:own@cache:6379/1"),
    ],
)
def test_password_comes_from_the_secret_when_the_redis_address_has_none(
    tmp_path: Path, given: str, database: int | None, expected: str
) -> None:
    (tmp_path / "redis_password").write_text("s/ecret\n")
    settings = load_settings({"PIPC_SECRETS": str(tmp_path), "PIPC_REDIS_URL": given})
    assert settings.redis_address(database) == expected


def test_redis_address_stays_as_given_when_there_is_no_secret(tmp_path: Path) -> None:
    settings = load_settings({"PIPC_SECRETS": str(tmp_path), "PIPC_REDIS_URL": "redis://127.0.0.1:6379/2"})
    assert settings.redis_address() == "redis://127.0.0.1:6379/2"
    assert load_settings({"PIPC_SECRETS": str(tmp_path)}).redis_address() is None
    with pytest.raises(SettingsError, match="PIPC_REDIS_URL is not an address"):
        load_settings({"PIPC_SECRETS": str(tmp_path), "PIPC_REDIS_URL": "cache:6379"}).redis_address()
