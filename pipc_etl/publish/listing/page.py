"""`index.html` of the folder of publications: one accessible page, in the reports' own style."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from sqlalchemy import text

from pipc_etl.contracts.periods import BOGOTA
from pipc_etl.publish.ledger.freezing import HTML, OPEN_DATA, PDF
from pipc_etl.publish.ledger.model import Publication
from pipc_etl.publish.ledger.register import publications
from pipc_etl.publish.rendering.templating import TEMPLATES
from pipc_etl.publish.wording import long_date, period_label, sentence
from pipc_etl.settings import Settings
from pipc_etl.warehouse.engine import role_engine

NAME = "index.html"
_DATAPACKAGE = f"{OPEN_DATA}/datapackage.json"
_LABELS = {HTML: "Informe (HTML)", PDF: "Informe (PDF)"}
_MODE = 0o644


@dataclass(frozen=True)
class Link:
    """`href` is relative to the folder of publications."""

    label: str
    href: str


@dataclass(frozen=True)
class Entry:
    """One published edition as the page shows it."""

    number: str
    title: str
    period: str
    cutoff: str
    published_on: str
    edition: int
    links: tuple[Link, ...]
    is_reconstruction: bool


@dataclass(frozen=True)
class Report:
    """A report of a period: its newest edition, and those before it."""

    newest: Entry
    former: tuple[Entry, ...]


def write_listing(settings: Settings) -> Path:
    """Write the page anew from the register, whole or not at all; returns its path."""
    engine = role_engine(settings, "publisher")
    try:
        with engine.connect() as connection:
            published = publications(connection, state="published")
            names = {
                str(code): str(name) for code, name in connection.execute(text("select entity_code, entity_name from marts.dim_entity"))
            }
    finally:
        engine.dispose()
    path = settings.publications / NAME
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", dir=path.parent, prefix=".", suffix=".html", delete=False, encoding="utf-8") as file:
        file.write(render_listing(published, names, settings.publications))
    temporary = Path(file.name)
    temporary.chmod(_MODE)
    temporary.replace(path)
    return path


def render_listing(published: Sequence[Publication], names: Mapping[str, str], root: Path) -> str:
    """The page for `published`, by entity in the order of their names and then by period, newest first."""
    entities: dict[str, list[Publication]] = {}
    for one in published:
        entities.setdefault(names.get(one.address.entity_code, one.address.entity_code), []).append(one)
    shown = [(name, list(_reports(entities[name], root))) for name in sorted(entities)]
    return _environment().get_template("listing.html.j2").render(entities=shown)


def _reports(published: Iterable[Publication], root: Path) -> Iterable[Report]:
    editions: dict[tuple[str, str], list[Publication]] = {}
    for one in published:
        editions.setdefault((one.address.period_code, one.address.report_code), []).append(one)
    for key in sorted(editions, reverse=True):
        newest, *former = sorted(editions[key], key=lambda one: one.edition, reverse=True)
        yield Report(_entry(newest, root), tuple(_entry(one, root) for one in former))


def _entry(one: Publication, root: Path) -> Entry:
    published_on = one.decided_at.astimezone(BOGOTA).date() if one.decided_at else None
    return Entry(
        number=one.number,
        title=one.title,
        period=sentence(period_label(one.address.period_code)).removesuffix("."),
        cutoff=long_date(one.address.cutoff),
        published_on=long_date(published_on) if published_on else "",
        edition=one.edition,
        links=tuple(_links(one, root)),
        is_reconstruction=one.is_reconstruction,
    )


def _links(one: Publication, root: Path) -> Iterable[Link]:
    folder = quote(one.folder(root).relative_to(root).as_posix())
    names = {file.name for file in one.files}
    yield from (Link(label, f"{folder}/{name}") for name, label in _LABELS.items() if name in names)
    if _DATAPACKAGE in names:
        yield Link("Datos abiertos (descripción del paquete)", f"{folder}/{_DATAPACKAGE}")


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader([Path(__file__).parent, TEMPLATES]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
