"""Configuration of Superset: reads PIPC_SUPERSET_* variables and nothing else, so that any starter may give them.

Required: PIPC_SUPERSET_METADATA_URI, PIPC_SUPERSET_SECRET_KEY, PIPC_SUPERSET_ADDRESS, and PIPC_SUPERSET_REDIS_URL or
PIPC_SUPERSET_CACHE_FOLDER. Optional: PIPC_SUPERSET_CACHE_PREFIX, _PUBLIC_DASHBOARD, _SMTP_URL, _MAIL_FROM, _CHROMIUM,
_TLS_CERTIFICATE and _TLS_KEY.
"""

from __future__ import annotations

import os
import time
from datetime import timedelta

from pipc_server.browser import BROWSER_ARGUMENTS, trust_argument, use_browser
from pipc_server.events import Events
from pipc_server.mail import mail_settings
from pipc_server.pages import APP_TITLE, adapt, blueprint
from pipc_server.theme import CATEGORICAL_SCHEMES, SEQUENTIAL_SCHEMES, THEME
from pipc_server.variables import optional, required


def _seconds(**duration: int) -> int:
    return int(timedelta(**duration).total_seconds())


# What is shown is shown in the office's time.
os.environ["TZ"] = "America/Bogota"
time.tzset()

# --- where things are -------------------------------------------------------------------------------------------------
SQLALCHEMY_DATABASE_URI = required("METADATA_URI")
SECRET_KEY = required("SECRET_KEY")
SQLALCHEMY_ENGINE_OPTIONS = {"pool_size": 5, "max_overflow": 5, "pool_pre_ping": True}
# There are no examples, and no file that would be made for them.
SQLALCHEMY_EXAMPLES_URI = SQLALCHEMY_DATABASE_URI
_address = required("ADDRESS").rstrip("/")
_is_https = _address.startswith("https://")
# The one dashboard that opens without a login, by its slug; None: no dashboard does.
PIPC_PUBLIC_DASHBOARD = optional("PUBLIC_DASHBOARD")

# --- caches: shared by the workers, each kind with its own prefix -----------------------------------------------------
_redis_url = optional("REDIS_URL")
_cache_folder = None if _redis_url else required("CACHE_FOLDER")
_prefix = optional("CACHE_PREFIX") or "pipc"


def _cache(name: str, seconds: int) -> dict[str, object]:
    common = {"CACHE_DEFAULT_TIMEOUT": seconds, "CACHE_KEY_PREFIX": f"{_prefix}:{name}:"}
    if _redis_url:
        return {**common, "CACHE_TYPE": "RedisCache", "CACHE_REDIS_URL": _redis_url}
    return {
        **common,
        "CACHE_TYPE": "FileSystemCache",
        "CACHE_DIR": f"{_cache_folder}/{name}",
        "CACHE_THRESHOLD": 20_000,
        "CACHE_OPTIONS": {"mode": 0o600},
    }


CACHE_CONFIG = _cache("metadata", _seconds(days=1))
# Emptied at every push, which follows every build: how long an entry may live hardly matters.
DATA_CACHE_CONFIG = _cache("data", _seconds(days=7))
FILTER_STATE_CACHE_CONFIG = {**_cache("filters", _seconds(days=90)), "REFRESH_TIMEOUT_ON_RETRIEVAL": True}
EXPLORE_FORM_DATA_CACHE_CONFIG = {**_cache("explore", _seconds(days=7)), "REFRESH_TIMEOUT_ON_RETRIEVAL": True}

# --- Spanish, Colombia ------------------------------------------------------------------------------------------------
BABEL_DEFAULT_LOCALE = "es"
LANGUAGES = {"es": {"flag": "co", "name": "Español"}}
D3_FORMAT = {"decimal": ",", "thousands": ".", "grouping": [3], "currency": ["$", ""], "percent": "\u00a0%"}
D3_TIME_FORMAT = {
    "dateTime": "%d/%m/%Y %H:%M",
    "date": "%d/%m/%Y",
    "time": "%H:%M",
    "periods": ["a. m.", "p. m."],
    "days": ["domingo", "lunes", "martes", "miércoles", "jueves", "viernes", "sábado"],
    "shortDays": ["dom", "lun", "mar", "mié", "jue", "vie", "sáb"],
    "months": [
        "enero", "febrero", "marzo", "abril", "mayo", "junio",
        "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre",
    ],
    "shortMonths": ["ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sep", "oct", "nov", "dic"],
}  # fmt: skip
CURRENCIES = ["COP"]
# A CSV that a Spanish Excel opens by double click.
CSV_EXPORT = {"encoding": "utf-8-sig", "sep": ";", "decimal": ","}

