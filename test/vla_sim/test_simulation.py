# SPDX-License-Identifier: Apache-2.0
"""The simulated arm: it tracks within a milliradian, repeats itself bit for bit, and reflexes as the real one does."""

import numpy as np
import pytest

from vla_sim import Acceptance, HandCommand, HandStatus, JointTrajectory, Simulation, SimulationConfig
from vla_sim.controllers.reflex import Reflex
from vla_sim.kinematics import Kinematics, tilt_error
from vla_sim.limits import joint_names
from vla_sim.wrench import external_wrench

NAMES = joint_names("fr3")
S = 1_000_000_000


def motion(simulation: Simulation, offset_rad: float, duration_s: float) -> JointTrajectory:
    goal = np.asarray(simulation.layout.home_rad) + offset_rad
    zero = np.zeros((1, 7))
    return JointTrajectory(NAMES, 0, np.array([round(duration_s * S)]), goal[None], zero, zero)


@pytest.fixture(scope="module")
def simulation() -> Simulation:
    return Simulation()


@pytest.mark.parametrize("timestep_s", [0.001, 0.002])
def test_measured_motion_stays_within_a_milliradian_of_the_spline(timestep_s: float) -> None:
    simulation = Simulation(SimulationConfig(timestep_s=timestep_s))
    assert simulation.accept(motion(simulation, 0.3, 1.2)) is Acceptance.ACCEPTED
    worst = 0.0
    for _ in range(round(1.5 / timestep_s)):
        simulation.step()
        state = simulation.state()
        worst = max(worst, float(np.abs(state.position - state.commanded.positions).max()))
    assert state.reflex is Reflex.NONE
    assert worst < 1e-3
    np.testing.assert_allclose(state.position, np.asarray(simulation.layout.home_rad) + 0.3, atol=1e-3)


def test_same_seed_and_commands_give_the_same_bits_however_steps_are_grouped(simulation: Simulation) -> None:
    def run(groups: list[int]) -> np.ndarray:
        simulation.reset(7)
        simulation.accept(motion(simulation, 0.1, 0.5))
        simulation.command_hand(HandCommand(0.02))
        for steps in groups:
            simulation.advance(steps)
        return np.concatenate([simulation.data.qpos, simulation.data.qvel])

    assert np.array_equal(run([600]), run([1] * 100 + [20] * 25))


@pytest.mark.parametrize(
    ("offset_rad", "duration_s", "expected"),
    [(0.3, 1.2, Reflex.NONE), (0.3, 0.1, Reflex.ACCELERATION), (0.05, 0.001, Reflex.VELOCITY)],
)
def test_motion_beyond_the_limits_reflexes(
    simulation: Simulation, offset_rad: float, duration_s: float, expected: Reflex
) -> None:
    simulation.reset(0)
    simulation.accept(motion(simulation, offset_rad, duration_s))
    simulation.advance(1500)
    reflex = simulation.state().reflex
    assert (reflex is Reflex.NONE) == (expected is Reflex.NONE)


def test_reflex_stops_the_arm_and_needs_recovery(simulation: Simulation) -> None:
    simulation.reset(0)
    simulation.accept(motion(simulation, 0.3, 0.1))
    simulation.advance(500)
    assert simulation.accept(motion(simulation, 0.0, 2.0)) is Acceptance.REFLEX
    assert np.abs(simulation.state().velocity).max() < 1e-3
    simulation.recover()
    assert simulation.accept(motion(simulation, 0.0, 2.0)) is Acceptance.ACCEPTED
    simulation.advance(2100)
    np.testing.assert_allclose(simulation.state().position, simulation.layout.home_rad, atol=1e-3)


def test_driving_into_the_table_is_a_collision_reflex(simulation: Simulation) -> None:
    simulation.reset(0)
    down = np.asarray(simulation.layout.home_rad) + np.array([0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0])
    zero = np.zeros((1, 7))
    simulation.accept(JointTrajectory(NAMES, 0, np.array([3 * S]), down[None], zero, zero))
    simulation.advance(3200)
    assert simulation.state().reflex is Reflex.COLLISION


def test_fingers_take_their_time_and_arrive(simulation: Simulation) -> None:
    simulation.reset(0)
    simulation.command_hand(HandCommand(0.02, speed_m_s=0.05))
    simulation.advance(600)
    assert simulation.hand_status() is HandStatus.MOVING
    simulation.advance(1000)
    assert simulation.hand_status() is HandStatus.ARRIVED
    assert simulation.state().gripper_width_m == pytest.approx(0.02, abs=1e-3)


def test_first_state_after_a_reset_is_that_of_the_new_scene(simulation: Simulation) -> None:
    simulation.reset(0)
    simulation.accept(motion(simulation, 0.3, 1.2))
    simulation.advance(1300)
    simulation.reset(1)
    np.testing.assert_allclose(simulation.state().tool_position, [0.40, 0.0, 0.26], atol=1e-4)


def test_wrench_of_pressing_on_the_table_is_the_force_of_the_contact() -> None:
    simulation = Simulation(SimulationConfig(reflexes=False))
    kinematics, q = Kinematics(), np.asarray(simulation.layout.home_rad)
    goal = kinematics.tool(q).position * (1.0, 1.0, 0.0) - (0.0, 0.0, 0.001)  # a little into the table
    for _ in range(100):
        tool = kinematics.tool(q)
        twist = np.concatenate([goal - tool.position, tilt_error(tool.rotation, 0.0)])
        q = q + np.linalg.pinv(tool.jacobian) @ twist
    zero = np.zeros((1, 7))
    simulation.accept(JointTrajectory(NAMES, 0, np.array([3 * S]), q[None], zero, zero))
    simulation.advance(4000)
    wrench = external_wrench(simulation)
    fingers = ("panda_leftfinger", "panda_rightfinger")
    contacts = simulation.truth.contacts()
    pressed = sum(each.force_n for each in contacts if {each.first, each.second} & set(fingers))
    assert pressed > 5.0
    assert wrench[2] == pytest.approx(pressed, rel=0.1)  # the table pushes up
