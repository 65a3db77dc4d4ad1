"""Every variable that Airflow's processes run with; read from our settings, never from an `airflow.cfg` of anybody."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import sys
from dataclasses import fields
from pathlib import Path

from pipc_etl.encryption import scheme
from pipc_etl.errors import SettingsError
from pipc_etl.health.delivery import mail_server
from pipc_etl.lineage.destination import JOB_NAMESPACE, transport
from pipc_etl.settings import PROJECT_ROOT, Settings
from pipc_etl.warehouse.engine import account_url
from pipc_etl.warehouse.ports import HOST, kept_port

METADATA_DATABASE = "airflow"
METADATA_USER = "pipc_airflow"
UI_USER = "admin"
# What our own commands ask Airflow in, where people have accounts of their own.
SERVICE_USER = "pipc"
# One letter waits so long for the mail server; all of them wait for the next run.
MAIL_SECONDS = 20


def airflow_home(settings: Settings) -> Path:
    return settings.home / "airflow"


def airflow_port(settings: Settings) -> int:
    """The api-server's port; PIPC_AIRFLOW_PORT=0 means the free one that the last start kept."""
    return settings.airflow_port or kept_port(airflow_home(settings) / "port")


def airflow_address(settings: Settings) -> str:
    """Where our own processes reach the api-server; people come by PIPC_AIRFLOW_URL where that is another way."""
    return f"{scheme(settings)}://{settings.airflow_host}:{airflow_port(settings)}"


def people_address(settings: Settings) -> str:
    """Where people open Airflow: what links in letters and alarms lead to."""
    return settings.airflow_url or airflow_address(settings)


def ui_password(settings: Settings) -> str:
    """What a person types beside `admin`: short enough for that, from PIPC_SECRET_AIRFLOW_ADMIN_PASSWORD or made once."""
    return settings.secret("airflow_admin_password", size_bytes=9)


def service_password(settings: Settings) -> str:
    """What nobody types: the password of `pipc`, where accounts are people's own."""
    return settings.secret("airflow_service_password")


def metadata_url(settings: Settings) -> str:
    url = account_url(settings, METADATA_USER, settings.secret("airflow_password"), database=METADATA_DATABASE)
    return url.render_as_string(hide_password=False)


def settings_variables(settings: Settings) -> dict[str, str]:
    """The settings as the `PIPC_*` variables that `load_settings` reads: a task sees the installation that started it."""
    values = {f"PIPC_{field.name.upper()}": getattr(settings, field.name) for field in fields(settings)}
    return {name: ",".join(value) if isinstance(value, tuple) else str(value) for name, value in values.items() if value is not None}


def mail_connection(settings: Settings) -> dict[str, str]:
    """Airflow's connection `smtp_default` from PIPC_SMTP_URL, as the variable that its SMTP provider reads; nothing where mail is off.

    Raises SettingsError where the address cannot be read.
    """
    server = mail_server(settings)
    if server is None:
        return {}
    connection = {
        "conn_type": "smtp",
        "host": server.host,
        "port": server.port,
        "login": server.login,
        "password": server.password,
        "extra": {
            "disable_ssl": server.security != "tls",
            "disable_tls": server.security != "starttls",
            "timeout": MAIL_SECONDS,
            "retry_limit": 0,
        },
    }
    return {"AIRFLOW_CONN_SMTP_DEFAULT": json.dumps(connection)}


