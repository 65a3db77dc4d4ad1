"""The plans behind the activity tests; each is an entity of its own, and what it is for stands in its function."""

from __future__ import annotations

from activity_scenario import Ledger, months
from sqlalchemy import Connection

# 2021 as definitions.md reconstructs it: code -> (programmed by month, executed by month).
_STRATEGY = {2: 1, 3: 1, 4: 1, 5: 2, 6: 1, 7: 2, 8: 1, 9: 3, 10: 3, 11: 3, 12: 2}
PUBLISHED_2021 = {
    "GAB-01": (_STRATEGY, {2: 1, 3: 1, 4: 0, 5: 3, 6: 2, 7: 2, 8: 2}),
    "GAB-02": ({3: 1, 6: 1, 10: 1}, {3: 1, 6: 1}),
    "GAB-03": ({10: 1, 11: 1, 12: 1}, {4: 1}),
    "GAB-04": ({5: 1}, {5: 1}),
    "GAB-05": ({7: 1}, {7: 1}),
    "VIC-01": (dict.fromkeys(range(1, 13), 1), dict.fromkeys(range(1, 9), 1)),
    "SSC-01": ({8: 1, 11: 1}, {8: 1}),
    "SFI-01": ({3: 3, 4: 3, 6: 6, 8: 6, 9: 4, 12: 4}, {3: 3, 4: 2, 6: 6, 8: 6}),
}
DEPENDENCY = {"GAB": "OAP", "VIC": "ACPVR", "SSC": "SSC", "SFI": "SFI"}


def write(connection: Connection) -> None:
    """Write every scenario."""
    published(Ledger(connection, "publicada"))
    amended(Ledger(connection, "ajustada"))
    statuses(Ledger(connection, "estados"))
    clocks(Ledger(connection, "relojes"))


def published(ledger: Ledger) -> None:
    """2021 to August: P 40, E 42, Y 68; I 13/14, II 29/26."""
    ledger.registry(
        "2021-01-04",
        [("OAP", "Oficina Asesora de Planeación", "2020-01-01"), ("ACPVR", "Alta Consejería para las víctimas", "2020-01-01"),
         ("ACPVR", "Oficina Alta Consejería de Paz, Víctimas y Reconciliación", "2021-06-01"),
         ("SSC", "Subsecretaría de Servicio", "2020-01-01"), ("SFI", "Subsecretaría de Fortalecimiento", "2020-01-01")],
    )  # fmt: skip
    activities = [
        {"code": code, "months": programmed, "dependency_code": DEPENDENCY[code[:3]],
         "reporting_group": "Gobierno Abierto" if code.startswith("GAB") else None}
        for code, (programmed, _) in PUBLISHED_2021.items()
    ]  # fmt: skip
    ledger.plan("2021-01-29", 2021, 1, "2021-01-28", activities)
    for month in range(1, 9):
        for dependency in ("OAP", "ACPVR", "SSC", "SFI"):
            executed = {
                code: quantities[month]
                for code, (_, quantities) in PUBLISHED_2021.items()
                if DEPENDENCY[code[:3]] == dependency and month in quantities
            }
            if executed:
                ledger.report(f"2021-{month + 1:02d}-05", dependency, f"2021-{month:02d}", executed)
    ledger.close("2021-09-10", months(2021, 1, 8))


def amended(ledger: Ledger) -> None:
    """2020 from July, three versions, work carried to 2021; one difference approved, one not, one in a month already gone."""
    ledger.registry("2020-07-01", [("OAP", "Planeación", "2020-01-01"), ("TIC", "Alta Consejería TIC", "2020-01-01")])
    visits = {"code": "TIC-01", "dependency_code": "TIC"}
    talks = {"code": "OAP-01"}
    dropped = {"code": "OAP-02", "months": {8: 1}}
    ledger.plan("2020-07-10", 2020, 1, "2020-07-08", [{**visits, "months": {8: 2, 10: 2}}, {**talks, "months": {7: 1, 9: 1}}, dropped], 7)
    ledger.plan(
        "2020-09-20", 2020, 2, "2020-09-18", [{**visits, "months": {8: 2, 11: 2}}, {**talks, "months": {7: 1, 9: 1, 12: 1}}, dropped], 10
    )
    ledger.plan(
        "2020-11-25", 2020, 3, "2020-11-24", [{**visits, "months": {8: 2, 11: 2, 12: 3}}, {**talks, "months": {7: 2, 9: 1, 12: 1}}], 12
    )
    moved = {"plan_code": "PIPC", "activity_code": "TIC-01", "change_type": "move_month", "month_from": "2020-10-01",
             "month_to": "2020-11-01", "change_qty": 2, "requested_on": "2020-09-01", "justification": "Pandemia",
             "request_status": "approved", "decided_on": "2020-09-15", "target_version": 2}  # fmt: skip
    added = {**moved, "change_type": "add", "month_from": None, "month_to": "2020-12-01", "change_qty": 3, "target_version": None,
             "decided_on": "2020-11-20"}  # fmt: skip
    ledger.submit(
        "plan_change_request", "TIC", "2020", "2020-11-22", [{**moved, "request_code": "SC-1"}, {**added, "request_code": "SC-2"}]
    )
    ledger.report("2020-07-31", "OAP", "2020-06", {"OAP-01": 5})  # before the plan began: outside it
    ledger.report("2020-08-05", "OAP", "2020-07", {"OAP-01": 1})
    ledger.report("2020-09-05", "TIC", "2020-08", {"TIC-01": 2})
    ledger.report("2020-09-05", "OAP", "2020-08", {"OAP-02": 1})
    ledger.report("2020-10-05", "OAP", "2020-09", {"OAP-01": 1})
    ledger.report("2020-12-05", "TIC", "2020-11", {"TIC-01": 2})
    ledger.report("2021-01-05", "TIC", "2020-12", {"TIC-01": {"executed_qty": 1, "carried_over_qty": 2, "justification": "Pasa a 2021"}})
    ledger.report("2021-01-05", "OAP", "2020-12", {"OAP-01": 1})
    ledger.close("2021-01-15", months(2020, 7, 12))
    ledger.plan("2021-01-20", 2021, 1, "2021-01-18", [{**visits, "months": {3: 2, 6: 2}}])
    ledger.report("2021-04-05", "TIC", "2021-03", {"TIC-01": 2})
    ledger.report(
        "2021-05-05", "TIC", "2021-04",
        {"TIC-01": {"executed_qty": 2, "carried_over_from": 2020}, "TIC-99": {"executed_qty": 1, "carried_over_from": 2020}},
    )  # fmt: skip
    ledger.close("2021-05-10", months(2021, 1, 4))


