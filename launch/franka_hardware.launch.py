# SPDX-License-Identifier: Apache-2.0
"""A real Franka, or its mock, through franka_ros2: drivers, and the joint trajectory controller that safety commands.

Included by ``franka.launch.py``. Cameras have drivers of their own; config/robots/franka.yaml names their topics.
"""

from launch import LaunchDescription
from launch.actions import DeclareLaunchArgument, IncludeLaunchDescription
from launch.launch_description_sources import PythonLaunchDescriptionSource
from launch.substitutions import LaunchConfiguration, PathJoinSubstitution
from launch_ros.actions import Node
from launch_ros.substitutions import FindPackageShare

ARGUMENTS = (
    ("robot", "fr3", "which Franka arm", ("fr3", "panda")),
    ("robot_ip", "", "address of the arm", None),
    ("use_fake_hardware", "false", "mock hardware instead of an arm", ("true", "false")),
    ("namespace", "", "namespace of everything", None),
)


def generate_launch_description() -> LaunchDescription:
    arg = {name: LaunchConfiguration(name) for name, *_ in ARGUMENTS}
    own = FindPackageShare("vla_bringup")
    controllers = [PathJoinSubstitution([own, "config", "controllers", arg["robot"]]), ".yaml"]
    driver = IncludeLaunchDescription(
        PythonLaunchDescriptionSource(
            [PathJoinSubstitution([FindPackageShare("franka_bringup"), "launch", "franka.launch.py"])]
        ),
        launch_arguments={
            "robot_type": arg["robot"],
            "robot_ip": arg["robot_ip"],
            "namespace": arg["namespace"],
            "use_fake_hardware": arg["use_fake_hardware"],
            "load_gripper": "true",
            "joint_state_rate": "200",  # the contract's joints may be 0.1 s old, safety needs them fresher than 30 Hz
            "controllers_yaml": controllers,
        }.items(),
    )
    spawner = Node(
        package="controller_manager",
        executable="spawner",
        name="arm_controller_spawner",
        namespace=arg["namespace"],
        arguments=[[arg["robot"], "_arm_controller"], "--controller-manager-timeout", "30"],
        output="screen",
    )
    declared = [
        DeclareLaunchArgument(name, default_value=default, description=text, choices=choices)
        for name, default, text, choices in ARGUMENTS
    ]
    return LaunchDescription([*declared, driver, spawner])
