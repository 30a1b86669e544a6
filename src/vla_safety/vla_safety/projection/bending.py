# SPDX-License-Identifier: Apache-2.0
"""Bending: inadmissible rows of a reference go to the nearest admissible ones, where the configuration allows it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vla_safety.arm_model import ArmModel
from vla_safety.kernels.arrays import Floats
from vla_safety.limits import Context, RowLimit
from vla_safety.projection.quadratic_program import solve_qp

TOOL_WEIGHT = 10.0  # of the tool's deviation [1/m², 1/rad²] against the joints' [1/rad²]
LINEARISATIONS = 4  # of the limits per row: steps between rows are small
TRUST_RAD = 0.1  # longest displacement of a joint for which linearised limits are believed
CLOSE_RAD = 1e-6


class RowBender:
    """Projects joint rows one after the other, each from the admissible one before it.

        minimize ½‖J(Δq − Δq_ref)‖²_W + ½‖Δq − Δq_ref‖²   over Δq   subject to   G Δq ≤ h

    with Δq_ref from the row before to the reference's row and (G, h) from the limits at the last iterate. Rows that are
    admissible come out as they were. An infeasible or failed solve leaves the arm where the row before was.
    """

    def __init__(self, model: ArmModel, limits: Sequence[RowLimit]) -> None:
        self._model = model
        self._limits = tuple(limits)

    def bend(self, rows: Floats, period_s: float, start: Floats) -> tuple[Floats, bool]:
        """Return admissible rows and whether any was moved.

        Args:
            rows: Joint rows ``(T, J)`` [rad].
            period_s: Between rows [s].
            start: Where the arm is ``(J,)`` [rad].
        """
        out = np.empty_like(rows)
        before, motion, moved = start, np.zeros((2, len(start))), False
        for k, row in enumerate(rows):
            bent, changed = self._row(before, row, period_s, motion)
            moved = moved or changed
            velocity = (bent - before) / period_s if k else np.zeros(len(start))
            motion = np.stack([velocity, (velocity - motion[0]) / period_s if k else motion[1]])
            out[k] = before = bent
        return out, moved

    def _row(self, before: Floats, row: Floats, period_s: float, motion: Floats) -> tuple[Floats, bool]:
        """Return the admissible row nearest to ``row`` and whether it differs."""
        at = before
        for _ in range(LINEARISATIONS):
            context = Context(self._model, at, period_s, motion)
            gradient, slack = self._gather(context)
            wanted = row - at
            if np.abs(wanted).max() <= TRUST_RAD and np.all(gradient @ wanted <= slack):
                return row, False
            step = self._project(context, wanted, gradient, slack)
            at = at + step
        return at, bool(np.abs(at - row).max() > CLOSE_RAD)

    def _gather(self, context: Context) -> tuple[Floats, Floats]:
        all_rows = [limit.rows(context) for limit in self._limits]
        return np.concatenate([rows.G for rows in all_rows]), np.concatenate([rows.h for rows in all_rows])

    def _project(self, context: Context, wanted: Floats, gradient: Floats, slack: Floats) -> Floats:
        jacobian, joints = context.jacobian, len(wanted)
        hessian = np.eye(joints) + TOOL_WEIGHT * jacobian.T @ jacobian
        box = np.eye(joints)
        rows = np.concatenate([gradient, box, -box]), np.concatenate([slack, np.full(2 * joints, TRUST_RAD)])
        outcome = solve_qp(hessian, -hessian @ wanted, rows)
        return np.zeros(joints) if outcome.solution is None else outcome.solution
