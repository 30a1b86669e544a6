# SPDX-License-Identifier: Apache-2.0
"""The policy on a machine of its own, e.g. one with a GPU; the robot's machine is told ``policy:=elsewhere``.

It is the same node over the same topics: both machines need the same ROS_DOMAIN_ID and a network that DDS crosses. The
supervisor of the robot configures and activates it, and says so while it is missing. Policies behind a server of their
own protocol (openpi, GR00T …) need no launch file here: they are a YAML file of config/policies on the robot's machine.
"""

from launch import LaunchDescription
from launch.actions import DeclareLaunchArgument, GroupAction
from launch.substitutions import LaunchConfiguration, PathJoinSubstitution
from launch_ros.actions import Node, PushRosNamespace, SetParameter
from launch_ros.substitutions import FindPackageShare
from vla_bringup.checks import check_arguments

CONTRACT = PathJoinSubstitution([FindPackageShare("vla_bringup"), "config", "robots", "franka.yaml"])
ARGUMENTS = (
    ("policy", "default", "a file of config/policies, its path, or a checkpoint's folder", None),
    ("device", "auto", "where the model runs", ("auto", "cpu", "cuda")),
    ("strategy", "", "chunk scheduling strategy; empty: the policy's own", None),
    ("contract", CONTRACT, "contract of the robot", None),
    ("robot", "fr3", "which Franka arm", ("fr3", "panda")),
    ("target", "sim", "which target of the contract", ("sim", "real")),
    ("namespace", "", "namespace of the robot", None),
    ("log_level", "info", "least severe log shown", ("debug", "info", "warn", "error")),
    ("use_sim_time", "false", "take the time from /clock", ("true", "false")),
)
PARAMETERS = ("policy", "device", "strategy", "contract", "robot", "target")
ARG = {name: LaunchConfiguration(name) for name, *_ in ARGUMENTS}


def generate_launch_description() -> LaunchDescription:
    policy = Node(
        package="vla_ros",
        executable="policy_node",
        name="policy",
        parameters=[{"autostart": False} | {name: ARG[name] for name in PARAMETERS}],
        arguments=["--ros-args", "--log-level", ARG["log_level"]],
        respawn=True,
        respawn_delay=1.0,
        output="screen",
    )
    declared = [
        DeclareLaunchArgument(name, default_value=default, description=text, choices=choices)
        for name, default, text, choices in ARGUMENTS
    ]
    common = [PushRosNamespace(ARG["namespace"]), SetParameter("use_sim_time", ARG["use_sim_time"])]
    return LaunchDescription([*declared, check_arguments("policy"), GroupAction([*common, policy])])