# --- looks ------------------------------------------------------------------------------------------------------------
APP_NAME = APP_TITLE
APP_ICON = "/static/pipc/logo.svg"
FAVICONS = [{"href": "/static/pipc/favicon.svg", "type": "image/svg+xml"}]
LOGO_TOOLTIP = "Ir al inicio"
BLUEPRINTS = [blueprint()]
FLASK_APP_MUTATOR = adapt
THEME_DEFAULT = THEME
THEME_DARK = None
ENABLE_UI_THEME_ADMINISTRATION = False
EXTRA_CATEGORICAL_COLOR_SCHEMES = CATEGORICAL_SCHEMES
EXTRA_SEQUENTIAL_COLOR_SCHEMES = SEQUENTIAL_SCHEMES

# --- who may come in --------------------------------------------------------------------------------------------------
AUTH_USER_REGISTRATION = False
FAB_API_SWAGGER_UI = False
PUBLIC_ROLE_LIKE = None
RATELIMIT_ENABLED = True
# A page of ours asks for well over a hundred files and answers.
RATELIMIT_APPLICATION = "300 per second"
AUTH_RATE_LIMITED = True
AUTH_RATE_LIMIT = "30 per minute"
RATELIMIT_STORAGE_URI = _redis_url or "memory://"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = _is_https
PERMANENT_SESSION_LIFETIME = _seconds(hours=12)
# A proxy is believed only where there is one: nobody else may say from where a request came.
ENABLE_PROXY_FIX = _is_https and optional("TLS_CERTIFICATE") is None
WTF_CSRF_ENABLED = True
ENABLE_CORS = False
TALISMAN_ENABLED = True
TALISMAN_CONFIG = {
    "content_security_policy": {
        "base-uri": ["'self'"],
        "default-src": ["'self'"],
        "img-src": ["'self'", "blob:", "data:"],
        "worker-src": ["'self'", "blob:"],
        "connect-src": ["'self'"],
        "font-src": ["'self'", "data:"],
        "object-src": "'none'",
        "frame-ancestors": ["'self'"],
        "form-action": ["'self'"],
        "style-src": ["'self'", "'unsafe-inline'"],
        "script-src": ["'self'", "'strict-dynamic'"],
    },
    "content_security_policy_nonce_in": ["script-src"],
    "force_https": False,
    "session_cookie_secure": _is_https,
    "referrer_policy": "same-origin",
}

# --- what is on -------------------------------------------------------------------------------------------------------
FEATURE_FLAGS = {
    "ALERT_REPORTS": True,
    # A picture has a page for each tab.
    "ALERT_REPORT_TABS": True,
    "ALERTS_ATTACH_REPORTS": True,
    "DASHBOARD_RBAC": True,
    "DRILL_BY": True,
    "DRILL_TO_DETAIL": True,
    "EMBEDDABLE_CHARTS": False,
    "EMBEDDED_SUPERSET": False,
    "ENABLE_TEMPLATE_PROCESSING": False,
    "LISTVIEWS_DEFAULT_CARD_VIEW": False,
    "PLAYWRIGHT_REPORTS_AND_THUMBNAILS": True,
    "TAGGING_SYSTEM": False,
    "THUMBNAILS": False,
}
EVENT_LOGGER = Events()
SUPERSET_WEBSERVER_TIMEOUT = 60
SQL_MAX_ROW = 100_000
SQLLAB_TIMEOUT = 60
# Nothing runs in the background: no broker, no worker.
CELERY_CONFIG = None
GLOBAL_ASYNC_QUERIES_JWT_SECRET = SECRET_KEY
GUEST_TOKEN_JWT_SECRET = SECRET_KEY
ALEMBIC_SKIP_LOG_CONFIG = True

# --- pictures by e-mail -----------------------------------------------------------------------------------------------
for _name, _value in mail_settings(optional("SMTP_URL"), optional("MAIL_FROM")).items():
    globals()[_name] = _value
EMAIL_REPORTS_SUBJECT_PREFIX = ""
EMAIL_REPORTS_CTA = "Abrir en el tablero"
ALERT_REPORTS_NOTIFICATION_DRY_RUN = False
WEBDRIVER_TYPE = "chrome"
WEBDRIVER_BASEURL = f"{_address}/"
# What stands in letters: people come another way than the browser that draws here.
WEBDRIVER_BASEURL_USER_FRIENDLY = f"{(optional('URL') or _address).rstrip('/')}/"
WEBDRIVER_OPTION_ARGS = [*BROWSER_ARGUMENTS, *trust_argument(optional("TLS_CERTIFICATE"))]
use_browser(optional("CHROMIUM"))
