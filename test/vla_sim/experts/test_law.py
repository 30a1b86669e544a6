# SPDX-License-Identifier: Apache-2.0
"""When the experts count an object as delivered, and how they grasp and push."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from vla_sim import Simulation, SimulationConfig, Skill, Task, sample_task
from vla_sim.experts.episode import run_expert
from vla_sim.experts.law import PUSH_LOW_M, TIP_HALF_M, expert, is_delivered
from vla_sim.experts.measure import DEFAULT_SCENE
from vla_sim.experts.observe import posture
from vla_sim.experts.situation import Handling, Situation
from vla_sim.scene.palette import Shape

GRASP_M, HALF_M = 0.04, 0.02


def beside(offset_m: float, width_m: float) -> tuple[Situation, Handling]:
    """Return a cube on another one, ``offset_m`` beside its middle, between fingers."""
    goal = np.array([[0.5, 0.0, 3 * HALF_M + 0.001]])
    cube = goal + np.array([[0.0, offset_m, -0.001]])
    zero, one = np.zeros(1), np.ones(1)
    situation = Situation(cube.copy(), np.zeros((1, 3)), zero, width_m * one, cube, zero, zero > 0.0, goal)
    return situation, Handling(
        GRASP_M * one, HALF_M * one, 0.028 * one, np.pi / 2 * one, 0.002 * one, np.full((1, 2), 0.009), 0.12 * one
    )


@pytest.mark.parametrize(
    ("offset_m", "width_m", "delivered"),
    [
        (0.008, GRASP_M, True),
        (0.012, GRASP_M, False),  # in the hand it can still be mended
        (0.012, 0.07, True),
        (0.015, 0.07, False),  # half of it may hang over the edge
    ],
)
def test_what_was_let_go_counts_as_delivered_further_out(offset_m: float, width_m: float, delivered: bool) -> None:
    assert is_delivered(*beside(offset_m, width_m)).item() is delivered


def test_the_hand_rises_from_what_it_let_go_a_little_beside() -> None:
    command = expert(Skill.STACK, *beside(0.012, 0.07))
    assert command.velocity[0, 2] > 0.0
    assert command.width[0] > 0.07


def pushing(gap_m: float, high_m: float, beside_m: float = 0.0, to_goal_m: float = 0.15) -> tuple[Situation, Handling]:
    """Return closed tips so far behind a cube, above the height of a push, and beside the line along x to the goal."""
    zero, one, radius = np.zeros(1), np.ones(1), 0.028
    cube, goal = np.array([[0.5, 0.0, HALF_M]]), np.array([[0.5 + to_goal_m, 0.0, HALF_M]])
    tool = np.array([[0.5 - radius - TIP_HALF_M - gap_m, beside_m, 0.0175 + high_m]])
    situation = Situation(tool, np.zeros((1, 3)), zero, zero, cube, zero, zero > 0.0, goal)
    return situation, Handling(
        GRASP_M * one, HALF_M * one, radius * one, np.pi / 2 * one, zero, np.full((1, 2), 0.02), 0.12 * one
    )


@pytest.mark.parametrize("gap_m", [0.0, 0.012, 0.026])
@pytest.mark.parametrize("high_m", [0.009, 0.015, 0.024])
def test_tips_that_came_up_a_little_behind_the_object_go_down_again(gap_m: float, high_m: float) -> None:
    velocity = expert(Skill.PUSH_TO_ZONE, *pushing(gap_m, high_m)).velocity[0]
    assert velocity[2] < 0.0
    assert velocity[0] <= 0.0 or high_m < 0.016  # first down, then forward


def test_tips_far_above_go_to_where_the_push_begins() -> None:
    assert expert(Skill.PUSH_TO_ZONE, *pushing(0.0, PUSH_LOW_M + 0.005)).velocity[0, 2] > 0.0
    assert expert(Skill.PUSH_TO_ZONE, *pushing(0.026, PUSH_LOW_M + 0.005)).velocity[0, 2] < 0.0


@pytest.mark.parametrize("beside_m", [0.028, -0.028])
def test_tips_beside_the_line_retreat_and_get_back_into_it_without_rising(beside_m: float) -> None:
    velocity = expert(Skill.PUSH_TO_ZONE, *pushing(0.0, 0.004, beside_m)).velocity[0]
    assert velocity[0] < 0.0
    assert velocity[1] * beside_m < 0.0
    assert velocity[2] == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize(
    ("to_goal_m", "high_m", "rises"), [(0.015, 0.0, False), (0.009, 0.0, True), (0.022, 0.05, True)]
)
def test_a_push_ends_well_inside_and_is_not_begun_again_at_the_edge(
    to_goal_m: float, high_m: float, rises: bool
) -> None:
    command = expert(Skill.PUSH_TO_ZONE, *pushing(0.0, high_m, to_goal_m=to_goal_m))
    assert bool(command.velocity[0, 2] > 0.05) is rises


@pytest.mark.parametrize("heading", [0.0, 0.8, -1.2])
def test_posture_of_a_lying_cylinder_is_the_heading_of_its_axis(heading: float) -> None:
    standing = Rotation.from_euler("z", heading)
    lying = Rotation.from_euler("ZYZ", [heading, np.pi / 2, 1.1])  # the turn about its own axis says nothing
    assert posture(lying.as_quat(scalar_first=True), Shape.CYLINDER) == (pytest.approx(heading), True)
    assert posture(standing.as_quat(scalar_first=True), Shape.CYLINDER) == (pytest.approx(heading), False)


def test_posture_of_a_tipped_cube_is_the_heading_of_a_level_edge() -> None:
    tipped = Rotation.from_euler("ZY", [0.4, np.pi / 2])  # its x points down
    yaw, lies = posture(tipped.as_quat(scalar_first=True), Shape.CUBE)
    assert (yaw - 0.4) % (np.pi / 2) == pytest.approx(0.0, abs=1e-9)
    assert not lies


@pytest.mark.parametrize("seed", range(3))
def test_a_cylinder_on_its_side_is_grasped_across_and_delivered(seed: int) -> None:
    simulation, task = lying_cylinder(seed)
    outcome = run_expert(simulation, task)
    assert outcome.success


def lying_cylinder(first_seed: int) -> tuple[Simulation, Task]:
    """Return a scene in which the cylinder that is asked for lies where it stood."""
    simulation = Simulation(SimulationConfig(scene=DEFAULT_SCENE))
    for seed in range(100 * first_seed, 100 * first_seed + 100):
        rng = np.random.default_rng(seed)
        layout = simulation.reset(seed)
        task = sample_task(layout, rng, [Skill.PLACE_IN_BIN])
        if task is None or "cylinder" not in task.object_name:
            continue
        index = layout.object_index(task.object_name)
        thing = layout.objects[index]
        lying = Rotation.from_euler("ZY", [rng.uniform(-np.pi, np.pi), np.pi / 2])
        position = np.array([*thing.position_m[:2], thing.half_size_m[0] + 0.001])
        simulation.truth.move_object(index, position, lying.as_quat(scalar_first=True))
        return simulation, task
    raise AssertionError("no scene has a cylinder to be moved")
