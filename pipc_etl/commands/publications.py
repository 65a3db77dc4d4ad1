"""`pipc publish` y `pipc diff`: de las cifras de los marts a un informe aprobado y publicado que ya no cambia."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipc_etl.commands.console import out
from pipc_etl.errors import SettingsError
from pipc_etl.settings import load_settings

if TYPE_CHECKING:
    from datetime import date, datetime

    from pipc_etl.publish.ledger import Publication

app = typer.Typer(no_args_is_help=True, help=__doc__)

Number = Annotated[str, typer.Argument(help="Número de la publicación: P0012.")]
Entity = Annotated[str, typer.Option(help="Código de la entidad.")]
Report = Annotated[str, typer.Option(help="Informe: pipc, pipc_final, accountability, open_government, participation_plan.")]
Period = Annotated[str, typer.Option(help="Período del informe: 2021, 2021-S1, 2021-C2, 2021-T3, 2021-M05.")]
Actor = Annotated[str | None, typer.Option(help="Quién decide; si no se dice, la cuenta del sistema.")]
AnyEntity = Annotated[str | None, typer.Option(help="Solo las de una entidad.")]
AnyReport = Annotated[str | None, typer.Option(help="Solo las de un informe.")]
AnyPeriod = Annotated[str | None, typer.Option(help="Solo las de un período.")]


@app.command()
def prepare(
    entity: Entity,
    report: Report,
    period: Period,
    cutoff: Annotated[str | None, typer.Option(help="Fecha de corte (2021-08-31); si no se dice, el fin del período.")] = None,
    known_at: Annotated[
        str | None, typer.Option(help="Con lo que se sabía en ese momento (2021-10-04T09:00, hora de Bogotá); si no se dice, ahora.")
    ] = None,
    waive: Annotated[
        list[str] | None,
        typer.Option(
            "--waive",
            help="Pasar por alto lo que impide publicar, con su razón: CLASE=RAZÓN. Las clases son open_errors, missing_submissions, "
            "unreviewed_submissions, unclosed_months y unmatched_events. Se puede repetir; el informe imprime cada razón.",
        ),
    ] = None,
    actor: Actor = None,
) -> None:
    """Calcula el informe y lo deja como borrador para revisar. La misma dirección da siempre la misma publicación."""
    from pipc_etl.publish.ledger import Request
    from pipc_etl.publish.ledger import prepare as prepare_report

    settings = load_settings()
    request = Request(
        entity,
        report,
        period,
        cutoff=_day(cutoff),
        known_at=_moment(known_at),
        waivers=_waivers(waive or []),
        actor=_actor(actor),
    )
    _print_outcome(prepare_report(settings, request))


@app.command()
def text(
    entity: Entity,
    report: Report,
    period: Period,
    slot: Annotated[str, typer.Option(help="Lugar del informe: observations, recommendations...")],
    words: Annotated[str | None, typer.Option("--text", help="El texto; vacío para quitar el que hay.")] = None,
    file: Annotated[Path | None, typer.Option(help="El texto, en un archivo; - para la entrada estándar.", show_default=False)] = None,
    author: Annotated[str | None, typer.Option(help="Quién lo escribe; si no se dice, la cuenta del sistema.")] = None,
) -> None:
    """Escribe las observaciones o recomendaciones de un informe: quedan para el borrador y para las ediciones siguientes."""
    from pipc_etl.publish.ledger import write_text

    drafts = write_text(load_settings(), entity, report, period, slot, _words(words, file), author=_actor(author))
    where = f"; está ya en el borrador {', '.join(drafts)}" if drafts else "; saldrá en el próximo que se prepare"
    out.print(f"El texto quedó escrito{where}.", markup=False)


@app.command()
def approve(
    number: Number, note: Annotated[str | None, typer.Option(help="Lo que se quiera dejar dicho.")] = None, actor: Actor = None
) -> None:
    """Publica un borrador: deja el informe (HTML y PDF) y los datos abiertos en su carpeta, y ya nada de él cambia."""
    from pipc_etl.publish.ledger import approve as approve_draft

    _print_outcome(approve_draft(load_settings(), number, actor=_actor(actor), note=note))


@app.command()
def reject(number: Number, note: Annotated[str, typer.Option(help="Por qué no se publica.")], actor: Actor = None) -> None:
    """Rechaza un borrador, con la razón; el informe se puede preparar otra vez."""
    from pipc_etl.publish.ledger import reject as reject_draft

    _print_outcome(reject_draft(load_settings(), number, actor=_actor(actor), note=note))


@app.command("list")
def list_publications(
    entity: AnyEntity = None,
    report: AnyReport = None,
    period: AnyPeriod = None,
    state: Annotated[str | None, typer.Option(help="Solo las de un estado: borrador, publicada o rechazada.")] = None,
) -> None:
    """Las publicaciones: su número, de qué son, a qué corte, en qué edición y en qué estado."""
    from pipc_etl.commands.publication_tables import print_publications
    from pipc_etl.publish.ledger import publications
    from pipc_etl.warehouse.engine import role_engine

    engine = role_engine(load_settings(), "publisher")
    try:
        with engine.connect() as connection:
            print_publications(publications(connection, entity=entity, report=report, period=period, state=_state(state)))
    finally:
        engine.dispose()


@app.command()
def show(
    number: Number,
    figures: Annotated[bool, typer.Option("--figures", help="También cada cifra con su número.")] = False,
) -> None:
    """Una publicación: su dirección, quién la aprobó, lo que se pasó por alto y sus archivos. Termina en 1 si alguno fue alterado."""
    from pipc_etl.commands.publication_tables import print_figures, print_publication
    from pipc_etl.publish.ledger import altered_files, publication
    from pipc_etl.publish.ledger import figures as figures_of
    from pipc_etl.warehouse.engine import role_engine

    settings = load_settings()
    engine = role_engine(settings, "publisher")
    try:
        with engine.connect() as connection:
            found = publication(connection, number)
            altered = altered_files(found, settings.publications)
            print_publication(found, settings.publications, altered)
            if figures:
                print_figures(figures_of(connection, found.number).values())
    finally:
        engine.dispose()
    if altered:
        raise typer.Exit(1)


def diff(
    number: Number,
    figures: Annotated[bool, typer.Option("--figures", help="También las cifras que no cambiaron.")] = False,
) -> None:
    """Lo que una publicación diría hoy, con lo sabido y las reglas de ahora: cada cifra que cambia y por qué. Termina en 1 si hay."""
    from pipc_etl.commands.publication_tables import print_comparison
    from pipc_etl.publish.ledger import compare

    comparison = compare(load_settings(), number)
    print_comparison(comparison, with_same=figures)
    if comparison.changes:
        raise typer.Exit(1)


def _print_outcome(found: Publication) -> None:
    """What became of the report, where its files are, and what can be done next."""
    from pipc_etl.commands.publication_tables import print_publication
    from pipc_etl.publish.ledger import altered_files

    settings = load_settings()
    print_publication(found, settings.publications, altered_files(found, settings.publications))
    if found.state == "draft":
        out.print(f"Revíselo y apruébelo: pipc publish approve {found.number}   (o pipc publish reject {found.number} --note RAZÓN)")


def _actor(given: str | None) -> str:
    from pipc_etl.warehouse.ledger import actor as account

    return (given or "").strip() or account()


def _day(given: str | None) -> date | None:
    from datetime import date

    try:
        return date.fromisoformat(given) if given else None
    except ValueError as error:
        raise SettingsError(f"--cutoff {given}: no es una fecha; se escribe 2021-08-31") from error


def _moment(given: str | None) -> datetime | None:
    """A moment in Bogotá unless it says its own zone."""
    from datetime import datetime

    from pipc_etl.contracts.periods import BOGOTA

    try:
        found = datetime.fromisoformat(given) if given else None
    except ValueError as error:
        raise SettingsError(f"--known-at {given}: no es un momento; se escribe 2021-10-04T09:00") from error
    return found if found is None or found.tzinfo else found.replace(tzinfo=BOGOTA)


def _waivers(given: list[str]) -> dict[str, str]:
    found = {}
    for line in given:
        gate, separator, reason = line.partition("=")
        if not separator or not reason.strip():
            raise SettingsError(f"--waive {line}: se escribe CLASE=RAZÓN")
        found[gate.strip()] = reason.strip()
    return found


def _words(given: str | None, file: Path | None) -> str:
    if (given is None) == (file is None):
        raise SettingsError("diga el texto con --text o el archivo que lo tiene con --file, no ambos")
    if given is not None:
        return given
    assert file is not None
    try:
        return sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"--file {file}: no se puede leer como texto UTF-8 ({error})") from error


def _state(word: str | None) -> str | None:
    """The state that is called so, in Spanish or by its code."""
    from pipc_etl.publish.ledger.model import STATE_WORDS

    if word is None:
        return None
    for state, spanish in STATE_WORDS.items():
        if word.casefold() in (state, spanish):
            return state
    raise SettingsError(f"--state {word}: no es un estado; son {', '.join(STATE_WORDS.values())}")
