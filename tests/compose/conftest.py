"""The containers are really run only where an engine is and somebody asked for it: PIPC_TEST_COMPOSE=1 (an hour of one core)."""

from __future__ import annotations

import os

if os.environ.get("PIPC_TEST_COMPOSE") != "1":
    collect_ignore = ["test_running.py"]
