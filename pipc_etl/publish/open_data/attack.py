"""Solves the reader's system: between which whole numbers a suppressed count must lie, given everything that was published."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, linprog, milp

from pipc_etl.errors import PublicationError
from pipc_etl.publish.open_data.system import Equation, Form, System, Target, Vector

_TOLERANCE = 1e-6


@dataclass
class Attack:
    """One reader's knowledge: the totals of `system` and the cells of `equations`.

    Every solution found is kept: it shows at once how far apart the values of all other targets can be.
    """

    system: System
    equations: Sequence[Equation]
    witnesses: list[Vector] = field(default_factory=list)

    def __post_init__(self) -> None:
        forms = [form for form, _ in self.system.totals] + [equation.form for equation in self.equations]
        values = [value for _, value in self.system.totals] + [equation.value for equation in self.equations]
        self._matrix, self._values = self.system.matrix(forms), np.array(values, dtype=float)
        self._limits = self.system.matrix(self.system.limits)
        self.witnesses.append(np.array(self.system.truth, dtype=float))

    def span(self, target: Target, enough: int) -> int:
        """How far apart the values are that `target` could have; no more is looked for once it is `enough`."""
        goal = self._goal(target.form)
        seen = [round(float(goal @ witness)) for witness in self.witnesses]
        for sign in (1, -1):
            if max(seen) - min(seen) < enough:
                self.witnesses.append(self._solution(sign * goal))
                seen.append(round(float(goal @ self.witnesses[-1])))
        return max(seen) - min(seen)

    def _goal(self, form: Form) -> Vector:
        goal = np.zeros(len(self.system.truth))
        for position, coefficient in form.items():
            goal[position] = coefficient
        return goal

    def _solution(self, goal: Vector) -> Vector:
        """A solution in whole numbers that makes `goal` as small as can be."""
        constraints = [LinearConstraint(self._matrix, self._values, self._values)]
        if self.system.limits:
            constraints.append(LinearConstraint(self._limits, 0, np.inf))
        found = milp(goal, constraints=constraints, bounds=Bounds(0, np.inf), integrality=np.ones(len(goal)))
        if found.x is None:
            raise PublicationError(f"la comprobación de privacidad no terminó ({found.message}): el paquete no se publica")
        return np.round(np.asarray(found.x, dtype=float))

    def used(self, target: Target) -> list[Equation]:
        """The published cells that hold the value of `target` where it is, most of them first those that bind its bounds."""
        goal, found = self._goal(target.form), []
        for sign in (1, -1):
            solved = linprog(
                sign * goal,
                A_eq=self._matrix,
                b_eq=self._values,
                A_ub=-self._limits if self.system.limits else None,
                b_ub=np.zeros(len(self.system.limits)) if self.system.limits else None,
                bounds=(0, None),
                method="highs",
            )
            if solved.status == 0:
                prices = solved.eqlin.marginals[len(self.system.totals) :]
                found += [self.equations[int(place)] for place in np.flatnonzero(np.abs(prices) > _TOLERANCE)]
        return found
