"""The linear system of whoever reads every publication at once and wants to know what one of them suppressed.

The unknowns are the persons of each session in each category, as the first publication had them, and for every later publication that
had other counts, how many came in and how many were taken out. The reader is taken to know everything but the categories: how many
persons each session had each time, which sessions changed between two publications and by how many. Every shown cell is an equation.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from pipc_etl.publish.open_data.cells import MEAN, Cell, Snapshot, Unit, is_inside

Vector = NDArray[np.float64]
# A linear form over the unknowns: position -> coefficient.
Form = dict[int, int]


@dataclass(frozen=True)
class Equation:
    """`form` = `value`; `cell` is the published cell that says so, `is_own` where the publication in the making shows it."""

    form: Form
    value: int
    cell: Cell
    is_own: bool


@dataclass(frozen=True)
class Target:
    """A group of persons of which 1 to k - 1 are in a category: nobody may find out. `people` is the size of the group."""

    form: Form
    count: int
    people: int


@dataclass
class _Group:
    """Persons that came (or left) together: `total` is known, their categories are not."""

    first: int
    total: int
    sign: int


@dataclass
class System:
    """The unknowns of one dimension over publications in the order in which they were known; the last one is being published.

    `truth` is the solution that happened; `totals` and `published` hold as equations, `limits` as forms that are never negative.
    """

    snapshots: Sequence[Snapshot]
    dimension: str
    categories: Sequence[str]
    truth: list[int] = field(default_factory=list)
    totals: list[tuple[Form, int]] = field(default_factory=list)
    limits: list[Form] = field(default_factory=list)
    changes: list[Target] = field(default_factory=list)
    _groups: dict[tuple[int, str], tuple[_Group, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for session in sorted({session for snapshot in self.snapshots for session in snapshot.places}):
            self._follow(session)

    def _follow(self, session: str) -> None:
        """The unknowns of one session: its persons when first published, and each change since."""
        last: Mapping[str, int] | None = None
        groups: tuple[_Group, ...] = ()
        for number, snapshot in enumerate(self.snapshots):
            if session not in snapshot.places:
                continue
            now = snapshot.by_session.get((session, self.dimension), {})
            if last is None:
                groups = (self._group(now, 1),)
            elif now != last:
                came = {category: now.get(category, 0) - last.get(category, 0) for category in self.categories}
                for sign in (1, -1):
                    moved = {category: sign * qty for category, qty in came.items() if sign * qty > 0}
                    if moved:
                        groups = (*groups, self._group(moved, sign))
                        self._remember_change(groups[-1])
                if groups[-1].sign < 0:
                    self.limits += [self._form(groups, {category: 1}) for category in self.categories]
            last = now
            self._groups[number, session] = groups

    def _group(self, counts: Mapping[str, int], sign: int) -> _Group:
        group = _Group(len(self.truth), sum(counts.values()), sign)
        self.truth += [counts.get(category, 0) for category in self.categories]
        self.totals.append(({group.first + place: 1 for place in range(len(self.categories))}, group.total))
        return group

    def _remember_change(self, group: _Group) -> None:
        for place in range(len(self.categories)):
            self.changes.append(Target({group.first + place: 1}, self.truth[group.first + place], group.total))

    def _form(self, groups: Sequence[_Group], weights: Mapping[str, int]) -> Form:
        form: Form = {}
        for group in groups:
            for place, category in enumerate(self.categories):
                if weights.get(category):
                    form[group.first + place] = form.get(group.first + place, 0) + group.sign * weights[category]
        return form

    def form(self, number: int, unit: Unit, weights: Mapping[str, int]) -> Form:
        """What publication `number` counts in `unit`, each category as often as `weights` says."""
        groups = [group for session in self.snapshots[number].members[unit] for group in self._groups[number, session]]
        return self._form(groups, weights)

    def value(self, form: Form) -> int:
        """What `form` comes to in truth."""
        return sum(coefficient * self.truth[position] for position, coefficient in form.items())

    def published(self, number: int) -> Iterator[Equation]:
        """An equation for each shown cell of publication `number`."""
        snapshot = self.snapshots[number]
        for cell, is_shown in snapshot.cells.items():
            if is_shown and cell.dimension == self.dimension:
                weights = snapshot.weights if cell.category == MEAN else {cell.category: 1}
                form = self.form(number, cell.unit, weights)
                yield Equation(form, self.value(form), cell, number == len(self.snapshots) - 1)

    def targets(self, k: int) -> list[Target]:
        """Every small group of every publication, and of what changed between the last one and each of the others."""
        return _small([*self.changes, *self._units(), *self._differences()], k)

    def remainders(self, cells: Mapping[Cell, bool], k: int) -> list[Target]:
        """The small groups that a shown cell of the last publication leaves beside those of its parts that are shown."""
        return _small(self._remainders(cells), k)

    def _units(self) -> Iterator[Target]:
        for number, snapshot in enumerate(self.snapshots):
            for unit in snapshot.members:
                people = snapshot.people(unit, self.dimension)
                for category in self.categories:
                    form = self.form(number, unit, {category: 1})
                    yield Target(form, self.value(form), people)

    def _differences(self) -> Iterator[Target]:
        """A unit of the last publication less the same unit of an earlier one."""
        last = len(self.snapshots) - 1
        for number, snapshot in enumerate(self.snapshots[:-1]):
            for unit in sorted(snapshot.members.keys() & self.snapshots[last].members.keys()):
                for category in self.categories:
                    form = self.form(last, unit, {category: 1})
                    for position, coefficient in self.form(number, unit, {category: 1}).items():
                        form[position] = form.get(position, 0) - coefficient
                    yield Target(form, self.value(form), self._moved(form))

    def _moved(self, form: Form) -> int:
        """How many persons the groups that `form` reads have together."""
        size = len(self.categories)
        touched = {position // size for position, coefficient in form.items() if coefficient}
        return sum(self.totals[group][1] for group in touched)

    def _remainders(self, cells: Mapping[Cell, bool]) -> Iterator[Target]:
        last = len(self.snapshots) - 1
        for whole, parts in _families(self.snapshots[last].members):
            for category in self.categories:
                if not cells.get(Cell(whole, self.dimension, category)):
                    continue
                hidden = [part for part in parts if not cells.get(Cell(part, self.dimension, category))]
                form: Form = {}
                for part in hidden:
                    form |= self.form(last, part, {category: 1})
                people = sum(self.snapshots[last].people(part, self.dimension) for part in hidden)
                yield Target(form, self.value(form), people)

    def matrix(self, forms: Sequence[Form]) -> csr_array:
        """`forms` as the rows of a matrix over the unknowns."""
        entries = [(row, position, value) for row, form in enumerate(forms) for position, value in form.items()]
        rows, columns, values = zip(*entries, strict=True) if entries else ((), (), ())
        shape = (len(forms), len(self.truth))
        return csr_array((np.array(values, dtype=float), (np.array(rows, dtype=int), np.array(columns, dtype=int))), shape=shape)


def _small(targets: Iterable[Target], k: int) -> list[Target]:
    """The groups of 1 to k - 1, each once, whichever way round it was found."""
    small: dict[tuple[tuple[int, int], ...], Target] = {}
    for target in targets:
        sign = -1 if target.count < 0 else 1
        form = {position: sign * coefficient for position, coefficient in target.form.items() if coefficient}
        if 0 < sign * target.count < k:
            small.setdefault(tuple(sorted(form.items())), Target(form, sign * target.count, target.people))
    return list(small.values())


def _families(members: Mapping[Unit, Sequence[str]]) -> Iterator[tuple[Unit, list[Unit]]]:
    """Each unit with the units one step below that add up to it: they must hold the same sessions, each once."""
    for whole, sessions in members.items():
        if whole.scope == "session":
            continue
        for parts in (_below(whole, members, by) for by in ("activity", "period", "session")):
            held = sorted(session for part in parts for session in members[part])
            if parts and held == sorted(sessions):
                yield whole, parts


def _below(whole: Unit, members: Mapping[Unit, Sequence[str]], by: str) -> list[Unit]:
    found = []
    for unit in members:
        same_period, same_activity = unit.period_code == whole.period_code, unit[1:3] == whole[1:3]
        inside = is_inside(unit.period_code, whole.period_code)
        if (
            (by == "activity" and whole.scope == "entity" and unit.scope == "activity" and same_period)
            or (by == "period" and unit.scope == whole.scope != "session" and same_activity and inside and not same_period)
            or (by == "session" and whole.scope == "activity" and unit.scope == "session" and same_activity and same_period)
        ):
            found.append(unit)
    return found
