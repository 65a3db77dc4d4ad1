"""`pipc dashboards picture`: a dashboard on paper."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pipc_etl.commands.console import out, progress_printer
from pipc_etl.settings import load_settings


def picture(
    slug: Annotated[str, typer.Argument(help="Dashboard, as its address ends: resumen.")],
    picture_format: Annotated[str, typer.Option("--format", help="pdf (a page for each tab) or png (one below the other).")] = "pdf",
    to: Annotated[list[str] | None, typer.Option("--to", help="Send it to this e-mail address; may be given more than once.")] = None,
    output: Annotated[Path | None, typer.Option("--output", help="Write it to this file.")] = None,
) -> None:
    """Draw a dashboard as the executives see it, with its first filter values, and send it or write it to a file."""
    from pipc_etl.dashboards.picture import draw_picture

    if not to and output is None:
        raise typer.BadParameter("say where the picture goes: --to ADDRESS or --output FILE")
    step = progress_printer()
    step(f"drawing {slug}")
    drawn = draw_picture(load_settings(), slug, picture_format=picture_format.lower(), recipients=to or (), output=output)
    out.print(str(drawn), markup=False)
