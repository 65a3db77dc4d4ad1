"""The review of a file that is not handed in yet: the same answer, without a number and without what only the warehouse knows."""

from __future__ import annotations

from pipc_etl.answers.contents import activity_cells, offending_places, row_contents
from pipc_etl.answers.review import Review
from pipc_etl.answers.texts import period_name, phrase
from pipc_etl.intake.batch import Batch
from pipc_etl.validation import Verdict
from pipc_etl.validation.report import STATES


def preview(batch: Batch, verdict: Verdict) -> Review:
    """What the sender would be told of the file as it is now."""
    contract, envelope = batch.contract, batch.envelope
    return Review(
        title=contract.title,
        sender=" · ".join(filter(None, (envelope.dependency_code, envelope.entity_code))),
        period=period_name(envelope.period_code) if envelope.period_code else "",
        state_word=STATES[verdict.state],
        rows_read=verdict.rows_read,
        rows_accepted=verdict.rows_accepted,
        rows_quarantined=verdict.rows_quarantined,
        findings=verdict.findings,
        next_step=phrase(
            "paso_previo", verdict=verdict.state, rows_quarantined=verdict.rows_quarantined, not_evaluated=len(verdict.not_evaluated)
        ),
        column_titles={column.name: column.title for column in contract.columns},
        rows=row_contents(batch, offending_places(verdict.findings)),
        activity_cells=activity_cells(batch),
    )
