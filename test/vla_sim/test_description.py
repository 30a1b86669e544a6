# SPDX-License-Identifier: Apache-2.0
"""The published description and frames are those of the arm that is simulated."""

import numpy as np
import pinocchio
import pytest

from vla_sim import Simulation, SimulationConfig
from vla_sim.description import FrameTree, robot_description
from vla_sim.limits import joint_names, limits_of


@pytest.mark.parametrize("arm", ["fr3", "panda"])
def test_description_has_the_names_and_limits_of_the_arm(arm):
    model = pinocchio.buildModelFromXML(robot_description(arm))
    indices = [model.getJointId(name) - 1 for name in joint_names(arm)]
    limits = limits_of(arm)
    assert list(model.names)[1:8] == list(joint_names(arm))
    assert np.allclose(model.lowerPositionLimit[indices], limits.position_low)
    assert np.allclose(model.upperPositionLimit[indices], limits.position_high)
    assert np.allclose(model.velocityLimit[indices], limits.velocity)


@pytest.mark.parametrize("arm", ["fr3", "panda"])
def test_frames_of_the_tree_are_those_of_the_description(arm):
    simulation = Simulation(SimulationConfig(arm_id=arm))
    tree = FrameTree(simulation.model, arm)
    poses = {tree.base: pinocchio.SE3.Identity()}
    waiting = [*tree.moving(simulation.data), *tree.fixed(simulation.data)]
    while waiting:
        frame = next(item for item in waiting if item.parent in poses)
        waiting.remove(frame)
        w, x, y, z = frame.quaternion_wxyz
        local = pinocchio.SE3(pinocchio.Quaternion(w, x, y, z).matrix(), frame.translation)
        poses[frame.child] = poses[frame.parent] * local
    model = pinocchio.buildModelFromXML(robot_description(arm))
    data, q = model.createData(), pinocchio.neutral(model)
    q[:7] = simulation.state().position
    q[7:] = simulation.state().gripper_width_m / 2.0
    pinocchio.framesForwardKinematics(model, data, q)
    for name in (f"{arm}_link4", f"{arm}_hand", f"{arm}_hand_tcp", f"{arm}_leftfinger"):
        expected = data.oMf[model.getFrameId(name)]
        assert np.allclose(poses[name].homogeneous, expected.homogeneous, atol=1e-6), name
    assert {"scene_optical_frame", "wrist_optical_frame"} <= set(poses)


def test_scene_camera_looks_at_the_table():
    simulation = Simulation()
    [camera] = [
        frame
        for frame in FrameTree(simulation.model, "fr3").fixed(simulation.data)
        if frame.child == "scene_optical_frame"
    ]
    w, x, y, z = camera.quaternion_wxyz
    forward = pinocchio.Quaternion(w, x, y, z).matrix()[:, 2]
    hit = camera.translation - forward * camera.translation[2] / forward[2]
    assert forward[2] < 0.0
    assert 0.2 < hit[0] < 0.8
    assert abs(hit[1]) < 0.2
