"""Starts the server in a container of its own: its variables are in the JSON file that the first argument names, none in the image."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

if __name__ == "__main__":
    variables = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    os.chdir("/")
    os.execve(sys.executable, [sys.executable, "-m", "gunicorn", "-c", "python:pipc_server.gunicorn"], {**os.environ, **variables})
