"""Whoever opens a page first finds every answer computed: our queries are the browser's, letter by letter."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from pipc_etl.dashboards.environment import superset_address, superset_python, user_password
from pipc_etl.dashboards.push import check, push
from pipc_etl.dashboards.requests import warm_requests
from pipc_etl.settings import Settings
from tests.dashboards.sample import CHARTS

BROWSE = Path(__file__).parent / "browse.py"


def test_every_answer_is_known_when_a_browser_opens_the_page(pushed: Settings) -> None:
    push(pushed)
    seen = _browse(pushed, "prueba")
    charts = [answer for answer in seen if answer["form_data"].get("slice_id")]
    filters = {answer["form_data"]["native_filter_id"] for answer in seen if "native_filter_id" in answer["form_data"]}
    assert len({answer["form_data"]["slice_id"] for answer in charts}) == len(CHARTS)
    assert filters == {"NATIVE_FILTER-vigencia", "NATIVE_FILTER-periodo"}
    queries = [(answer["form_data"].get("viz_type"), each) for answer in seen for each in answer["result"]]
    assert all(each["error"] is None and each["rowcount"] for _, each in queries)
    assert [viz_type for viz_type, each in queries if each["is_cached"] is not True] == []


def test_our_queries_equal_the_browsers_when_both_are_written_down(pushed: Settings) -> None:
    prepared = check(pushed)
    ours = [query for request in warm_requests(prepared.assets, prepared.facts) for query in request["queries"]]
    known = {_canonical(query) for query in ours}
    theirs = {_canonical(query) for answer in _browse(pushed, "prueba") for query in answer["queries"]}
    assert len(theirs) >= len(CHARTS)
    assert theirs <= known


def _canonical(query: dict[str, Any]) -> str:
    # Superset's key of an answer does not hold these: the address bar, and whether a list is empty or absent.
    kept = {key: value for key, value in query.items() if key not in ("url_params",) and value not in ([], {}, None)}
    return json.dumps(kept, sort_keys=True)


def _browse(settings: Settings, slug: str) -> list[dict[str, Any]]:
    """What a browser asked and was told while it opened every tab of the page."""
    request = {"address": superset_address(settings), "user": "ejecutivo", "password": user_password(settings, "ejecutivo"), "slug": slug}
    command = [str(superset_python(settings)), str(BROWSE)]
    done = subprocess.run(
        command, input=json.dumps({**request, "chromium": settings.chromium}), capture_output=True, text=True, timeout=240, check=False
    )
    assert done.returncode == 0, done.stderr
    seen: list[dict[str, Any]] = json.loads(done.stdout)
    return seen
