"""How `pipc review` prints: tables in Spanish, times in Bogotá."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from rich import box
from rich.console import Console
from rich.table import Table

from pipc_etl.commands.console import out
from pipc_etl.contracts import Catalog
from pipc_etl.contracts.periods import BOGOTA
from pipc_etl.obligations.calendar import Listed
from pipc_etl.obligations.detail import Detail
from pipc_etl.warehouse.reviews import ACTION_WORDS, STATE_WORDS, Observation

_PIPE_COLUMNS = 200
_FILE_STATES = {
    "accepted": "aceptada",
    "accepted_with_observations": "aceptada con observaciones",
    "returned": "devuelta",
    "unreadable": "ilegible",
    "superseded": "reemplazada",
}


def print_list(lines: Sequence[Listed], catalog: Catalog) -> None:
    """One line an obligation: whose, what, when it is due, where it stands, its last file and the last decision."""
    today = datetime.now(BOGOTA).date()
    table = _table("Entidad", "Dependencia", "Entrega", "Período", "Vence", "Estado", "Último archivo", "Decidió")
    for line in lines:
        due = _day(line.owed.due_on) if line.owed else ""
        state = STATE_WORDS[line.standing.state] + (" (vencida)" if line.is_overdue(today) else "")
        last = f"{line.last.number} {_FILE_STATES[line.last.state]} {_moment(line.last.received_at)}" if line.last else ""
        by = f"{line.standing.actor} {_moment(line.standing.at)}" if line.standing.actor and line.standing.at else ""
        of = line.obligation
        title = catalog.contracts[of.kind].title
        table.add_row(of.entity_code, of.dependency_code, title, of.period_code, due, state, last, by)
    if lines:
        _print(table)
    out.print(f"{len(lines)} obligaciones" if len(lines) != 1 else "1 obligación")


def print_obligation(detail: Detail) -> None:
    """The obligation, its files and its history."""
    out.print(f"{detail.title}: {detail.obligation}", markup=False)
    due = f", vence el {_day(detail.due_on)}" if detail.due_on else ""
    out.print(f"Estado: {STATE_WORDS[detail.standing.state]}{due}", markup=False)
    if detail.files:
        table = _table("Número", "Archivo", "Recibido", "Estado", "Filas leídas", "Aceptadas", "Apartadas", "Errores", "Advertencias")
        for file in detail.files:
            counts = (file.rows_read, file.rows_accepted, file.rows_quarantined, file.errors, file.warnings)
            place = (str(file.number), file.file_name, _moment(file.received_at), _FILE_STATES[file.state])
            table.add_row(*place, *(f"{count:,}".replace(",", ".") for count in counts))
        _print(table)
    else:
        out.print("No ha llegado ningún archivo.")
    for decision in detail.decisions:
        seen = f", con la entrega {decision.submission_id} a la vista" if decision.submission_id else ""
        reason = f": {decision.reason}" if decision.reason else ""
        change = f"{STATE_WORDS[decision.state_before]} -> {STATE_WORDS[decision.state_after]}"
        what = f"{_moment(decision.at)}  {ACTION_WORDS[decision.action]} ({change}), {decision.actor}{seen}{reason}"
        out.print(what, markup=False)
        for observation in decision.observations:
            out.print(f"    {about(observation)}: {observation.text}", markup=False)
    if detail.observations:
        out.print(f"Observaciones sin resolver: {len(detail.observations)}")


def about(observation: Observation) -> str:
    """What an observation speaks of, in words."""
    if observation.activity_code:
        return f"actividad {observation.activity_code}"
    return "!".join(filter(None, (observation.sheet, observation.cell))) or "todo el archivo"


def _table(*titles: str) -> Table:
    table = Table(box=box.SIMPLE)
    for title in titles:
        table.add_column(title, overflow="fold")
    return table


def _print(table: Table) -> None:
    """A table as wide as the terminal; into a file or a pipe, as wide as its lines."""
    (out if out.is_terminal else Console(highlight=False, width=_PIPE_COLUMNS)).print(table)


def _day(value: date) -> str:
    return f"{value:%d/%m/%Y}"


def _moment(value: datetime) -> str:
    return f"{value.astimezone(BOGOTA):%d/%m/%Y %H:%M}"