def process_variables(settings: Settings) -> dict[str, str]:
    """The whole environment of an Airflow process: ours, the caller's without its AIRFLOW variables."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW__", "AIRFLOW_"))}
    home, address = airflow_home(settings), airflow_address(settings)
    local = dict.fromkeys([HOST, "localhost", settings.airflow_host, settings.superset_host])
    return {
        **inherited,
        **settings_variables(settings),
        **mail_connection(settings),
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), inherited.get("PATH", os.defpath)]),
        # DAG files import pipc_etl; nothing of the caller's folder may shadow it.
        "PYTHONPATH": str(PROJECT_ROOT),
        "PYTHONUTF8": "1",
        # httpx and requests would send these through a company's proxy.
        "NO_PROXY": ",".join(filter(None, [inherited.get("NO_PROXY"), *local])),
        "no_proxy": ",".join(filter(None, [inherited.get("no_proxy"), *local])),
        "DO_NOT_TRACK": "1",
        "SCARF_ANALYTICS": "false",
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "False",
        "GX_ANALYTICS_ENABLED": "False",
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(settings.dags),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(home / "plugins"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        **_executor_variables(settings),
        "AIRFLOW__CORE__MAX_ACTIVE_RUNS_PER_DAG": "4",
        "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
        "AIRFLOW__CORE__DEFAULT_TIMEZONE": "America/Bogota",
        "AIRFLOW__CORE__FERNET_KEY": _fernet_keys(settings),
        # The default asks the resolver for a full name, which takes seconds on a machine without one.
        "AIRFLOW__CORE__HOSTNAME_CALLABLE": "socket.gethostname",
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{address}/execution/",
        **_login_variables(settings),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": metadata_url(settings),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_POOL_SIZE": "3",
        "AIRFLOW__API__HOST": settings.web_bind,
        "AIRFLOW__API__PORT": str(airflow_port(settings)),
        "AIRFLOW__API__BASE_URL": people_address(settings),
        "AIRFLOW__API__WORKERS": "1",
        "AIRFLOW__API__SECRET_KEY": settings.secret("airflow_session"),
        "AIRFLOW__API_AUTH__JWT_SECRET": settings.secret("airflow_jwt"),
        "AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.5",
        "AIRFLOW__SCHEDULER__ENABLE_HEALTH_CHECK": "False",
        # Our folder changes at an upgrade only; every parse costs a fork.
        "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "30",
        "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "60",
        "AIRFLOW__DAG_PROCESSOR__PARSING_PROCESSES": "2",
        "AIRFLOW__DAG_PROCESSOR__DAG_FILE_PROCESSOR_TIMEOUT": "120",
        "AIRFLOW__CORE__DAGBAG_IMPORT_TIMEOUT": "90",
        "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(settings.logs / "tasks"),
        "AIRFLOW__LOGGING__DAG_PROCESSOR_CHILD_PROCESS_LOG_DIRECTORY": str(settings.logs / "dag_processor"),
        "AIRFLOW__LOGGING__NAMESPACE_LEVELS": "great_expectations=WARNING",
        "AIRFLOW__LOGGING__COLORED_CONSOLE_LOG": "False",
        "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
        **_lineage_variables(settings),
        **_metrics_variables(settings),
    }


def _lineage_variables(settings: Settings) -> dict[str, str]:
    """OpenLineage events of DAGs and tasks where PIPC_OPENLINEAGE says; its listener is not loaded otherwise."""
    given = transport(settings)
    if given is None:
        return {"AIRFLOW__OPENLINEAGE__DISABLED": "True"}
    return {
        "AIRFLOW__OPENLINEAGE__TRANSPORT": json.dumps(given),
        "AIRFLOW__OPENLINEAGE__NAMESPACE": JOB_NAMESPACE,
        "AIRFLOW__OPENLINEAGE__DISABLE_SOURCE_CODE": "True",
    }


def _fernet_keys(settings: Settings) -> str:
    """The key by which Airflow encrypts; of several, by commas, the first one encrypts and all of them read."""
    keys = [hashlib.sha256(each.strip().encode()).digest() for each in settings.secret("airflow_fernet").split(",")]
    return ",".join(base64.urlsafe_b64encode(key).decode() for key in keys)


def _login_variables(settings: Settings) -> dict[str, str]:
    """Who may enter, and by which way: accounts in Airflow's own database, or the one of this machine; TLS where it is set."""
    if settings.airflow_auth == "fab":
        logins = {
            "AIRFLOW__CORE__AUTH_MANAGER": "airflow.providers.fab.auth_manager.fab_auth_manager.FabAuthManager",
            "AIRFLOW__FAB__SESSION_LIFETIME_MINUTES": "720",
            "AIRFLOW__FAB__COOKIE_SECURE": str(people_address(settings).startswith("https://")),
        }
    else:
        logins = {
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": f"{UI_USER}:admin",
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(passwords_file(settings)),
        }
    encryption = {
        # Tasks trust the certificate that their api-server shows, and whom it may be signed by.
        "AIRFLOW__API__SSL_CERT": settings.tls_certificate,
        "AIRFLOW__API__SSL_KEY": settings.tls_key,
        "AIRFLOW__API__SSL_CA_FILE": settings.tls_ca,
    }
    return {**logins, **{name: str(path) for name, path in encryption.items() if path is not None}}


