"""Preparing a report: the address is fixed, the gates are asked, the figures are computed once and registered as a draft."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

from sqlalchemy import Connection, Engine, text

from pipc_etl.contracts import Catalog, load_catalog
from pipc_etl.contracts.periods import Period, parse_period
from pipc_etl.errors import PublicationError
from pipc_etl.publish.composing.compose import compose
from pipc_etl.publish.definition import ReportDefinition, load_definition
from pipc_etl.publish.document import Address, Document, Note
from pipc_etl.publish.ledger.clock import settled_clock
from pipc_etl.publish.ledger.freezing import write_preview
from pipc_etl.publish.ledger.gates import Scope, stops
from pipc_etl.publish.ledger.model import GATE_WORDS, GATES, Publication, Request, Stop, StoppedError, Waiver
from pipc_etl.publish.ledger.register import at_address, load_document, lock_register, write_draft
from pipc_etl.publish.ledger.rules import rules
from pipc_etl.publish.ledger.texts import texts, with_texts
from pipc_etl.settings import Settings
from pipc_etl.warehouse.dbt import has_seen_ledger
from pipc_etl.warehouse.engine import role_engine
from pipc_etl.warehouse.schema import require_prepared


def prepare(settings: Settings, request: Request, *, now: datetime | None = None) -> Publication:
    """Compute the report and register it as a draft with its preview; the publication that the address already has, if it is published.

    A draft of the address is computed anew under its number. `now` stands for the clock in tests. Raises StoppedError where something
    stops it that nobody waived, PublicationError where the request makes no sense or the marts are behind what was received.
    """
    catalog = load_catalog(settings.expectations)
    definition, period = load_definition(request.report_code), _checked(request)
    engine = role_engine(settings, "publisher")
    try:
        require_prepared(engine)
        address, at = _address(engine, request, period, now)
        with engine.connect() as connection:
            standing = at_address(connection, address)
        if standing is not None and standing.state == "published":
            return standing
        if not has_seen_ledger(settings):
            raise PublicationError(
                "los marts no tienen todavía todo lo que se ha recibido: ejecute `pipc build` y vuelva a preparar el informe"
            )
        document, waivers, build_id, fingerprints = _computed(engine, settings, catalog, definition, period, address, request, at)
        with engine.begin() as connection:
            lock_register(connection)
            # What was written while the figures were computed is in the report too.
            document = with_texts(document, texts(connection, definition, address.entity_code, address.period_code))
            draft = write_draft(
                connection, document, definition=fingerprints, build_id=build_id, waivers=waivers, actor=request.actor.strip(), at=at
            )
            registered = load_document(connection, draft.number)
    finally:
        engine.dispose()
    write_preview(settings, draft, registered)
    return draft


def recompute(
    connection: Connection,
    settings: Settings,
    catalog: Catalog,
    address: Address,
    waivers: Iterable[Waiver] = (),
    publication_id: int = 0,
) -> Document:
    """The report at `address` as today's rules and today's marts give it, registered nowhere.

    As publication `publication_id`, it says of persons what that one said, whatever was published after it.
    """
    definition = load_definition(address.report_code)
    return compose(
        connection,
        catalog,
        definition,
        address,
        texts=texts(connection, definition, address.entity_code, address.period_code),
        notes=_notes(waivers),
        archive=settings.archive,
        suppression_k=settings.suppression_k,
        publication_id=publication_id,
    )


def _checked(request: Request) -> Period:
    """The period of a request that makes sense."""
    period = parse_period(request.period_code)
    if period is None:
        raise PublicationError(f"«{request.period_code}» no es un período: se escribe 2021, 2021-S1, 2021-C2, 2021-T3 o 2021-M05")
    if not request.actor.strip():
        raise PublicationError("falta quién prepara el informe (--actor)")
    unknown = [gate for gate in request.waivers if gate not in GATES]
    if unknown:
        raise PublicationError(f"no hay una clase «{unknown[0]}» que pasar por alto: son {', '.join(GATES)}")
    unreasoned = [gate for gate, reason in request.waivers.items() if not reason.strip()]
    if unreasoned:
        raise PublicationError(f"para pasar por alto «{unreasoned[0]}» hace falta la razón")
    if request.known_at is not None and request.known_at.tzinfo is None:
        raise PublicationError("el momento de lo que se sabía va con su zona horaria: 2021-10-04T09:00:00-05:00")
    return period


def _address(engine: Engine, request: Request, period: Period, now: datetime | None) -> tuple[Address, datetime]:
    """The address with its two clocks, and the moment of the preparation."""
    with engine.connect() as connection:
        at = settled_clock(connection, now)
    known_at = request.known_at or at
    if known_at > at:
        raise PublicationError("el momento de lo que se sabía está en el futuro: lo que llegue hasta entonces cambiaría las cifras")
    return Address(request.entity_code, request.report_code, period.code, request.cutoff or period.end, known_at), at


def _computed(
    engine: Engine,
    settings: Settings,
    catalog: Catalog,
    definition: ReportDefinition,
    period: Period,
    address: Address,
    request: Request,
    at: datetime,
) -> tuple[Document, tuple[Waiver, ...], int | None, dict[str, str]]:
    """Gates and figures from one snapshot: a build that runs beside it changes nothing in between."""
    with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        connection.execute(text("set transaction read only"))
        found = stops(connection, catalog, Scope(address, period, definition.plan_codes))
        waivers = _waived(found, request, at)
        fingerprints, build_id = rules(connection, settings, definition.code)
        document = recompute(connection, settings, catalog, address, waivers)
    return document, waivers, build_id, fingerprints


def _waived(found: Sequence[Stop], request: Request, at: datetime) -> tuple[Waiver, ...]:
    """A waiver for each stop; StoppedError with those whose gate nobody waived."""
    reasons: Mapping[str, str] = request.waivers
    open_stops = [stop for stop in found if stop.gate not in reasons]
    if open_stops:
        raise StoppedError(open_stops)
    return tuple(Waiver(stop, reasons[stop.gate].strip(), request.actor.strip(), at.astimezone(UTC)) for stop in found)


def _notes(waivers: Iterable[Waiver]) -> tuple[Note, ...]:
    """What was passed over, as the report prints it: a note for each class and reason."""
    grouped: dict[tuple[str, str], list[Stop]] = {}
    for waiver in waivers:
        grouped.setdefault((waiver.stop.gate, waiver.reason), []).append(waiver.stop)
    return tuple(
        Note("waiver", (f"Se publica con {GATE_WORDS[found[0].gate]} ({_examples(found)}). Razón: {reason}",))
        for (_, reason), found in grouped.items()
    )


def _examples(found: Sequence[Stop]) -> str:
    """«a: b; c: d; y 12 más»."""
    named = "; ".join(str(stop) for stop in found[:3])
    return f"{named}; y {len(found) - 3} más" if len(found) > 3 else named
