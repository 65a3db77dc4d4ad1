"""The report as one accessible HTML file: nothing is fetched, nothing runs, and the same document gives the same bytes."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from pipc_etl.publish.document import Chart, Document
from pipc_etl.publish.rendering.charts import NARROW, WIDE, chart_svg
from pipc_etl.publish.rendering.view import view

TEMPLATES = Path(__file__).parent / "templates"


def render_html(document: Document) -> str:
    """The whole report, from its title to the cells that each figure came from."""

    def drawn(chart: Chart, anchor: str, is_narrow: bool) -> Markup:
        """Drawn by us and escaped by the drawing engine: markup as it is."""
        size = (NARROW, "estrecha") if is_narrow else (WIDE, "ancha")
        return Markup(chart_svg(chart, document.rounding, size[0], f"{anchor}-{size[1]}"))

    return _environment().get_template("report.html.j2").render(report=view(document), drawn=drawn)


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
