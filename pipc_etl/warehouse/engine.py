"""Where the warehouse is and how each role reaches it."""

from __future__ import annotations

from sqlalchemy import URL, Engine, create_engine, make_url, text
from sqlalchemy.exc import ArgumentError, OperationalError

from pipc_etl.errors import SettingsError, WarehouseError
from pipc_etl.settings import Settings
from pipc_etl.warehouse.embedded import SUPERUSER, Cluster
from pipc_etl.warehouse.ports import HOST

DATABASE = "pipc"
# Sorted and compared by code points on every server, whichever language its own databases have (from PostgreSQL 17 on).
EMPTY_DATABASE = "template template0 encoding 'UTF8' locale_provider builtin builtin_locale 'C.UTF-8'"
ROLES = ("loader", "transformer", "analyst", "dashboard", "privacy", "publisher", "watcher", "backup", "eraser", "sampler")


def embedded_cluster(settings: Settings) -> Cluster:
    """The product's own PostgreSQL, under `home/postgres`."""
    return Cluster(settings.home / "postgres", settings.postgres_port, settings.secret("postgres_password"))


def role_password(settings: Settings, role: str) -> str:
    """The password of a login role, named with or without its prefix `pipc_`."""
    return settings.secret(f"{role.removeprefix('pipc_')}_password")


def warehouse_url(settings: Settings, role: str | None = None, *, database: str | None = None) -> URL:
    """The address of the warehouse for `role` (None: the superuser) in `database` (None: the warehouse's own).

    PIPC_WAREHOUSE_URL wins over the embedded server; its user is then the superuser, whose password is the secret `postgres_password`
    where the address has none. A role's address asks for no secret but the role's. Raises SettingsError if it cannot be read.
    """
    if role is not None:
        name = role.removeprefix("pipc_")
        if name not in ROLES:
            raise SettingsError(f"unknown role {role!r}; the roles are {', '.join(ROLES)}")
        return account_url(settings, f"pipc_{name}", role_password(settings, name), database=database)
    if not settings.warehouse_url:
        return embedded_cluster(settings).url(database or DATABASE)
    url = _given_url(settings.warehouse_url)
    password = url.password or settings.existing_secret("postgres_password")
    return account_url(settings, url.username or SUPERUSER, password, database=database)


def account_url(settings: Settings, user: str, password: str, *, database: str | None = None) -> URL:
    """The address of the warehouse's server for any of its accounts, in `database` (None: the warehouse's own)."""
    if settings.warehouse_url:
        url = _given_url(settings.warehouse_url)
        return url.set(username=user, password=password, database=database or url.database or DATABASE)
    # Whoever asks as a role may not hold the superuser's password: the port alone is the cluster's to say.
    port = Cluster(settings.home / "postgres", settings.postgres_port, "").port
    return URL.create("postgresql+psycopg2", user, password, HOST, port, database or DATABASE)


def _given_url(given: str) -> URL:
    try:
        url = make_url(given)
    except ArgumentError as error:
        raise SettingsError("PIPC_WAREHOUSE_URL is not an address like postgresql://user@host:5432/database") from error
    if not url.drivername.startswith(("postgresql", "postgres")):
        raise SettingsError(f"PIPC_WAREHOUSE_URL must point to PostgreSQL, not {url.drivername}")
    # SQLAlchemy 2.1 reads a bare postgresql:// as psycopg 3; the loads use psycopg2's COPY.
    return url.set(drivername="postgresql+psycopg2")


def superuser_engine(settings: Settings, *, database: str | None = None) -> Engine:
    """An engine that may do everything: migrations, roles, databases."""
    return _engine(warehouse_url(settings, database=database))


def role_engine(settings: Settings, role: str) -> Engine:
    """An engine of a login role, `loader` or `pipc_loader`..."""
    return _engine(warehouse_url(settings, role))


def _engine(url: URL) -> Engine:
    return create_engine(url, pool_pre_ping=True, connect_args={"connect_timeout": 10, "application_name": "pipc"})


def ensure_database(settings: Settings, database: str | None = None) -> bool:
    """Create the warehouse's database (or another one in the same server) if it is missing; True where it was made."""
    name = database or warehouse_url(settings).database or DATABASE
    engine = superuser_engine(settings, database="postgres").execution_options(isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            if connection.scalar(text("select 1 from pg_database where datname = :name"), {"name": name}):
                return False
            quoted = engine.dialect.identifier_preparer.quote_identifier(name)
            connection.execute(text(f"create database {quoted} {EMPTY_DATABASE}"))
            return True
    except OperationalError as error:
        raise WarehouseError(_unreachable(warehouse_url(settings), error)) from error
    finally:
        engine.dispose()


def require_reachable(settings: Settings, role: str | None = None) -> None:
    """Raise WarehouseError, saying what to do, unless the warehouse answers `role` (None: the superuser)."""
    engine = _engine(warehouse_url(settings, role))
    try:
        with engine.connect() as connection:
            connection.execute(text("select 1"))
    except OperationalError as error:
        raise WarehouseError(_unreachable(engine.url, error)) from error
    finally:
        engine.dispose()


def _unreachable(url: URL, error: OperationalError) -> str:
    return f"the warehouse at {url.host}:{url.port}/{url.database} does not answer (start it with `pipc up`): {str(error.orig).strip()}"
