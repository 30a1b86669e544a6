# SPDX-License-Identifier: Apache-2.0
"""What is sent to a controller: the new motion behind the rest of the old one. Pure functions of trajectories.

A motion is sent before it takes effect. Until then the controller needs what it was to do anyway: whenever the message
arrives between its first point and the start of the new motion, the controller's reference does not notice it.
"""

from __future__ import annotations

import numpy as np

from vla_safety.types import SafeTrajectory


def spliced(sent: SafeTrajectory | None, new: SafeTrajectory, since_ns: int) -> SafeTrajectory:
    """Return ``new`` preceded by the points of ``sent`` before it.

    The first point is the last one of ``sent`` at or before ``since_ns``: a controller that samples from then on finds
    a whole segment. Quintics between the points are the ones that were verified, for no point is moved.

    Args:
        sent: What the controller executes; None: nothing.
        new: Starts on ``sent``.
        since_ns: Before the message can arrive.
    """
    if sent is None:
        return new
    times_ns = sent.stamp_ns + sent.times_ns
    end = int(np.searchsorted(times_ns, new.stamp_ns, side="left"))
    begin = max(int(np.searchsorted(times_ns, since_ns, side="right")) - 1, 0)
    if begin >= end:
        return new
    kept = slice(begin, end)
    first_ns = int(times_ns[begin])
    return SafeTrajectory(
        first_ns,
        np.concatenate([times_ns[kept] - first_ns, new.times_ns + (new.stamp_ns - first_ns)]),
        np.concatenate([sent.positions[kept], new.positions]),
        np.concatenate([sent.velocities[kept], new.velocities]),
        np.concatenate([sent.accelerations[kept], new.accelerations]),
        new.gripper_width_m,
    )
