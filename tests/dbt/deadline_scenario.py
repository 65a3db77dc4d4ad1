"""Reports that come on time, late, returned or not at all, written at ledger level; what is for what stands beside it."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

from activity_scenario import Ledger
from sqlalchemy import Connection, text

from pipc_etl.warehouse.reviews import Note, Obligation, record


class Deadlines(Ledger):
    """Also writes files that were returned, and moves the hour of those that came."""

    def returned(self, kind: str, dependency: str, period: str, received: str, rule: str) -> int:
        """A file returned whole at noon UTC of `received`, for one finding of `rule`."""
        at = datetime.fromisoformat(received).replace(hour=12, tzinfo=UTC)
        digest = hashlib.sha256(f"{self.entity}|{kind}|{dependency}|{period}|{at}|returned".encode()).hexdigest()
        year = int(period[:4]) if period[:4].isdigit() else None
        submission = self.connection.execute(
            text(
                "insert into audit.submission (kind, contract_version, entity_code, dependency_code, period_code, fiscal_year, sha256, "
                "file_name, landing_path, arrival, size_bytes, landed_at, received_at, known_from, state, rows_read, rows_quarantined) "
                "values (:kind, '1.0.0', :entity, :dependency, :period, :year, :digest, 'reporte.xlsx', :kind, :digest, 1, :at, :at, :at, "
                "'returned', 3, 1) returning submission_id"
            ),
            {"kind": kind, "entity": self.entity, "dependency": dependency, "period": period, "year": year, "digest": digest, "at": at},
        ).scalar_one()
        self.connection.execute(
            text(
                "insert into audit.finding (submission_id, rule, severity, scope, sheet, row_number, message, remedy) "
                "values (:id, :rule, 'error', 'row', 'Hoja', 2, 'Está mal.', 'Corríjalo.')"
            ),
            {"id": submission, "rule": rule},
        )
        return int(submission)

    def received_at(self, submission: int, moment: str) -> None:
        self.connection.execute(
            text("update audit.submission set received_at = :at, known_from = :at where submission_id = :id"),
            {"at": datetime.fromisoformat(moment), "id": submission},
        )

    def reconstruct(self) -> None:
        """All that the entity sent has simulated times."""
        self.connection.execute(
            text("update audit.submission set is_reconstruction = true where entity_code = :entity"), {"entity": self.entity}
        )


def write(connection: Connection) -> None:
    """Write every scenario."""
    deadlines(Deadlines(connection, "plazos"))
    simulated(Deadlines(connection, "simulada"))
    reviewed(Deadlines(connection, "revisada"))
    future(Deadlines(connection, "futura"))


def deadlines(ledger: Deadlines) -> None:
    """2021, a plan in real time: every programmed month is expected, for its due day has passed."""
    ledger.registry("2021-01-04", [("OAP", "Planeación", "2020-01-01"), ("TIC", "Alta Consejería TIC", "2020-01-01"),
                                   ("DSG", "Despacho", "2020-01-01")])  # fmt: skip
    ledger.connection.execute(text("update raw.dependency_registry set reports_plan = false where dependency_code = 'DSG'"))
    ledger.plan("2021-01-29", 2021, 1, "2021-01-28", [
        {"code": "A", "months": {5: 1, 6: 1, 8: 1, 10: 1}},
        {"code": "B", "months": {5: 1, 6: 1}, "dependency_code": "TIC"},
        {"code": "D", "months": {5: 1}, "dependency_code": "DSG"},
    ])  # fmt: skip
    # The fifth business day of June 2021 is the 8th: the 7th is Corpus Christi, moved to Monday.
    ledger.report("2021-06-08", "OAP", "2021-05", {"A": 1})
    ledger.returned("execution_report", "TIC", "2021-M05", "2021-06-04", "execution_report.unknown_activity")
    ledger.report("2021-06-09", "TIC", "2021-05", {"B": 1})
    # 23:30 of the due day in Bogotá is already the next day in UTC.
    ledger.received_at(ledger.report("2021-07-08", "OAP", "2021-06", {"A": 1}), "2021-07-08T23:30:00-05:00")
    ledger.returned("execution_report", "TIC", "2021-M06", "2021-07-06", "rule.no_longer_there")
    # A correction is not the report of its month: August of OAP is still missing.
    correction = {"A": {"executed_qty": 1, "on_behalf_of": "OAP", "corrected_by": "Jefe", "correction_reason": "Prueba"}}
    ledger.report("2021-09-06", "OAP", "2021-08", correction, is_correction=True)
    ledger.returned("execution_report", "OAP", "mayo", "2021-06-01", "place.period")


def simulated(ledger: Deadlines) -> None:
    """A reconstruction: nothing is known after its last file of 3 March 2021, so February is not due yet, and January is."""
    ledger.registry("2021-01-04", [("OAP", "Planeación", "2020-01-01"), ("TIC", "Alta Consejería TIC", "2020-01-01")])
    every_month = dict.fromkeys(range(1, 13), 1)
    ledger.plan("2021-01-29", 2021, 1, "2021-01-28", [
        {"code": "A", "months": every_month}, {"code": "B", "months": every_month, "dependency_code": "TIC"},
    ])  # fmt: skip
    ledger.report("2021-02-03", "OAP", "2021-01", {"A": 1})
    ledger.report("2021-03-03", "OAP", "2021-02", {"A": 1})
    ledger.reconstruct()


def reviewed(ledger: Deadlines) -> None:
    """2021, each month from May to October in another state of its review; the other months were not reported."""
    ledger.registry("2021-01-04", [("OAP", "Planeación", "2020-01-01")])
    ledger.plan("2021-01-29", 2021, 1, "2021-01-28", [{"code": "A", "months": dict.fromkeys(range(5, 11), 1)}])

    def month(number: int) -> Obligation:
        return Obligation(ledger.entity, "OAP", "execution_report", f"2021-M{number:02d}")

    for number in range(5, 10):
        ledger.report(f"2021-{number + 1:02d}-03", "OAP", f"2021-{number:02d}", {"A": 1})
    notes = [Note("No coincide con el acta", cell="F12"), Note("Falta el soporte", activity_code="A")]
    for number in (5, 6, 9):
        record(ledger.connection, month(number), "approve", "ana")
    ledger.close("2021-06-10", ["2021-05"])
    record(ledger.connection, month(7), "return", "ana", "Revise", notes)
    record(ledger.connection, month(8), "return", "ana", "Revise", notes[:1])
    ledger.report("2021-09-20", "OAP", "2021-08", {"A": 2})
    record(ledger.connection, month(9), "reopen", "luis", "Faltó un acta")
    record(ledger.connection, month(10), "waive", "ana", "No funcionó")


def future(ledger: Deadlines) -> None:
    """A plan of 2099: every month of it is in the calendar, none is due."""
    ledger.registry("2021-01-04", [("OAP", "Planeación", "2020-01-01")])
    ledger.plan("2021-01-29", 2099, 1, "2021-01-28", [{"code": "A", "months": {5: 1}}])
