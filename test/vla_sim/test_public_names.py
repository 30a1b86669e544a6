# SPDX-License-Identifier: Apache-2.0
"""The package's public names change on purpose only."""

import vla_sim


def test_public_names_are_these() -> None:
    assert vla_sim.__all__ == [
        "Acceptance",
        "HandCommand",
        "HandStatus",
        "JointTrajectory",
        "RobotState",
        "SceneConfig",
        "SceneError",
        "Simulation",
        "SimulationConfig",
        "SimulationError",
        "Skill",
        "Task",
        "load_scene",
        "sample_task",
        "succeeded",
    ]
    assert all(hasattr(vla_sim, name) for name in vla_sim.__all__)
