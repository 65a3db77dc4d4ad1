"""Reads one JSON document, does what the first argument says inside Superset's application, prints one JSON document."""

from __future__ import annotations

import contextlib
import json
import logging
import sys
from typing import Any


def main(command: str) -> int:
    """0 and a result, or 1 and {"error": why}; progress and logs go to standard error."""
    request = json.load(sys.stdin)
    # Libraries print; only the answer may stand on standard output.
    answer_to = sys.stdout
    with contextlib.redirect_stdout(sys.stderr):
        answer, code = _answer(command, request)
    json.dump(answer, answer_to, ensure_ascii=False)
    return code


def _answer(command: str, request: dict[str, Any]) -> tuple[dict[str, Any], int]:
    from pipc_server.application import create

    from pipc_dashboards.reasons import reason

    app = create()
    logging.getLogger("superset").setLevel(logging.ERROR)
    # Superset's models can be imported once there is an application.
    from pipc_dashboards.commands import COMMANDS

    with app.test_request_context():
        try:
            return COMMANDS[command](request), 0
        # The border of the process: the caller is told why, with the causes.
        except Exception as error:
            logging.getLogger("pipc").exception("%s failed", command)
            return {"error": reason(error)}, 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
