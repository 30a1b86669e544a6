# SPDX-License-Identifier: Apache-2.0
"""Parameters of the simulation node: one frozen dataclass, declared field by field and read once."""

from __future__ import annotations

import dataclasses
import difflib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rcl_interfaces.msg import ParameterDescriptor

from rclpy.node import Node
from vla_sim.errors import SimulationError
from vla_sim.scene.config import SceneConfig, load_scene
from vla_sim.simulation import SimulationConfig

__all__ = ["SimulationParameters", "load_named_scene", "read_parameters"]

CONTROLLERS = ("jtc", "forward_position", "forward_velocity")
_ROS_OWN = ("use_sim_time", "start_type_description_service", "qos_overrides")


def _about(text: str, *, default: Any) -> Any:
    return field(default=default, metadata={"description": text})


@dataclass(frozen=True, slots=True)
class SimulationParameters:
    """What the user may set."""

    scene: str = _about("path of a scene file; empty: a table with objects and two bins", default="")
    seed: int = _about("what the scene is drawn from", default=0)
    arm: str = _about("fr3 or panda", default="fr3")
    controller: str = _about("claims the arm: jtc, forward_position or forward_velocity", default="jtc")
    speed: float = _about("simulated seconds per second; other than 1 publishes /clock", default=1.0)
    lockstep: bool = _about("time advances only by the service sim/step; publishes /clock", default=False)
    step_s: float = _about("what one call of sim/step advances [s]", default=0.01)
    timestep_s: float = _about("physics step [s]: 0.001, or 0.002 where the machine is slow", default=0.001)
    joint_state_rate_hz: float = _about("rate of joint_states [Hz]", default=200.0)
    cameras: bool = _about("render and publish the cameras", default=True)
    camera_rate_hz: float = _about("rate of the cameras [Hz]", default=30.0)
    camera_width: int = _about("columns of a picture", default=224)
    camera_height: int = _about("rows of a picture", default=224)
    reflexes: bool = _about("stop the arm where the real one would", default=True)
    niceness: int = _about("of the physics, added to what it was started with", default=-10)
    viewer: bool = _about("open MuJoCo's viewer; needs a display", default=False)

    def __post_init__(self) -> None:
        if self.controller not in CONTROLLERS:
            raise SimulationError(f"controller must be one of {list(CONTROLLERS)}, got {self.controller!r}")
        if not 0.01 <= self.speed <= 100.0:
            raise SimulationError(f"speed must be in [0.01, 100], got {self.speed}")
        if not self.timestep_s <= self.step_s <= 10.0:
            raise SimulationError(f"step_s must be in [timestep_s, 10], got {self.step_s}")
        if self.seed < 0:
            raise SimulationError(f"seed must be 0 or more, got {self.seed}")
        for name in ("joint_state_rate_hz", "camera_rate_hz"):
            if not 1.0 <= getattr(self, name) <= 1000.0:
                raise SimulationError(f"{name} must be in [1, 1000], got {getattr(self, name)}")
        for name in ("camera_width", "camera_height"):
            if not 16 <= getattr(self, name) <= 960:
                raise SimulationError(f"{name} must be in [16, 960], got {getattr(self, name)}")

    @property
    def publishes_clock(self) -> bool:
        """Whether time is the simulation's own."""
        return self.lockstep or self.speed != 1.0

    def simulation_config(self) -> SimulationConfig:
        """Return the core's configuration.

        Raises:
            SimulationError: The scene or the arm is not known.
        """
        return SimulationConfig(
            scene=load_scene(self.scene) if self.scene else SceneConfig(),
            arm_id=self.arm,
            timestep_s=self.timestep_s,
            reflexes=self.reflexes,
            image_height=self.camera_height,
            image_width=self.camera_width,
        )


def load_named_scene(current: str, name: str) -> SceneConfig:
    """Return the scene called ``name`` in the folder of the scene file ``current``.

    Raises:
        SimulationError: There is no such file; the message names those that are there.
    """
    folder = Path(current).parent if current else Path()
    path = folder / f"{name}.yaml"
    if not current or not path.is_file():
        known = sorted(entry.stem for entry in folder.glob("*.yaml")) if current else []
        raise SimulationError(f"no scene {name!r}; there are {known}")
    return load_scene(path)


def read_parameters(node: Node) -> SimulationParameters:
    """Declare a parameter for each field and return what the user set.

    Raises:
        SimulationError: A parameter is unknown or refused.
    """
    fields = dataclasses.fields(SimulationParameters)
    known = [item.name for item in fields]
    for name in getattr(node, "_parameter_overrides", {}):
        if name.split(".")[0] not in (*known, *_ROS_OWN):
            near = difflib.get_close_matches(name, known, n=1, cutoff=0.0)[0]
            raise SimulationError(f"unknown parameter {name!r}; the nearest is {near!r}")
    values = {}
    for item in fields:
        descriptor = ParameterDescriptor(description=item.metadata["description"])
        values[item.name] = node.declare_parameter(item.name, item.default, descriptor).value
    return SimulationParameters(**values)
