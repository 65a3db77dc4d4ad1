"""`pipc reconcile`: ¿se sostiene lo publicado? Un porcentaje y lo que se justificó, o todas las cifras de una publicación."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated

import typer

from pipc_etl.commands.console import out
from pipc_etl.errors import SettingsError
from pipc_etl.settings import Settings, load_settings

if TYPE_CHECKING:
    from pipc_etl.publish.numbers import RoundingMode
    from pipc_etl.publish.reconciliation.joint import Part
    from pipc_etl.publish.reconciliation.percents import PrintedPercent
    from pipc_etl.publish.reconciliation.remark import Remark
    from pipc_etl.publish.reconciliation.statement import Statement

_PART = re.compile(r"(?:(?P<name>[^=]+)=)?(?P<percent>[^:=]+)(?::(?P<shortfall>\d+))?")
_DEFAULT_BOUND = 350


def reconcile(
    number: Annotated[str | None, typer.Argument(help="Una publicación o un borrador: P0012.", show_default=False)] = None,
    percent: Annotated[str | None, typer.Option(help="Un porcentaje publicado, como está escrito: 71,4.", show_default=False)] = None,
    justified: Annotated[
        int | None, typer.Option(help="Cuántas unidades sin ejecutar explica el informe.", min=0, max=100_000, show_default=False)
    ] = None,
    executed: Annotated[int | None, typer.Option(help="Unidades ejecutadas, si se saben.", min=0, max=100_000, show_default=False)] = None,
    programmed: Annotated[
        int | None, typer.Option(help="Unidades programadas, si se saben.", min=1, max=100_000, show_default=False)
    ] = None,
    part: Annotated[
        list[str] | None,
        typer.Option(help="Una parte de un total, con sus unidades explicadas: «TIC=71,4:3» o «71,4». Se repite; va con --total."),
    ] = None,
    total: Annotated[str | None, typer.Option(help="El porcentaje publicado de la suma de las partes.", show_default=False)] = None,
    truncated: Annotated[bool, typer.Option("--truncated", help="El informe trunca sus porcentajes en vez de redondearlos.")] = False,
    bound: Annotated[int, typer.Option(help="Hasta cuántas unidades programadas se busca.", min=1, max=5_000)] = _DEFAULT_BOUND,
) -> None:
    """Dice qué números enteros dan un porcentaje publicado, o qué no cuadra en una publicación. Termina en 1 si algo se contradice."""
    asked = [name for name, value in (("NÚMERO", number), ("--percent", percent), ("--total", total)) if value is not None]
    if len(asked) != 1:
        raise SettingsError("diga una sola cosa: el número de una publicación, --percent, o --total con sus --part")
    if bool(part) != (total is not None):
        raise SettingsError("--part y --total van juntos")
    if percent is None and any(value is not None for value in (justified, executed, programmed)):
        raise SettingsError(
            "--justified, --executed y --programmed van con --percent; las unidades explicadas de una parte van en ella: TIC=71,4:3"
        )
    if number is not None:
        _print_remarks(number, load_settings())
    elif percent is not None:
        _print_percent(percent, truncated, bound, justified, executed, programmed)
    else:
        _print_joint(part or [], total or "", truncated, bound)


def _print_percent(percent: str, truncated: bool, bound: int, justified: int | None, executed: int | None, programmed: int | None) -> None:
    from pipc_etl.publish.reconciliation.statement import percent_statement

    _print(percent_statement(_percent(percent, truncated), bound, justified, executed, programmed))


def _print_joint(parts: list[str], total: str, truncated: bool, bound: int) -> None:
    from pipc_etl.publish.reconciliation.joint import joint_counts
    from pipc_etl.publish.reconciliation.statement import joint_statement

    whole = _percent(total, truncated)
    asked = [_part(written, ordinal, truncated, whole.rounding.decimals) for ordinal, written in enumerate(parts, 1)]
    _print(joint_statement(joint_counts(asked, whole, bound), whole))


def _part(written: str, ordinal: int, truncated: bool, decimals: int) -> Part:
    from pipc_etl.publish.reconciliation.joint import Part

    match = _PART.fullmatch(written.strip())
    if match is None:
        raise SettingsError(f"--part {written}: se escribe 71,4 o 71,4:3, con su nombre delante si se quiere: TIC=71,4:3")
    # «100 %» in a report of one decimal is 100,0: a part has the total's decimals.
    percent = _percent(match["percent"], truncated, decimals)
    shortfall = None if match["shortfall"] is None else int(match["shortfall"])
    return Part((match["name"] or f"parte {ordinal}").strip(), percent, shortfall)


def _percent(written: str, truncated: bool, decimals: int | None = None) -> PrintedPercent:
    from pipc_etl.publish.reconciliation.percents import read_percent

    mode: RoundingMode = "truncate" if truncated else "half_up"
    try:
        return read_percent(written, mode, decimals)
    except ValueError as error:
        raise SettingsError(str(error)) from error


def _print(statement: Statement) -> None:
    for line in statement.lines:
        out.print(line, markup=False)
    if not statement.holds:
        raise typer.Exit(1)


def _print_remarks(number: str, settings: Settings) -> None:
    from pipc_etl.publish.reconciliation.remark import SEVERITY_WORDS

    found = _remarks(number, settings)
    for severity, word in SEVERITY_WORDS.items():
        for remark in found:
            if remark.severity == severity:
                out.print(f"{word}: {remark.text}", markup=False)
    if not found:
        out.print("Todo cuadra: los porcentajes con sus números, las partes con sus totales y lo que falta con lo justificado.")
    if any(remark.severity == "error" for remark in found):
        raise typer.Exit(1)


def _remarks(number: str, settings: Settings) -> tuple[Remark, ...]:
    from pipc_etl.publish.composing.marts import MartReader
    from pipc_etl.publish.ledger.register import load_document
    from pipc_etl.publish.reconciliation.remarks import document_remarks
    from pipc_etl.warehouse.engine import role_engine

    engine = role_engine(settings, "publisher")
    try:
        with engine.connect() as connection:
            document = load_document(connection, number)
            address = document.address
            return document_remarks(document, MartReader(connection, address.entity_code, address.cutoff, address.known_at))
    finally:
        engine.dispose()
