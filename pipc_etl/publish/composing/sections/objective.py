"""What the report is for, in the words of its definition."""

from __future__ import annotations

from collections.abc import Sequence

from pipc_etl.publish.composing.context import Context
from pipc_etl.publish.document import Paragraph, Section


def build(context: Context) -> Sequence[Section]:
    """One paragraph."""
    return [
        Section(
            "objetivo", context.title("objective", "Objetivo de este informe"), (Paragraph((context.fill(context.definition.objective),)),)
        )
    ]