def statuses(ledger: Ledger) -> None:
    """2022 to June, an activity for every status; the last two were not reported, or reported and set apart."""
    ledger.registry("2022-01-04", [("OAP", "Planeación", "2020-01-01"), ("DEP", "Dependencia", "2020-01-01")])
    activity = {
        "CANCELLED": {"is_cancelled": True, "months": {}}, "LATER": {"months": {9: 1}}, "OVER": {"months": {2: 2, 9: 1}},
        "TARGET": {"months": {2: 2}}, "CARRIED": {"months": {2: 2}}, "MOVED": {"months": {2: 2, 9: 1}}, "MOVED_PAST": {"months": {2: 2}},
        "UNJUSTIFIED": {"months": {2: 3}}, "JUSTIFIED": {"months": {2: 4}}, "ZERO": {"months": {2: 1}}, "SILENT": {"months": {2: 1, 3: 1}},
        "QUARANTINED": {"months": {2: 1}},
    }  # fmt: skip
    ledger.plan("2022-01-10", 2022, 1, "2022-01-08", [{"code": code, "dependency_code": "DEP", **more} for code, more in activity.items()])
    executed = {
        "OVER": 5, "TARGET": 2, "CARRIED": {"executed_qty": 1, "carried_over_qty": 1},
        "MOVED": {"executed_qty": 1, "rescheduled_qty": 1, "rescheduled_to": "2022-09-01"},
        "MOVED_PAST": {"executed_qty": 1, "rescheduled_qty": 1, "rescheduled_to": "2022-05-01"},
        "UNJUSTIFIED": {"executed_qty": 1, "justified_qty": 1},
        "JUSTIFIED": {"executed_qty": 0, "justified_qty": 1, "carried_over_qty": 1, "rescheduled_qty": 7, "rescheduled_to": "2022-08-01"},
        "ZERO": 0,
    }  # fmt: skip
    ledger.report("2022-03-05", "DEP", "2022-02", executed, quarantined=[{"activity_code": "QUARANTINED", "executed_qty": "dos"}])
    ledger.close("2022-07-10", months(2022, 1, 6))


def clocks(ledger: Ledger) -> None:
    """2023: a late report, a resubmission, a correction, an approval that comes late, a month reopened and closed again."""
    ledger.registry("2023-01-02", [("OAP", "Planeación", "2020-01-01"), ("DEP", "Dependencia", "2020-01-01")])
    work = {"code": "DEP-01", "dependency_code": "DEP"}
    ledger.plan("2023-01-10", 2023, 1, "2023-01-08", [{**work, "months": {1: 1, 2: 1, 3: 1, 4: 1}}])
    ledger.report("2023-02-05", "DEP", "2023-01", {"DEP-01": 1})
    ledger.close("2023-02-10", ["2023-01"])
    ledger.close("2023-03-10", ["2023-02"])
    ledger.report("2023-03-20", "DEP", "2023-02", {"DEP-01": 3})
    ledger.report("2023-03-25", "DEP", "2023-02", {"DEP-01": 2})
    correction = {"executed_qty": 1, "on_behalf_of": "DEP", "corrected_by": "Jefe OAP", "correction_reason": "Acta repetida"}
    ledger.close("2023-04-01", ["2023-02"], "reopen")
    ledger.report("2023-04-02", "OAP", "2023-02", {"DEP-01": correction}, is_correction=True)
    ledger.close("2023-04-08", ["2023-02"])
    ledger.close("2023-04-10", ["2023-03"])
    ledger.plan("2023-05-20", 2023, 2, "2023-03-15", [{**work, "months": {1: 1, 2: 1, 3: 2, 4: 1}}], 3)
    ledger.report("2023-06-01", "DEP", "2023-03", {"DEP-01": 2})
