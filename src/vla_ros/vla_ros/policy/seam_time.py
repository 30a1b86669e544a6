# SPDX-License-Identifier: Apache-2.0
"""When a running motion can be ended: the next safe seam of a timeline. Pure."""

from __future__ import annotations

import numpy as np

from vla_ros.policy.schedule.timeline import Timeline

__all__ = ["safe_seam_ns"]

GRIPPER_STEP_M = 0.002  # a smaller change is the same decision; the hand's own resolution is about 1 mm


def safe_seam_ns(timeline: Timeline, now_ns: int, longest_ns: int) -> int:
    """Return the first grid time after ``now_ns`` at which the gripper is not being told to move.

    A grasp that is cut in two drops or crushes what it holds. At most ``longest_ns`` ahead, and never after the end of
    the timeline: there the motion ends by itself.
    """
    times = timeline.grid(now_ns, min(now_ns + longest_ns, timeline.chunk.end_ns))
    if len(times) == 0:
        return min(now_ns, timeline.chunk.end_ns)
    around = np.concatenate([[times[0] - timeline.chunk.period_ns], times, [times[-1] + timeline.chunk.period_ns]])
    _, gripper = timeline.at(around)
    if len(gripper) == 0:
        return int(times[0])
    still = (np.abs(np.diff(gripper)) < GRIPPER_STEP_M).astype(int)
    quiet = np.flatnonzero(still[:-1] & still[1:])
    return int(times[quiet[0]]) if len(quiet) else int(times[-1])
