"""Nobody can compute a suppressed count of the profile from the rest of the table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pytest
from activity_scenario import Query
from scipy.optimize import linprog

K = 5
DIMENSIONS = ("sex", "age_band", "ethnic_group")
Cell = tuple[tuple[str, ...], str]
UNIT = ("plan_code", "activity_code", "period_code", "session_code")


def _unit(row: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(row[name] for name in UNIT)


def _sums(units: set[tuple[str, ...]]) -> Iterator[tuple[tuple[str, ...], list[tuple[str, ...]]]]:
    """Every unit with the units that add up to it, from the codes alone."""
    for plan, activity, period, session in units:
        if session != "all":
            continue
        sessions = [u for u in units if u[3] != "all" and u[2].startswith(period) and activity in ("all", u[1]) and plan in ("all", u[0])]
        yield (plan, activity, period, session), sessions


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("dimension", DIMENSIONS)
def test_suppressed_count_cannot_be_computed_when_everything_else_is_added_up(analyst: Query, seed: int, dimension: str) -> None:
    parameters = {"entity": f"perfil-{seed}", "dimension": dimension}
    rows = analyst(
        f"select {', '.join(UNIT)}, category, attendances, base, suppressed from marts.rpt_attendance_profile "
        "where entity_code = :entity and dimension = :dimension",
        **parameters,
    )
    units = {_unit(row): int(row["base"]) for row in rows}
    categories = sorted({row["category"] for row in rows})
    shown = {(_unit(row), row["category"]): int(row["attendances"]) for row in rows if not row["suppressed"]}
    hidden = {(_unit(row), row["category"]) for row in rows if row["suppressed"]}
    assert len(units) > 12
    assert shown
    assert hidden
    assert min(shown.values()) >= K

    index = {cell: number for number, cell in enumerate(sorted(hidden))}
    equations, values = [], []

    def add(cells: list[tuple[Cell, int]], total: int) -> None:
        equation = np.zeros(len(index))
        for cell, sign in cells:
            if cell in index:
                equation[index[cell]] += sign
            else:
                total -= sign * shown.get(cell, 0)
        equations.append(equation)
        values.append(total)

    for unit, base in units.items():
        add([((unit, category), 1) for category in categories], base)
    for unit, parts in _sums(set(units)):
        for category in categories:
            add([((part, category), 1) for part in parts] + [((unit, category), -1)], 0)

    truth = _truth(analyst, dimension, set(units), parameters["entity"])
    small = [cell for cell in sorted(hidden) if 0 < truth.get(cell, 0) < K]
    assert small
    matrix, totals = np.array(equations), np.array(values)
    assert np.allclose(matrix @ np.array([truth.get(cell, 0) for cell in sorted(hidden)]), totals)
    for cell in small:
        goal = np.zeros(len(index))
        goal[index[cell]] = 1
        least = linprog(goal, A_eq=matrix, b_eq=totals, bounds=(0, None), method="highs")
        most = linprog(-goal, A_eq=matrix, b_eq=totals, bounds=(0, None), method="highs")
        assert -most.fun - least.fun >= 1 - 1e-6, (cell, truth[cell], least.fun, -most.fun)


def _truth(analyst: Query, dimension: str, units: set[tuple[str, ...]], entity: str) -> dict[Cell, int]:
    """What an analyst, who may read the attendances, counts for every unit."""
    blank = "9" if dimension == "ethnic_group" else "no_answer"
    sessions = analyst(
        "select f.plan_code, f.activity_code, s.period_code, f.session_code, "
        f"coalesce(f.{dimension}, '{blank}') as category, count(*) as qty "
        "from marts.fct_attendance as f join marts.dim_session as s using (entity_code, session_code) "
        "where entity_code = :entity group by 1, 2, 3, 4, 5",
        entity=entity,
    )
    truth = {(_unit(row), row["category"]): int(row["qty"]) for row in sessions}
    for unit, parts in _sums(units):
        for category in {row["category"] for row in sessions}:
            truth[unit, category] = sum(truth.get((part, category), 0) for part in parts)
    return truth


def test_profile_adds_up_to_its_base_when_nothing_is_hidden(analyst: Query) -> None:
    rows = analyst(
        "select scope, sum(attendances) as attendances, min(base) as base, count(*) as categories from marts.rpt_attendance_profile "
        "group by scope, entity_code, plan_code, activity_code, session_code, period_code, dimension having not bool_or(suppressed)"
    )
    assert {"entity", "activity", "session"} == {row["scope"] for row in rows}
    assert all(row["attendances"] == row["base"] for row in rows)
