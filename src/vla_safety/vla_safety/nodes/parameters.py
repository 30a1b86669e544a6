# SPDX-License-Identifier: Apache-2.0
"""Parameters of the safety node: one frozen dataclass, declared field by field and read once."""

from __future__ import annotations

import dataclasses
import difflib
from dataclasses import dataclass, field, replace
from typing import Any

from rcl_interfaces.msg import ParameterDescriptor

from rclpy.node import Node
from vla_safety.config import SafetyConfig
from vla_safety.errors import ConfigError

__all__ = ["SafetyParameters", "read_parameters"]

CONTROLLERS = ("jtc", "forward_position", "crisp_joint", "crisp_pose")
# Messages were up to 14 ms old on two busy cores (ordinary Linux, other processes at the same priority much more); a
# message that is late makes the controller jump. References are for the future, so that only stops become later.
LEAD_S = 0.04
_ROS_OWN = ("use_sim_time", "start_type_description_service", "qos_overrides")


def _about(text: str, *, default: Any) -> Any:
    return field(default=default, metadata={"description": text})


@dataclass(frozen=True, slots=True)
class SafetyParameters:
    """What the user may set."""

    config: str = _about("path of a file of config/safety", default="")
    autostart: bool = _about("configure at the start, activate when arm and controller are there", default=True)
    robot_description: str = _about("URDF text; empty: from the topic robot_description", default="")
    rate_hz: float = _about("control rate [Hz]; 0: that of the configuration", default=0.0)
    lead_s: float = _about("how long before it takes effect a motion is sent [s]", default=LEAD_S)
    controller: str = _about("jtc, forward_position, crisp_joint or crisp_pose", default="jtc")
    command_topic: str = _about("of the controller; empty: its usual name", default="")
    state_topic: str = _about("of a trajectory controller's state; empty: its usual name", default="")
    gripper_action: str = _about(
        "a control_msgs/GripperCommand action; empty: no gripper", default="franka_gripper/gripper_action"
    )
    gripper_scale: float = _about("position over width in the gripper's command: Franka counts one finger", default=0.5)
    decisions: bool = _about("publish a record of every step", default=False)
    niceness: int = _about("added to what it was started with, where that is allowed", default=-10)
    priority: int = _about("SCHED_FIFO priority of the loop; 0: as other threads", default=0)
    processor: int = _about("number of the processor to which the loop is pinned; -1: any", default=-1)
    freeze_memory: bool = _about("keep the garbage collector out of the loop", default=True)

    def __post_init__(self) -> None:
        if not self.config:
            raise ConfigError("the parameter 'config' must be the path of a file of config/safety, got an empty one")
        if self.controller not in CONTROLLERS:
            raise ConfigError(f"controller must be one of {list(CONTROLLERS)}, got {self.controller!r}")
        if not 0.0 <= self.lead_s <= 0.2:
            raise ConfigError(f"lead_s must be in [0, 0.2], got {self.lead_s}")
        if self.gripper_scale <= 0.0:
            raise ConfigError(f"gripper_scale must be > 0, got {self.gripper_scale}")

    def safety_config(self) -> SafetyConfig:
        """Return the core's configuration.

        Raises:
            ConfigError: The file is wrong.
        """
        config = SafetyConfig.from_yaml(self.config)
        return replace(config, rate_hz=self.rate_hz) if self.rate_hz else config


def read_parameters(node: Node) -> SafetyParameters:
    """Declare a parameter for each field and return what the user set.

    Raises:
        ConfigError: A parameter is unknown or refused.
    """
    fields = dataclasses.fields(SafetyParameters)
    known = [item.name for item in fields]
    for name in getattr(node, "_parameter_overrides", {}):
        if name.split(".")[0] not in (*known, *_ROS_OWN):
            near = difflib.get_close_matches(name, known, n=1, cutoff=0.0)[0]
            raise ConfigError(f"unknown parameter {name!r}; the nearest is {near!r}")
    values = {}
    for item in fields:
        descriptor = ParameterDescriptor(description=item.metadata["description"])
        values[item.name] = node.declare_parameter(item.name, item.default, descriptor).value
    return SafetyParameters(**values)
