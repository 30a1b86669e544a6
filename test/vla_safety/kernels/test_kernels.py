# SPDX-License-Identifier: Apache-2.0
"""Kinematics, dynamics and distances against pinocchio and coal; hulls against dense sampling."""

from __future__ import annotations

import numpy as np
import pinocchio
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.interpolate import CubicSpline

from benchmarks.safety_support.loop import HOME
from vla_safety.arm_model import ArmModel
from vla_safety.kernels.distance import all_distances, segment_box, segment_segment
from vla_safety.kernels.dynamics import torques
from vla_safety.kernels.inverse import reach_pose, rotation_error, smallest_singular_value
from vla_safety.kernels.kinematics import forward, tool_jacobian
from vla_safety.kernels.quintic import cell, hermite, hull
from vla_safety.kernels.spline import spline_path

try:
    import coal
except ImportError:  # with numpy 1.26, pinocchio brings it under its older name
    import hppfcl as coal
TRANSFORM = getattr(coal, "Transform3s", None) or coal.Transform3f


@pytest.fixture(scope="module")
def peer(urdf: str) -> pinocchio.Model:
    whole = pinocchio.buildModelFromXML(urdf)
    return pinocchio.buildReducedModel(whole, [8, 9], pinocchio.neutral(whole))


def frames(model: ArmModel, position: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    rotation, origin = np.empty((8, 3, 3)), np.empty((8, 3))
    forward(model.chain, position, rotation, origin)
    return rotation, origin


def test_kinematics_and_dynamics_agree_with_pinocchio(model: ArmModel, peer: pinocchio.Model) -> None:
    random, data = np.random.default_rng(0), peer.createData()
    frame = peer.getFrameId("panda_hand_tcp")
    for _ in range(50):
        q, v, a = random.uniform(-2, 2, 7), random.normal(0, 1, 7), random.normal(0, 5, 7)
        rotation, origin = frames(model, q)
        pinocchio.framesForwardKinematics(peer, data, q)
        assert np.allclose(rotation[7], data.oMf[frame].rotation, atol=1e-12)
        assert np.allclose(origin[7], data.oMf[frame].translation, atol=1e-12)
        jacobian = np.empty((6, 7))
        tool_jacobian(model.chain, rotation, origin, jacobian)
        reference = pinocchio.ReferenceFrame.LOCAL_WORLD_ALIGNED
        assert np.allclose(jacobian, pinocchio.computeFrameJacobian(peer, data, q, frame, reference), atol=1e-12)
        torque = torques(model.chain, rotation, np.stack([v, a]))
        assert np.allclose(torque, pinocchio.rnea(peer, data, q, v, a), atol=1e-9)
        assert smallest_singular_value(jacobian) == pytest.approx(
            np.linalg.svd(jacobian, compute_uv=False)[-1], rel=0.06, abs=1e-6
        )


def along_z(start: np.ndarray, end: np.ndarray) -> object:
    axis = (end - start) / max(np.linalg.norm(end - start), 1e-12)
    turn = pinocchio.Quaternion.FromTwoVectors(np.array([0.0, 0, 1]), axis).toRotationMatrix()
    return TRANSFORM(turn, 0.5 * (start + end))


def test_segment_distances_agree_with_coal() -> None:
    random = np.random.default_rng(1)
    points = np.empty((2, 3))
    box = coal.Box(0.4, 0.6, 0.2)
    for _ in range(300):
        a, b, c, d = random.uniform(-1, 1, (4, 3))
        r1, r2 = 1e-3, 1e-3
        one, other = coal.Capsule(r1, np.linalg.norm(b - a)), coal.Capsule(r2, np.linalg.norm(d - c))
        result = coal.DistanceResult()
        expected = coal.distance(one, along_z(a, b), other, along_z(c, d), coal.DistanceRequest(), result) + r1 + r2
        actual = segment_segment(a, b, c, d, points)
        assert actual == pytest.approx(max(expected, actual if expected < 2e-3 else expected), abs=1e-5)
        assert np.linalg.norm(points[0] - points[1]) == pytest.approx(actual, abs=1e-12)
        result = coal.DistanceResult()
        identity = TRANSFORM(np.eye(3), np.zeros(3))
        expected = coal.distance(one, along_z(a, b), box, identity, coal.DistanceRequest(), result) + r1
        actual = segment_box(a, b, np.zeros(3), np.array([0.2, 0.3, 0.1]), points)
        if actual > 1e-2:
            assert actual == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("case", ["points", "point_first", "point_second", "parallel"])
def test_degenerate_segments_have_distances(case: str) -> None:
    points, zero, one = np.empty((2, 3)), np.zeros(3), np.array([1.0, 0, 0])
    up = np.array([0.0, 0, 2.0])
    if case == "points":
        assert segment_segment(zero, zero, up, up, points) == pytest.approx(2.0)
    elif case == "point_first":
        assert segment_segment(zero, zero, up - one, up + one, points) == pytest.approx(2.0)
    elif case == "point_second":
        assert segment_segment(up - one, up + one, zero, zero, points) == pytest.approx(2.0)
    else:
        assert segment_segment(zero, one, up, up + one, points) == pytest.approx(2.0)


def test_every_pair_is_apart_at_home(model: ArmModel) -> None:
    distance = all_distances(model.world, *frames(model, HOME))
    assert len(distance) >= 20
    assert np.all(distance > model.world.pair_margin)


@given(st.lists(st.floats(-3, 3), min_size=6, max_size=6), st.floats(1e-3, 2.0))
def test_hull_contains_the_segment(values: list[float], duration: float) -> None:
    start, end = np.array(values[:3]), np.array(values[3:])
    box = np.empty((4, 2))
    hull(start, end, duration, box)
    for time in np.linspace(0, duration, 60):
        value = hermite(start, end, duration, time)
        slack = 1e-9 * (1.0 + np.abs(box).max(axis=1))
        assert np.all(value <= box[:, 1] + slack)
        assert np.all(value >= box[:, 0] - slack)
    assert np.allclose(hermite(start, end, duration, duration)[:3], end, atol=1e-6)


def test_cell_is_clamped() -> None:
    times = np.array([0.0, 1.0, 2.0, 4.0])
    assert [cell(times, time) for time in (-1.0, 0.0, 0.5, 1.0, 3.9, 9.0)] == [0, 0, 0, 1, 2, 2]


def test_spline_passes_its_rows_and_ends_at_rest() -> None:
    rows = np.random.default_rng(2).normal(0, 1, (9, 3))
    path = spline_path(rows, 1.0, 0.1)
    assert np.allclose(path.position, rows)
    assert np.allclose(path.time, 1.0 + 0.1 * np.arange(9))
    assert not path.velocity[-1].any()
    assert not path.acceleration[-1].any()
    for k in range(1, 8):  # third derivatives of neighbours may differ, second ones may not
        left = hermite(
            np.array([path.position[k - 1, 0], path.velocity[k - 1, 0], path.acceleration[k - 1, 0]]),
            np.array([path.position[k, 0], path.velocity[k, 0], path.acceleration[k, 0]]),
            0.1,
            0.1,
        )
        assert np.allclose(left[:3], [path.position[k, 0], path.velocity[k, 0], path.acceleration[k, 0]], atol=1e-8)


def test_spline_is_the_natural_one_up_to_its_last_row() -> None:
    rows, times = np.random.default_rng(4).normal(0, 1, (9, 3)), 0.05 * np.arange(9)
    path, peer = spline_path(rows, 0.0, 0.05), CubicSpline(times, rows, bc_type="natural")
    assert np.allclose(path.velocity[:-1], peer(times, 1)[:-1])
    assert np.allclose(path.acceleration[:-1], peer(times, 2)[:-1], atol=1e-9)


@pytest.mark.parametrize("count", [1, 2])
def test_short_references_go_from_rest_to_rest(count: int) -> None:
    path = spline_path(np.ones((count, 7)), 0.0, 0.1)
    assert len(path.time) == count
    assert not path.velocity.any()


def test_inverse_kinematics_reaches_what_forward_kinematics_gave(model: ArmModel) -> None:
    random = np.random.default_rng(3)
    for _ in range(20):
        rotation, origin = frames(model, HOME + random.uniform(-0.3, 0.3, 7))
        position = HOME.copy()
        error, smallest = reach_pose(model.chain, model.bounds, np.vstack([rotation[7], origin[7]]), HOME, position)
        assert error < 1e-8
        assert smallest > 0.01
        reached = frames(model, position)
        assert np.allclose(reached[1][7], origin[7], atol=1e-8)
        assert np.allclose(reached[0][7], rotation[7], atol=1e-8)


@pytest.mark.parametrize("axis", [[1.0, 0, 0], [0, 1.0, 0], [0, 0, 1.0], [0.6, 0.0, -0.8], [-0.48, 0.6, 0.64]])
@pytest.mark.parametrize("angle", [0.0, 1e-9, 1e-3, 1.0, 3.0, np.pi - 1e-8, np.pi])
def test_rotation_error_is_the_rotation_vector(axis: list[float], angle: float) -> None:
    wanted = pinocchio.exp3(np.array(axis) * angle)
    out = np.empty(3)
    rotation_error(wanted, np.eye(3), out)
    assert np.allclose(pinocchio.exp3(out), wanted, atol=1e-6)
    assert np.linalg.norm(out) == pytest.approx(angle, abs=1e-6)
