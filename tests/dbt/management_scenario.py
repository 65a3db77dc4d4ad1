"""Indicators, self-assessments and schedules at ledger level: units that change, nulls of every kind, deliveries that replace others."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date

from activity_scenario import Ledger, Row
from sqlalchemy import Connection

# What a cell says where there is no number, and the kind of null that the border makes of it.
NULLS = {"N/A": "not_applicable", "S/D": "no_data", "": None}


class Management(Ledger):
    """Writes files of indicators, self-assessments and schedules of one entity."""

    def indicators(self, received: str, period: str, rows: Sequence[tuple[str, str, str, str, float | str]], **shared: object) -> int:
        """Each row: indicator, unit, period, role, value or what is written in its place."""
        complete = []
        for code, unit, measured, role, value in rows:
            is_number = not isinstance(value, str)
            kind = None if is_number else NULLS[str(value)]
            complete.append(
                {
                    "indicator_code": code,
                    "indicator_name": f"Indicador {code}",
                    "pillar": "Pilar",
                    "unit": unit,
                    "measured_period": measured,
                    "value_role": role,
                    "value": value if is_number else None,
                    "_missing": json.dumps({"value": kind}) if kind else None,
                    **shared,
                }
            )
        return self.submit("indicator_value", "OAP", period, received, complete)

    def schedule(self, received: str, period: str, rows: Sequence[Row]) -> int:
        """Each row: number, `minimum`, `planned` and `done` of the four quarters, and what it adds."""
        complete = []
        for given in rows:
            row = dict(given)
            planned, done = row.pop("planned", (None,) * 4), row.pop("done", (None,) * 4)
            quarters = {
                f"quarter_{quarter}_{name}_qty": value
                for name, values in (("planned", planned), ("done", done))
                for quarter, value in enumerate(values, 1)
            }
            number, minimum = row.pop("number"), row.pop("minimum", None)
            complete.append(
                {"activity_number": number, "activity_name": f"Actividad {number}", "minimum_qty": minimum, "target_rule": "minimum"}
                | quarters
                | row
            )
        return self.submit("accountability_schedule", "OAP", period, received, complete)

    def assessments(self, received: str, period: str, rows: Sequence[Row]) -> int:
        return self.submit("self_assessment", "OAP", period, received, [{"policy": "Rendición de cuentas", **row} for row in rows])


def write(connection: Connection) -> None:
    """Write every scenario."""
    management = Management(connection, "gestion")
    measured(management)
    scheduled(management)
    assessed(management)


def measured(management: Management) -> None:
    """An indicator for each way in which two measurements can and cannot be compared."""
    management.indicators(
        "2020-01-10",
        "2020",
        [
            ("up", "points", "2016-2017", "observed", 40),
            ("up", "points", "2018-2019", "observed", 50),
            ("up", "points", "2022-2023", "target", 80),
            ("down", "scale", "2016-2017", "observed", 2.61),
            ("down", "scale", "2018-2019", "observed", 2.60),
            ("flat", "scale", "2016-2017", "observed", 2.26),
            ("flat", "scale", "2018-2019", "observed", 2.26),
            ("not-applicable", "points", "2016-2017", "observed", "N/A"),
            ("not-applicable", "points", "2018-2019", "observed", 22.2),
            ("no-data", "points", "2016-2017", "observed", 37.7),
            ("no-data", "points", "2018-2019", "observed", "S/D"),
            ("no-data", "points", "2022-2023", "target", 60),
            ("empty", "points", "2016-2017", "observed", ""),
            ("empty", "points", "2018-2019", "observed", 0),
            ("other-unit", "points", "2016-2017", "observed", 50),
            ("other-unit", "percent", "2018-2019", "observed", 60),
            ("other-unit", "points", "2022-2023", "target", 70),
            ("two-targets", "points", "2018-2019", "observed", 50),
            ("two-targets", "points", "2016-2017", "target", 55),
            ("two-targets", "points", "2019-2020", "target", 60),
            ("two-targets", "points", "2022-2023", "target", 80),
        ],
    )
    management.indicators(
        "2020-01-11",
        "2020-S1",
        [
            ("fewer-complaints", "count", "2018", "observed", 30),
            ("fewer-complaints", "count", "2019", "observed", 20),
            ("fewer-complaints", "count", "2020", "target", 25),
        ],
        direction="down_is_better",
    )
    # A later file of another key brings the same measurement again: it stands in the place of the first.
    management.indicators("2020-06-01", "2020-S2", [("up", "points", "2018-2019", "observed", 45)])


def scheduled(management: Management) -> None:
    """A schedule as it was planned, with what was done to June, and whole; the second drops an activity and adds another."""
    first: list[Row] = [
        {"number": "1", "minimum": 3, "planned": (None, 1, 1, 1)},
        {"number": "2", "minimum": 2, "strategy_minimum_qty": 1, "planned": (None, 1, None, 1)},
        {"number": "3"},
        {"number": "9", "minimum": 1, "planned": (1, None, None, None)},
    ]
    management.schedule("2023-02-28", "2023-T1", first)
    management.schedule(
        "2023-12-20",
        "2023",
        [
            {**first[0], "done": (None, 1, 1, 2)},
            {**first[1], "done": (None, 1, None, 0)},
            first[2],
            {"number": "4", "minimum": 1, "planned": (None, None, None, 1)},
        ],
    )


def assessed(management: Management) -> None:
    """Scores at the edges of the levels; the second file corrects one of them."""
    scores = {"Uno": 20, "Dos": 20.5, "Cuatro": 80, "Cinco": 80.1}
    management.assessments(
        "2023-02-10",
        "2023",
        [{"measured_year": 2022, "score": 92.9, "assessed_on": date(2023, 1, 31)}]
        + [{"measured_year": 2022, "component": name, "score": score} for name, score in scores.items()],
    )
    management.assessments("2023-03-10", "2023-T1", [{"measured_year": 2022, "component": "Uno", "score": 0}])
