# SPDX-License-Identifier: Apache-2.0
"""The experts: tool velocity and finger width as a function of the situation alone. No timers, no waypoints, no memory.

Because the law is a function of the state it labels any state, also those that a policy or a shove has led to. Each
skill is a choice between a few laws of motion (approach, carry, leave, push, hover), all vectorised over B situations.
"""

import numpy as np

from vla_sim.controllers.trajectory import Float64
from vla_sim.experts.situation import Handling, Situation, ToolCommand, as_it_lies, choose
from vla_sim.tasks.task import Skill

OPEN_M, CLOSED_M = 0.08, 0.0
SPEED_M_S = 0.40  # lateral; well inside what the arm can follow over the table
CLIMB_M_S = 0.30
GAIN_HZ = 6.0
TURN_RAD_S = 1.8
YAW_RANGE_RAD = 1.75  # from "hand forward"; joint 7 stays off its limits
TOOL_FLOOR_M = 0.0135  # the tips end 9.5 mm below the tool's origin
NEAR_M, NEAR_HEIGHT_M, NEAR_YAW_RAD = 0.007, 0.006, 0.12  # close enough to close the fingers
RELEASE_M = 0.007  # above the goal; an object may fall so far
LET_GO_M, LET_GO_HALF_M = 0.010, 0.0045  # fingers that are so much wider let go: then the goal counts as so much wider
HOVER_M = 0.07
LIFTED_M = 0.16
TIP_HALF_M = 0.009  # closed tips, along the hand's x
GENTLE_M_S, GENTLE_HZ = 0.10, 4.0  # downward speed where something may be touched, and its growth with the clearance
PUSH_M_S = 0.12
PUSH_STANDOFF_M = 0.026  # between the tips and the object when they come down behind it
PUSH_BESIDE_M = 0.024  # further off the line the hand retreats while it gets back in line
PUSH_ASTRAY_M = 0.034  # and still further off it rises and goes back to where the push begins
PUSH_LOW_M = 0.025  # so low behind the object, the hand goes on or retreats, but does not rise and begin anew
PUSH_LEVEL_M, PUSH_UP_M = 0.008, 0.016  # above the height of a push: forward at full speed, and not at all
PUSH_ROOM_M = 0.008  # gap to the object below which the hand retreats at full speed while it gets level or in line
PUSH_RETREAT_M_S, PUSH_ASIDE_M_S = 0.05, 0.12
PUSH_DESCENT_M_S = 0.15
PUSHED_HOME = 0.5  # share of the goal: tips that are down push so far in, risen ones do not come back for less


def expert(skill: Skill, s: Situation, t: Handling) -> ToolCommand:
    """Return what the expert of ``skill`` does in each situation."""
    t = as_it_lies(s, t)
    if skill in (Skill.PLACE_IN_BIN, Skill.PLACE_ON_ZONE, Skill.STACK):
        moving = choose(is_held(s, t), _carry(s, t), _approach(s, t))
        return choose(is_delivered(s, t), _leave(s, t), moving)
    if skill is Skill.PICK:
        return choose(is_held(s, t), _lift(s, t), _approach(s, t))
    if skill is Skill.PUSH_TO_ZONE:
        return choose(_is_pushed_home(s, t), _back_off(s), _push(s, t))
    if skill is Skill.REACH:
        top = s.object_position + _up(t.half_height + HOVER_M)
        return _toward(s, top, _grasp_yaw(s, t), OPEN_M)
    if skill is Skill.HOME:
        return _toward(s, s.goal_position, np.zeros_like(s.tool_yaw), OPEN_M)
    still = s.tool_position
    return _toward(s, still, s.tool_yaw, OPEN_M if skill is Skill.OPEN else CLOSED_M)


