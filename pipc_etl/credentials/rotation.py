"""New values for secrets, one at a time, in an order that a kill at any moment leaves repairable by running it again.

The new value is on disk beside the old one (`<name>.next`) before any server hears of it, and takes the old one's name once the
server has it. What is connected stays connected: only who connects afterwards needs the new value.
"""

from __future__ import annotations

import os
import secrets
import tempfile
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

import redis
from sqlalchemy import Connection, create_engine
from sqlalchemy.exc import OperationalError

from pipc_etl.credentials.catalog import PENDING, Secret, secrets_of
from pipc_etl.dashboards.push import push
from pipc_etl.dashboards.running import require_running
from pipc_etl.errors import PipcError, WarehouseError
from pipc_etl.orchestration import accounts
from pipc_etl.settings import Settings
from pipc_etl.warehouse.embedded import SUPERUSER
from pipc_etl.warehouse.engine import account_url, superuser_engine, warehouse_url
from pipc_etl.warehouse.roles import set_password

# What people type is shorter.
_BYTES, _TYPED_BYTES = 48, 9
Progress = Callable[[str], None]


class RotationError(PipcError):
    """A secret cannot be renewed."""


def rotate(settings: Settings, names: Sequence[str], progress: Progress = lambda _: None) -> list[str]:
    """Renew the secrets, the superuser's last; returns what must be started again or run, each once.

    Everything is looked at before anything is changed. Raises RotationError, WarehouseError or SettingsError with what to do.
    """
    chosen = _chosen(settings, names)
    afterwards: list[str] = []
    for secret in chosen:
        _rotate(settings, secret)
        progress(f"{secret.name} is new")
        afterwards += [name for name in secret.restart if name not in afterwards]
    return afterwards


def interrupted(settings: Settings) -> list[str]:
    """The secrets whose renewal was killed: run it again for them."""
    return sorted(path.name.removesuffix(PENDING) for path in settings.secrets.glob(f"*{PENDING}"))


def _chosen(settings: Settings, names: Sequence[str]) -> list[Secret]:
    known = secrets_of(settings)
    for name in names:
        if name not in known:
            raise RotationError(f"there is no secret {name!r}: `pipc secrets list` names them")
        if known[name].how == "never":
            raise RotationError(f"{name} is not renewed: {known[name].reason}")
        if settings.is_given(name):
            raise RotationError(f"{name} comes from the variable PIPC_SECRET_{name.upper()}: change it where that is set")
    if not os.access(settings.secrets, os.W_OK | os.X_OK):
        raise RotationError(f"{settings.secrets} may not be written here: run this where it may")
    chosen = [known[name] for name in dict.fromkeys(names)]
    if any(secret.name == "postgres_password" for secret in chosen) and _is_in_address(settings):
        raise RotationError("PIPC_WAREHOUSE_URL holds the superuser's password: take it out of there, into the secret postgres_password")
    if any(secret.how == "superset_user" for secret in chosen):
        require_running(settings)
    # The superuser's last: with it the others are renewed.
    return sorted(chosen, key=lambda secret: secret.account == SUPERUSER)


def _is_in_address(settings: Settings) -> bool:
    return bool(settings.warehouse_url) and warehouse_url(settings).password != settings.known_secret("postgres_password")


def _rotate(settings: Settings, secret: Secret) -> None:
    new = _pending(settings, secret)
    if secret.how == "database":
        with closing(_superuser(settings)) as connection:
            set_password(connection, _account(settings, secret), new)
            connection.commit()
    elif secret.how == "redis":
        _add_to_redis(settings, new)
    elif secret.how == "airflow_account":
        accounts.reset(settings, secret.account, new)
    elif secret.how == "superset_user":
        # Superset's users get their passwords with the dashboards.
        _settle(settings, secret.name)
        push(settings)
        return
    _settle(settings, secret.name)


def _account(settings: Settings, secret: Secret) -> str:
    """Whom the password lets in: the superuser is whoever the address names."""
    return str(warehouse_url(settings).username) if secret.account == SUPERUSER else secret.account


def _pending(settings: Settings, secret: Secret) -> str:
    """The new value, on disk under its waiting name: that of a killed run, which its server may have already, or one made now."""
    path = settings.secrets / f"{secret.name}{PENDING}"
    if not path.exists():
        is_typed = secret.how in ("airflow_account", "superset_user") or secret.name == "airflow_admin_password"
        with tempfile.NamedTemporaryFile("w", encoding="ascii", dir=settings.secrets, prefix=".", delete=False) as file:
            file.write(secrets.token_hex(_TYPED_BYTES if is_typed else _BYTES))
            file.flush()
            os.fsync(file.fileno())
        # Whoever runs it as root leaves it readable to whom the old one was.
        old = settings.secrets / secret.name
        if os.geteuid() == 0 and old.exists():
            os.chown(file.name, old.stat().st_uid, old.stat().st_gid)
            Path(file.name).chmod(old.stat().st_mode & 0o777)
        Path(file.name).replace(path)
        _sync(settings.secrets)
    return path.read_text(encoding="ascii").strip()


def _settle(settings: Settings, name: str) -> None:
    """The new value takes the old one's name."""
    (settings.secrets / f"{name}{PENDING}").replace(settings.secrets / name)
    _sync(settings.secrets)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _superuser(settings: Settings) -> Connection:
    """The superuser, by its password or by the one that a killed run gave it; raises WarehouseError where neither is taken."""
    engine = superuser_engine(settings, database="postgres")
    try:
        return engine.connect()
    except OperationalError as error:
        waiting = settings.secrets / f"postgres_password{PENDING}"
        if not waiting.exists():
            raise WarehouseError(f"the database does not let the superuser in: {str(error.orig).strip()}") from error
        url = account_url(settings, str(engine.url.username), waiting.read_text(encoding="ascii").strip(), database="postgres")
        return create_engine(url).connect()


def _add_to_redis(settings: Settings, new: str) -> None:
    """Redis takes both passwords until it is started again, with the new one in its configuration."""
    address = settings.redis_address()
    if address is None:
        raise RotationError("there is no Redis: PIPC_REDIS_URL is not set")
    try:
        with closing(redis.Redis.from_url(address)) as client:
            client.acl_setuser("default", enabled=True, passwords=[f"+{new}"])
    except redis.RedisError as error:
        raise RotationError(f"Redis does not take the new password: {error}") from error
