"""Approving and rejecting a draft: with the approval its files are made, and nothing about it changes any more."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, text

from pipc_etl import journal
from pipc_etl.contracts import load_catalog
from pipc_etl.errors import PublicationError
from pipc_etl.publish.definition import load_definition
from pipc_etl.publish.ledger.freezing import frozen_files, remove_preview
from pipc_etl.publish.ledger.model import Publication
from pipc_etl.publish.ledger.register import load_document, next_edition, publication, settle
from pipc_etl.publish.ledger.rules import changed_rules, rules
from pipc_etl.publish.wording import listed
from pipc_etl.settings import Settings
from pipc_etl.warehouse.engine import role_engine

_SOURCES = (
    "select distinct submission_id from audit.publication_source inner join audit.publication using (publication_id) where number = :number"
)


def approve(
    settings: Settings,
    number: str,
    *,
    actor: str,
    note: str | None = None,
    now: datetime | None = None,
    prepared_at: datetime | None = None,
) -> Publication:
    """Publish a draft: HTML, PDF and open data in its folder, their hashes in the register, and the page that lists every publication.

    What is published already stays as it is. `prepared_at` is that of the draft that was read. Raises PublicationError, and publishes
    nothing, for a rejected one or without a name, if the draft was prepared again since or under other rules, or if the open data cannot
    be opened safely.
    """
    from pipc_etl.publish.listing.page import write_listing

    catalog = load_catalog(settings.expectations)
    sources: list[int] = []
    with _deciding(settings, number, actor) as (connection, found):
        if found.state == "rejected":
            raise PublicationError(f"{found.number} fue rechazada: prepare el informe otra vez")
        if found.state == "draft":
            if prepared_at is not None and prepared_at != found.prepared_at:
                raise PublicationError(f"{found.number} se preparó otra vez después de pedir la aprobación: lea el borrador nuevo y decida")
            _refuse_other_rules(connection, settings, found)
            at = now or _clock(connection)
            edition = next_edition(connection, found.address)
            document = replace(load_document(connection, found.number), edition=edition, published_at=at)
            definition = load_definition(found.address.report_code)
            with frozen_files(settings, catalog, definition, connection, found, document) as files:
                settle(connection, found.number, "published", edition=edition, actor=actor.strip(), note=_said(note), at=at, files=files)
            found = publication(connection, found.number)
            sources = list(connection.scalars(text(_SOURCES), {"number": found.number}))
    journal.note_each(settings, "published", sources, publication=found.number)
    write_listing(settings)
    return found


def reject(settings: Settings, number: str, *, actor: str, note: str, now: datetime | None = None) -> Publication:
    """Refuse a draft, with the reason; its address may be prepared again. Raises PublicationError for what is published."""
    if not note.strip():
        raise PublicationError("para rechazar un informe hace falta la razón (--note)")
    with _deciding(settings, number, actor) as (connection, found):
        if found.state == "published":
            raise PublicationError(f"{found.number} ya está publicada: no se rechaza; lo que cambie sale en una nueva edición")
        if found.state == "draft":
            at = now or _clock(connection)
            settle(connection, found.number, "rejected", edition=found.edition, actor=actor.strip(), note=_said(note), at=at)
        found = publication(connection, found.number)
    remove_preview(settings, found)
    return found


def _refuse_other_rules(connection: Connection, settings: Settings, found: Publication) -> None:
    """The open data are read now, the figures when the draft was prepared: one publication is made under one set of rules."""
    now, _ = rules(connection, settings, found.address.report_code)
    if changed := changed_rules(found.definition, now):
        raise PublicationError(
            f"desde que se preparó {found.number} cambiaron {listed(changed)}: prepare el informe otra vez, conserva su número"
        )


@contextmanager
def _deciding(settings: Settings, number: str, actor: str) -> Iterator[tuple[Connection, Publication]]:
    """One decision at a time in the register: two never start from the same state, and the second sees what the first published."""
    if not actor.strip():
        raise PublicationError("falta quién decide (--actor)")
    engine = role_engine(settings, "publisher")
    try:
        with engine.begin() as connection:
            connection.execute(text("select pg_advisory_xact_lock(hashtextextended('pipc publication', 0))"))
            yield connection, publication(connection, number)
    finally:
        engine.dispose()


def _clock(connection: Connection) -> datetime:
    at: datetime = connection.execute(text("select clock_timestamp()")).scalar_one()
    return at


def _said(note: str | None) -> str | None:
    return (note or "").strip() or None
