# SPDX-License-Identifier: Apache-2.0
"""The gripper as decisions: share of agreement (F1 of closed) and when it opens and closes. Pure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["GripperScore", "gripper_score"]

Array = npt.NDArray[np.float64]
Times = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class GripperScore:
    """How well openings agree.

    Attributes:
        f1: Harmonic mean of precision and recall of *closed*; NaN where it is closed in neither.
        events: Openings and closings in the truth.
        found: Those that have a like one within the window.
        event_error_s: Mean absolute time difference of the found ones; NaN where there is none.
    """

    f1: float
    events: int
    found: int
    event_error_s: float


def gripper_score(
    times_ns: Times, predicted_m: Array, truth_m: Array, threshold_m: float, window_s: float = 0.5
) -> GripperScore:
    """Compare opening widths ``(N,)`` [m] at ``times_ns``; below ``threshold_m`` is closed."""
    closed, truly = predicted_m < threshold_m, truth_m < threshold_m
    hits, either = int(np.sum(closed & truly)), int(closed.sum() + truly.sum())
    errors = []
    events = _events(times_ns, truly)
    candidates = _events(times_ns, closed)
    for at_ns, closing in events:
        apart = [abs(other - at_ns) for other, same in candidates if same == closing]
        if apart and min(apart) <= window_s * 1e9:
            errors.append(min(apart) * 1e-9)
    f1 = 2.0 * hits / either if either else float("nan")
    return GripperScore(f1, len(events), len(errors), float(np.mean(errors)) if errors else float("nan"))


def _events(times_ns: Times, closed: npt.NDArray[np.bool_]) -> list[tuple[int, bool]]:
    changed = np.flatnonzero(closed[1:] != closed[:-1]) + 1
    return [(int(times_ns[i]), bool(closed[i])) for i in changed]
