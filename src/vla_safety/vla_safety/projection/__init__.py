# SPDX-License-Identifier: Apache-2.0
"""Moving rows of a reference to the nearest admissible ones by quadratic programmes."""

from vla_safety.projection.bending import RowBender
from vla_safety.projection.quadratic_program import QpOutcome, QpStatus, solve_qp

__all__ = ["QpOutcome", "QpStatus", "RowBender", "solve_qp"]