def is_held(s: Situation, t: Handling) -> np.ndarray:
    """Say ``(B,)`` whether the object is between fingers that have met it."""
    offset = s.object_position - s.tool_position
    between = (np.hypot(offset[:, 0], offset[:, 1]) < 0.022) & (np.abs(offset[:, 2]) < 0.024)
    gap = s.width - t.grasp_width
    return between & (gap < 0.003) & (gap > -0.010)


def is_delivered(s: Situation, t: Handling) -> np.ndarray:
    """Say ``(B,)`` whether the object is at its goal and low enough to be let go.

    What was let go a little beside is left alone: to grasp it again risks more than it mends, and a learner that is
    unsure of millimetres would change its mind over the object.
    """
    offset = s.object_position - s.goal_position
    let_go = s.width > t.grasp_width + LET_GO_M
    inside = (np.abs(offset[:, :2]) < t.goal_half + LET_GO_HALF_M * let_go[:, None]).all(axis=1)
    return inside & (offset[:, 2] < RELEASE_M)


def _up(height: Float64 | float) -> Float64:
    height = np.atleast_1d(np.asarray(height, dtype=np.float64))
    return np.stack([np.zeros_like(height), np.zeros_like(height), height], axis=1)


def _limited(vector: Float64, limit: Float64 | float) -> Float64:
    """Shorten the rows of ``vector (B, n)`` to at most ``limit``."""
    length = np.linalg.norm(vector, axis=1, keepdims=True)
    return vector * np.minimum(1.0, np.reshape(limit, (-1, 1)) / np.maximum(length, 1e-9))


def wrapped(angle: Float64) -> Float64:
    """Return the same angle within ±pi."""
    return (angle + np.pi) % (2 * np.pi) - np.pi


def _toward(
    s: Situation, target: Float64, yaw: Float64, width: Float64 | float, speed: Float64 | float = SPEED_M_S
) -> ToolCommand:
    """Go straight to ``target (B, 3)``; while too low, climb first."""
    error = target - s.tool_position
    low = np.clip(1.0 - (error[:, 2] - 0.02) / 0.03, 0.0, 1.0)
    lateral = _limited(GAIN_HZ * error[:, :2], speed) * low[:, None]
    climb = np.clip(GAIN_HZ * error[:, 2:], -CLIMB_M_S, CLIMB_M_S)
    turn = np.clip(GAIN_HZ * wrapped(yaw - s.tool_yaw), -TURN_RAD_S, TURN_RAD_S)
    return ToolCommand(np.hstack([lateral, climb]), turn, np.broadcast_to(width, s.tool_yaw.shape).astype(float))


def _gentle(command: ToolCommand, clearance: Float64) -> ToolCommand:
    """Come down slowly where ``clearance (B,)`` [m] is small: a touch does no harm, an error is mended in time."""
    command.velocity[:, 2] = np.maximum(command.velocity[:, 2], -GENTLE_M_S - GENTLE_HZ * np.maximum(clearance, 0.0))
    return command


def _rising(command: ToolCommand, clearance: Float64) -> ToolCommand:
    """Begin to rise slowly: a learner that is unsure whether the fingers are there yet is not far off then."""
    command.velocity[:, 2] = np.minimum(command.velocity[:, 2], GENTLE_M_S + GENTLE_HZ * np.maximum(clearance, 0.0))
    return command


def _nearest_yaw(s: Situation, yaw: Float64, period: Float64) -> Float64:
    """Return ``yaw + k period`` nearest to the hand's yaw within the range of joint 7; 0 where any yaw will do."""
    safe = np.where(period > 0.0, period, 1.0)
    turns = np.round((s.tool_yaw - yaw) / safe)[:, None] + np.arange(-8, 9)
    candidates = yaw[:, None] + turns * safe[:, None]
    cost = np.abs(candidates - s.tool_yaw[:, None]) + 100.0 * (np.abs(candidates) > YAW_RANGE_RAD)
    best = np.take_along_axis(candidates, cost.argmin(axis=1)[:, None], axis=1)[:, 0]
    return np.where(period > 0.0, best, 0.0)


