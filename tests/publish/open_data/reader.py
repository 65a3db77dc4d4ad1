"""Somebody who reads several publications of one entity and wants to know what they suppress: an attack of its own, in whole numbers.

Knows every session's number of persons in each publication, which sessions changed between two of them, and how many came and left; has
a system with the unknowns of every publication apart, so that it shares nothing with the code that suppresses.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp

K = 5
Unit = tuple[str, str, str, str, str]
Counts = Mapping[str, Mapping[str, int]]


@dataclass(frozen=True)
class Reading:
    """One publication in one dimension: the months and activities of its sessions, what it shows by unit and category (None: suppressed)
    and, for the judge alone, the true counts of each session."""

    places: Mapping[str, tuple[str, str, str]]
    told: Mapping[tuple[Unit, str], int | None]
    truth: Counts

    def members(self, unit: Unit) -> list[str]:
        _, plan, activity, session, period = unit
        return [
            code
            for code, place in self.places.items()
            if session in ("all", code) and plan in ("all", place[0]) and activity in ("all", place[1]) and place[2].startswith(period)
        ]

    def count(self, unit: Unit, category: str) -> int:
        return sum(self.truth.get(code, {}).get(category, 0) for code in self.members(unit))

    def people(self, unit: Unit) -> int:
        return sum(sum(self.truth.get(code, {}).values()) for code in self.members(unit))


Form = dict[tuple[object, ...], int]


class Reader:
    """Knows `readings`, in the order in which they were published."""

    def __init__(self, readings: Sequence[Reading], categories: Sequence[str]) -> None:
        self.readings, self.categories = readings, categories
        self.equations: list[tuple[Form, int]] = []
        for number, reading in enumerate(readings):
            for session in reading.places:
                whole = sum(reading.truth.get(session, {}).values())
                self.equations.append(({(number, session, category): 1 for category in categories}, whole))
            for (unit, category), count in reading.told.items():
                if count is not None:
                    self.equations.append((self.form(number, unit, category), count))
        self._link()
        self.unknowns = {name: place for place, name in enumerate(dict.fromkeys(name for form, _ in self.equations for name in form))}
        rows = np.zeros((len(self.equations), len(self.unknowns)))
        for row, (form, _) in enumerate(self.equations):
            for name, factor in form.items():
                rows[row, self.unknowns[name]] = factor
        values = np.array([value for _, value in self.equations])
        self.known = LinearConstraint(rows, values, values)

    def form(self, number: int, unit: Unit, category: str) -> Form:
        return {(number, session, category): 1 for session in self.readings[number].members(unit)}

    def _link(self) -> None:
        """What a session had in one publication and in the one before it: the same, or so many came and so many left."""
        for session in {session for reading in self.readings for session in reading.places}:
            seen = [number for number, reading in enumerate(self.readings) if session in reading.places]
            for before, after in pairwise(seen):
                changes = self._changes(before, after, session)
                came, left = (sum(max(0, sign * change) for change in changes.values()) for sign in (1, -1))
                for category in self.categories:
                    same: Form = {(after, session, category): 1, (before, session, category): -1}
                    moved: Form = {("came", after, session, category): -1, ("left", after, session, category): 1}
                    self.equations.append((same | moved, 0))
                for word, total in (("came", came), ("left", left)):
                    self.equations.append(({(word, after, session, category): 1 for category in self.categories}, total))

    def _changes(self, before: int, after: int, session: str) -> dict[str, int]:
        old, new = (self.readings[number].truth.get(session, {}) for number in (before, after))
        return {category: new.get(category, 0) - old.get(category, 0) for category in self.categories}

    def small_groups(self) -> Iterator[tuple[str, Form, int, int]]:
        """What nobody may find out: its name, its form, the true count from 1 to k - 1, and how many persons it is of."""
        for number, reading in enumerate(self.readings):
            for unit in dict.fromkeys(unit for unit, _ in reading.told):
                for category in self.categories:
                    if 0 < reading.count(unit, category) < K:
                        form = self.form(number, unit, category)
                        yield f"{number} {unit} {category}", form, reading.count(unit, category), reading.people(unit)
        for name in self.unknowns:
            if name[0] in ("came", "left"):
                word, after, session, category = name
                earlier = max(number for number in range(int(str(after))) if session in self.readings[number].places)
                change = self._changes(earlier, int(str(after)), str(session))
                sign = 1 if word == "came" else -1
                if 0 < sign * change[str(category)] < K:
                    yield f"{name}", {name: 1}, sign * change[str(category)], sum(max(0, sign * moved) for moved in change.values())

    def span(self, form: Form) -> tuple[int, int]:
        """The least and the most that `form` can be."""
        goal = np.zeros(len(self.unknowns))
        for name, factor in form.items():
            goal[self.unknowns[name]] = factor
        found = []
        for sign in (1, -1):
            solved = milp(sign * goal, constraints=[self.known], bounds=Bounds(0, np.inf), integrality=np.ones(len(goal)))
            assert solved.x is not None, solved.message
            found.append(round(float(goal @ np.round(solved.x))))
        return found[0], found[1]

    def disclosed(self) -> tuple[list[str], int]:
        """The small groups whose count is found out, with the bounds, and how many small groups there are.

        At least k counts must be possible; fewer where the group has fewer persons, or where that is so without the last publication.
        """
        names, total = [], 0
        silent = replace(self.readings[-1], told=dict.fromkeys(self.readings[-1].told))
        before = Reader([*self.readings[:-1], silent], self.categories) if any(self.readings[-1].told.values()) else self
        for name, form, count, people in self.small_groups():
            total += 1
            least, most = self.span(form)
            assert least <= count <= most
            if most - least < min(K - 1, people) and before.span(form) != (least, most):
                names.append(f"{name}: {count} in {least}..{most}")
        return names, total
