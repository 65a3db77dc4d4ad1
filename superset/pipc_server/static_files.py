"""Files that never change while the server runs, answered from memory: a new browser asks for a hundred of them at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from werkzeug.wrappers import Response

_FOLDERS = ("/static/assets/", "/static/pipc/")
_ENDINGS = (".js", ".css", ".svg", ".woff2")
# In the order of our preference; what a browser names otherwise is left to the application.
_ENCODINGS = ("zstd", "br", "gzip")
# What belongs to one request and not to the file.
_PERSONAL = ("HTTP_COOKIE", "HTTP_AUTHORIZATION", "HTTP_X_CSRFTOKEN", "HTTP_REFERER", "QUERY_STRING")
_CONDITIONAL = ("HTTP_RANGE", "HTTP_IF_NONE_MATCH", "HTTP_IF_MODIFIED_SINCE")

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class StaticFiles:
    """Asks the application for each file once per encoding, without saying for whom, and keeps the answer with its headers.

    The application would read, compress and account for every file at every request.
    """

    def __init__(self, application: Wsgi) -> None:
        self._application = application
        self._known: dict[tuple[str, str], Response] = {}

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        encoding = _encoding(environ.get("HTTP_ACCEPT_ENCODING", ""))
        is_file = path.startswith(_FOLDERS) and path.endswith(_ENDINGS) and environ["REQUEST_METHOD"] == "GET"
        if not is_file or encoding is None or any(name in environ for name in _CONDITIONAL):
            return self._application(environ, start_response)
        answer = self._known.get((path, encoding)) or self._ask(environ, path, encoding)
        return answer(environ, start_response)

    def _ask(self, environ: dict[str, Any], path: str, encoding: str) -> Response:
        anonymous = {name: value for name, value in environ.items() if name not in _PERSONAL}
        answer = Response.from_app(self._application, {**anonymous, "HTTP_ACCEPT_ENCODING": encoding}, buffered=True)
        answer.make_sequence()
        # Of the moment; how long a browser may keep the file stands in Cache-Control.
        answer.headers.pop("Expires", None)
        answer.content_length = len(answer.get_data())
        if answer.status_code == 200 and "Set-Cookie" not in answer.headers:
            self._known[path, encoding] = answer
        return answer


def _encoding(accepted: str) -> str | None:
    """The encoding that a request gets; "" for none, None where its wishes are weighed."""
    if ";" in accepted:
        return None
    named = {each.strip().lower() for each in accepted.split(",")}
    return next((each for each in _ENCODINGS if each in named), "")
