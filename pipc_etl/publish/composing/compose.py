"""Composes a report: its sections in their order, its figures with their cells, all as of the address's cut-off and moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from sqlalchemy import Connection

from pipc_etl.contracts import Catalog
from pipc_etl.contracts.periods import Period, parse_period
from pipc_etl.errors import PublicationError
from pipc_etl.publish.composing.book import FigureBook
from pipc_etl.publish.composing.context import Context
from pipc_etl.publish.composing.lineage import Lineage
from pipc_etl.publish.composing.marts import MartReader, literal
from pipc_etl.publish.composing.plan_figures import plan_rows
from pipc_etl.publish.composing.sections import builder
from pipc_etl.publish.definition import ReportDefinition
from pipc_etl.publish.document import Address, Document, Note, PersonText, Section
from pipc_etl.publish.wording import long_date, period_label

_RECONSTRUCTION = Note(
    "reconstruction",
    ("Reconstrucción: los datos se rehicieron a partir de totales publicados; no son los registros originales de la entidad.",),
)


def compose(
    connection: Connection,
    catalog: Catalog,
    definition: ReportDefinition,
    address: Address,
    *,
    texts: Sequence[PersonText] = (),
    notes: Sequence[Note] = (),
    archive: Path | None = None,
    suppression_k: int = 5,
    publication_id: int = 0,
) -> Document:
    """The report at `address`, not yet registered (no number, no ids of figures).

    `texts` are what persons wrote, by slot; `notes` go to the section of notes (waivers). With `archive`, the folder of the archived
    files, sources name their cells by letter; without it by the column's title. `connection` is the publisher's: what is said of persons is
    checked against everything that the entity has published; publication `publication_id` says of them again what it said. Raises
    PublicationError if the report is not for that entity or period.
    """
    period = _period(definition, address)
    marts = MartReader(connection, address.entity_code, address.cutoff, address.known_at)
    book = FigureBook(definition, address)
    context = Context(
        marts=marts,
        catalog=catalog,
        definition=definition,
        address=address,
        period=period,
        entity_name=_entity_name(marts),
        period_label=period_label(period.code),
        book=book,
        texts={text.slot: text for text in texts},
        notes=tuple(notes),
        suppression_k=suppression_k,
        publication_id=publication_id,
    )
    sections = tuple(section for code in definition.sections for section in _sections(context, code))
    sources = Lineage(marts, catalog, archive).sources(book.traces)
    figures = book.with_sources(sources)
    is_reconstruction = any(source.is_reconstruction for found in sources.values() for source in found)
    if is_reconstruction:
        sections = (*sections[:-1], replace(sections[-1], blocks=(*sections[-1].blocks, _RECONSTRUCTION)))
    return Document(
        address=address,
        title=context.fill(definition.title),
        subtitle=context.fill(definition.subtitle),
        entity_name=context.entity_name,
        period_label=context.period_label,
        rounding=definition.rounding,
        sections=sections,
        figures=figures,
        plan_versions=_plan_versions(context),
        is_reconstruction=is_reconstruction,
    )


def _period(definition: ReportDefinition, address: Address) -> Period:
    period = parse_period(address.period_code)
    if period is None:
        raise PublicationError(f"«{address.period_code}» no es un período: se escribe 2021, 2021-S1, 2021-C2, 2021-T3 o 2021-M05")
    if period.type not in definition.period_types:
        raise PublicationError(f"el informe «{definition.code}» no se hace por un período como {period.code}")
    if address.cutoff < period.start:
        raise PublicationError(f"el corte {long_date(address.cutoff)} es anterior al período {period.code}")
    return period


def _sections(context: Context, code: str) -> list[Section]:
    """The sections that `code` gives, with the person's texts at the end of the last one."""
    sections = list(builder(code)(context))
    texts = context.person_texts(code)
    if not sections and code not in context.definition.optional:
        raise PublicationError(
            f"no hay con qué escribir la parte «{code}» del informe «{context.definition.code}» de {context.period_label}: "
            "revise la entidad, el período y el corte, y que los datos estén cargados y los marts construidos"
        )
    if texts and not sections:
        sections = [Section(code, context.title(code, texts[0].title), ())]
    if texts:
        sections[-1] = replace(sections[-1], blocks=(*sections[-1].blocks, *texts))
    return sections


def _entity_name(marts: MartReader) -> str:
    rows = marts.run(f"select entity_name from marts.dim_entity where entity_code = {literal(marts.entity_code)}")
    if not rows:
        raise PublicationError(f"no hay una entidad «{marts.entity_code}»: se registra con su archivo de registro (dependency_registry)")
    return str(rows[0]["entity_name"])


def _plan_versions(context: Context) -> dict[str, int]:
    """The version in force of each plan of the report, at the cut-off."""
    if not context.definition.plan_codes:
        return {}
    rows = plan_rows(context)
    return {str(row["plan_code"]): int(row["plan_version"]) for row in rows}
