"""`pipc docs`: what engineers and analysts read about the warehouse, as files that need no server."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Annotated

import typer

from pipc_etl.commands.console import out, progress_printer
from pipc_etl.settings import load_settings

DBT_PAGE, DICTIONARY = "dbt.html", "diccionario.html"


def docs(
    output: Annotated[Path | None, typer.Option(help="Folder for the two files; PIPC_HOME/docs if none is given.")] = None,
) -> None:
    """Write dbt's documentation (models, tests, lineage) and the data dictionary (in Spanish), one HTML file each."""
    from pipc_etl.contracts import load_catalog
    from pipc_etl.render.dictionary_page import Mart, dictionary_page
    from pipc_etl.warehouse.dbt_docs import generate

    settings, step = load_settings(), progress_printer()
    step("dbt docs generate")
    page, described = generate(settings)
    folder = output or settings.home / "docs"
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(page, folder / DBT_PAGE)
    marts = [Mart(one.name, one.description, one.columns) for one in described]
    (folder / DICTIONARY).write_text(dictionary_page(load_catalog(settings.expectations), marts), encoding="utf-8")
    for name in (DBT_PAGE, DICTIONARY):
        out.print(str(folder / name), markup=False)
