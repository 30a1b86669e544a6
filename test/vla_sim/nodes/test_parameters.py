# SPDX-License-Identifier: Apache-2.0
"""What the simulation's parameters may not be is one sentence that names parameter and value."""

import re

import pytest

from vla_sim.errors import SimulationError
from vla_sim.nodes.parameters import SimulationParameters


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"seed": -3}, "seed must be 0 or more, got -3"),
        ({"controller": "jct"}, "got 'jct'"),
        ({"speed": 0.0}, "speed must be in [0.01, 100], got 0.0"),
        ({"step_s": 0.0}, "step_s must be in"),
        ({"camera_rate_hz": 0.5}, "camera_rate_hz must be in [1, 1000], got 0.5"),
        ({"camera_width": 8}, "camera_width must be in [16, 960], got 8"),
    ],
)
def test_wrong_parameter_is_named_with_its_value(wrong: dict[str, object], sentence: str) -> None:
    with pytest.raises(SimulationError, match=re.escape(sentence)):
        SimulationParameters(**wrong)  # type: ignore[arg-type]
