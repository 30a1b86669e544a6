# SPDX-License-Identifier: Apache-2.0
"""The arguments of ``franka.launch.py``: name, default, description, choices. Declared here once, no processes."""

from __future__ import annotations

from launch.actions import DeclareLaunchArgument
from launch.substitutions import (
    IfElseSubstitution,
    LaunchConfiguration,
    NotEqualsSubstitution,
    OrSubstitution,
    PathJoinSubstitution,
)
from launch_ros.parameter_descriptions import ParameterValue
from launch_ros.substitutions import FindPackageShare

__all__ = ["ARG", "CONTRACT", "IS_REAL", "POLICY", "SHARE", "config_file", "declared_arguments"]

SHARE = FindPackageShare("vla_bringup")

_BOOLEAN = ("true", "false")
_ARGUMENTS = (
    ("robot", "fr3", "which Franka arm", ("fr3", "panda")),
    ("robot_ip", "", "address of a real arm, driven through franka_ros2; empty: simulation", None),
    ("use_fake_hardware", "false", "franka_ros2 with mock hardware instead of an arm", _BOOLEAN),
    ("namespace", "", "namespace of everything, for several arms side by side", None),
    (
        "policy",
        "auto",
        "System 1: a file of config/policies, its path, a checkpoint's folder, or elsewhere (policy_server.launch.py); "
        "auto: default in simulation, elsewhere on a real arm",
        None,
    ),
    ("planner", "grammar", "System 2: a file of config/planners, or its path", None),
    ("tree", "default", "behaviour tree of the executor: a file of config/trees, or its path", None),
    ("controller", "jtc", "how the arm is commanded", ("jtc", "forward_position", "crisp_joint", "crisp_pose")),
    ("instruction", "", "what to do once ready, e.g. 'put the red cube in the left bin'; empty: wait for one", None),
    (
        "exit_when_done",
        "false",
        "end with the task of instruction; exit code 0: done; questions are given up",
        _BOOLEAN,
    ),
    ("output", "runs", "folder for pictures and bags of tasks", None),
    ("record", "false", "record a bag of every task below output", _BOOLEAN),
    ("scene", "pick_and_place", "simulated scene: a file of config/scenes without suffix", None),
    ("seed", "0", "draws the simulated scene", None),
    ("camera_rate", "30.0", "pictures a second of each simulated camera; less where the machine is slow", None),
    ("viewer", "false", "open MuJoCo's viewer on the simulation; needs a display", _BOOLEAN),
    ("console", "true", "operator console in the browser", _BOOLEAN),
    ("console_port", "8080", "port of the operator console", None),
    (
        "console_host",
        "127.0.0.1",
        "address of the console; any but this machine's own (0.0.0.0: all) asks for a token",
        None,
    ),
    ("rviz", "false", "start RViz", _BOOLEAN),
    ("log_level", "info", "least severe log shown", ("debug", "info", "warn", "error")),
    ("params_file", PathJoinSubstitution([SHARE, "config", "bringup.yaml"]), "parameters of the nodes", None),
    ("use_sim_time", "false", "take the time from /clock", _BOOLEAN),
)

ARG = {name: LaunchConfiguration(name) for name, *_ in _ARGUMENTS}
IS_REAL = OrSubstitution(NotEqualsSubstitution(ARG["robot_ip"], ""), ARG["use_fake_hardware"])
# What has learned in simulation moves no real arm before somebody names it.
POLICY = IfElseSubstitution(
    NotEqualsSubstitution(ARG["policy"], "auto"), ARG["policy"], IfElseSubstitution(IS_REAL, "elsewhere", "default")
)
CONTRACT = {
    "contract": PathJoinSubstitution([SHARE, "config", "robots", "franka.yaml"]),
    "robot": ARG["robot"],
    "target": IfElseSubstitution(IS_REAL, "real", "sim"),
}


def declared_arguments() -> list[DeclareLaunchArgument]:
    """Return the declarations, in the order in which ``--show-args`` prints them."""
    return [
        DeclareLaunchArgument(name, default_value=default, description=text, choices=choices)
        for name, default, text, choices in _ARGUMENTS
    ]


def config_file(folder: str, name: LaunchConfiguration) -> ParameterValue:
    """Return the path of a YAML file of ``config/`` as a parameter."""
    return ParameterValue([PathJoinSubstitution([SHARE, "config", folder, name]), ".yaml"], value_type=str)
