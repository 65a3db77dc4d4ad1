"""A file read is held to what the ledger already has of its plan or of its month, before its rows are judged."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import Engine

from pipc_etl.contracts import Catalog, Finding
from pipc_etl.intake import Batch, Envelope
from pipc_etl.validation import EnvelopeFacts, Reference
from pipc_etl.validation.amendment_findings import amendment_findings, plan_of
from pipc_etl.validation.empty_month import EarlierReport, empty_month_findings
from pipc_etl.warehouse import ledger
from pipc_etl.warehouse.empty_month import current_report
from pipc_etl.warehouse.plan_history import plan_history

PLAN = "activity_plan"


def compared(engine: Engine, batch: Batch, catalog: Catalog, facts: EnvelopeFacts, reference: Reference, sha256: str) -> Batch:
    """The batch with the findings of the comparison: of a plan with its former versions, of an empty month with plan and reports."""
    found: list[Finding] = []
    if batch.contract.kind == PLAN and (plan := plan_of(batch)):
        with engine.connect() as connection:
            at = ledger.receipt(connection, sha256).received_at
            history = plan_history(connection, batch.envelope.entity_code, plan[0], plan[1], at)
        found = amendment_findings(batch, catalog, history)
    elif batch.declares_empty:
        found = list(empty_month_findings(catalog, facts, reference, _earlier(engine, batch.envelope, sha256)))
    return replace(batch, findings=(*batch.findings, *found)) if found else batch


def _earlier(engine: Engine, envelope: Envelope, sha256: str) -> EarlierReport | None:
    place = {"entity_code": envelope.entity_code, "dependency_code": envelope.dependency_code, "period_code": envelope.period_code}
    with engine.connect() as connection:
        at = ledger.receipt(connection, sha256).received_at
        report = current_report(connection, envelope.kind, place, at)
    return EarlierReport(*report) if report else None
