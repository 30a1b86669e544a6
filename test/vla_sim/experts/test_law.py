# SPDX-License-Identifier: Apache-2.0
"""When the experts count an object as delivered, and what they do then."""

import numpy as np
import pytest

from vla_sim import Skill
from vla_sim.experts.law import expert, is_delivered
from vla_sim.experts.situation import Handling, Situation

GRASP_M, HALF_M = 0.04, 0.02


def beside(offset_m: float, width_m: float) -> tuple[Situation, Handling]:
    """Return a cube on another one, ``offset_m`` beside its middle, between fingers."""
    goal = np.array([[0.5, 0.0, 3 * HALF_M + 0.001]])
    cube = goal + np.array([[0.0, offset_m, -0.001]])
    zero, one = np.zeros(1), np.ones(1)
    situation = Situation(cube.copy(), np.zeros((1, 3)), zero, width_m * one, cube, zero, goal)
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
