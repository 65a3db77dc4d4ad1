"""What the border says of an amended plan is what the mart `rpt_plan_changes` says of it later: same differences, same requests."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from activity_scenario import Query
from amendment_scenario import ENTITY, YEAR

from pipc_etl.settings import Settings
from pipc_etl.validation.amendment import differences, justification
from pipc_etl.warehouse.engine import role_engine
from pipc_etl.warehouse.plan_history import plan_history


@pytest.mark.parametrize(("entity", "year"), [(ENTITY, YEAR), ("ajustada", 2020), ("relojes", 2023)])
def test_border_and_mart_agree_on_every_difference_when_plans_were_amended(
    analyst: Query, activity_warehouse: Settings, entity: str, year: int
) -> None:
    rows = analyst(
        "select plan_version, activity_code, changed_attribute, month, previous_value, new_value, difference_qty, is_justified, "
        "request_codes from marts.rpt_plan_changes where entity_code = :entity and fiscal_year = :year",
        entity=entity, year=year,
    )  # fmt: skip
    in_mart = {tuple(row.values()) for row in rows}
    assert len(in_mart) == len(rows) > 0
    assert at_border(activity_warehouse, entity, year) == in_mart
    if entity == ENTITY:
        assert {row["changed_attribute"] for row in rows} == {
            "activity", "activity_name", "dependency_code", "is_cancelled", "programmed_qty", "unit_of_measure"
        }  # fmt: skip
        justified = sum(row["is_justified"] for row in rows)
        assert min(justified, len(rows) - justified) > 10
        assert any(row["request_codes"] and not row["is_justified"] for row in rows)


def at_border(settings: Settings, entity: str, year: int) -> set[tuple[Any, ...]]:
    """The differences of every version with the one before it, as the mart names them."""
    engine = role_engine(settings, "loader")
    with engine.connect() as connection:
        history = plan_history(connection, entity, "PIPC", year, datetime.now(UTC))
    engine.dispose()
    found = set()
    for number in sorted(history.versions)[1:]:
        previous, new = history.versions[number - 1], history.versions[number]
        for each in differences(previous, new):
            why = justification(each, history.requests, previous, new)
            codes = ", ".join(why.request_codes) or None
            change = (each.activity_code, each.attribute, each.month, each.before, each.after, each.quantity)
            found.add((number, *change, why.is_covered, codes))
    return found
