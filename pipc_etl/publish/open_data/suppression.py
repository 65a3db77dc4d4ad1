"""Suppresses what must be, so that no reader of all publications can narrow down a small count."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from pipc_etl.errors import PublicationError
from pipc_etl.publish.open_data.attack import Attack
from pipc_etl.publish.open_data.cells import MEAN, Cell, Snapshot
from pipc_etl.publish.open_data.system import Equation, System, Target, Vector


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
    witnesses: list[Vector] = []
    before: Attack | None = None
    while True:
        system = System([*snapshots[:-1], current], dimension, categories)
        past = [equation for number in range(len(snapshots) - 1) for equation in system.published(number)]
        attack = Attack(system, [*past, *system.published(len(snapshots) - 1)], witnesses)
        before = before or Attack(system, past)
        chosen: set[Cell] = set()
        for target in system.targets(k):
            wanted = min(k - 1, target.people)
            if attack.span(target, wanted) < wanted and attack.span(target, wanted) < before.span(target, wanted):
                chosen.add(_choice(attack, target, current, system))
        if not chosen:
            return current
        current = replace(current, cells={**current.cells, **dict.fromkeys(chosen, False)})
        # What fitted more equations fits fewer.
        witnesses = attack.witnesses


def _without_small(current: Snapshot, dimension: str, k: int) -> Snapshot:
    """Suppresses the counts from 1 to k - 1, and the means of fewer than k answers."""
    cells = dict(current.cells)
    for cell, is_shown in cells.items():
        if is_shown and cell.dimension == dimension:
            of_all = cell.category == MEAN
            people = current.people(cell.unit, dimension) if of_all else current.count(cell.unit, dimension, cell.category)
            cells[cell] = not 0 < people < k
    return replace(current, cells=cells)


def _choice(attack: Attack, target: Target, current: Snapshot, system: System) -> Cell:
    """The cell to suppress next: of those that hold the target where it is, the least missed; else one that speaks of the same persons."""
    own = current.publication_id
    binding = [equation for equation in attack.used(target) if equation.publication_id == own]
    touching = [equation for equation in attack.equations if equation.publication_id == own and _meets(equation, target, system)]
    if not binding and not touching:
        raise PublicationError(
            "no se puede publicar sin que se pueda calcular un grupo de menos personas que el mínimo, aun suprimiendo todas sus celdas"
        )
    return min((equation.cell for equation in binding or touching), key=lambda cell: _worth(cell, current))


def _meets(equation: Equation, target: Target, system: System) -> bool:
    """Whether the cell counts a group of persons that the target counts too, in whatever category."""
    size = len(system.categories)
    return bool({position // size for position in equation.form} & {position // size for position in target.form})


def _worth(cell: Cell, current: Snapshot) -> tuple[int, bool, int, Cell]:
    """Sessions go before activities, months before years, small counts before large ones; a zero is told last, it hides little."""
    unit = cell.unit
    is_month = "-M" in unit.period_code
    level = ("session", "activity", "plan", "entity").index(unit.scope) + (0 if is_month else 4)
    count = current.count(unit, cell.dimension, cell.category)
    return (level, count == 0, count, cell)
