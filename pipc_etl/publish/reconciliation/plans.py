"""Does a plan explain its shortfall: missing units against justified ones, surplus over shortfall, sessions against what was executed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from pipc_etl.publish.numbers import Rounding
from pipc_etl.publish.reconciliation.percents import PrintedPercent, possible_counts
from pipc_etl.publish.reconciliation.remark import Remark
from pipc_etl.publish.reconciliation.statement import percent_text
from pipc_etl.publish.wording import agree, counted, listed, number

# A row of rpt_activity_compliance.
Row = Mapping[str, Any]
_EXPLAINED = {
    "carried_over_qty": ("pasa a la vigencia siguiente", "pasan a la vigencia siguiente"),
    "rescheduled_qty": ("se reprogramó", "se reprogramaron"),
    "justified_qty": ("tiene justificación", "tienen justificación"),
}
_SESSION = "sesión"


def plan_remarks(activities: Sequence[Row], held: Mapping[tuple[str, str], int], rounding: Rounding) -> tuple[Remark, ...]:
    """Remarks on plans from the rows of their activities in one period.

    `held` counts the sessions held to the cut-off by plan and activity, for activities that have any; `rounding` is the report's.
    """
    found: list[Remark] = []
    groups: dict[tuple[str, str], list[Row]] = {}
    plans: dict[str, list[Row]] = {}
    for row in activities:
        groups.setdefault((row["plan_code"], row["reporting_group"] or row["dependency_name"]), []).append(row)
        plans.setdefault(row["plan_code"], []).append(row)
    for (_, name), rows in groups.items():
        found += _unjustified(name, rows, rounding)
    for rows in plans.values():
        found += _hidden(rows, rounding)
    for row in activities:
        found += _sessions(row, held.get((row["plan_code"], row["activity_code"])))
    return tuple(found)


def _unjustified(name: str, rows: Sequence[Row], rounding: Rounding) -> Iterator[Remark]:
    """A group that misses more units than its reports explain; whether its percent could be had with the explained ones alone."""
    missing, unjustified = _sum(rows, "shortfall_qty"), _sum(rows, "unjustified_qty")
    if not unjustified:
        return
    explained = missing - unjustified
    parts = [
        f"{counted(_sum(rows, column), 'unidad', 'unidades')} que {agree(_sum(rows, column), *words)}"
        for column, words in _EXPLAINED.items()
        if _sum(rows, column)
    ]
    why = f"los reportes explican {number(explained)} ({listed(parts)})" if parts else "los reportes no explican ninguna"
    where = listed([f"«{row['activity_name']}»" for row in rows if row["unjustified_qty"]])
    text = (
        f"{name}: al corte {agree(missing, 'falta', 'faltan')} {counted(missing, 'unidad', 'unidades')}, {why} y "
        f"{number(unjustified)} {agree(unjustified, 'queda', 'quedan')} sin justificar, en {where}."
    )
    yield Remark("warning", text + _impossible(rows, explained, rounding))


def _impossible(rows: Sequence[Row], explained: Decimal, rounding: Rounding) -> str:
    """That no whole numbers print as the group's percent with the explained shortfall alone, where it is so."""
    programmed, executed = _sum(rows, "programmed_to_date_qty"), _sum(rows, "executed_to_date_qty")
    surplus = executed - programmed + _sum(rows, "shortfall_qty")
    if not programmed or explained != explained.to_integral_value() or surplus:
        return ""
    percent = PrintedPercent(rounding.rounded(100 * executed / programmed), rounding)
    if not possible_counts(percent, shortfall=int(explained)).is_impossible:
        return ""
    return f" Con solo {counted(explained, 'unidad', 'unidades')} sin ejecutar, ningún número entero da {percent_text(percent)}."


def _hidden(rows: Sequence[Row], rounding: Rounding) -> Iterator[Remark]:
    """A plan at 100 % or more to date in which some activity is behind: the surplus of others covers it."""
    programmed, executed = _sum(rows, "programmed_to_date_qty"), _sum(rows, "executed_to_date_qty")
    behind = [row for row in rows if row["shortfall_qty"]]
    if not programmed or executed < programmed or not behind:
        return
    percent = percent_text(PrintedPercent(rounding.rounded(100 * executed / programmed), rounding))
    names = listed(
        [
            f"«{row['activity_name']}» ({number(_of(row, 'executed_to_date_qty'))} de {number(_of(row, 'programmed_to_date_qty'))})"
            for row in behind
        ]
    )
    number_of = counted(len(behind), "actividad no llega", "actividades no llegan")
    yield Remark(
        "warning",
        f"«{rows[0]['plan_name']}» cumple a corte {percent}, pero {number_of} a lo programado: {names}. Lo que sobra en otras lo tapa.",
    )


def _sessions(row: Row, held: int | None) -> Iterator[Remark]:
    """Where the unit is a session, the sessions held are the evidence of what was executed (they never are the figure itself)."""
    executed = _of(row, "executed_to_date_qty")
    if held is None or held == executed or str(row["unit_of_measure"]).strip().lower() != _SESSION:
        return
    yield Remark(
        "warning",
        f"«{row['activity_name']}»: se reportaron {counted(executed, 'sesión ejecutada', 'sesiones ejecutadas')} y hay registro de "
        f"{counted(held, 'sesión realizada', 'sesiones realizadas')}.",
    )


def _of(row: Row, column: str) -> Decimal:
    return Decimal(str(row[column] or 0))


def _sum(rows: Sequence[Row], column: str) -> Decimal:
    return sum((_of(row, column) for row in rows), Decimal(0))
