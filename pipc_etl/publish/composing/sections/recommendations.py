"""What to do about what the data show, before what a person recommends."""

from __future__ import annotations

from collections.abc import Sequence

from pipc_etl.publish.composing.context import Context
from pipc_etl.publish.composing.findings import findings
from pipc_etl.publish.document import Block, Bullets, Section


def build(context: Context) -> Sequence[Section]:
    """One section; its sentences come from the findings, each kind of finding once."""
    advice = list(dict.fromkeys(finding.advice for finding in findings(context) if finding.advice))
    blocks: tuple[Block, ...] = (Bullets(tuple((sentence,) for sentence in advice)),) if advice else ()
    if not blocks and not context.person_texts("recommendations"):
        return []
    return [Section("recomendaciones", context.title("recommendations", "Recomendaciones"), blocks)]
