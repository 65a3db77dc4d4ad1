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
from urllib.parse import quote, urlsplit, urlunsplit

from pipc_etl.errors import SettingsError

PROJECT_ROOT = Path(__file__).resolve().parent.parent
# The names under which systems install the browser that draws pictures of dashboards.
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
# Who runs tasks: forks of the scheduler, or Celery workers, which need PIPC_REDIS_URL.
EXECUTORS = ("local", "celery")
# Who may enter Airflow: one account for one machine, or people's own in its database.
AIRFLOW_AUTHS = ("simple", "fab")


@dataclass(frozen=True)
class Settings:
    """Where things are and how large they may be; paths are absolute, sizes in bytes, ports 1 to 65535."""

    home: Path
    secrets: Path
    landing: Path
    landing_url: str | None
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
    backups: Path | None
    backup_key: str | None
    backup_keep: str
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
    airflow_url: str | None
    airflow_host: str
    superset_host: str
    web_bind: str
    executor: str
    airflow_auth: str
    tls_certificate: Path | None
    tls_key: Path | None
    tls_ca: Path | None
    warehouse_slots: int
    worker_concurrency: int
    smtp_url: str | None
    mail_from: str
    picture_recipients: tuple[str, ...]
    chromium: str | None
    alert_to: tuple[str, ...]
    alert_webhook: str | None
    alert_repeat_hours: int
    alert_grace_seconds: int
    runbook_url: str | None
    watch_bind: str
    watch_port: int
    disk_free_bytes: int
    database_volume_bytes: int
    late_build_minutes: int
    landing_minutes: int
    quarantine_rows: int
    quarantine_pct: int
    backup_hours: int
    otel_endpoint: str | None
    openlineage: str | None
    workers: int

    @property
    def logs(self) -> Path:
        return self.home / "logs"

    @property
    def backup_folder(self) -> Path:
        """Where backups go: PIPC_BACKUPS, or below the home where nobody said (a disk that fails takes both)."""
        return self.backups or self.home / "backups"

    def secret(self, name: str, *, size_bytes: int = 48) -> str:
        """The installation's secret `name`: PIPC_SECRET_<NAME>, else the file in `secrets`, made once (0600, hexadecimal) if missing.

        Raises SettingsError where it cannot be read, or is missing from a folder that may not be written.
        """
        known = self.known_secret(name)
        if known is not None:
            return known
        try:
            self.secrets.mkdir(parents=True, exist_ok=True, mode=0o700)
            # Complete before it has its name: two processes that start together must read the same secret.
            with tempfile.NamedTemporaryFile("w", encoding="ascii", dir=self.secrets, prefix=".") as file:
                file.write(secrets.token_hex(size_bytes))
                file.flush()
                with contextlib.suppress(FileExistsError):
                    os.link(file.name, self.secrets / name)
        except OSError as error:
            raise SettingsError(f"the secret {name} is not in {self.secrets} and cannot be made there: {error.strerror}") from error
        return self.existing_secret(name)

    def existing_secret(self, name: str) -> str:
        """As `secret`, for what another server must know too: raises SettingsError where it is missing, and never makes one."""
        known = self.known_secret(name)
        if known is None:
            raise SettingsError(
                f"the secret {name} is missing or empty: write it into {self.secrets / name} (PIPC_SECRETS), readable by its owner only"
            )
        return known

    def known_secret(self, name: str) -> str | None:
        """As `existing_secret`, but None where it is missing."""
        if from_environment := os.environ.get(f"PIPC_SECRET_{name.upper()}"):
            return from_environment
        path = self.secrets / name
        try:
            return path.read_text(encoding="utf-8").strip() or None
        except FileNotFoundError:
            return None
        except OSError as error:
            raise SettingsError(f"the secret {path} cannot be read: {error.strerror}") from error

    def is_given(self, name: str) -> bool:
        """Whether the secret comes from the environment, where no file changes it."""
        return bool(os.environ.get(f"PIPC_SECRET_{name.upper()}"))

    def redis_address(self, database: int | None = None) -> str | None:
        """PIPC_REDIS_URL, with the secret `redis_password` where it has no password, and `database` in place of its own; None: no Redis."""
        if self.redis_url is None:
            return None
        parts = urlsplit(self.redis_url)
        if parts.scheme not in ("redis", "rediss") or not parts.hostname:
            raise SettingsError(
                "PIPC_REDIS_URL is not an address like redis://host:6379/0 (its password stands in the secret redis_password)"
            )
        if parts.password is None and (password := self.known_secret("redis_password")):
            parts = parts._replace(netloc=f"{parts.username or ''}:{quote(password, safe='')}@{parts.netloc.rpartition('@')[2]}")
        return urlunsplit(parts if database is None else parts._replace(path=f"/{database}"))


def _certificate(environment: Mapping[str, str]) -> tuple[Path | None, Path | None, Path | None]:
    """PIPC_TLS_CERTIFICATE, PIPC_TLS_KEY and PIPC_TLS_CA: files; the first two go together."""
    names = ("PIPC_TLS_CERTIFICATE", "PIPC_TLS_KEY", "PIPC_TLS_CA")
    certificate, key, authority = (Path(environment[name]).expanduser().resolve() if environment.get(name) else None for name in names)
    if (certificate is None) != (key is None):
        raise SettingsError("PIPC_TLS_CERTIFICATE and PIPC_TLS_KEY go together: a certificate and its key, both in PEM files")
    return certificate, key, authority


