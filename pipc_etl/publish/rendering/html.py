"""The report as one accessible HTML file: nothing is fetched, nothing runs, and the same document gives the same bytes."""

from __future__ import annotations

from markupsafe import Markup

from pipc_etl.publish.document import Chart, Document
from pipc_etl.publish.rendering.charts import NARROW, WIDE, chart_svg
from pipc_etl.publish.rendering.templating import environment
from pipc_etl.publish.rendering.view import view


def render_html(document: Document) -> str:
    """The whole report, from its title to the cells that each figure came from."""

    def drawn(chart: Chart, is_narrow: bool) -> Markup:
        """Drawn by a template that escapes: markup as it is. A screen reader is told what it shows by the figure around it."""
        return Markup(chart_svg(chart, document.rounding, NARROW if is_narrow else WIDE))

    return environment().get_template("report.html.j2").render(report=view(document), drawn=drawn)
