"""What Superset's pages show of ours: name, logo, and the Spanish that its translation lacks or has wrong."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from babel.messages.pofile import read_po
from flask import Blueprint, Flask, Response, request

FOLDER = Path(__file__).resolve().parent.parent
APP_TITLE = "Participación ciudadana"
_LANGUAGE_PACK = "/superset/language_pack/es/"


def blueprint() -> Blueprint:
    """Our static files, and the manifest that names the application when a browser installs it."""
    ours = Blueprint("pipc_static", __name__, static_folder=str(FOLDER / "static"), static_url_path="/static/pipc")

    @ours.get("/static/assets/pwa-manifest.json")
    def manifest() -> Response:
        body = {"name": APP_TITLE, "short_name": "Participación", "lang": "es-CO", "start_url": "/", "display": "browser"}
        icon = {"src": "/static/pipc/favicon.svg", "sizes": "any", "type": "image/svg+xml"}
        return Response(json.dumps({**body, "icons": [icon]}, ensure_ascii=False), mimetype="application/manifest+json")

    return ours


def spanish() -> dict[str, str]:
    """Our corrections, `translations/es.po`: English text -> Spanish text."""
    with (FOLDER / "translations" / "es.po").open("rb") as file:
        return {message.id: message.string for message in read_po(file, locale="es") if message.id and message.string}


def adapt(app: Flask) -> None:
    """Called by Superset with its application: the corrected Spanish, for the server's texts and for the browser's."""
    corrections = spanish()
    _correct_server_texts(app, corrections)
    _serve_language_pack(app, corrections)


def _correct_server_texts(app: Flask, corrections: dict[str, str]) -> None:
    """Put the corrections over the catalogue that gettext answers from, whoever loads it first."""
    from flask_babel import Domain

    original = getattr(Domain.get_translations, "__wrapped__", Domain.get_translations)

    def get_translations(self: Any) -> Any:
        found = original(self)
        catalogue = getattr(found, "_catalog", None)
        if catalogue is not None and not getattr(found, "is_corrected", False):
            catalogue.update(corrections)
            found.is_corrected = True
        return found

    get_translations.__wrapped__ = original  # type: ignore[attr-defined]
    Domain.get_translations = get_translations


def _serve_language_pack(app: Flask, corrections: dict[str, str]) -> None:
    """Answer with the corrected texts to everyone: Superset's own answer needs a permission, which the login page has not."""
    from superset.translations.utils import get_language_pack

    pack = get_language_pack("es") or {}
    texts = pack["locale_data"]["superset"]
    texts.update({english: [spanish_text] for english, spanish_text in corrections.items()})
    body = json.dumps(pack, ensure_ascii=False).encode()
    tag = hashlib.sha256(body).hexdigest()[:16]

    @app.before_request
    def language_pack() -> Response | None:
        if request.path != _LANGUAGE_PACK:
            return None
        response = Response(body, mimetype="application/json")
        response.set_etag(tag)
        response.headers["Cache-Control"] = "public, max-age=300"
        return response.make_conditional(request)
