# SPDX-License-Identifier: Apache-2.0
"""Two arms side by side, each a whole ``franka.launch.py`` in a namespace of its own: ``left`` and ``right``.

Simulated by default; ``left_ip:=`` and ``right_ip:=`` make them real ones. An instruction goes to one of them:
``ros2 run vla_ros instruct --ros-args -r __ns:=/left -- 'put the red cube in the left bin'``.
"""

from launch import LaunchDescription
from launch.actions import DeclareLaunchArgument, GroupAction, IncludeLaunchDescription
from launch.launch_description_sources import PythonLaunchDescriptionSource
from launch.substitutions import LaunchConfiguration, PathJoinSubstitution
from launch_ros.substitutions import FindPackageShare

SIDES = (("left", "8081"), ("right", "8082"))


def one_arm(side, port) -> GroupAction:
    """Return the launch of one arm; the group keeps its arguments to itself."""
    path = PathJoinSubstitution([FindPackageShare("vla_bringup"), "launch", "franka.launch.py"])
    arguments = {
        "namespace": side,
        "robot_ip": LaunchConfiguration(f"{side}_ip"),
        "console": LaunchConfiguration("console"),
        "console_port": port,
        "seed": LaunchConfiguration("seed"),
        "camera_rate": "20.0",  # two simulations on two cores
        "output": [LaunchConfiguration("output"), "/", side],
    }
    return GroupAction(
        [IncludeLaunchDescription(PythonLaunchDescriptionSource([path]), launch_arguments=arguments.items())]
    )


def generate_launch_description() -> LaunchDescription:
    declared = [
        DeclareLaunchArgument(
            f"{side}_ip", default_value="", description=f"address of the {side} arm; empty: simulated"
        )
        for side, _ in SIDES
    ]
    console = DeclareLaunchArgument(
        "console",
        default_value="true",
        description="operator consoles at ports 8081 and 8082",
        choices=["true", "false"],
    )
    others = [
        DeclareLaunchArgument("seed", default_value="0", description="draws the simulated scenes, both alike"),
        DeclareLaunchArgument("output", default_value="runs", description="folder for pictures and bags of tasks"),
    ]
    return LaunchDescription([*declared, console, *others, *(one_arm(side, port) for side, port in SIDES)])
