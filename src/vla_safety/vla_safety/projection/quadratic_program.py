# SPDX-License-Identifier: Apache-2.0
"""The one file that knows the QP solver (daqp, an active-set method: exact, deterministic, sure of infeasibility)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import daqp
import numpy as np

from vla_safety.kernels.arrays import Floats

ITERATIONS = 200  # of the active set; 7 variables and 100 rows need about ten
LEAST_CURVATURE = 1e-9  # added to the Hessian: the solver wants it positive definite


class QpStatus(Enum):
    """How a solve ended."""

    SOLVED = "solved"  # optimal
    INFEASIBLE = "infeasible"  # the rows exclude each other
    FAILED = "failed"  # not finite, or no end within the iterations


@dataclass(frozen=True, slots=True)
class QpOutcome:
    """A status and, if solved, the minimiser ``(N,)``."""

    status: QpStatus
    solution: Floats | None = None


def solve_qp(hessian: Floats, gradient: Floats, rows: tuple[Floats, Floats]) -> QpOutcome:
    """Return the minimiser of ½ xᵀHx + fᵀx subject to G x ≤ h.

    Args:
        hessian: H ``(N, N)``, positive semidefinite.
        gradient: f ``(N,)``.
        rows: G ``(M, N)`` with rows of length 1, and h ``(M,)``.
    """
    matrix, upper = rows
    if not all(np.isfinite(part).all() for part in (hessian, gradient, matrix, upper)):
        return QpOutcome(QpStatus.FAILED)
    solution, _, flag, _ = daqp.solve(
        hessian + LEAST_CURVATURE * np.eye(len(gradient)),
        np.ascontiguousarray(gradient),
        np.ascontiguousarray(matrix),
        np.ascontiguousarray(upper),
        np.full(len(upper), -1e30),
        np.zeros(len(upper), dtype=np.int32),
        iter_limit=ITERATIONS,
    )
    if flag == -1:
        return QpOutcome(QpStatus.INFEASIBLE)
    if flag != 1 or not np.isfinite(solution).all():
        return QpOutcome(QpStatus.FAILED)
    return QpOutcome(QpStatus.SOLVED, np.asarray(solution))