def _grasp_yaw(s: Situation, t: Handling) -> Float64:
    return _nearest_yaw(s, s.object_yaw, t.yaw_period)


def _approach(s: Situation, t: Handling) -> ToolCommand:
    """Come down on the object through a funnel that is wide at the top, and close inside it."""
    grasp = np.maximum(s.object_position[:, 2], TOOL_FLOOR_M)
    lateral = np.hypot(*(s.object_position - s.tool_position)[:, :2].T)
    yaw = _grasp_yaw(s, t)
    turn = np.where(t.yaw_period > 0.0, np.abs(wrapped(yaw - s.tool_yaw)), 0.0)
    above = np.clip(3.0 * (lateral - 0.004) + 0.3 * np.maximum(turn - 0.08, 0.0), 0.0, 0.11)
    near = (lateral < NEAR_M) & (turn < NEAR_YAW_RAD) & (np.abs(s.tool_position[:, 2] - grasp) < NEAR_HEIGHT_M)
    narrow = s.width < t.grasp_width + 0.012
    closing = near & (s.width > t.grasp_width - 0.010)
    above = np.where(narrow & ~closing, np.maximum(above, t.half_height + 0.035), above)
    target = np.column_stack([s.object_position[:, :2], grasp + above])
    command = _toward(s, target, yaw, np.where(closing, CLOSED_M, OPEN_M))
    return _gentle(command, s.tool_position[:, 2] - s.object_position[:, 2] - t.half_height - 0.02)


def _carry(s: Situation, t: Handling) -> ToolCommand:
    """Lift, cross at carrying height, lower where the lateral error is small.

    The object's offset in the hand counts.
    """
    offset = s.object_position - s.tool_position
    lateral = np.hypot(*(s.object_position - s.goal_position)[:, :2].T)
    climb = np.maximum(t.carry_height - s.goal_position[:, 2], 0.02)
    above = np.clip(4.0 * (lateral - t.release_radius), 0.0, climb)
    target = s.goal_position + _up(above) - offset
    command = _toward(s, target, np.zeros_like(s.tool_yaw), CLOSED_M)
    command = _gentle(command, s.object_position[:, 2] - s.goal_position[:, 2] - 0.01)
    return _rising(command, s.object_position[:, 2] - t.half_height)


def _leave(s: Situation, t: Handling) -> ToolCommand:
    """Open where the hand is, then go straight up, gently past the object.

    Rising waits for open fingers: a learner that is unsure of the moment would otherwise rise with the object.
    """
    opened = s.width > np.minimum(t.grasp_width + 0.024, OPEN_M - 0.004)
    near = np.linalg.norm(s.object_position - s.tool_position, axis=1) < 0.03
    height = np.maximum(s.object_position[:, 2] + t.half_height + HOVER_M, LIFTED_M)
    up = np.where(opened | ~near, height, s.tool_position[:, 2])
    target = np.column_stack([s.tool_position[:, :2], up])
    command = _toward(s, target, s.tool_yaw, OPEN_M)
    return _rising(command, s.tool_position[:, 2] - s.object_position[:, 2] - t.half_height)


def _lift(s: Situation, t: Handling) -> ToolCommand:
    target = s.tool_position.copy()
    target[:, 2] = LIFTED_M
    command = _toward(s, target, np.zeros_like(s.tool_yaw), CLOSED_M)
    return _rising(command, s.object_position[:, 2] - t.half_height)


def _back_off(s: Situation) -> ToolCommand:
    target = s.tool_position.copy()
    target[:, 2] = LIFTED_M
    return _toward(s, target, s.tool_yaw, CLOSED_M)


