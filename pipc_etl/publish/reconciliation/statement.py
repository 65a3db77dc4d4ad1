"""What the search for whole numbers found, in Spanish sentences for whoever reads a published percent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pipc_etl.publish.numbers import RoundingMode
from pipc_etl.publish.reconciliation.joint import JointSolutions, Option, PartOptions
from pipc_etl.publish.reconciliation.percents import Counts, PrintedPercent, Solutions, nearest_shortfalls, possible_counts
from pipc_etl.publish.wording import agree, counted, listed, number

_MODES: dict[RoundingMode, str] = {"half_up": "redondeado", "truncate": "truncado", "exact": "sin redondear"}
# More possible pairs than this are told by their first ones and their number.
_SHOWN = 12


@dataclass(frozen=True)
class Statement:
    """`holds` is False where no whole numbers give what was published."""

    holds: bool
    lines: tuple[str, ...]


def percent_statement(
    percent: PrintedPercent,
    bound: int,
    justified: int | None = None,
    executed: int | None = None,
    programmed: int | None = None,
) -> Statement:
    """Which whole numbers print as `percent` with what is known of them, and the nearest shortfalls where none does."""
    found = possible_counts(percent, justified, executed, programmed, bound)
    condition = _condition(justified, executed, programmed)
    shown = percent_text(percent)
    if found.counts:
        return Statement(True, (f"{shown}{condition}: {_pairs(found.counts)}.{_bound(found)}",))
    if not found.is_impossible:
        return Statement(False, (f"{shown}{condition}: ninguno entre 1 y {number(found.searched_to or 0)} unidades programadas.",))
    lines = [f"{shown}{condition}: imposible. Ningún par de números enteros (ejecutado de programado) da ese porcentaje."]
    if justified is not None and executed is None and programmed is None:
        lines += _nearest(percent, justified, bound)
    other = _other_mode(percent)
    if possible_counts(other, justified, executed, programmed, bound).counts:
        lines.append(f"Sí lo da si el informe no lo hubiera {_MODES[percent.rounding.mode]} sino {_MODES[other.rounding.mode]}.")
    return Statement(False, tuple(lines))


def joint_statement(found: JointSolutions, total: PrintedPercent) -> Statement:
    """Which numbers of each part fit the total, one line a part; what fits alone but not with the others is told."""
    limit = f"(se buscó hasta {number(found.searched_to)} unidades programadas en total)"
    if not found.totals:
        return Statement(False, (f"Las partes no pueden sumar un total de {percent_text(total)} {limit}.", *_alone(found.parts)))
    first, last = found.totals[0], found.totals[-1]
    head = f"Las partes suman un total de {percent_text(total)} con {_range(first, last)} {limit}."
    return Statement(True, (head, *(_part_line(part) for part in found.parts)))


def percent_text(percent: PrintedPercent) -> str:
    """«71,4 %»."""
    return f"{number(percent.value, percent.rounding.decimals)} %"


def _condition(justified: int | None, executed: int | None, programmed: int | None) -> str:
    known = []
    if justified is not None:
        units = counted(abs(justified), "unidad", "unidades")
        known.append(f"{units} de más" if justified < 0 else f"exactamente {units} sin ejecutar")
    if executed is not None:
        known.append(f"{number(executed)} {agree(executed, 'ejecutada', 'ejecutadas')}")
    if programmed is not None:
        known.append(f"{number(programmed)} {agree(programmed, 'programada', 'programadas')}")
    return f" con {listed(known)}" if known else ""


def _pairs(counts: Sequence[Counts]) -> str:
    if len(counts) == 1:
        return f"solo {_of(counts[0])}"
    shown = [_of(one) for one in counts[:_SHOWN]]
    if len(counts) <= _SHOWN:
        return listed(shown, "o")
    return f"{', '.join(shown)}… ({number(len(counts))} posibilidades, la última {_of(counts[-1])})"


def _of(counts: Counts) -> str:
    return f"{number(counts.executed)} de {number(counts.programmed)}"


def _bound(found: Solutions) -> str:
    return "" if found.searched_to is None else f" Se buscó hasta {number(found.searched_to)} unidades programadas."


def _nearest(percent: PrintedPercent, justified: int, bound: int) -> list[str]:
    nearest = nearest_shortfalls(percent, justified, bound)
    if not nearest:
        return []
    words = [f"{number(one.shortfall)} sin ejecutar ({_of(one)})" for one in nearest]
    lines = [f"Lo más cercano que sí lo da: {listed(words, 'o')}."]
    above = [one.shortfall - justified for one in nearest if one.shortfall > justified]
    if above:
        lines.append(
            f"Si se explican {number(justified)}, {agree(above[0], 'queda', 'quedan')} al menos "
            f"{counted(above[0], 'unidad', 'unidades')} sin justificar, o lo explicado no se cuenta en la unidad del plan."
        )
    return lines


def _other_mode(percent: PrintedPercent) -> PrintedPercent:
    mode: RoundingMode = "half_up" if percent.rounding.mode == "truncate" else "truncate"
    return PrintedPercent(percent.value, type(percent.rounding)(mode, percent.rounding.decimals))


def _range(first: Counts, last: Counts) -> str:
    return _of(first) if first == last else f"{_of(first)} a {_of(last)}"


def _part_line(part: PartOptions) -> str:
    name = f"{part.part.name} ({percent_text(part.part.percent)})"
    if len(part.options) > _SHOWN:
        return f"{name}: {number(len(part.options))} posibilidades, de {_of(part.options[0].counts)} a {_of(part.options[-1].counts)}."
    fitting = {option.counts for option in part.options}
    refused = [_of(counts) for counts in part.alone if counts not in fitting][:3]
    excluded = f" Con el total no caben, entre otros, {listed(refused)}." if refused and len(part.options) <= 3 else ""
    if len({(option.least_total, option.largest_total) for option in part.options}) == 1:
        return f"{name}: {listed([_of(option.counts) for option in part.options], 'o')}.{excluded}"
    return f"{name}: {'; '.join(_option(option) for option in part.options)}.{excluded}"


def _option(option: Option) -> str:
    return f"{_of(option.counts)} (si el total es {_range(option.least_total, option.largest_total)})"


def _alone(parts: Sequence[PartOptions]) -> tuple[str, ...]:
    return tuple(
        f"{part.part.name} ({percent_text(part.part.percent)}): "
        + (f"por sí sola, {_pairs(part.alone)}." if part.alone else "imposible por sí sola.")
        for part in parts
    )
