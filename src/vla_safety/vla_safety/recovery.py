# SPDX-License-Identifier: Apache-2.0
"""An arm that starts outside its limits: how far is tolerated, and bounds that let it back in, slowly. No motion."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from vla_safety.arm_model import ArmModel
from vla_safety.errors import SafetyError
from vla_safety.kernels.arrays import Floats, KnotArrays
from vla_safety.kernels.distance import all_distances
from vla_safety.kernels.kinematics import forward
from vla_safety.kernels.verify import CLEAR, verify

FARTHEST_RAD = 0.2  # beyond a position limit: farther out an operator has to move the arm
FARTHEST_M = 0.05  # beyond the workspace
ROOM = 1e-6  # [m], [rad]: so that rounding does not make the start inadmissible
SLOW = 0.1  # share of the velocity limits


def relaxed(model: ArmModel, position: Floats) -> ArmModel:
    """Return ``model`` itself if ``position`` is admissible, else a copy whose limits reach as far as the arm.

    Raises:
        SafetyError: The arm is farther outside than is tolerated, or capsules overlap.
    """
    bounds, world = model.bounds, model.world
    joints = len(position)
    rotation, origin = np.empty((joints + 1, 3, 3)), np.empty((joints + 1, 3))
    forward(model.chain, position, rotation, origin)
    over = np.maximum(position - bounds.position_upper, bounds.position_lower - position)
    out = np.maximum(origin[-1] - bounds.workspace[1], bounds.workspace[0] - origin[-1])
    distance = all_distances(world, rotation, origin)
    if over.max() > FARTHEST_RAD:
        raise SafetyError(
            f"joint {int(np.argmax(over)) + 1} is {over.max():.3f} rad outside its limits: move it by hand"
        )
    if out.max() > FARTHEST_M:
        raise SafetyError(f"the tool is {out.max():.3f} m outside the workspace: move the arm by hand")
    if distance.min() <= 0.0:
        one, other = model.pair_names[int(np.argmin(distance))]
        raise SafetyError(f"{one} and {other} overlap by {-distance.min():.3f} m: move the arm by hand")
    if over.max() <= 0.0 and out.max() <= 0.0 and np.all(distance >= world.pair_margin):
        return model
    wide = bounds._replace(
        position_upper=np.maximum(bounds.position_upper, position + ROOM * (over > 0.0)),
        position_lower=np.minimum(bounds.position_lower, position - ROOM * (over > 0.0)),
        velocity=SLOW * bounds.velocity,
        workspace=np.stack(
            [
                np.minimum(bounds.workspace[0], origin[-1] - ROOM * (out > 0.0)),
                np.maximum(bounds.workspace[1], origin[-1] + ROOM * (out > 0.0)),
            ]
        ),
    )
    near = world._replace(pair_margin=np.minimum(world.pair_margin, distance - ROOM))
    return replace(model, bounds=wide, world=near)


def is_back(model: ArmModel, knots: KnotArrays, count: int) -> bool:
    """Return whether a whole motion keeps the limits of ``model``."""
    return bool(verify(model.chain, model.bounds, model.world, knots, count) == CLEAR)
