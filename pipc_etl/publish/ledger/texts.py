"""What persons write into a report (observations, recommendations): kept by entity, report, period and place, so that a re-issue has it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, text

from pipc_etl.contracts.periods import parse_period
from pipc_etl.errors import PublicationError
from pipc_etl.publish.definition import ReportDefinition, load_definition
from pipc_etl.publish.document import Block, Document, PersonText
from pipc_etl.publish.ledger.freezing import write_preview
from pipc_etl.publish.ledger.register import load_document, lock_register, publications, rewrite_document
from pipc_etl.settings import Settings
from pipc_etl.warehouse.engine import role_engine


def texts(connection: Connection, definition: ReportDefinition, entity_code: str, period_code: str) -> tuple[PersonText, ...]:
    """The last text of each place of the report; `text` None in a place where nobody wrote, or took back what was written."""
    query = text(
        "select distinct on (slot) slot, text, author, written_at from audit.report_text "
        "where entity_code = :entity and report_code = :report and period_code = :period order by slot, text_id desc"
    )
    values = {"entity": entity_code, "report": definition.code, "period": period_code}
    found = {row.slot: row for row in connection.execute(query, values) if row.text.strip()}
    return tuple(
        PersonText(place.slot, place.title, found[place.slot].text, found[place.slot].author, found[place.slot].written_at)
        if place.slot in found
        else PersonText(place.slot, place.title)
        for place in definition.texts
    )


def write_text(
    settings: Settings,
    entity_code: str,
    report_code: str,
    period_code: str,
    slot: str,
    content: str,
    *,
    author: str,
    now: datetime | None = None,
) -> tuple[str, ...]:
    """Keep the text of a place (empty: take back what stood there) and return the numbers of the drafts that now have it.

    What is published keeps the text it printed; the next edition has this one. Raises PublicationError for an unknown place or period.
    """
    definition = load_definition(report_code)
    slots = [place.slot for place in definition.texts]
    if slot not in slots:
        raise PublicationError(
            f"el informe «{report_code}» no tiene un lugar «{slot}» para textos: {', '.join(slots) or 'no tiene ninguno'}"
        )
    if parse_period(period_code) is None:
        raise PublicationError(f"«{period_code}» no es un período: se escribe 2021, 2021-S1, 2021-C2, 2021-T3 o 2021-M05")
    if not author.strip():
        raise PublicationError("falta quién escribe el texto (--author)")
    values = {"entity": entity_code, "report": report_code, "period": period_code, "slot": slot}
    engine = role_engine(settings, "publisher")
    try:
        with engine.begin() as connection:
            _require_entity(connection, entity_code)
            # A draft that is being approved is published with the text that it had, and does not get this one afterwards.
            lock_register(connection)
            connection.execute(
                text(
                    "insert into audit.report_text (entity_code, report_code, period_code, slot, text, author, written_at) "
                    "values (:entity, :report, :period, :slot, :text, :author, coalesce(:at, clock_timestamp()))"
                ),
                values | {"text": content.strip(), "author": author.strip(), "at": now},
            )
            written = texts(connection, definition, entity_code, period_code)
            drafts = []
            for draft in publications(connection, entity=entity_code, report=report_code, period=period_code, state="draft"):
                document = with_texts(load_document(connection, draft.number), written)
                rewrite_document(connection, document)
                drafts.append((draft, document))
    finally:
        engine.dispose()
    for draft, document in drafts:
        write_preview(settings, draft, document)
    return tuple(draft.number for draft, _ in drafts)


def with_texts(document: Document, written: tuple[PersonText, ...]) -> Document:
    """The document with these texts in their places."""
    by_slot = {place.slot: place for place in written}

    def filled(block: Block) -> Block:
        return by_slot.get(block.slot, block) if isinstance(block, PersonText) else block

    return replace(document, sections=tuple(replace(section, blocks=tuple(map(filled, section.blocks))) for section in document.sections))


def _require_entity(connection: Connection, entity_code: str) -> None:
    query = "select distinct entity_code from audit.submission order by 1"
    known = list(connection.scalars(text(query)))
    if entity_code not in known:
        raise PublicationError(f"no hay nada de una entidad «{entity_code}»; hay de {', '.join(known) or 'ninguna'}")
