# SPDX-License-Identifier: Apache-2.0
"""What the certificate is made of: hulls of one segment, bounds between two knots, and values exactly at a limit."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.interpolate import BPoly

from benchmarks.safety_support.loop import HOME
from vla_safety.arm_model import ArmModel
from vla_safety.kernels.arrays import WorldArrays, knot_room
from vla_safety.kernels.collision_rows import pair_rows
from vla_safety.kernels.kinematics import forward
from vla_safety.kernels.quintic import hull
from vla_safety.kernels.verify import (
    ACCELERATION,
    CLEAR,
    JERK,
    ORIENTATION,
    POSITION,
    SELF_COLLISION,
    TOOL_ANGULAR_SPEED,
    TOOL_SPEED,
    VELOCITY,
    WORKSPACE,
    envelope_lower,
    envelope_upper,
    joint_code,
    joint_limits_code,
    pairs_code,
    tool_code,
    tool_values,
)


@pytest.mark.parametrize("duration", [0.004, 0.5, 2.0])
def test_hull_is_that_of_the_control_points(duration: float) -> None:
    random, box = np.random.default_rng(0), np.empty((4, 2))
    for _ in range(20):
        start, end = random.normal(0.0, 1.0, (2, 3))
        hull(start, end, duration, box)
        piece = BPoly.from_derivatives([0.0, duration], [start, end])
        for order in range(4):
            points = (piece.derivative(order) if order else piece).c
            size = np.abs(points).max()
            assert box[order] == pytest.approx([points.min(), points.max()], abs=1e-9 * size)


def test_travel_of_a_segment_is_its_largest_speed_and_acceleration_either_way(model: ArmModel) -> None:
    knots, travel = knot_room(2, 7), np.empty((2, 2, 7))
    knots.time[1] = 0.1
    knots.position[:] = HOME
    knots.velocity[:, 0], knots.velocity[:, 1] = 0.2, -0.3
    knots.position[1, :2] += [0.02, -0.03]
    assert joint_limits_code(model.bounds, knots, 2, travel) == CLEAR
    assert travel[0, 0] == pytest.approx([0.2, 0.3, 0, 0, 0, 0, 0])
    knots.acceleration[:, 3] = -1.0
    assert joint_limits_code(model.bounds, knots, 2, travel) == CLEAR
    assert travel[1, 0, 3] >= 1.0


@pytest.mark.parametrize("side", [0, 1])
@pytest.mark.parametrize(("row", "expected"), [(0, POSITION), (1, VELOCITY), (2, ACCELERATION), (3, JERK)])
def test_joint_exactly_at_a_limit_keeps_it(model: ArmModel, row: int, side: int, expected: int) -> None:
    bounds, sign = model.bounds, 2 * side - 1
    box = np.zeros((4, 2))
    box[0] = HOME[5]
    place = bounds.position_upper if side else bounds.position_lower
    box[row, side] = (place, sign * bounds.velocity, sign * bounds.acceleration, sign * bounds.jerk)[row][5]
    assert joint_code(bounds, 5, box) == CLEAR
    box[row, side] += sign * 2e-6 * abs(box[row, side])
    assert joint_code(bounds, 5, box) == expected


def test_speed_exactly_at_the_envelope_keeps_it(fr3: ArmModel) -> None:
    for joint in range(7):
        box = np.zeros((4, 2))
        box[0] = fr3.bounds.position_lower[joint] + 0.05
        box[1, 0] = envelope_lower(fr3.bounds, joint, box[0, 0])
        assert joint_code(fr3.bounds, joint, box) == CLEAR
        box[1, 0] -= 1e-6
        assert joint_code(fr3.bounds, joint, box) == VELOCITY
        box[0], box[1, 0] = fr3.bounds.position_upper[joint] - 0.05, 0.0
        box[1, 1] = envelope_upper(fr3.bounds, joint, box[0, 1])
        assert joint_code(fr3.bounds, joint, box) == CLEAR
        box[1, 1] += 1e-6
        assert joint_code(fr3.bounds, joint, box) == VELOCITY


def test_envelope_leaves_no_speed_at_the_limit_itself(fr3: ArmModel) -> None:
    upper, lower, tolerance = fr3.bounds.envelope[2:]
    for joint in range(7):
        assert envelope_upper(fr3.bounds, joint, upper[joint]) == -tolerance[joint]
        assert envelope_lower(fr3.bounds, joint, lower[joint]) == tolerance[joint]


@pytest.mark.parametrize(
    ("value", "change", "limit", "expected"),
    [(0, 2, 0, TOOL_SPEED), (1, 3, 1, TOOL_ANGULAR_SPEED), (2, 1, 3, ORIENTATION)],
)
def test_tool_limit_holds_between_two_knots(
    model: ArmModel, value: int, change: int, limit: int, expected: int
) -> None:
    tool, values, moved = model.bounds.tool.copy(), np.zeros((2, 3)), np.zeros(5)
    tool[3], tool[7] = 0.5, 1.0
    bounds, point = model.bounds._replace(tool=tool), np.tile([0.4, 0.0, 0.4], (2, 1))
    values[:, value] = tool[limit] - 0.1
    moved[change] = 0.19
    assert tool_code(bounds, moved, values[1], values[0], point) == CLEAR
    moved[change] = 0.21
    assert tool_code(bounds, moved, values[1], values[0], point) == expected


def test_workspace_holds_for_the_bow_of_a_segment(model: ArmModel) -> None:
    point, moved = np.tile([0.4, 0.0, 0.4], (2, 1)), np.array([0.1, 0.0, 0.0, 0.0, 0.02])
    for axis in range(3):
        for side, out in ((0, -1.0), (1, 1.0)):
            box = np.array([[-9.0] * 3, [9.0] * 3])
            box[side, axis] = point[0, axis] + out * 0.021
            bounds = model.bounds._replace(workspace=box)
            assert tool_code(bounds, moved, np.zeros(3), np.zeros(3), point) == CLEAR
            box[side, axis] -= out * 0.002
            assert tool_code(bounds, moved, np.zeros(3), np.zeros(3), point) == WORKSPACE


@pytest.mark.parametrize(("sign", "angle"), [(1.0, 0.0), (-1.0, np.pi)])
def test_angle_off_the_cone_survives_rounding(model: ArmModel, sign: float, angle: float) -> None:
    tool, out = model.bounds.tool.copy(), np.empty(3)
    tool[4:7] = [0.0, 0.0, 1.0 + 1e-9]  # axes of a configuration have length one within 1e-6
    bounds = model.bounds._replace(tool=tool, cone_axis=np.array([0.0, 0.0, sign]))
    tool_values(bounds, np.zeros((6, 7)), np.zeros(7), np.eye(3), out)
    assert out[2] == pytest.approx(angle)


def two_balls(margin: float) -> WorldArrays:
    return WorldArrays(
        capsule_joint=np.array([-1, 0]),
        capsule_start=np.zeros((2, 3)),
        capsule_end=np.zeros((2, 3)),
        capsule_radius=np.full(2, 0.05),
        capsule_ball=np.full(2, 0.05),
        pair=np.array([[0, 1]]),
        pair_margin=np.array([margin]),
        pair_reach=np.ones((1, 1)),
        box_center=np.zeros((0, 3)),
        box_half=np.zeros((0, 3)),
    )


@pytest.mark.parametrize(("before", "after"), [(0.052, 0.072), (0.072, 0.052)])
def test_pair_that_is_too_near_at_either_end_of_a_segment_is_a_collision(before: float, after: float) -> None:
    ends = np.zeros((2, 2, 2, 3))
    for knot, distance in enumerate((before, after)):
        ends[knot, 1, :, 0] = 0.1 + distance
    travel, step = np.array([2.0]), np.array([0.01])  # the balls approach or leave by 0.02 m
    assert pairs_code(two_balls(0.06), ends, travel, step, np.full(1, -np.inf)) == SELF_COLLISION
    assert pairs_code(two_balls(0.05), ends, travel, step, np.full(1, -np.inf)) == CLEAR


def test_distances_and_gradients_do_not_depend_on_the_order_of_the_capsules(model: ArmModel) -> None:
    rotation, origin = np.empty((8, 3, 3)), np.empty((8, 3))
    forward(model.chain, HOME, rotation, origin)
    world, last = model.world, len(model.world.capsule_joint) - 1
    links = world.pair[:, 1] >= 0
    turned = world._replace(
        capsule_joint=world.capsule_joint[::-1].copy(),
        capsule_start=world.capsule_start[::-1].copy(),
        capsule_end=world.capsule_end[::-1].copy(),
        capsule_radius=world.capsule_radius[::-1].copy(),
        pair=np.where(links[:, None], last - world.pair, np.stack([last - world.pair[:, 0], world.pair[:, 1]], axis=1)),
    )
    for one, other in zip(
        pair_rows(model.chain, world, rotation, origin), pair_rows(model.chain, turned, rotation, origin), strict=True
    ):
        assert np.allclose(one, other, atol=1e-12)
