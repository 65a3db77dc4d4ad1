"""Suppresses what must be, so that no reader of all publications can narrow down a small count."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from pipc_etl.errors import PublicationError
from pipc_etl.publish.open_data.attack import Attack
from pipc_etl.publish.open_data.cells import MEAN, Cell, Snapshot
from pipc_etl.publish.open_data.system import System, Target


def protect(earlier: Sequence[Snapshot], current: Snapshot, categories: Mapping[str, Sequence[str]], k: int) -> Snapshot:
    """`current` with as many more cells suppressed as it takes beside what `earlier` publications show.

    A count from 1 to k - 1, of any group that the publications tell apart, is protected when at least k different values fit everything
    that is shown (all values, in a group of fewer than k - 1 persons), or as many as fitted before this publication. `categories` lists
    those of every dimension. Raises PublicationError if suppressing everything would not be enough.
    """
    for dimension in sorted({cell.dimension for cell in current.cells}):
        current = _protect_dimension([*earlier, current], dimension, categories[dimension], k)
    return current


def _protect_dimension(snapshots: Sequence[Snapshot], dimension: str, categories: Sequence[str], k: int) -> Snapshot:
    current = _without_small(snapshots[-1], dimension, k)
    system = System([*snapshots[:-1], current], dimension, categories)
    past = [equation for number in range(len(snapshots) - 1) for equation in system.published(number)]
    attack = Attack(system, [*past, *system.published(len(snapshots) - 1)])
    before = Attack(system, past)
    cells = dict(current.cells)
    # Those of few persons first: what protects a session often protects the month. What is suppressed only helps the others.
    waiting = sorted(system.targets(k), key=lambda target: target.people)
    waiting += system.remainders(cells, k)
    attack.explore(waiting)
    while waiting:
        gone = {cell for target in waiting for cell in _suppressed_for(target, attack, before, current, k)}
        cells.update(dict.fromkeys(gone, False))
        # With less shown, what a shown cell leaves beside its shown parts is another group.
        waiting = system.remainders(cells, k) if gone else []
    return replace(current, cells=cells)


def _suppressed_for(target: Target, attack: Attack, before: Attack, current: Snapshot, k: int) -> Iterator[Cell]:
    """The cells that it takes, one by one: the least missed of those that hold the target where it is."""
    wanted = min(k - 1, target.people)
    span, binding = attack.span(target, wanted)
    if span < wanted:
        wanted = min(wanted, before.span(target, wanted)[0])
    while span < wanted:
        candidates = binding or attack.touching(target)
        if not candidates:
            raise PublicationError(
                "no se puede publicar sin que se pueda calcular un grupo de menos personas que el mínimo, aun suprimiendo todas sus celdas"
            )
        cell = min((equation.cell for equation in candidates), key=lambda cell: _worth(cell, current))
        attack.suppress(cell)
        yield cell
        span, binding = attack.span(target, wanted)


def _without_small(current: Snapshot, dimension: str, k: int) -> Snapshot:
    """Suppresses the counts from 1 to k - 1, and the means of fewer than k answers."""
    cells = dict(current.cells)
    for cell, is_shown in cells.items():
        if is_shown and cell.dimension == dimension:
            of_all = cell.category == MEAN
            people = current.people(cell.unit, dimension) if of_all else current.count(cell.unit, dimension, cell.category)
            cells[cell] = not 0 < people < k
    return replace(current, cells=cells)


def _worth(cell: Cell, current: Snapshot) -> tuple[int, bool, int, Cell]:
    """Sessions go before activities, months before years, small counts before large ones; a zero is told last, it hides little."""
    unit = cell.unit
    is_month = "-M" in unit.period_code
    level = ("session", "activity", "plan", "entity").index(unit.scope) + (0 if is_month else 4)
    count = current.count(unit, cell.dimension, cell.category)
    return (level, count == 0, count, cell)
