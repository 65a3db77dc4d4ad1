"""Solves the reader's system: how far apart the whole numbers are that a suppressed count can be, given everything that was published."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, OptimizeResult, linprog, milp
from scipy.sparse import vstack

from pipc_etl.errors import PublicationError
from pipc_etl.publish.open_data.cells import Cell
from pipc_etl.publish.open_data.system import Equation, Form, System, Target, Vector

_TOLERANCE = 1e-6
_LESS_THAN_A_PERSON = 0.4
_EXPLORATIONS = 8


@dataclass
class Attack:
    """One reader's knowledge: the totals of `system` and the cells of `equations`, less those that are suppressed meanwhile.

    Every solution found is kept: it shows at once how far apart the values of all other targets can be, and it still fits when less is
    published.
    """

    system: System
    equations: Sequence[Equation]
    _solutions: list[Vector] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._totals = self.system.matrix([form for form, _ in self.system.totals])
        self._shown = self.system.matrix([equation.form for equation in self.equations])
        self._limits = self.system.matrix(self.system.limits)
        self._whole = np.array([total for _, total in self.system.totals], dtype=float)
        self._counts = np.array([equation.value for equation in self.equations], dtype=float)
        self._places = {equation.cell: place for place, equation in enumerate(self.equations) if equation.is_own}
        self._active = np.ones(len(self.equations), dtype=bool)
        self._solutions.append(np.array(self.system.truth, dtype=float))
        # Of all solutions that answer a question, any will do: a random one says most about the other questions.
        self._random = np.random.default_rng(len(self._counts))
        self._slight = _LESS_THAN_A_PERSON / (self._whole.sum() + 1)

    def suppress(self, cell: Cell) -> None:
        """From now on the cell of the publication in the making is not shown."""
        self._active[self._places[cell]] = False

    def explore(self, targets: Sequence[Target]) -> None:
        """Look for solutions that move many `targets` at once, so that few of them need one of their own."""
        forms = self.system.matrix([target.form for target in targets])
        for number in range(_EXPLORATIONS if targets else 0):
            signs = self._random.choice((-1.0, 1.0), len(targets)) if number > 1 else np.full(len(targets), 1.0 - 2 * number)
            self._extreme(forms.T @ signs)

    def span(self, target: Target, wanted: int) -> tuple[int, list[Equation]]:
        """How far apart the values are that `target` can have (`wanted` is enough), and the shown cells that hold them together."""
        goal = self._goal(target.form)
        seen = np.round(np.array(self._solutions) @ goal)
        least, most = int(seen.min()), int(seen.max())
        binding: list[Equation] = []
        for sign in (1, -1):
            if most - least >= wanted:
                return most - least, []
            solution, found = self._extreme(sign * goal)
            binding += found
            least, most = min(least, round(float(goal @ solution))), max(most, round(float(goal @ solution)))
        return most - least, binding

    def touching(self, target: Target) -> list[Equation]:
        """The shown cells of the publication in the making that count persons of the target's groups."""
        size = len(self.system.categories)
        groups = {position // size for position in target.form}
        found = [self.equations[place] for place in self._places.values() if self._active[place]]
        return [equation for equation in found if groups & {position // size for position in equation.form}]

    def _goal(self, form: Form) -> Vector:
        goal = np.zeros(len(self.system.truth))
        goal[list(form)] = list(form.values())
        return goal

    def _extreme(self, goal: Vector) -> tuple[Vector, list[Equation]]:
        """A solution in whole numbers that makes `goal` as small as can be, and the shown cells that keep it from being smaller."""
        active = np.flatnonzero(self._active)
        matrix = vstack([self._totals, self._shown[active]], format="csr")
        values = np.concatenate([self._whole, self._counts[active]])
        tilted = goal + self._slight * self._random.uniform(-1, 1, len(goal))
        has_limits = bool(self.system.limits)
        relaxed = linprog(
            tilted,
            A_eq=matrix,
            b_eq=values,
            A_ub=-self._limits if has_limits else None,
            b_ub=np.zeros(len(self.system.limits)) if has_limits else None,
            bounds=(0, None),
            method="highs",
        )
        solution = _solution(relaxed)
        if np.abs(solution - np.round(solution)).max() > _TOLERANCE:
            constraints = [LinearConstraint(matrix, values, values)]
            constraints += [LinearConstraint(self._limits, 0, np.inf)] if has_limits else []
            solution = _solution(milp(tilted, constraints=constraints, bounds=Bounds(0, np.inf), integrality=np.ones(len(goal))))
        self._solutions.append(np.round(solution))
        prices = np.abs(relaxed.eqlin.marginals[len(self._whole) :])
        # The slight random goal has slight prices of its own.
        binding = [self.equations[int(active[place])] for place in np.flatnonzero(prices > 2 * self._slight + _TOLERANCE)]
        return self._solutions[-1], [equation for equation in binding if equation.is_own]


def _solution(found: OptimizeResult) -> Vector:
    if found.x is None or not found.success:
        raise PublicationError(f"la comprobación de privacidad no terminó ({found.message}): el paquete no se publica")
    return np.asarray(found.x, dtype=float)
