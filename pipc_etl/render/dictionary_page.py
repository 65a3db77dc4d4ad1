"""The data dictionary as one accessible HTML file in Spanish: what is handed in, its lists of values, and the marts that analysts read."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from pipc_etl.contracts import Catalog
from pipc_etl.render.data_dictionary import Chapter, Listing, codelist_chapters, source_chapters

_NAME = re.compile(r"`([^`]+)`")
_COLUMNS = ("Columna", "Tipo", "Qué es")


@dataclass(frozen=True)
class Mart:
    """A mart as dbt describes it; `columns` are name, type and description."""

    name: str
    description: str
    columns: tuple[tuple[str, str, str], ...]


def dictionary_page(catalog: Catalog, marts: Iterable[Mart]) -> str:
    """The whole page; nothing is fetched and nothing runs in it."""
    parts = (
        ("Lo que se entrega", source_chapters(catalog)),
        ("Listas de valores", codelist_chapters(catalog)),
        ("Marts: lo que se consulta", [_mart(mart) for mart in sorted(marts, key=lambda mart: mart.name)]),
    )
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["named"] = _named
    return environment.get_template("dictionary.html.j2").render(parts=parts)


def _mart(mart: Mart) -> Chapter:
    rows = tuple((f"`{name}`", type_, description) for name, type_, description in mart.columns)
    return Chapter(f"`{mart.name}`", (mart.description,), (Listing(_COLUMNS, rows),))


def _named(text: str) -> Markup:
    """Escaped, with what stands between backquotes as a name of the data."""
    return Markup(_NAME.sub(r"<code>\1</code>", str(escape(text))))
