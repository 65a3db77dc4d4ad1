"""The report as a tagged PDF (PDF/UA-1), set by typst with fonts of its own: no program, no network, the same pages everywhere."""

from __future__ import annotations

import json
from pathlib import Path

from pipc_etl.publish.document import Document
from pipc_etl.publish.numbers import Rounding
from pipc_etl.publish.rendering.charts import PAPER, chart_svg, font_folder
from pipc_etl.publish.rendering.view import View, plain, view

TEMPLATE = Path(__file__).parent / "report.typ"


def render_pdf(document: Document) -> bytes:
    """The whole report as PDF; raises typst.TypstError with the place in report.typ where it cannot be set."""
    import typst

    report = view(document)
    compiler = typst.Compiler(
        TEMPLATE,
        font_paths=[Path(font_folder())],
        ignore_system_fonts=True,
        sys_inputs={"report": json.dumps(_with_charts(report, document.rounding), ensure_ascii=False)},
    )
    compiled = compiler.compile(format="pdf", pdf_standards=["ua-1"], timestamp=int(report.dated.timestamp()))
    if not isinstance(compiled, bytes):
        raise TypeError("the typesetter gave no file")
    return compiled


def _with_charts(report: View, rounding: Rounding) -> object:
    """The view as JSON can write it, with each chart as its SVG and what it says in words."""
    content = plain(report)
    for section, drawn in zip(report.sections, content["sections"], strict=True):
        for block, target in zip(section.blocks, drawn["blocks"], strict=True):
            if block.chart is not None and block.table is not None:
                target["svg"] = chart_svg(block.chart, rounding, PAPER)
                target["alternative"] = block.chart.alternative
    return content
