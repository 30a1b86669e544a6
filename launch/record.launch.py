# SPDX-License-Identifier: Apache-2.0
"""Records a running robot: one bag an episode below ``output``, beside whatever else is launched."""

from launch import LaunchDescription
from launch.actions import DeclareLaunchArgument, GroupAction
from launch.substitutions import LaunchConfiguration, PathJoinSubstitution
from launch_ros.actions import Node, PushRosNamespace, SetParameter
from launch_ros.substitutions import FindPackageShare

BOOLEAN = ("true", "false")
CONTRACT = PathJoinSubstitution([FindPackageShare("vla_bringup"), "config", "robots", "franka.yaml"])
ARGUMENTS = (
    ("contract", CONTRACT, "contract of the robot", None),
    ("robot", "fr3", "which robot of the contract", None),
    ("target", "sim", "which target of the contract", None),
    ("namespace", "", "namespace of the robot", None),
    ("output", "runs/bags", "folder for bags", None),
    ("images", "raw", "how pictures are kept", ("raw", "jpeg", "png")),
    ("always", "true", "record from the start on, not only during tasks", BOOLEAN),
    ("log_level", "info", "least severe log shown", ("debug", "info", "warn", "error")),
    ("use_sim_time", "false", "take the time from /clock", BOOLEAN),
)
PARAMETERS = ("contract", "robot", "target", "images", "always")
ARG = {name: LaunchConfiguration(name) for name, *_ in ARGUMENTS}


def generate_launch_description() -> LaunchDescription:
    recorder = Node(
        package="vla_ros",
        executable="recorder_node",
        name="recorder",
        parameters=[{name: ARG[name] for name in PARAMETERS} | {"folder": ARG["output"]}],
        arguments=["--ros-args", "--log-level", ARG["log_level"]],
        output="screen",
    )
    declared = [
        DeclareLaunchArgument(name, default_value=default, description=text, choices=choices)
        for name, default, text, choices in ARGUMENTS
    ]
    common = [PushRosNamespace(ARG["namespace"]), SetParameter("use_sim_time", ARG["use_sim_time"])]
    return LaunchDescription([*declared, GroupAction([*common, recorder])])
