# SPDX-License-Identifier: Apache-2.0
"""What an expert looks at: batched plain arrays, so that one call labels thousands of states. No simulation here.

Letters: B situations. Frame: base; [m], [rad], [m/s].
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import TypeVar

import numpy as np

from vla_sim.controllers.trajectory import Float64


@dataclass(frozen=True, slots=True, eq=False)
class Situation:
    """The state that the expert's feedback law depends on."""

    tool_position: Float64  # (B, 3)
    tool_velocity: Float64  # (B, 3)
    tool_yaw: Float64  # (B,)
    width: Float64  # (B,) between the fingers
    object_position: Float64  # (B, 3) centre of the object handled
    object_yaw: Float64  # (B,) of its axis if it lies
    object_lies: np.ndarray  # (B,) a cylinder on its side
    goal_position: Float64  # (B, 3) where the object's centre shall come to lie; the tool's where there is no object


@dataclass(frozen=True, slots=True, eq=False)
class Handling:
    """Constants of the object and the target during one attempt."""

    grasp_width: Float64  # (B,)
    half_height: Float64  # (B,)
    radius: Float64  # (B,) of the object's outline
    yaw_period: Float64  # (B,) the object looks the same after this turn; 0: after any
    release_radius: Float64  # (B,) lateral error below which it is lowered and let go
    goal_half: Float64  # (B, 2) inside these half extents it counts as delivered
    carry_height: Float64  # (B,) of the centre, above walls and other objects


@dataclass(frozen=True, slots=True, eq=False)
class ToolCommand:
    """What the expert does: tool velocity ``(B, 3)``, yaw rate ``(B,)``, finger distance wanted ``(B,)``."""

    velocity: Float64
    yaw_rate: Float64
    width: Float64


def as_it_lies(s: Situation, t: Handling) -> Handling:
    """Return the constants of the object in its present posture: a cylinder on its side is grasped across its axis."""
    radius = t.grasp_width / 2.0
    return replace(
        t,
        half_height=np.where(s.object_lies, radius, t.half_height),
        radius=np.where(s.object_lies, np.hypot(t.half_height, radius), t.radius),
        yaw_period=np.where(s.object_lies, np.pi, t.yaw_period),
    )


def choose(mask: np.ndarray, first: ToolCommand, second: ToolCommand) -> ToolCommand:
    """Return ``first`` where ``mask (B,)``, else ``second``."""
    return ToolCommand(
        np.where(mask[:, None], first.velocity, second.velocity),
        np.where(mask, first.yaw_rate, second.yaw_rate),
        np.where(mask, first.width, second.width),
    )


Rows = TypeVar("Rows", Situation, Handling)


def stack_rows(rows: Sequence[Rows]) -> Rows:
    """Concatenate situations (or handlings) along B."""
    cls = type(rows[0])
    return cls(*(np.concatenate([getattr(row, field.name) for row in rows]) for field in fields(cls)))
