# SPDX-License-Identifier: Apache-2.0
"""Records of plain arrays that the compiled kernels take. No behaviour, no parsing.

Shapes: ``J`` joints, ``C`` capsules, ``P`` capsule pairs, ``B`` boxes, ``K`` knots. Units: m, rad, s, kg, N m.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


class ChainArrays(NamedTuple):
    """A serial chain of revolute joints; every frame is the joint's own, after its rotation."""

    rotation: Floats  # (J, 3, 3), joint frame in parent frame at q = 0
    translation: Floats  # (J, 3), [m], in parent frame
    axis: Floats  # (J, 3), unit, in joint frame
    mass: Floats  # (J,), [kg]
    center: Floats  # (J, 3), centre of mass in joint frame [m]
    inertia: Floats  # (J, 3, 3), about the centre of mass, joint frame [kg m²]
    tool_rotation: Floats  # (3, 3), tool frame in last joint frame
    tool_translation: Floats  # (3,), [m]
    gravity: Floats  # (3,), in base [m/s²]


class BoundArrays(NamedTuple):
    """Limits of joints and tool, margins already taken off. Joint arrays are ``(J,)``."""

    position_lower: Floats
    position_upper: Floats
    velocity: Floats
    acceleration: Floats
    jerk: Floats
    torque: Floats
    envelope: Floats  # (5, J): offset, twice the deceleration, upper zero, lower zero, tolerance; offset NaN: none
    tool: Floats  # (8,): linear speed, angular speed, cosine of cone, cone angle, cone axis in tool (3), 1 if cone
    cone_axis: Floats  # (3,), in base
    workspace: Floats  # (2, 3): lower and upper corner for the tool point, in base [m]
    reach: Floats  # (J,): bound of the lever arm from each joint to the tool point [m]


class WorldArrays(NamedTuple):
    """Capsules on the arm, the pairs to watch, and boxes that stand still."""

    capsule_joint: Integers  # (C,), -1 is the base
    capsule_start: Floats  # (C, 3), in joint frame [m]
    capsule_end: Floats  # (C, 3)
    capsule_radius: Floats  # (C,)
    capsule_ball: Floats  # (C,), radius of the ball around the capsule [m]
    pair: Integers  # (P, 2): capsule and capsule, or capsule and -1 - box
    pair_margin: Floats  # (P,), [m]
    pair_reach: Floats  # (P, J), lever arms of the relative motion [m]
    box_center: Floats  # (B, 3), in base
    box_half: Floats  # (B, 3)


class ArmArrays(NamedTuple):
    """All that a motion is verified against."""

    chain: ChainArrays
    bounds: BoundArrays
    world: WorldArrays


class PathArrays(NamedTuple):
    """A C² joint path: quintic between knots, at rest before the first and after the last one that is at rest."""

    time: Floats  # (K,), [s] since the path's origin
    position: Floats  # (K, J)
    velocity: Floats  # (K, J)
    acceleration: Floats  # (K, J)


class PathStart(NamedTuple):
    """Where a step along a path begins."""

    scalar: Floats  # (3,): path time τ [s], s, ds/dt [1/s]
    command: Floats  # (3, J): commanded position, velocity, acceleration


class KnotArrays(NamedTuple):
    """Room for a trajectory that a kernel writes: the used count is returned beside it."""

    time: Floats  # (K,), [s] since the start of the step
    position: Floats  # (K, J)
    velocity: Floats  # (K, J)
    acceleration: Floats  # (K, J)
    phase: Floats  # (4, 2): duration [s] and jerk [1/s²] of the path parameter; zero if the stop leaves the path


def knot_room(knots: int, joints: int) -> KnotArrays:
    """Return zeroed room for ``knots`` knots of ``joints`` joints."""
    shape = (knots, joints)
    return KnotArrays(np.zeros(knots), np.zeros(shape), np.zeros(shape), np.zeros(shape), np.zeros((4, 2)))
