"""`pipc explain`: de una cifra publicada a su definición, su fórmula con números y las celdas de donde salió."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipc_etl.commands.console import out
from pipc_etl.settings import load_settings

if TYPE_CHECKING:
    from pipc_etl.publish.composing.explaining import CitedFile, Explanation

_MOST_CELLS = 40


def explain(
    figure: Annotated[str, typer.Argument(help="Número de la cifra, como está en el informe: P0012-F007.")],
    as_json: Annotated[bool, typer.Option("--json", help="Lo mismo, para otro programa.")] = False,
    whole: Annotated[bool, typer.Option("--all", help="Todas las celdas, aunque sean muchas.")] = False,
) -> None:
    """Explica una cifra publicada: qué es, cómo se calculó y de qué archivos, hojas y celdas salió, con la huella de cada archivo."""
    from pipc_etl.publish.composing.explaining import explain as explanation_of
    from pipc_etl.warehouse.engine import role_engine

    settings = load_settings()
    engine = role_engine(settings, "publisher")
    try:
        found = explanation_of(engine, figure, settings.archive)
    finally:
        engine.dispose()
    if as_json:
        out.print_json(json.dumps(_as_json(found), ensure_ascii=False, default=str))
        return
    _print(found, None if whole else _MOST_CELLS)


def _print(found: Explanation, most: int | None) -> None:
    from pipc_etl.publish.composing.explaining import rounding_words
    from pipc_etl.publish.wording import long_date, moment, period_label

    figure, document = found.figure, found.document
    address = document.address
    state = "" if document.published_at else " (BORRADOR)"
    _line(f"{figure.figure_id}  {figure.label}: {figure.shown}{state}", "bold")
    _line(figure.subject)
    _line(f"{document.title} · {document.entity_name} · {document.period_label} · {document.number}, edición {document.edition}")
    _title("Qué es")
    _line(figure.definition)
    _line(f"Período: {_period(figure.period_code, period_label)}. Corte: {long_date(figure.cutoff) if figure.cutoff else 'no tiene'}.")
    _line(f"Con lo que se sabía el {moment(address.known_at)}.")
    if figure.plan_version is not None:
        _line(f"Versión {figure.plan_version} del plan.")
    _title("Cómo se calculó")
    _line(figure.formula)
    if figure.value is not None:
        _line(f"Sin redondear: {figure.value}. Se publica {rounding_words(figure.rounding)}: {figure.shown}.")
    _title("Filas del mart que la responden")
    _line(figure.query + ";")
    for row in found.rows:
        _line("  " + ", ".join(f"{name} = {_null(value)}" for name, value in zip(found.columns, row, strict=True)))
    if not found.is_same_today:
        _line(f"Hoy la consulta no da lo publicado: las reglas cambiaron desde entonces (pipc diff {document.number}).", "yellow")
    _title("De qué archivos, hojas y celdas salió")
    if not found.files:
        _line("No tiene celdas: se cuenta sobre filas que no existen, o viene de un dato que no llega en archivos.")
    for file in found.files:
        _print_file(file, most)


def _print_file(file: CitedFile, most: int | None) -> None:
    from pipc_etl.publish.composing.explaining import ROLE_WORDS
    from pipc_etl.publish.wording import moment

    source = file.source
    owner = f"{source.dependency_code}/" if source.dependency_code else ""
    mark = "  (reconstrucción)" if source.is_reconstruction else ""
    _line(f"{owner}{source.file_name}  [{ROLE_WORDS[source.role]}]{mark}", "bold")
    _line(f"  recibido el {moment(source.received_at)} (entrega {source.submission_id}), sha256 {source.sha256}")
    _line(f"  archivado en {file.archived}" if file.archived else "  el archivo ya no está en el archivo histórico")
    shown = file.cells[:most]
    for cell in shown:
        column = f" ({cell.column})" if cell.column else ""
        value = f" = {cell.value}" if cell.value else ""
        _line(f"  hoja «{cell.sheet}», {cell.cells}{column}{value}")
    if len(shown) < len(file.cells):
        _line(f"  y {len(file.cells) - len(shown)} celdas más (--all las muestra)")


def _as_json(found: Explanation) -> dict[str, Any]:
    figure, document = found.figure, found.document
    return {
        "figure": {name: value for name, value in vars(figure).items() if name not in ("sources", "rounding")},
        "rounding": vars(figure.rounding),
        "publication": {"number": document.number, "edition": document.edition, "title": document.title, **vars(document.address)},
        "rows": [dict(zip(found.columns, row, strict=True)) for row in found.rows],
        "is_same_today": found.is_same_today,
        "sources": [vars(source) for file in found.files for source in file.cells],
    }


def _period(code: str, label: Any) -> str:
    try:
        return str(label(code))
    except ValueError:
        return code


def _null(value: object) -> str:
    return "nulo" if value is None else str(value)


def _title(text: str) -> None:
    out.print()
    out.print(text, style="bold cyan", markup=False)


def _line(text: str, style: str = "") -> None:
    out.print(text, style=style, markup=False)
