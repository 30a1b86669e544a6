# SPDX-License-Identifier: Apache-2.0
"""A Franka that carries out sentences: simulated by default, a real one with ``robot_ip:=``.

``ros2 launch vla_bringup franka.launch.py --show-args`` is the documentation. One process per part, so that each can
die and come back alone; images go from the cameras to ingestion, and small observations from there on.
"""

from launch import LaunchDescription
from launch.actions import GroupAction, IncludeLaunchDescription, RegisterEventHandler, Shutdown
from launch.conditions import IfCondition, UnlessCondition
from launch.event_handlers import OnProcessExit
from launch.launch_description_sources import PythonLaunchDescriptionSource
from launch.substitutions import NotEqualsSubstitution, PathJoinSubstitution
from launch_ros.actions import Node, PushRosNamespace, SetParameter, SetRemap
from launch_ros.parameter_descriptions import ParameterValue
from vla_bringup.arguments import ARG, CONTRACT, IS_REAL, POLICY, SHARE, config_file, declared_arguments
from vla_bringup.checks import CHECKED, check_arguments

HINT = "Tell it what to do: ros2 run vla_ros instruct 'put the blue cube in the right bin'"


def part(package, name, condition=None, **parameters) -> Node:
    """Return the process of one part; it comes back when it dies."""
    return Node(
        package=package,
        executable=f"{name}_node",
        name=name,
        parameters=[ARG["params_file"], parameters],
        arguments=["--ros-args", "--log-level", ARG["log_level"]],
        respawn=True,
        respawn_delay=1.0,
        output="screen",
        condition=condition,
    )


def finish(event, context) -> list[Shutdown]:
    """End the launch with the task; an exception is what makes a launch fail."""
    if not IfCondition(ARG["exit_when_done"]).evaluate(context):
        return []
    if event.returncode:
        raise RuntimeError(f"the task was not done (exit code {event.returncode})")
    return [Shutdown(reason="the task is done")]


def generate_launch_description() -> LaunchDescription:
    hardware = IncludeLaunchDescription(
        PythonLaunchDescriptionSource([PathJoinSubstitution([SHARE, "launch", "franka_hardware.launch.py"])]),
        launch_arguments=[(key, ARG[key]) for key in ("robot", "robot_ip", "use_fake_hardware", "namespace")],
        condition=IfCondition(IS_REAL),
    )
    instruct = Node(
        package="vla_ros",
        executable="instruct",
        name="instruct",
        arguments=[ARG["instruction"], "--output", ARG["output"], "--unattended", ARG["exit_when_done"]],
        output="screen",
        condition=IfCondition(NotEqualsSubstitution(ARG["instruction"], "")),
    )
    rviz = Node(
        package="rviz2",
        executable="rviz2",
        name="rviz",
        arguments=["-d", PathJoinSubstitution([SHARE, "config", "rviz", "franka.rviz"])],
        condition=IfCondition(ARG["rviz"]),
    )
    world = {"scene": config_file("scenes", ARG["scene"]), "seed": ARG["seed"], "viewer": ARG["viewer"]}
    world["camera_rate_hz"] = ParameterValue(ARG["camera_rate"], value_type=float)
    limits = config_file("safety", ARG["robot"])
    commanded = {"controller": ARG["controller"]}
    recorded = {"condition": IfCondition(ARG["record"]), "folder": ARG["output"], "always": False}
    console = {"condition": IfCondition(ARG["console"]), "port": ARG["console_port"], "host": ARG["console_host"]}
    here = IfCondition(NotEqualsSubstitution(POLICY, "elsewhere"))
    nodes = [
        part("vla_sim", "sim", condition=UnlessCondition(IS_REAL), arm=ARG["robot"], **world, **commanded),
        part("vla_ros", "ingestion", autostart=False, **CONTRACT),
        part("vla_safety", "safety", autostart=False, config=limits, **commanded),
        part("vla_ros", "policy", here, autostart=False, policy=POLICY, **CONTRACT),
        part("vla_ros", "planner", autostart=False, planner=ARG["planner"], **CONTRACT),
        part("vla_ros", "executor", autostart=False, tree=ARG["tree"], **CONTRACT),
        part("vla_ros", "supervisor", hint=HINT, **CONTRACT),
        part("vla_ros", "recorder", **recorded, **CONTRACT),
        part("vla_ros", "console", **console, **CONTRACT),
        rviz,
        instruct,
        RegisterEventHandler(OnProcessExit(target_action=instruct, on_exit=finish)),
    ]
    # Two arms have frames of the same names: each its own tree, below its namespace.
    frames = [SetRemap("/tf", "tf"), SetRemap("/tf_static", "tf_static")]
    common = [PushRosNamespace(ARG["namespace"]), SetParameter("use_sim_time", ARG["use_sim_time"]), *frames]
    groups = GroupAction([*frames, hardware]), GroupAction([*common, *nodes])
    return LaunchDescription([*declared_arguments(), check_arguments(*CHECKED), *groups])
