"""A plan of 2019 amended twice at random (the same each time), with requests of every type and state about what changed, or not quite."""

from __future__ import annotations

from random import Random
from typing import Any

from activity_scenario import Ledger
from sqlalchemy import Connection

ENTITY = "enmiendas"
YEAR = 2019
ACTIVITIES = 40
_TYPES = ("add", "remove", "move_month", "change_quantity", "change_unit", "carry_to_next_year", "rename")
_STATUSES = ("approved", "approved", "approved", "applied", "rejected", "requested")


def write(connection: Connection) -> None:
    """Three versions and the requests about the second and the third."""
    ledger, chance = Ledger(connection, ENTITY), Random(20)
    ledger.registry("2019-01-02", [("OAP", "Planeación", "2019-01-01"), ("TIC", "Alta Consejería TIC", "2019-01-01")])
    matrix = {
        f"A-{number:02d}": {"months": {month: chance.randint(0, 3) for month in chance.sample(range(1, 13), 3)}}
        for number in range(ACTIVITIES)
    }
    ledger.plan("2019-01-20", YEAR, 1, "2019-01-18", _rows(matrix))
    for version, approved in ((2, "2019-05-10"), (3, "2019-09-10")):
        _amend(matrix, chance, version)
        ledger.plan(f"{approved[:8]}20", YEAR, version, approved, _rows(matrix), int(approved[5:7]))
    requests = [_request(number, chance) for number in range(5 * ACTIVITIES)]
    # One line of a request, an activity and a type: the key of the contract.
    ledger.submit("plan_change_request", "OAP", str(YEAR), "2019-10-01", requests)


def _rows(matrix: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"code": code, **activity} for code, activity in matrix.items()]


def _amend(matrix: dict[str, dict[str, Any]], chance: Random, version: int) -> None:
    for code in list(matrix):
        match chance.randint(0, 9):
            case 0:
                del matrix[code]
            case 1:
                matrix[code] = {**matrix[code], "activity_name": f"Otra {code} {version}"}
            case 2:
                matrix[code] = {**matrix[code], "unit_of_measure": f"Unidad {version}"}
            case 3:
                matrix[code] = {**matrix[code], "dependency_code": "TIC"}
            case 4:
                matrix[code] = {**matrix[code], "is_cancelled": True}
            case 5 | 6 | 7:
                month = chance.randint(1, 12)
                matrix[code] = {**matrix[code], "months": {**matrix[code]["months"], month: chance.randint(0, 4)}}
    matrix[f"N-{version}"] = {"months": {chance.randint(1, 12): 2, chance.randint(1, 12): 1}}


def _request(number: int, chance: Random) -> dict[str, Any]:
    months = [chance.choice([None, f"{YEAR}-{chance.randint(1, 12):02d}-01"]) for _ in range(2)]
    return {
        "request_code": f"SC-{number:03d}", "plan_code": "PIPC",
        "activity_code": chance.choice([f"A-{number % ACTIVITIES:02d}", f"A-{number % ACTIVITIES:02d}", "N-2", "N-3"]),
        "change_type": chance.choice(_TYPES), "month_from": months[0], "month_to": months[1],
        "change_qty": chance.choice([None, 1, 1, 2, 3]), "requested_on": f"{YEAR}-02-01", "justification": "Prueba",
        "request_status": chance.choice(_STATUSES), "target_version": chance.choice([None, 2, 3, 3]),
        "decided_on": chance.choice([None, "2019-01-18", "2019-03-01", "2019-05-10", "2019-07-01", "2019-09-10", "2019-09-11"]),
    }  # fmt: skip
