"""Every secret that an installation may have: what it opens, how it is renewed, and who must be started again afterwards."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import yaml

from pipc_etl.errors import SettingsError
from pipc_etl.settings import Settings
from pipc_etl.warehouse.embedded import SUPERUSER
from pipc_etl.warehouse.engine import ROLES

AIRFLOW, SUPERSET, REDIS = "Airflow", "Superset", "Redis"
PUSH = "pipc dashboards push"
# While a new value is not yet everywhere, it waits under this ending.
PENDING = ".next"


@dataclass(frozen=True)
class Secret:
    """One secret; `how` is database, redis, airflow_account, superset_user, file or never.

    `account` is whom a database password lets in, or who types it; `restart` names what holds the old value until it is started
    again; `reason` says why it is never renewed, and what to do instead.
    """

    name: str
    purpose: str
    how: str
    account: str = ""
    restart: tuple[str, ...] = ()
    reason: str = ""


_PERSON_KEY = "persons would get other keys: nobody who took part before could be told to be the same person any more"
_FERNET = (
    "what Airflow keeps encrypted could not be read any more: put NEW,OLD into the file, start Airflow again, run "
    "`pipc airflow -- rotate-fernet-key`, then leave NEW alone in the file"
)
_SUPERSET_KEY = "what Superset keeps encrypted could not be read any more: see Superset's `superset re-encrypt-secrets`"


def secrets_of(settings: Settings) -> dict[str, Secret]:
    """Every declared secret by name, whether it exists yet or not, and every file in the folder that nobody declared."""
    found = [*_databases(), *_servers(settings), *_people(settings)]
    declared = {secret.name: secret for secret in found}
    others = (path.name for path in files(settings) if path.name not in declared and not path.name.endswith(PENDING))
    return declared | {name: Secret(name, "of another server: its administrator renews it", "never", reason=_OTHERS) for name in others}


_OTHERS = "another server must know it too: have it renewed there and write the new value into the file"


def _databases() -> list[Secret]:
    """The accounts of the database server."""
    restarts = {"dashboard": (PUSH,), "analyst": (PUSH,)}
    roles = [Secret(f"{role}_password", f"database: {role}", "database", f"pipc_{role}", restarts.get(role, ())) for role in ROLES]
    return [
        Secret("postgres_password", "database: superuser", "database", SUPERUSER),
        *roles,
        Secret("airflow_password", "database: Airflow's own", "database", "pipc_airflow", (AIRFLOW,)),
        Secret("superset_metadata_password", "database: Superset's own", "database", "pipc_superset", (SUPERSET,)),
    ]


def _servers(settings: Settings) -> list[Secret]:
    """What servers share among themselves."""
    redis = [Secret("redis_password", "Redis", "redis", restart=(REDIS, AIRFLOW, SUPERSET))] if settings.redis_url else []
    return [
        *redis,
        Secret("airflow_jwt", "tokens of Airflow's tasks and users", "file", restart=(AIRFLOW,)),
        Secret("airflow_session", "sessions of Airflow's pages", "file", restart=(AIRFLOW,)),
        Secret("airflow_fernet", "what Airflow keeps encrypted", "never", reason=_FERNET),
        Secret("superset_secret_key", "sessions of the dashboards, and what Superset keeps encrypted", "never", reason=_SUPERSET_KEY),
        Secret("person_key", "the pseudonyms of persons", "never", reason=_PERSON_KEY),
    ]


def _people(settings: Settings) -> list[Secret]:
    """What people type, and the account of our own commands."""
    account = "airflow_account" if settings.airflow_auth == "fab" else "file"
    service = [Secret("airflow_service_password", "Airflow: our own commands", account, "pipc")] if settings.airflow_auth == "fab" else []
    users = yaml.safe_load((settings.superset / "roles.yaml").read_text(encoding="utf-8"))["users"]
    return [
        Secret("airflow_admin_password", "Airflow: user admin", account, "admin", () if settings.airflow_auth == "fab" else (AIRFLOW,)),
        *service,
        *(Secret(f"superset_{user['name']}_password", f"dashboards: user {user['name']}", "superset_user", user["name"]) for user in users),
    ]


def files(settings: Settings) -> list[Path]:
    """The files of the folder, by name; raises SettingsError where it may not be read."""
    try:
        return sorted(path for path in settings.secrets.iterdir() if path.is_file() and not path.name.startswith("."))
    except FileNotFoundError:
        return []
    except OSError as error:
        raise SettingsError(f"the folder of secrets {settings.secrets} cannot be read: {error.strerror}") from error


def changed_at(path: Path) -> datetime:
    """When the file got its present value."""
    return datetime.fromtimestamp(path.stat().st_mtime, UTC)
