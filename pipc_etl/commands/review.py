"""`pipc review list|show|approve|return|waive|reopen`: la oficina de planeación revisa lo que entregan las dependencias."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from pipc_etl.commands.console import err, out
from pipc_etl.errors import PipcError, SettingsError
from pipc_etl.settings import Settings, load_settings

if TYPE_CHECKING:
    from pipc_etl.warehouse.reviews import Action, Obligation, ObligationState

app = typer.Typer(no_args_is_help=True, help=__doc__)

Number = Annotated[int | None, typer.Argument(help="Número de la entrega, en vez de las cuatro opciones.", show_default=False)]
Entity = Annotated[str | None, typer.Option(help="Código de la entidad.")]
Dependency = Annotated[str | None, typer.Option(help="Código de la dependencia.")]
Kind = Annotated[str | None, typer.Option(help="Qué se entrega: execution_report, session, commitment.")]
Period = Annotated[str | None, typer.Option(help="Período: 2021-M05, 2021-T2, ...")]
Actor = Annotated[str | None, typer.Option(help="Quién decide; si no se dice, la cuenta del sistema.")]
Reason = Annotated[str | None, typer.Option(help="Razón de la decisión.")]
Observations = Annotated[
    list[str] | None,
    typer.Option("--observation", help="«F12: texto», «Hoja!F12: texto», «GAB-01: texto» o solo el texto. Se puede repetir."),
]


@app.command("list")
def list_obligations(
    entity: Entity = None,
    dependency: Dependency = None,
    kind: Kind = None,
    period: Annotated[str | None, typer.Option(help="Período, o la vigencia para todos los suyos.")] = None,
    state: Annotated[str | None, typer.Option(help="Solo las de un estado: esperada, recibida, aprobada, ...")] = None,
) -> None:
    """Lo que se espera de cada dependencia, su plazo y en qué va."""
    from pipc_etl.commands.review_tables import print_list
    from pipc_etl.contracts import load_catalog
    from pipc_etl.obligations.calendar import calendar, listing, select

    settings = load_settings()
    catalog = load_catalog(settings.expectations)
    chosen = _state(state)
    lines = listing(settings, catalog, calendar(settings))
    print_list(select(lines, entity=entity, dependency=dependency, kind=kind, period=period, state=chosen), catalog)


@app.command()
def show(number: Number = None, entity: Entity = None, dependency: Dependency = None, kind: Kind = None, period: Period = None) -> None:
    """Una obligación: en qué va, sus archivos y su historia."""
    from pipc_etl.commands.review_tables import print_obligation
    from pipc_etl.contracts import load_catalog
    from pipc_etl.obligations.detail import detail

    settings = load_settings()
    obligation = _obligation(settings, number, entity, dependency, kind, period)
    print_obligation(detail(settings, load_catalog(settings.expectations), obligation))


@app.command()
def approve(
    number: Number = None,
    entity: Entity = None,
    dependency: Dependency = None,
    kind: Kind = None,
    period: Period = None,
    reason: Reason = None,
    actor: Actor = None,
) -> None:
    """Aprueba lo entregado: el período no recibe más archivos."""
    _decide("approve", _obligation(load_settings(), number, entity, dependency, kind, period), number, actor, reason, [])


@app.command("return")
def give_back(
    number: Number = None,
    entity: Entity = None,
    dependency: Dependency = None,
    kind: Kind = None,
    period: Period = None,
    reason: Reason = None,
    observation: Observations = None,
    actor: Actor = None,
) -> None:
    """Devuelve lo entregado, con la razón y las observaciones: se espera de nuevo."""
    _decide("return", _obligation(load_settings(), number, entity, dependency, kind, period), number, actor, reason, observation or [])


@app.command()
def waive(
    entity: Entity = None,
    dependency: Dependency = None,
    kind: Kind = None,
    period: Period = None,
    reason: Reason = None,
    actor: Actor = None,
) -> None:
    """Exime a la dependencia de una entrega, con la razón."""
    _decide("waive", _obligation(load_settings(), None, entity, dependency, kind, period), None, actor, reason, [])


@app.command()
def reopen(
    number: Number = None,
    entity: Entity = None,
    dependency: Dependency = None,
    kind: Kind = None,
    period: Period = None,
    reason: Reason = None,
    observation: Observations = None,
    actor: Actor = None,
) -> None:
    """Reabre un período aprobado, congelado o eximido, con la razón: vuelve a recibir archivos."""
    _decide("reopen", _obligation(load_settings(), number, entity, dependency, kind, period), number, actor, reason, observation or [])


def _state(word: str | None) -> ObligationState | None:
    """The state that is called so, in Spanish or by its code."""
    from pipc_etl.warehouse.reviews import STATE_WORDS, STATES

    if word is None:
        return None
    for state in STATES:
        if word.casefold() in (state, STATE_WORDS[state]):
            return state
    raise SettingsError(f"--state {word}: no es un estado; son {', '.join(STATE_WORDS.values())}")


def _obligation(
    settings: Settings, number: int | None, entity: str | None, dependency: str | None, kind: str | None, period: str | None
) -> Obligation:
    from pipc_etl.contracts import load_catalog
    from pipc_etl.obligations.naming import named, of_submission
    from pipc_etl.warehouse.engine import role_engine

    catalog = load_catalog(settings.expectations)
    engine = role_engine(settings, "loader")
    try:
        with engine.connect() as connection:
            if number is None:
                return named(connection, catalog, entity, dependency, kind, period)
            if any((entity, dependency, kind, period)):
                raise SettingsError("nombre la obligación con el número de la entrega o con sus cuatro códigos, no con ambos")
            return of_submission(connection, catalog, number)
    finally:
        engine.dispose()


def _decide(
    action: Action, obligation: Obligation, number: int | None, actor: str | None, reason: str | None, observations: list[str]
) -> None:
    """Write the decision, say what it changed, and have the letter to the dependency written."""
    from pipc_etl.answers.answering import answer_review
    from pipc_etl.commands.review_tables import about
    from pipc_etl.contracts import load_catalog
    from pipc_etl.obligations.calendar import require_known
    from pipc_etl.obligations.deciding import decide
    from pipc_etl.warehouse.ledger import actor as account
    from pipc_etl.warehouse.reviews import STATE_WORDS

    settings = load_settings()
    require_known(settings, obligation)
    decided = decide(
        settings,
        load_catalog(settings.expectations),
        obligation,
        action,
        actor=(actor or "").strip() or account(),
        reason=reason,
        observations=observations,
        number=number,
    )
    before, now = STATE_WORDS[decided.decision.state_before], STATE_WORDS[decided.now.state]
    closed = " (aprobada, y su mes está cerrado)" if decided.now.state == "frozen" else ""
    out.print(f"{obligation}: {before} -> {now}{closed}", markup=False)
    for observation in decided.decision.observations:
        out.print(f"    {about(observation)}: {observation.text}", markup=False)
    try:
        answer_review(settings, decided.decision.obligation_event_id)
    except (PipcError, OSError) as error:
        err.print(f"La decisión quedó escrita; la carta a la dependencia no: {error}", style="red", markup=False)
        raise typer.Exit(1) from error
    out.print("La carta a la dependencia está en la bandeja de salida; los tableros lo muestran desde la próxima construcción.")
