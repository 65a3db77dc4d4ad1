"""Publications, their figures and what changed in them, as the planning office reads them in a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table

from pipc_etl.commands.console import out
from pipc_etl.contracts.periods import BOGOTA
from pipc_etl.publish.document import Figure
from pipc_etl.publish.ledger import Publication
from pipc_etl.publish.ledger.differences import Change, Comparison
from pipc_etl.publish.ledger.freezing import PREVIEW
from pipc_etl.publish.ledger.model import GATE_WORDS, STATE_WORDS, Gate, Waiver
from pipc_etl.publish.wording import counted, listed, short_date

_PIPE_COLUMNS = 200
_NUMBERS = {"Edición", "Cifras", "Publicada"}


def print_publications(found: Sequence[Publication]) -> None:
    """A line a publication."""
    table = _table("Número", "Entidad", "Informe", "Período", "Corte", "Con lo sabido a", "Edición", "Estado", "Cifras")
    for item in found:
        address = item.address
        table.add_row(
            item.number,
            address.entity_code,
            address.report_code,
            address.period_code,
            short_date(address.cutoff),
            _at(address.known_at),
            str(item.edition),
            STATE_WORDS[item.state],
            str(item.figures_qty),
        )
    if found:
        _print(table)
    out.print(counted(len(found), "publicación", "publicaciones"))


def print_publication(found: Publication, root: Path, altered: Sequence[str]) -> None:
    """One publication with who decided about it, its waivers and its files."""
    address = found.address
    say = _plain
    say(f"{found.number}  {found.title}")
    say(f"  {address.entity_code}, {address.report_code}, {address.period_code}, edición {found.edition}: {STATE_WORDS[found.state]}")
    figures = counted(found.figures_qty, "cifra", "cifras")
    say(f"  Corte {short_date(address.cutoff)}, con lo que se sabía a {_at(address.known_at)}; {figures}")
    if found.is_reconstruction:
        say("  Reconstrucción: sus fuentes no son los archivos originales")
    say(f"  Preparada por {found.prepared_by}, {_at(found.prepared_at)}")
    if found.decided_at is not None:
        word = "Aprobada" if found.state == "published" else "Rechazada"
        say(f"  {word} por {found.decided_by}, {_at(found.decided_at)}{f': {found.decision_note}' if found.decision_note else ''}")
    _print_waivers(found.waivers)
    folder = found.folder(root)
    if found.state == "draft":
        say(f"  Borrador para revisar: {folder / PREVIEW}")
    if found.files:
        say(f"  Archivos: {folder}")
    for file in found.files:
        mark = "  ALTERADO: no es lo que se publicó" if file.name in altered else ""
        say(f"    {file.sha256[:12]}  {file.size_bytes:>9}  {file.name}{mark}")


def print_figures(figures: Iterable[Figure]) -> None:
    """A line a figure: its number, what it is and what is printed."""
    table = _table("Cifra", "Medida", "De qué", "Período", "Publicada")
    for figure in figures:
        table.add_row(figure.figure_id, figure.label, figure.subject, figure.period_code, figure.shown)
    _print(table)


def print_comparison(comparison: Comparison, *, with_same: bool) -> None:
    """Every figure that changed with its reasons, and how many did not."""
    found = comparison.publication
    _plain(f"{found.number}  {found.title}")
    _plain(f"  Como se publicó, con lo sabido a {_at(found.address.known_at)}, y como sería con lo sabido a {_at(comparison.known_at)}")
    for change in comparison.changes:
        _print_change(change)
    if with_same:
        for figure in comparison.same:
            _plain(f"= {figure.figure_id}  {figure.subject}, {figure.label}: {figure.shown}")
    changed, same = len(comparison.changes), len(comparison.same)
    verb = "cambia" if changed == 1 else "cambian"
    _plain(f"{counted(changed, 'cifra', 'cifras')} {verb} y {counted(same, 'cifra queda igual', 'cifras quedan iguales')}.")
    if comparison.changed_rules and not comparison.changes:
        _plain(f"Desde entonces hay cambios en {listed(comparison.changed_rules)}, sin efecto en las cifras.")


def _print_change(change: Change) -> None:
    figure = change.figure
    before = change.before.shown if change.before else "no estaba"
    after = change.after.shown if change.after else "ya no está"
    unseen = "" if change.is_seen else f" (sin redondear: {_exact(change.before)} -> {_exact(change.after)})"
    _plain(f"~ {figure.figure_id or 'nueva'}  {figure.subject}, {figure.label}, {figure.period_code}: {before} -> {after}{unseen}")
    for reason in change.reasons:
        _plain(f"    {reason}")


def _print_waivers(waivers: Sequence[Waiver]) -> None:
    """A line for each class and reason, with what it passed over."""
    grouped: dict[tuple[Gate, str, str], list[Waiver]] = {}
    for waiver in waivers:
        grouped.setdefault((waiver.stop.gate, waiver.reason, waiver.actor), []).append(waiver)
    for (gate, reason, actor), found in grouped.items():
        _plain(f"  Se pasó por alto ({actor}): {GATE_WORDS[gate]}, {len(found)}. Razón: {reason}")
        for waiver in found[:5]:
            _plain(f"    - {waiver.stop}")
        if len(found) > 5:
            _plain(f"    - y {len(found) - 5} más")


def _table(*titles: str) -> Table:
    table = Table(box=box.SIMPLE)
    for title in titles:
        table.add_column(title, justify="right" if title in _NUMBERS else "left", overflow="fold")
    return table


def _print(table: Table) -> None:
    """A table as wide as the terminal; into a file or a pipe, as wide as its lines."""
    (out if out.is_terminal else Console(highlight=False, width=_PIPE_COLUMNS)).print(table)


def _exact(figure: Figure | None) -> str:
    if figure is None or figure.value is None:
        return "–"
    of = f", {figure.numerator} de {figure.denominator}" if figure.denominator is not None else ""
    return f"{figure.value.normalize():f}{of}".replace(".", ",")


def _at(when: datetime) -> str:
    """«04/10/2021 09:00», in Bogotá."""
    return f"{when.astimezone(BOGOTA):%d/%m/%Y %H:%M}"


def _plain(line: str) -> None:
    out.print(line, markup=False)
