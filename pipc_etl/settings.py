"""The only reader of the environment: every `PIPC_*` variable, with its default."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pipc_etl.errors import SettingsError

PROJECT_ROOT = Path(__file__).resolve().parent.parent
# The names under which systems install the browser that draws pictures of dashboards.
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


@dataclass(frozen=True)
class Settings:
    """Where things are and how large they may be; paths are absolute, sizes in bytes, ports 1 to 65535."""

    home: Path
    landing: Path
    archive: Path
    outbox: Path
    pickup: Path
    publications: Path
    expectations: Path
    dbt_project: Path
    dags: Path
    samples: Path
    superset: Path
    retention: Path
    warehouse_url: str | None
    redis_url: str | None
    postgres_port: int
    airflow_port: int
    superset_port: int
    max_file_bytes: int
    bulk_bytes: int
    read_timeout_seconds: int
    suppression_k: int
    public_dashboard: str | None
    superset_url: str | None
    smtp_url: str | None
    mail_from: str
    picture_recipients: tuple[str, ...]
    chromium: str | None

    @property
    def logs(self) -> Path:
        return self.home / "logs"

    def secret(self, name: str, *, size_bytes: int = 48) -> str:
        """The installation's secret `name`: from PIPC_SECRET_<NAME>, else made once under `home/secrets` (0600, hexadecimal)."""
        from_environment = os.environ.get(f"PIPC_SECRET_{name.upper()}")
        if from_environment:
            return from_environment
        path = self.home / "secrets" / name
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            # Complete before it has its name: two processes that start together must read the same secret.
            with tempfile.NamedTemporaryFile("w", encoding="ascii", dir=path.parent) as file:
                file.write(secrets.token_hex(size_bytes))
                file.flush()
                with contextlib.suppress(FileExistsError):
                    os.link(file.name, path)
        return path.read_text(encoding="ascii").strip()


def _integer(environment: Mapping[str, str], name: str, default: int) -> int:
    text = environment.get(name, "")
    if not text:
        return default
    try:
        return int(text)
    except ValueError as error:
        raise SettingsError(f"{name} must be a whole number, not {text!r}") from error


def load_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Settings from the environment; raises SettingsError where a value makes no sense."""
    env = os.environ if environment is None else environment

    def path(name: str, default: Path) -> Path:
        return Path(env.get(name) or default).expanduser().resolve()

    home = path("PIPC_HOME", PROJECT_ROOT / ".pipc")
    return Settings(
        home=home,
        landing=path("PIPC_LANDING", home / "landing"),
        archive=path("PIPC_ARCHIVE", home / "archive"),
        outbox=path("PIPC_OUTBOX", home / "outbox"),
        pickup=path("PIPC_PICKUP", home / "pickup"),
        publications=path("PIPC_PUBLICATIONS", home / "publications"),
        expectations=path("PIPC_EXPECTATIONS", PROJECT_ROOT / "expectations"),
        dbt_project=path("PIPC_DBT_PROJECT", PROJECT_ROOT / "dbt_project"),
        dags=path("PIPC_DAGS", PROJECT_ROOT / "dags"),
        samples=path("PIPC_SAMPLES", PROJECT_ROOT / "samples"),
        superset=path("PIPC_SUPERSET", PROJECT_ROOT / "superset"),
        retention=path("PIPC_RETENTION", PROJECT_ROOT / "pipc_etl" / "privacy" / "retention.yaml"),
        warehouse_url=env.get("PIPC_WAREHOUSE_URL") or None,
        redis_url=env.get("PIPC_REDIS_URL") or None,
        postgres_port=_integer(env, "PIPC_POSTGRES_PORT", 55432),
        airflow_port=_integer(env, "PIPC_AIRFLOW_PORT", 8080),
        superset_port=_integer(env, "PIPC_SUPERSET_PORT", 8088),
        max_file_bytes=_integer(env, "PIPC_MAX_FILE_BYTES", 2 * 1024**3),
        bulk_bytes=_integer(env, "PIPC_BULK_BYTES", 8 * 1024**2),
        read_timeout_seconds=_integer(env, "PIPC_READ_TIMEOUT_SECONDS", 60),
        suppression_k=_integer(env, "PIPC_SUPPRESSION_K", 5),
        public_dashboard=env.get("PIPC_PUBLIC_DASHBOARD") or None,
        superset_url=env.get("PIPC_SUPERSET_URL") or None,
        smtp_url=env.get("PIPC_SMTP_URL") or None,
        mail_from=env.get("PIPC_MAIL_FROM") or "participacion@localhost",
        picture_recipients=tuple(filter(None, map(str.strip, env.get("PIPC_PICTURE_RECIPIENTS", "").split(",")))),
        chromium=env.get("PIPC_CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None),
    )
