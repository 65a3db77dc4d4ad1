"""Every variable that Superset's processes run with; `superset/superset_config.py` reads these and nothing else."""

from __future__ import annotations

import os
from pathlib import Path

from pipc_etl.encryption import scheme
from pipc_etl.settings import Settings
from pipc_etl.warehouse.engine import account_url
from pipc_etl.warehouse.ports import HOST, kept_port

METADATA_DATABASE = "superset"
METADATA_USER = "pipc_superset"
ADMINISTRATOR = "admin"


def superset_home(settings: Settings) -> Path:
    return settings.home / "superset"


def superset_port(settings: Settings) -> int:
    """The server's port; PIPC_SUPERSET_PORT=0 means the free one that the last start kept."""
    return settings.superset_port or kept_port(superset_home(settings) / "port")


def superset_address(settings: Settings) -> str:
    """Where our own processes and their browser reach Superset; people come by PIPC_SUPERSET_URL where that is another way."""
    return f"{scheme(settings)}://{settings.superset_host}:{superset_port(settings)}"


def superset_python(settings: Settings) -> Path:
    """The Python of Superset's own environment, which `make setup` makes."""
    return settings.superset / ".venv" / "bin" / "python"


def user_password(settings: Settings, user: str) -> str:
    """What a person types beside `user`: from PIPC_SECRET_SUPERSET_<USER>_PASSWORD or made once."""
    return settings.secret(f"superset_{user}_password", size_bytes=9)


def metadata_url(settings: Settings) -> str:
    url = account_url(settings, METADATA_USER, settings.secret("superset_metadata_password"), database=METADATA_DATABASE)
    return url.render_as_string(hide_password=False)


def process_variables(settings: Settings) -> dict[str, str]:
    """The whole environment of a process in Superset's Python: ours, the caller's without what would configure Superset otherwise."""
    inherited = {
        name: value for name, value in os.environ.items() if not name.startswith(("SUPERSET_", "FLASK_", "PIPC_", "PYTHON", "VIRTUAL_ENV"))
    }
    local = dict.fromkeys([HOST, "localhost", settings.superset_host])
    return {
        **inherited,
        **own_variables(settings),
        "PATH": os.pathsep.join([str(superset_python(settings).parent), inherited.get("PATH", os.defpath)]),
        # Libraries would send these through a company's proxy.
        "NO_PROXY": ",".join(filter(None, [inherited.get("NO_PROXY"), *local])),
        "no_proxy": ",".join(filter(None, [inherited.get("no_proxy"), *local])),
    }


def own_variables(settings: Settings) -> dict[str, str]:
    """What configures Superset, secrets included: all that a server of its own, which has no settings of ours, must be given."""
    given = {
        "METADATA_URI": metadata_url(settings),
        "SECRET_KEY": settings.secret("superset_secret_key"),
        "ADMIN_PASSWORD": user_password(settings, ADMINISTRATOR),
        "ADDRESS": superset_address(settings),
        "BIND": f"{settings.web_bind}:{superset_port(settings)}",
        "CACHE_FOLDER": str(superset_home(settings) / "cache"),
        "CACHE_PREFIX": "pipc",
        "REDIS_URL": settings.redis_address(),
        "PUBLIC_DASHBOARD": settings.public_dashboard,
        "URL": settings.superset_url,
        "SMTP_URL": settings.smtp_url,
        "MAIL_FROM": settings.mail_from,
        "CHROMIUM": settings.chromium,
        "TLS_CERTIFICATE": settings.tls_certificate and str(settings.tls_certificate),
        "TLS_KEY": settings.tls_key and str(settings.tls_key),
    }
    return {
        **{f"PIPC_SUPERSET_{name}": value for name, value in given.items() if value},
        "PYTHONPATH": str(settings.superset),
        "PYTHONUTF8": "1",
        "PYTHONUNBUFFERED": "1",
        "FLASK_APP": "superset.app:create_app()",
        "SUPERSET_HOME": str(superset_home(settings)),
        "SUPERSET_CONFIG_PATH": str(settings.superset / "superset_config.py"),
        "DO_NOT_TRACK": "1",
        "SCARF_ANALYTICS": "false",
    }
