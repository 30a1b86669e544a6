# SPDX-License-Identifier: Apache-2.0
"""A simulated Franka on a table: scene, physics, controllers, cameras, tasks and experts. No ROS outside `node.py`."""

from vla_sim.controllers.hand_controller import HandCommand, HandStatus
from vla_sim.controllers.joint_trajectory_controller import Acceptance
from vla_sim.controllers.trajectory import JointTrajectory
from vla_sim.errors import SceneError, SimulationError
from vla_sim.scene.config import SceneConfig, load_scene
from vla_sim.simulation import Simulation, SimulationConfig
from vla_sim.state import RobotState
from vla_sim.tasks.sample import sample_task
from vla_sim.tasks.success import succeeded
from vla_sim.tasks.task import Skill, Task

__all__ = [
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
