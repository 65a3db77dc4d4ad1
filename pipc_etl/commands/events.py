"""`pipc events codes|queue|settle|withdraw`: los códigos de los eventos y las respuestas que no encontraron su sesión."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipc_etl.commands.console import out
from pipc_etl.settings import Settings, load_settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine

    from pipc_etl.events.rules import Sessions
    from pipc_etl.events.waiting import Choice, Waiting

app = typer.Typer(no_args_is_help=True, help=__doc__)

Entity = Annotated[str | None, typer.Option(help="Código de la entidad; se puede omitir si hay una sola.")]
Form = Annotated[str, typer.Option(help="El formulario, como lo muestra la cola.")]
Title = Annotated[str | None, typer.Option(help="Solo las de este evento.")]
Day = Annotated[str | None, typer.Option("--date", help="Solo las de este día: 30/06/2023.")]
Written = Annotated[str | None, typer.Option(help="Solo las que traen escrito este código («» para las que no traen).")]
StandingIn = Annotated[
    str | None, typer.Option("--from", help="Las que hoy están en esta sesión, aunque se hayan unido solas; el código como se reportó.")
]
Actor = Annotated[str | None, typer.Option(help="Quién decide; si no se dice, la cuenta del sistema.")]

REASONS = {
    "blank": "sin código; el nombre y el día no dejan ninguna sesión",
    "several": "sin código; el nombre y el día dejan varias sesiones",
    "unknown": "el código no está registrado",
    "not_reported": "el código se asignó y su sesión no se ha reportado",
    "mistyped": "el código está mal copiado (no cuadra su último carácter)",
    "ambiguous": "el código se lee como el de varias sesiones",
    "session_gone": "la sesión que una persona les dio ya no está reportada",
}
_KINDS = {"attendance_form": "asistencia", "evaluation_form": "evaluación"}


@app.command()
def codes(
    dependency: Annotated[str, typer.Option(help="Código de la dependencia.")],
    period: Annotated[str, typer.Option(help="Período: 2021-M05, 2021-T2, 2021, ...")],
    entity: Entity = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Archivo: .csv para una tabla, otro para texto.")] = None,
) -> None:
    """Los códigos de las sesiones programadas y el texto para pegar en Google Forms o Microsoft Forms; los que faltan se asignan."""
    from pipc_etl.contracts import load_catalog
    from pipc_etl.contracts.periods import parse_period
    from pipc_etl.events.codes import MEETING_UNITS, issue_codes
    from pipc_etl.events.form_texts import paste_text, table
    from pipc_etl.events.problems import EventsError
    from pipc_etl.warehouse.ledger import actor

    span = parse_period(period)
    if span is None:
        raise EventsError(f"«{period}» no es un período: escriba 2021, 2021-S1, 2021-C2, 2021-T2 o 2021-M05")
    settings = load_settings()
    catalog = load_catalog(settings.expectations)
    with _loader(settings) as engine, engine.begin() as connection:
        of = _entity(engine, entity)
        _require_dependency(engine, of, dependency)
        issued = issue_codes(connection, catalog.codelists[MEETING_UNITS], of, dependency, span, actor=actor())
    if not issued:
        raise EventsError(
            f"{dependency} no tiene sesiones programadas en {period}: ninguna actividad de un plan vigente que se mida en "
            f"{', '.join(catalog.codelists[MEETING_UNITS].labels)}. Los demás eventos llevan el código que la dependencia elija."
        )
    contract = catalog.contracts["attendance_form"]
    question = contract.column("session_code").title
    if output is None:
        out.print(paste_text(issued, question, "Asistencia"), markup=False)
        return
    if output.suffix.lower() == ".csv":
        # With a byte order mark, or spreadsheets read the accents wrongly.
        output.write_text(table(issued, question, "Asistencia"), encoding="utf-8-sig", newline="")
    else:
        output.write_text(paste_text(issued, question, "Asistencia"), encoding="utf-8")
    out.print(f"{len(issued)} códigos en {output}", markup=False)


@app.command()
def queue(entity: Entity = None) -> None:
    """Las respuestas sin sesión: de qué formulario, evento y día, por qué, y a qué sesiones podrían pertenecer."""
    from pipc_etl.events.joining import FORMS, join_responses, known_sessions
    from pipc_etl.events.waiting import find_queue
    from pipc_etl.warehouse.ledger import actor

    with _loader(load_settings()) as engine:
        of = _entity(engine, entity)
        # What was loaded by a run that was killed before it came to this.
        join_responses(engine, by=actor())
        with engine.begin() as connection:
            sessions = known_sessions(connection, of)
            waiting = [group for kind in FORMS for group in find_queue(connection, kind, of, sessions)]
    _print_queue(waiting, sessions)


@app.command()
def settle(
    form: Form,
    entity: Entity = None,
    title: Title = None,
    day: Day = None,
    written: Written = None,
    standing_in: StandingIn = None,
    session: Annotated[str | None, typer.Option(help="Código de la sesión a la que pertenecen.")] = None,
    none: Annotated[bool, typer.Option("--none", help="No son de ninguna sesión.")] = False,
    reason: Annotated[str | None, typer.Option(help="Por qué; obligatoria con --none.")] = None,
    by: Annotated[str | None, typer.Option("--actor", help="Quién decide; si no se dice, la cuenta del sistema.")] = None,
) -> None:
    """Decide a qué sesión pertenecen las respuestas de un formulario que están en la cola o, con --from, las que se unieron mal."""
    from pipc_etl.events import settling
    from pipc_etl.events.problems import EventsError
    from pipc_etl.warehouse.ledger import actor

    if (session is None) == (not none):
        raise EventsError("diga --session CÓDIGO, o --none si no son de ninguna sesión")
    if none and not (reason or "").strip():
        raise EventsError("con --none hace falta la razón: --reason «...»")
    with _loader(load_settings()) as engine:
        choice = _choice(_entity(engine, entity), form, title, day, written, standing_in)
        decided = settling.settle(engine, choice, session, reason=(reason or "").strip() or "la oficina de planeación", actor=by or actor())
    out.print(f"{decided} respuestas {'sin sesión, por decisión' if none else f'de la sesión {session}'}.", markup=False)
    out.print("Los tableros lo muestran desde la próxima construcción: pipc build, o en media hora en horario de oficina.", markup=False)


@app.command()
def withdraw(
    form: Form,
    reason: Annotated[str, typer.Option(help="Por qué se retira lo decidido.")],
    entity: Entity = None,
    title: Title = None,
    day: Day = None,
    written: Written = None,
    by: Actor = None,
) -> None:
    """Retira lo que una persona decidió: las respuestas vuelven a lo que digan las reglas, o a la cola."""
    from pipc_etl.events import settling
    from pipc_etl.warehouse.ledger import actor

    with _loader(load_settings()) as engine:
        choice = _choice(_entity(engine, entity), form, title, day, written)
        withdrawn = settling.withdraw(engine, choice, reason=reason, actor=by or actor())
    out.print(f"Se retiró lo decidido sobre {withdrawn} respuestas.", markup=False)


def _print_queue(waiting: list[Waiting], sessions: Sessions) -> None:
    from pipc_etl.events.suggestions import suggest

    if not waiting:
        out.print("No hay respuestas sin sesión.")
        return
    total = sum(group.responses for group in waiting)
    out.print(f"{total} respuestas sin sesión, en {len(waiting)} grupos. Se decide con: pipc events settle --form ... --session ...\n")
    for group in waiting:
        out.print(
            f"{group.responses} de {_KINDS[group.kind]} · {group.dependency_code} · --form {group.form_code or '-'} · "
            f"--date {group.submitted_on:%d/%m/%Y} · código: {group.written_code or '(sin código)'}",
            markup=False,
        )
        out.print(f"  Evento: {group.title or '(sin nombre)'}", markup=False)
        out.print(f"  Por qué: {_why(group)}", markup=False)
        for found in suggest(group.question, sessions):
            on = f", {found.session_on:%d/%m/%Y}" if found.session_on else ""
            out.print(f"  ¿{found.session_code}? {found.title or ''}{on} ({found.why})", markup=False)
        out.print()


def _why(group: Waiting) -> str:
    from pipc_etl.events.waiting import SESSION_GONE

    if group.reason == SESSION_GONE:
        return f"{REASONS[SESSION_GONE]}: {group.session_code}, decidida el {group.since:%d/%m/%Y}"
    return f"{REASONS.get(group.reason, group.reason)}; en la cola desde {group.since:%d/%m/%Y}"


@contextmanager
def _loader(settings: Settings) -> Iterator[Engine]:
    from pipc_etl.warehouse.engine import require_reachable, role_engine
    from pipc_etl.warehouse.schema import require_prepared

    require_reachable(settings, "loader")
    engine = role_engine(settings, "loader")
    try:
        require_prepared(engine)
        yield engine
    finally:
        engine.dispose()


def _entity(engine: Engine, given: str | None) -> str:
    """The entity that was named, or the only one there is."""
    from sqlalchemy import text

    from pipc_etl.events.problems import EventsError

    with engine.connect() as connection:
        known = connection.scalars(text("select distinct entity_code from audit.ref_dependency order by 1")).all()
    if given in known:
        return str(given)
    if given is None and len(known) == 1:
        return str(known[0])
    said = f"«{given}» no es una entidad conocida" if given else "diga de qué entidad: --entity"
    raise EventsError(f"{said}; hay {', '.join(known) or 'ninguna: falta entregar el registro de dependencias'}")


def _require_dependency(engine: Engine, entity: str, dependency: str) -> None:
    from sqlalchemy import text

    from pipc_etl.events.problems import EventsError

    query = text("select dependency_code from audit.ref_dependency where entity_code = :entity order by 1")
    with engine.connect() as connection:
        known = connection.scalars(query, {"entity": entity}).all()
    if dependency not in known:
        raise EventsError(f"«{dependency}» no está en el registro de {entity}; están: {', '.join(known) or 'ninguna'}")


def _choice(entity: str, form: str, title: str | None, day: str | None, written: str | None, standing_in: str | None = None) -> Choice:
    from pipc_etl.events.waiting import Choice

    return Choice(entity, form, title, _day(day) if day else None, written, standing_in)


def _day(text: str) -> date:
    from pipc_etl.events.problems import EventsError

    for shape in ("%d/%m/%Y", "%Y-%m-%d"):
        try:
            return datetime.strptime(text, shape).date()
        except ValueError:
            continue
    raise EventsError(f"«{text}» no es una fecha: escríbala como 30/06/2023")
