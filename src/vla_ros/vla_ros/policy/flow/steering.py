# SPDX-License-Identifier: Apache-2.0
"""What the network is told about actions that are already being executed, in its own units. Pure numpy.

The running timeline holds absolute tool poses; the network speaks of displacements from where the tool is now. Not
here: how a flow is steered (``steered``), which rows are frozen (the scheduler's context).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vla_ros.policy.flow.processing import Scaling, ToolState, relative_rows
from vla_ros.policy.prediction import InferenceContext
from vla_ros.policy.samplers.flow import prefix_weights
from vla_ros.policy.specification import Conditioning

__all__ = ["Steering", "actions_of", "steering_of"]

Array = npt.NDArray[np.float64]
Float32 = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Steering:
    """Running actions on the rows of the new chunk.

    Attributes:
        kind: ``GUIDED`` or ``INPAINT``.
        prefix: ``(T, A)`` normalised; rows past the end of the running timeline repeat its last one.
        weights: ``(T, A)`` in [0, 1]: how much each value holds.
    """

    kind: Conditioning
    prefix: Float32
    weights: Float32


def steering_of(context: InferenceContext, tool: ToolState, scaling: Scaling) -> Steering | None:
    """Return the steering that ``context`` asks for; None where nothing holds the new chunk."""
    if context.prefix is None or context.conditioning not in (Conditioning.GUIDED, Conditioning.INPAINT):
        return None
    rows, width = scaling.action_offset.shape
    frozen = min(context.frozen_rows, len(context.prefix))
    soft_end = frozen if context.conditioning is Conditioning.INPAINT else context.soft_end_row
    weights = prefix_weights(rows, frozen, min(soft_end, len(context.prefix)))
    if not weights.any():
        return None
    index = np.minimum(np.arange(rows), len(context.prefix) - 1)
    gripper = context.prefix_gripper_m
    before = np.maximum(index - 1, 0)  # an action's width is commanded from the row before on
    actions = actions_of(context.prefix[index], None if gripper is None else gripper[before], tool)
    held = np.repeat(weights[:, None], width, axis=1)
    held[1:, -1] = weights[:-1]
    if gripper is None:
        held[:, -1] = 0.0
    prefix = scaling.normalised_actions(actions).astype(np.float32)
    return Steering(context.conditioning, prefix, held.astype(np.float32))


def actions_of(rows: Array, gripper_m: Array | None, tool: ToolState) -> Array:
    """Return actions ``(T, 5)`` of tool poses ``(T, 7)`` that point down; the inverse of ``processing.tool_rows``.

    Args:
        rows: x y z [m] qx qy qz qw in the base.
        gripper_m: ``(T,)`` widths [m]; None: unknown, and the last column is 0.
        tool: Where the tool was measured.
    """
    yaw_rad = 2.0 * np.arctan2(rows[:, 4], rows[:, 3])  # Rz(yaw) diag(1, -1, -1): qx = cos(yaw/2), qy = sin(yaw/2)
    widths_m = np.zeros(len(rows)) if gripper_m is None else gripper_m
    actions = relative_rows(rows[:, :3], yaw_rad, widths_m, tool)
    if gripper_m is None:
        actions[:, -1] = 0.0
    return actions