def _is_pushed_home(s: Situation, t: Handling) -> np.ndarray:
    """Say ``(B,)`` whether the push is over.

    The height of the tips decides how much it takes, so that a learner that is unsure of millimetres at the goal's edge
    neither rises early nor comes down again.
    """
    offset = np.abs(s.object_position - s.goal_position)[:, :2]
    down = s.tool_position[:, 2] - _push_height(t) < PUSH_LOW_M
    enough = np.where(down[:, None], PUSHED_HOME * t.goal_half, t.goal_half + LET_GO_HALF_M)
    return np.asarray((offset < enough).all(axis=1))


def _push_height(t: Handling) -> Float64:
    """Return the tool's height ``(B,)`` in a push: below the object's centre of mass, so that it does not tip."""
    return np.maximum(0.8 * t.half_height, TOOL_FLOOR_M + 0.004)


def _push(s: Situation, t: Handling) -> ToolCommand:
    """Come down behind the object, seen from the goal, and push it along the line to the goal."""
    way = s.goal_position[:, :2] - s.object_position[:, :2]
    distance = np.linalg.norm(way, axis=1)
    along = way / np.maximum(distance, 1e-6)[:, None]
    offset = s.tool_position[:, :2] - s.object_position[:, :2]
    behind = -(offset * along).sum(axis=1)
    beside = offset[:, 1] * along[:, 0] - offset[:, 0] * along[:, 1]
    yaw = _nearest_yaw(s, np.arctan2(along[:, 1], along[:, 0]), np.full_like(distance, np.pi))
    high = s.tool_position[:, 2] - _push_height(t)
    standoff = t.radius + TIP_HALF_M + PUSH_STANDOFF_M
    in_line = (behind > 0.4 * t.radius) & (behind < standoff + 0.02) & (np.abs(beside) < PUSH_ASTRAY_M)
    pushing = in_line & (high > -0.006) & (high < PUSH_LOW_M) & (s.width < 0.016)
    start = s.object_position[:, :2] - along * standoff[:, None]
    approach = _come_down_behind(s, np.column_stack([start, _push_height(t)]), yaw)
    # First down and in line, then forward; where there is no room for that, a little back.
    speed = np.clip(3.0 * distance, 0.03, PUSH_M_S)
    share = np.minimum(1.0 - np.abs(beside) / PUSH_BESIDE_M, (PUSH_UP_M - high) / (PUSH_UP_M - PUSH_LEVEL_M))
    gap = behind - t.radius - TIP_HALF_M
    cramped = np.clip(2.0 - gap / PUSH_ROOM_M, 0.0, 1.0)
    retreat = PUSH_RETREAT_M_S * cramped * np.maximum(share, -1.0)
    forward = np.where(share > 0.0, speed * np.minimum(share, 1.0), retreat)
    across = np.stack([-along[:, 1], along[:, 0]], axis=1)
    aside = np.clip(GAIN_HZ * beside, -PUSH_ASIDE_M_S, PUSH_ASIDE_M_S)
    climb = GAIN_HZ * (0.004 - high)  # tips that slide down an object jam it on the table: slide up instead
    lateral = along * forward[:, None] - across * aside[:, None]
    push = ToolCommand(np.column_stack([lateral, climb]), approach.yaw_rate, approach.width)
    return choose(pushing, push, approach)


def _come_down_behind(s: Situation, start: Float64, yaw: Float64) -> ToolCommand:
    """Go to where the push begins, ``start (B, 3)``, through a funnel, with the fingers closed."""
    error = np.linalg.norm((start - s.tool_position)[:, :2], axis=1)
    turn = np.abs(wrapped(yaw - s.tool_yaw))
    above = np.clip(3.0 * (error - 0.006) + 0.2 * np.maximum(turn - 0.5, 0.0) + (s.width >= 0.012) * 0.06, 0.0, 0.11)
    command = _toward(s, start + _up(above), yaw, CLOSED_M)
    # Close to the base with the hand across, the arm brakes late: a fast descent would touch the table.
    command.velocity[:, 2] = np.maximum(command.velocity[:, 2], -PUSH_DESCENT_M_S)
    return command