def _metrics_variables(settings: Settings) -> dict[str, str]:
    """Airflow's own metrics by OTLP over HTTP to PIPC_OTEL_ENDPOINT, a collector's address like http://host:4318; nothing where unset."""
    if settings.otel_endpoint is None:
        return {}
    return {
        "AIRFLOW__METRICS__OTEL_ON": "True",
        "OTEL_EXPORTER_OTLP_ENDPOINT": settings.otel_endpoint,
        "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
        "OTEL_SERVICE_NAME": "pipc-airflow",
        "OTEL_METRIC_EXPORT_INTERVAL": "30000",
    }


def passwords_file(settings: Settings) -> Path:
    return airflow_home(settings) / "passwords.json"


def write_passwords_file(settings: Settings) -> None:
    """The file in which Airflow's simple login looks up its users (0600)."""
    path = passwords_file(settings)
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    path.write_text(json.dumps({UI_USER: ui_password(settings)}), encoding="utf-8")


def _executor_variables(settings: Settings) -> dict[str, str]:
    """Who runs tasks, and how soon a lost one is noticed."""
    if settings.executor == "local":
        return {
            "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
            "AIRFLOW__CORE__PARALLELISM": str(_parallelism()),
            # A supervisor that misses the end of its task sees it at the next heartbeat: five seconds by default.
            "AIRFLOW__WORKERS__MIN_HEARTBEAT_INTERVAL": "1",
            "AIRFLOW__WORKERS__MAX_FAILED_HEARTBEATS": "15",
        }
    return {
        "AIRFLOW__CORE__EXECUTOR": "CeleryExecutor",
        "AIRFLOW__CORE__PARALLELISM": "64",
        "AIRFLOW__CELERY__BROKER_URL": broker_url(settings),
        "AIRFLOW__CELERY__RESULT_BACKEND": f"db+{metadata_url(settings)}",
        "AIRFLOW__CELERY__WORKER_CONCURRENCY": str(settings.worker_concurrency),
        # A worker takes what it can run, no more: the others may be idle.
        "AIRFLOW__CELERY__WORKER_PREFETCH_MULTIPLIER": "1",
        "AIRFLOW__CELERY__TASK_ACKS_LATE": "True",
        "AIRFLOW__CELERY__WORKER_ENABLE_REMOTE_CONTROL": "True",
        # Longer than any task may take (`execution_timeout`): what is only slow is not given to a second worker. A worker that died
        # is noticed long before, by the heartbeats of its tasks.
        "AIRFLOW__CELERY_BROKER_TRANSPORT_OPTIONS__VISIBILITY_TIMEOUT": "21600",
        "AIRFLOW__WORKERS__MIN_HEARTBEAT_INTERVAL": "2",
        # A minute without the api-server, as when it is started again, ends no task.
        "AIRFLOW__WORKERS__MAX_FAILED_HEARTBEATS": "30",
        "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "45",
        "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL": "5",
        # What the broker lost (its messages are on disk: a lost volume) is sent again.
        "AIRFLOW__SCHEDULER__TASK_QUEUED_TIMEOUT": "900",
    }


def broker_url(settings: Settings) -> str:
    """Database 1 of PIPC_REDIS_URL, beside Superset's cache; raises SettingsError where there is no Redis."""
    address = settings.redis_address(1)
    if address is None:
        raise SettingsError("PIPC_EXECUTOR=celery needs PIPC_REDIS_URL, the address of the Redis by which tasks reach the workers")
    return address


def _parallelism() -> int:
    """Tasks at once: each may import Great Expectations or dbt, seconds of a whole core."""
    return min(max(2, len(os.sched_getaffinity(0))), 8)
