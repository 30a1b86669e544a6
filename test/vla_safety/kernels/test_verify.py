# SPDX-License-Identifier: Apache-2.0
"""The certificate: a good motion passes, and each limit refuses it once it alone is tightened below the motion."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.safety_support.loop import HOME
from vla_safety import Limit
from vla_safety.arm_model import ArmModel
from vla_safety.kernels.advance import INDEPENDENT, stop_now
from vla_safety.kernels.arrays import BoundArrays, KnotArrays, knot_room
from vla_safety.kernels.distance import all_distances
from vla_safety.kernels.dynamics import torques
from vla_safety.kernels.kinematics import forward, tool_jacobian
from vla_safety.kernels.verify import envelope_lower, envelope_upper, verify

MOVE = 0.2 * np.array([1.0, 0.5, -0.6, 0.5, 1.0, -0.5, 1.0])
COUNT = 200


def motion(start: np.ndarray = HOME, move: np.ndarray = MOVE, duration: float = 0.8) -> KnotArrays:
    """Return the quintic from rest to rest, with a knot every few milliseconds."""
    time = np.linspace(0.0, 1.0, COUNT)[:, None]
    shape = [
        time**3 * (10 - 15 * time + 6 * time**2),
        30 * time**2 * (1 - time) ** 2 / duration,
        60 * time * (1 - time) * (1 - 2 * time) / duration**2,
    ]
    position, velocity, acceleration = (part * move for part in shape)
    return KnotArrays(time[:, 0] * duration, start + position, velocity, acceleration, np.zeros((4, 2)))


def code(model: ArmModel, knots: KnotArrays, **bounds: object) -> Limit:
    return Limit(verify(model.chain, model.bounds._replace(**bounds), model.world, knots, len(knots.time)))


def peak(values: np.ndarray) -> np.ndarray:
    return np.abs(values).max(axis=0)


def tool_speeds(model: ArmModel, knots: KnotArrays) -> tuple[float, float, np.ndarray]:
    """Return the largest linear and angular speed and all tool points, from the knots."""
    rotation, origin, jacobian = np.empty((8, 3, 3)), np.empty((8, 3)), np.empty((6, 7))
    twists, points = [], []
    for position, velocity in zip(knots.position, knots.velocity, strict=True):
        forward(model.chain, position, rotation, origin)
        tool_jacobian(model.chain, rotation, origin, jacobian)
        twists.append(jacobian @ velocity)
        points.append(origin[7].copy())
    twists = np.array(twists)
    linear, angular = (np.linalg.norm(twists[:, part], axis=1).max() for part in (slice(0, 3), slice(3, 6)))
    return float(linear), float(angular), np.array(points)


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_good_motion_passes_both_ways(model: ArmModel, sign: float) -> None:
    assert code(model, motion(move=sign * MOVE)) is Limit.NONE


@pytest.mark.parametrize("sign", [1.0, -1.0])
@pytest.mark.parametrize("joint", range(7))
def test_joint_limits_refuse_just_above_and_accept_just_below(model: ArmModel, joint: int, sign: float) -> None:
    knots = motion(move=sign * MOVE)
    jerk = 60 * np.abs(MOVE) / 0.8**3
    for name, top, limit in (
        ("velocity", peak(knots.velocity), Limit.JOINT_VELOCITY),
        ("acceleration", peak(knots.acceleration), Limit.JOINT_ACCELERATION),
        ("jerk", jerk, Limit.JOINT_JERK),
    ):
        nominal = getattr(model.bounds, name)
        for factor, expected in ((0.99, limit), (1.01, Limit.NONE)):
            tight = nominal.copy()
            tight[joint] = factor * top[joint]
            assert code(model, knots, **{name: tight}) is expected


@pytest.mark.parametrize("sign", [1.0, -1.0])
@pytest.mark.parametrize("joint", range(7))
def test_position_limits_refuse_a_nanoradian_too_much(model: ArmModel, joint: int, sign: float) -> None:
    knots = motion(move=sign * MOVE)
    lower, upper = model.bounds.position_lower.copy(), model.bounds.position_upper.copy()
    lower[joint], upper[joint] = knots.position[:, joint].min() - 1e-9, knots.position[:, joint].max() + 1e-9
    assert code(model, knots, position_lower=lower, position_upper=upper) is Limit.NONE
    lower[joint] += 2e-9
    assert code(model, knots, position_lower=lower) is Limit.JOINT_POSITION
    upper[joint] -= 2e-9
    assert code(model, knots, position_upper=upper) is Limit.JOINT_POSITION


def test_torque_limit_refuses(model: ArmModel) -> None:
    assert code(model, motion(), torque=0.2 * model.bounds.torque) is Limit.JOINT_TORQUE


def test_torque_that_peaks_between_two_knots_refuses(model: ArmModel) -> None:
    """From rest to rest in one segment: both knots know gravity alone."""
    whole = motion(move=2.0 * MOVE)
    single = KnotArrays(*(rows[[0, -1]] for rows in whole[:4]), whole[4])
    rotation, origin, needed = np.empty((8, 3, 3)), np.empty((8, 3)), np.empty((COUNT, 7))
    for k in range(COUNT):
        forward(model.chain, whole.position[k], rotation, origin)
        needed[k] = np.abs(torques(model.chain, rotation, np.array([whole.velocity[k], whole.acceleration[k]])))
    resting, moving = np.maximum(needed[0], needed[-1]), needed.max(axis=0)
    names = ("velocity", "acceleration", "jerk", "torque")
    wide = {name: 1e3 * getattr(model.bounds, name) for name in names}  # the hull of a long segment is loose
    joint = int(np.argmax(np.where(resting > 10.0, moving / np.maximum(resting, 1e-9), 0.0)))
    assert moving[joint] > 1.1 * resting[joint]
    for torque, refused in ((1.03 * resting[joint], True), (1.03 * moving[joint], False)):
        wide["torque"][joint] = torque
        assert (code(model, single, **wide) is Limit.JOINT_TORQUE) is refused


@pytest.mark.parametrize(("index", "limit"), [(0, Limit.TOOL_SPEED), (1, Limit.TOOL_ANGULAR_SPEED)])
def test_tool_speed_limits_refuse_just_below_the_motion(model: ArmModel, index: int, limit: Limit) -> None:
    knots = motion()
    top = tool_speeds(model, knots)[index]
    for factor, expected in ((0.99, limit), (1.1, Limit.NONE)):
        tight = model.bounds.tool.copy()
        tight[index] = factor * top
        assert code(model, knots, tool=tight) is expected


@pytest.mark.parametrize("axis", range(3))
@pytest.mark.parametrize("side", [0, 1])
def test_workspace_refuses_just_inside_the_motion(model: ArmModel, axis: int, side: int) -> None:
    knots = motion()
    points = tool_speeds(model, knots)[2][:, axis]
    edge = points.max() if side else points.min()
    out = 1.0 if side else -1.0
    for room, expected in ((1e-3, Limit.NONE), (-1e-4, Limit.WORKSPACE)):
        box = model.bounds.workspace.copy()
        box[side, axis] = edge + out * room
        assert code(model, knots, workspace=box) is expected


def test_cone_refuses_a_tool_that_leans(model: ArmModel) -> None:
    def cone(angle: float) -> dict[str, np.ndarray]:
        tool = model.bounds.tool.copy()
        tool[2:] = [np.cos(angle), angle, 0.0, 0.0, 1.0, 1.0]
        return {"tool": tool, "cone_axis": np.array([0.0, 0.0, -1.0])}

    assert code(model, motion(), **cone(0.1)) is Limit.ORIENTATION
    assert code(model, motion(), **cone(1.0)) is Limit.NONE


def test_each_pair_refuses_when_its_margin_exceeds_the_distance(model: ArmModel) -> None:
    knots = motion()
    rotation, origin = np.empty((8, 3, 3)), np.empty((8, 3))
    distances = []
    for position in knots.position[::10]:
        forward(model.chain, position, rotation, origin)
        distances.append(all_distances(model.world, rotation, origin))
    nearest = np.min(distances, axis=0)
    for pair, (one, other) in enumerate(model.pair_names):
        expected = Limit.WORLD_COLLISION if other == "table" else Limit.SELF_COLLISION
        for room, outcome in ((-1e-4, expected), (0.02, Limit.NONE)):
            margin = model.world.pair_margin.copy()
            margin[pair] = nearest[pair] - room if nearest[pair] - room > 0 else margin[pair]
            world = model.world._replace(pair_margin=margin)
            found = Limit(verify(model.chain, model.bounds, world, knots, COUNT))
            assert found is outcome, (one, other, room)


def test_obstacle_between_two_distant_knots_is_not_missed(model: ArmModel) -> None:
    """Both ends are clear; the hand passes a post in between."""
    knots = motion(move=np.array([1.2, 0, 0, 0, 0, 0, 0]), duration=20.0)
    two = KnotArrays(*(part[[0, -1]] for part in knots[:4]), knots.phase)
    rotation, origin = np.empty((8, 3, 3)), np.empty((8, 3))
    forward(model.chain, knots.position[COUNT // 2], rotation, origin)
    center = model.world.box_center.copy()
    center[0] = origin[7]
    world = model.world._replace(box_center=center, box_half=np.full_like(center, 0.01))
    assert Limit(verify(model.chain, model.bounds, world, knots, COUNT)) is Limit.WORLD_COLLISION
    tool = model.bounds.tool.copy()
    tool[:2] = 100.0
    wide = model.bounds._replace(tool=tool, workspace=np.array([[-9.0] * 3, [9.0] * 3]))
    boxes_only = world._replace(pair_margin=np.where(world.pair[:, 1] < 0, world.pair_margin, -9.0))
    assert Limit(verify(model.chain, wide, boxes_only, two, 2)) is Limit.WORLD_COLLISION


def test_envelope_refuses_speed_towards_the_limit_only(fr3: ArmModel) -> None:
    joint, unit = 4, np.eye(7)[4]
    start = HOME + (fr3.bounds.position_upper[joint] - 0.3) * unit
    tool = fr3.bounds.tool.copy()
    tool[:2] = 100.0
    strong = {"acceleration": 10 * fr3.bounds.acceleration, "jerk": 100 * fr3.bounds.jerk, "tool": tool}
    assert code(fr3, motion(start, 0.28 * unit, duration=0.2), **strong) is Limit.JOINT_VELOCITY
    assert code(fr3, motion(start, 0.28 * unit, duration=0.9)) is Limit.NONE
    low = HOME + (fr3.bounds.position_lower[joint] + 0.3) * unit
    assert code(fr3, motion(low, -0.28 * unit, duration=0.2), **strong) is Limit.JOINT_VELOCITY
    assert (
        code(fr3, motion(start - 0.28 * unit, 0.28 * unit, duration=0.2), **strong, torque=np.full(7, 1e3))
        is Limit.NONE
    )
    assert code(fr3, motion(low, 0.2 * unit, duration=0.6)) is Limit.NONE


def test_envelope_is_the_published_formula(fr3: ArmModel) -> None:
    bounds: BoundArrays = fr3.bounds
    assert envelope_upper(bounds, 0, 2.5) == pytest.approx(-0.30 + np.sqrt(12 * (2.7501 - 2.5)) - 1e-3)
    assert envelope_lower(bounds, 5, 1.0) == pytest.approx(0.35 - np.sqrt(11 * (1.0 - 0.54092)) + 1e-3)
    assert envelope_upper(bounds, 0, 2.75) == pytest.approx(-1e-3)


def test_motion_that_is_not_finite_is_refused(model: ArmModel) -> None:
    for order in range(1, 4):
        knots = motion()
        knots[order][50, 3] = np.nan
        assert code(model, knots) is not Limit.NONE


def test_stop_now_tries_kinds_in_order_and_gives_none_where_none_is_admissible(model: ArmModel) -> None:
    room = knot_room(64, 7)
    moving = np.stack([HOME, MOVE, np.zeros(7)])
    count, kind = stop_now(model.arrays, moving, room)
    assert (count > 1, kind) == (True, 0)
    skewed = np.stack([HOME, MOVE, 0.5 * MOVE[::-1]])
    assert stop_now(model.arrays, skewed, room)[1] == 1
    wall = model.bounds._replace(position_upper=HOME + 1e-6)
    assert stop_now(model.arrays._replace(bounds=wall), moving, room) == (0, INDEPENDENT)
    resting = np.stack([HOME, np.zeros(7), np.zeros(7)])
    assert stop_now(model.arrays, resting, room)[0] == 0
