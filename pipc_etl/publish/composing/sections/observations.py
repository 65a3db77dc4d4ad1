"""What the data show that a reader should know: what came late, what lacks a reason, what was done ahead of time."""

from __future__ import annotations

from collections.abc import Sequence

from pipc_etl.publish.composing.context import Context
from pipc_etl.publish.composing.findings import findings
from pipc_etl.publish.document import Bullets, Paragraph, Section


def build(context: Context) -> Sequence[Section]:
    """One section with a sentence for each finding, before what a person writes."""
    title = context.title("observations", "Observaciones")
    found = findings(context)
    if not found and not context.definition.plan_codes:
        return []
    if not found:
        return [Section("observaciones", title, (Paragraph(("Los datos del período no muestran novedades.",)),))]
    return [Section("observaciones", title, (Bullets(tuple(finding.text for finding in found)),))]