def _integer(environment: Mapping[str, str], name: str, default: int) -> int:
    text = environment.get(name, "")
    if not text:
        return default
    try:
        return int(text)
    except ValueError as error:
        raise SettingsError(f"{name} must be a whole number, not {text!r}") from error


def _one_of(environment: Mapping[str, str], name: str, allowed: tuple[str, ...]) -> str:
    """The variable's value, the first of `allowed` where it is absent or empty."""
    value = environment.get(name) or allowed[0]
    if value not in allowed:
        raise SettingsError(f"{name} must be one of {', '.join(allowed)}, not {value!r}")
    return value


def _file_or_address(environment: Mapping[str, str], name: str) -> str | None:
    """An http address as it is given; anything else is a file, whichever folder a process starts in."""
    given = environment.get(name) or None
    return given if given is None or given.startswith(("http://", "https://")) else str(Path(given).expanduser().absolute())


def load_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Settings from the environment; raises SettingsError where a value makes no sense."""
    env = os.environ if environment is None else environment

    def path(name: str, default: Path) -> Path:
        return Path(env.get(name) or default).expanduser().resolve()

    certificate, key, authority = _certificate(env)
    home = path("PIPC_HOME", PROJECT_ROOT / ".pipc")
    return Settings(
        home=home,
        secrets=path("PIPC_SECRETS", home / "secrets"),
        landing=path("PIPC_LANDING", home / "landing"),
        # Places on other servers, beside the folder: one address, or several with blanks between them.
        landing_url=env.get("PIPC_LANDING_URL") or None,
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
        # Unset, the nightly backup does nothing.
        backups=path("PIPC_BACKUPS", home) if env.get("PIPC_BACKUPS") else None,
        # A public key (age1...), and how many days, weeks and months back one backup each is kept.
        backup_key=env.get("PIPC_BACKUP_KEY") or None,
        backup_keep=env.get("PIPC_BACKUP_KEEP") or "7,4,6",
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
        airflow_url=env.get("PIPC_AIRFLOW_URL") or None,
        airflow_host=env.get("PIPC_AIRFLOW_HOST") or "127.0.0.1",
        superset_host=env.get("PIPC_SUPERSET_HOST") or "127.0.0.1",
        web_bind=env.get("PIPC_WEB_BIND") or "127.0.0.1",
        executor=_one_of(env, "PIPC_EXECUTOR", EXECUTORS),
        airflow_auth=_one_of(env, "PIPC_AIRFLOW_AUTH", AIRFLOW_AUTHS),
        tls_certificate=certificate,
        tls_key=key,
        tls_ca=authority,
        warehouse_slots=_integer(env, "PIPC_WAREHOUSE_SLOTS", 2),
        worker_concurrency=_integer(env, "PIPC_WORKER_CONCURRENCY", 2),
        smtp_url=env.get("PIPC_SMTP_URL") or None,
        mail_from=env.get("PIPC_MAIL_FROM") or "participacion@localhost",
        picture_recipients=tuple(filter(None, map(str.strip, env.get("PIPC_PICTURE_RECIPIENTS", "").split(",")))),
        chromium=env.get("PIPC_CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None),
        alert_to=tuple(filter(None, map(str.strip, env.get("PIPC_ALERT_TO", "").split(",")))),
        alert_webhook=env.get("PIPC_ALERT_WEBHOOK") or None,
        alert_repeat_hours=_integer(env, "PIPC_ALERT_REPEAT_HOURS", 12),
        alert_grace_seconds=_integer(env, "PIPC_ALERT_GRACE_SECONDS", 60),
        runbook_url=env.get("PIPC_RUNBOOK_URL") or None,
        watch_bind=env.get("PIPC_WATCH_BIND") or "127.0.0.1",
        watch_port=_integer(env, "PIPC_WATCH_PORT", 9108),
        disk_free_bytes=_integer(env, "PIPC_DISK_FREE_BYTES", 512 * 1024**2),
        database_volume_bytes=_integer(env, "PIPC_DATABASE_VOLUME_BYTES", 0),
        late_build_minutes=_integer(env, "PIPC_LATE_BUILD_MINUTES", 60),
        landing_minutes=_integer(env, "PIPC_LANDING_MINUTES", 120),
        quarantine_rows=_integer(env, "PIPC_QUARANTINE_ROWS", 20),
        quarantine_pct=_integer(env, "PIPC_QUARANTINE_PCT", 20),
        backup_hours=_integer(env, "PIPC_BACKUP_HOURS", 30),
        otel_endpoint=env.get("PIPC_OTEL_ENDPOINT") or None,
        openlineage=_file_or_address(env, "PIPC_OPENLINEAGE"),
        # How many Celery workers there should be.
        workers=_integer(env, "PIPC_WORKERS", 1),
    )
