"""What Superset's pages show of ours: name, logo, where one lands, and the Spanish that its translation lacks or has wrong."""

from __future__ import annotations

import hashlib
import json
import re
from functools import lru_cache, wraps
from pathlib import Path
from typing import Any

from babel.messages.catalog import Message
from babel.messages.pofile import read_po
from flask import Blueprint, Flask, Response, g, redirect, request

from pipc_server.events import write_after_answers
from pipc_server.permissions import remember_permissions
from pipc_server.static_files import StaticFiles

FOLDER = Path(__file__).resolve().parent.parent
APP_TITLE = "Participación ciudadana"
LANDING_PAGE = "/dashboard/list/"
_LANGUAGE_PACK = "/superset/language_pack/es/"
# Superset's menu counts its visitors at this host, whatever the settings say.
_COUNTER = b"https://apachesuperset.gateway.scarf.sh/pixel/"
_NOTHING = b"/static/pipc/nothing.svg?"
# Whoever opens a page is asked to keep the colours of its values for the next reader.
_COLORS = re.compile(r"/api/v1/dashboard/\d+/colors")
_SPANISH_TERMS = (
    (re.compile(r"\bpaneles de control\b"), "tableros"),
    (re.compile(r"\bPaneles de control\b"), "Tableros"),
    (re.compile(r"\bpanel de control\b"), "tablero"),
    (re.compile(r"\bPanel de control\b"), "Tablero"),
)


def blueprint() -> Blueprint:
    """Our static files, and the manifest that names the application when a browser installs it."""
    ours = Blueprint("pipc_static", __name__, static_folder=str(FOLDER / "static"), static_url_path="/static/pipc")

    @ours.get("/static/assets/pwa-manifest.json")
    def manifest() -> Response:
        body = {"name": APP_TITLE, "short_name": "Participación", "lang": "es-CO", "start_url": "/", "display": "browser"}
        icon = {"src": "/static/pipc/favicon.svg", "sizes": "any", "type": "image/svg+xml"}
        return Response(json.dumps({**body, "icons": [icon]}, ensure_ascii=False), mimetype="application/manifest+json")

    return ours


def adapt(app: Flask) -> None:
    """Called by Superset with its application: our Spanish, our first page, no counter, no endless guessing of passwords, less waiting."""
    corrections = corrected_spanish()
    _correct_server_texts(corrections)
    _limit_logins(app)
    remember_permissions(app)
    write_after_answers(app)
    _read_addresses_once()
    app.wsgi_app = StaticFiles(app.wsgi_app)  # type: ignore[method-assign]
    fixed = {_LANGUAGE_PACK: _Fixed(_language_pack(corrections), "application/json")}
    fixed |= _without_counter(Path(app.static_folder or "") / "assets")

    @app.before_request
    def answer() -> Any:
        if (file := fixed.get(request.path)) is not None:
            return file.response()
        if request.path in ("/", "/superset/welcome/") and _has_no_page_of_his_own():
            return redirect(LANDING_PAGE)
        if request.method == "PUT" and _COLORS.fullmatch(request.path) and _is_reader():
            # Who may not write keeps nothing, and loses nothing: the colours are the files'.
            return {"result": {}}
        return None


def _read_addresses_once() -> None:
    """Superset reads a database's address out of its text again for every column of every dataset of a page."""
    from superset.models import core

    core.make_url_safe = lru_cache(maxsize=64)(core.make_url_safe)


def _is_reader() -> bool:
    """Somebody who is logged in and may not change dashboards."""
    from superset import security_manager

    return bool(g.user.is_authenticated) and not security_manager.can_access("can_write", "Dashboard")


def _limit_logins(app: Flask) -> None:
    """Superset limits its login page, but passwords are sent to another view of the same address, and to the API's."""
    security_manager = app.appbuilder.sm  # type: ignore[attr-defined]
    for name in ("AuthDBView", "SecurityApi"):
        security_manager.limiter.limit(app.config["AUTH_RATE_LIMIT"], methods=["POST"])(app.blueprints[name])


def corrected_spanish() -> dict[str, str]:
    """`translations/es.po`: English text -> Spanish text."""
    return {message.id: message.string for message in _our_messages() if isinstance(message.id, str)}


def corrected_plurals() -> dict[str, list[str]]:
    """`translations/es.po`: English singular -> its Spanish forms, which only the browser asks for."""
    return {message.id[0]: list(message.string) for message in _our_messages() if isinstance(message.id, tuple)}


def _our_messages() -> list[Message]:
    with (FOLDER / "translations" / "es.po").open("rb") as file:
        return [message for message in read_po(file, locale="es") if message.id and message.string]


def our_terms(text: str) -> str:
    """A Spanish text of Superset's with the words that people here use."""
    for term, ours in _SPANISH_TERMS:
        text = term.sub(ours, text)
    return text


class _Fixed:
    """An answer that is the same for everybody while the server runs."""

    def __init__(self, body: bytes, mimetype: str, seconds: int = 300) -> None:
        self._body, self._mimetype, self._seconds = body, mimetype, seconds
        self._tag = hashlib.sha256(body).hexdigest()[:16]

    def response(self) -> Response:
        response = Response(self._body, mimetype=self._mimetype)
        response.set_etag(self._tag)
        response.headers["Cache-Control"] = f"public, max-age={self._seconds}"
        return response.make_conditional(request)


def _has_no_page_of_his_own() -> bool:
    """Whether somebody is logged in for whom no dashboard is set as the first page."""
    from superset.extensions import db
    from superset.models.user_attributes import UserAttribute

    user = getattr(g, "user", None)
    if user is None or user.is_anonymous:
        return False
    return db.session.query(UserAttribute.welcome_dashboard_id).filter_by(user_id=user.id).scalar() is None


def _correct_server_texts(corrections: dict[str, str]) -> None:
    """Put our texts over the catalogue that gettext answers from, when it is first loaded."""
    from flask_babel import Domain

    original = getattr(Domain.get_translations, "__wrapped__", Domain.get_translations)

    @wraps(original)
    def get_translations(self: Any) -> Any:
        found = original(self)
        catalogue = getattr(found, "_catalog", None)
        if catalogue is not None and not getattr(found, "is_ours", False):
            catalogue.update({key: our_terms(value) for key, value in catalogue.items() if key and isinstance(value, str)})
            catalogue.update(corrections)
            found.is_ours = True
        return found

    Domain.get_translations = get_translations


def _language_pack(corrections: dict[str, str]) -> bytes:
    """The browser's texts; ours to give to everyone: Superset's own answer needs a permission, which the login page has not."""
    from superset.translations.utils import get_language_pack

    pack = get_language_pack("es") or {}
    texts = pack["locale_data"]["superset"]
    for english, spanish in texts.items():
        if english and isinstance(spanish, list):
            texts[english] = [our_terms(form) if isinstance(form, str) else form for form in spanish]
    texts.update({english: [spanish] for english, spanish in corrections.items()})
    texts.update(corrected_plurals())
    return json.dumps(pack, ensure_ascii=False).encode()


def _without_counter(assets: Path) -> dict[str, _Fixed]:
    """The scripts that load the counting picture, by address, with that picture replaced by an empty one of ours."""
    found = {}
    for path in assets.glob("*.js"):
        script = path.read_bytes()
        if _COUNTER in script:
            replaced = script.replace(_COUNTER, _NOTHING)
            found[f"/static/assets/{path.name}"] = _Fixed(replaced, "text/javascript", seconds=86_400)
    if not found:
        raise RuntimeError(f"no script in {assets} has the counting picture any more: look where this version of Superset sends it")
    return found
