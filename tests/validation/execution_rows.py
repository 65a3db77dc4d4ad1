"""Clean execution reports, to be spoiled by the tests, and what the warehouse would know of their plan."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import cache
from typing import Any

import pandas as pd

from pipc_etl.contracts import Catalog, Contract, Rule, load_catalog
from pipc_etl.settings import PROJECT_ROOT
from pipc_etl.validation import EnvelopeFacts

MONTH = date(2021, 5, 1)
FACTS = EnvelopeFacts("sdp", "gab", "execution_report", "2021-M05", date(2021, 6, 4), is_planning_office=False, is_registered=True)


@cache
def catalog() -> Catalog:
    return load_catalog(PROJECT_ROOT / "expectations")


def contract(**changes: Any) -> Contract:
    return replace(catalog().contracts["execution_report"], **changes)


def row(number: int, **changes: Any) -> dict[str, Any]:
    return {"plan_code": "PIPC", "activity_code": f"A-{number}", "month": MONTH, "executed_qty": 1, "evidence": "acta"} | changes


def rows(count: int) -> list[dict[str, Any]]:
    return [row(number) for number in range(count)]


def reference(count: int) -> dict[str, pd.DataFrame]:
    activity = {"entity_code": "sdp", "plan_code": "PIPC", "fiscal_year": 2021, "dependency_code": "gab"}
    activities = pd.DataFrame([activity | {"activity_code": f"A-{number}"} for number in range(count)])
    return {"ref_activity": activities, "ref_programme": activities.assign(month=MONTH, programmed_qty=1)}


def a_rule(fails_when: str, **changes: Any) -> Rule:
    said: dict[str, Any] = {
        "id": "execution_report.made_up", "severity": "error", "columns": ("executed_qty",), "fails_when": fails_when,
        "message": "Trae «{value}» en {period}.", "remedy": "Corrija.",
    }  # fmt: skip
    return Rule(**(said | changes))
