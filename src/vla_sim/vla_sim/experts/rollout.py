# SPDX-License-Identifier: Apache-2.0
"""What the expert would do next: its law rolled out in a kinematic world, as the label of any situation. No physics.

The world of the roll-out: the tool follows the commanded velocity with bounded acceleration; the fingers move at the
hand's speed and stop at an object between them; a held object moves with the tool, a pushed one before it, a released
one rests.
"""

from dataclasses import dataclass, replace

import numpy as np

from vla_sim.controllers.hand_controller import SPEED_MAX_M_S
from vla_sim.controllers.trajectory import Float64
from vla_sim.experts.law import LET_GO_HALF_M, TIP_HALF_M, expert, is_held
from vla_sim.experts.situation import Handling, Situation, ToolCommand, as_it_lies
from vla_sim.tasks.task import Skill

SUBSTEP_S = 0.02
TOOL_ACCELERATION_M_S2 = 6.0  # what the tool servo reaches over the table
PAYLOAD_SLACK_M = 0.0005  # squeezed fingers read a little less than the object's width


@dataclass(frozen=True, slots=True, eq=False)
class ToolChunk:
    """Where the tool will be: T rows in the base, the first one row period after now."""

    position: Float64  # (B, T, 3) [m]
    yaw: Float64  # (B, T) [rad]
    width: Float64  # (B, T) commanded finger distance [m]


def roll_out(skill: Skill, s: Situation, t: Handling, rows: int = 16, row_period_s: float = 0.1) -> ToolChunk:
    """Return the expert's next ``rows`` tool poses from each situation."""
    substeps = max(1, round(row_period_s / SUBSTEP_S))
    positions, yaws, widths = [], [], []
    for _ in range(rows):
        for _ in range(substeps):
            command = expert(skill, s, t)
            s = advance(s, t, command, row_period_s / substeps)
        positions.append(s.tool_position)
        yaws.append(s.tool_yaw)
        widths.append(command.width)
    return ToolChunk(np.stack(positions, axis=1), np.stack(yaws, axis=1), np.stack(widths, axis=1))


def advance(s: Situation, t: Handling, command: ToolCommand, dt_s: float) -> Situation:
    """Return the situation one kinematic step later."""
    t = as_it_lies(s, t)
    change = command.velocity - s.tool_velocity
    length = np.linalg.norm(change, axis=1, keepdims=True)
    velocity = s.tool_velocity + change * np.minimum(1.0, TOOL_ACCELERATION_M_S2 * dt_s / np.maximum(length, 1e-9))
    held = is_held(s, t) & (command.width <= t.grasp_width)
    reach = SPEED_MAX_M_S * dt_s
    width = s.width + np.clip(command.width - s.width, -reach, reach)
    offset = s.object_position - s.tool_position
    between = (np.linalg.norm(offset[:, :2], axis=1) < 0.022) & (np.abs(offset[:, 2]) < 0.024) & (t.grasp_width > 0)
    width = np.where(between, np.maximum(width, t.grasp_width - PAYLOAD_SLACK_M), width)
    step = velocity * dt_s
    tool = s.tool_position + step
    moved = np.where(held[:, None], s.object_position + step, _resting(s, t, held))
    return replace(
        s,
        tool_position=tool,
        tool_velocity=velocity,
        tool_yaw=s.tool_yaw + command.yaw_rate * dt_s,
        width=width,
        object_position=_pushed(moved, tool, s, t),
        object_yaw=np.where(held, s.object_yaw + command.yaw_rate * dt_s, s.object_yaw),
    )


def _resting(s: Situation, t: Handling, held: np.ndarray) -> Float64:
    """Return where an object that nobody holds ends: at its goal's height when over the goal, else on the table."""
    position = s.object_position.copy()
    over = (np.abs(position - s.goal_position)[:, :2] < t.goal_half + LET_GO_HALF_M).all(axis=1)
    floor = np.where(over, np.minimum(s.goal_position[:, 2], position[:, 2]), np.minimum(t.half_height, position[:, 2]))
    falls = ~held & (s.width > t.grasp_width + 0.003)
    position[:, 2] = np.where(falls, floor, position[:, 2])
    return position


def _pushed(position: Float64, tool: Float64, s: Situation, t: Handling) -> Float64:
    """Return the objects moved out of the way of closed, low tips."""
    offset = position[:, :2] - tool[:, :2]
    distance = np.maximum(np.linalg.norm(offset, axis=1), 1e-6)
    low = tool[:, 2] < position[:, 2] + t.half_height
    overlap = np.maximum(t.radius * 0.85 + TIP_HALF_M - distance, 0.0) * (low & (s.width < 0.012))
    result = position.copy()
    result[:, :2] += offset * (overlap / distance)[:, None]
    return result
