# SPDX-License-Identifier: Apache-2.0
"""A Franka that carries out sentences: simulated by default, a real one with ``robot_ip:=``.

``ros2 launch vla_bringup franka.launch.py --show-args`` is the documentation. One process per part, so that each can
die and come back alone; images go from the cameras to ingestion, and small observations from there on.
"""

from launch import LaunchDescription
from launch.actions import (
    DeclareLaunchArgument,
    GroupAction,
    IncludeLaunchDescription,
    RegisterEventHandler,
    Shutdown,
)
from launch.conditions import IfCondition, UnlessCondition
from launch.event_handlers import OnProcessExit
from launch.launch_description_sources import PythonLaunchDescriptionSource
from launch.substitutions import (
    IfElseSubstitution,
    LaunchConfiguration,
    NotEqualsSubstitution,
    OrSubstitution,
    PathJoinSubstitution,
)
from launch_ros.actions import Node, PushRosNamespace, SetParameter
from launch_ros.parameter_descriptions import ParameterValue
from launch_ros.substitutions import FindPackageShare

BOOLEAN = ("true", "false")
SHARE = FindPackageShare("vla_bringup")
HINT = "Tell it what to do: ros2 run vla_ros instruct 'put the blue cube in the right bin'"
ARGUMENTS = (
    ("robot", "fr3", "which Franka arm", ("fr3", "panda")),
    ("robot_ip", "", "address of a real arm, driven through franka_ros2; empty: simulation", None),
    ("use_fake_hardware", "false", "franka_ros2 with mock hardware instead of an arm", BOOLEAN),
    ("namespace", "", "namespace of everything, for several arms side by side", None),
    ("policy", "scripted", "System 1: scripted, default, or the folder of a checkpoint", None),
    ("planner", "grammar", "System 2: grammar, or a file of config/planners", None),
    ("controller", "jtc", "how the arm is commanded", ("jtc", "forward_position", "crisp_joint", "crisp_pose")),
    ("instruction", "", "what to do once ready, e.g. 'put the red cube in the left bin'; empty: wait for one", None),
    ("exit_when_done", "false", "end with the task of instruction; exit code 0: done", BOOLEAN),
    ("output", "runs", "folder for pictures and bags", None),
    ("scene", "pick_and_place", "simulated scene: a file of config/scenes without suffix", None),
    ("seed", "0", "draws the simulated scene", None),
    ("record", "false", "record a bag below output", BOOLEAN),
    ("console", "true", "operator console at http://localhost:8080", BOOLEAN),
    ("rviz", "false", "start RViz", BOOLEAN),
    ("log_level", "info", "least severe log shown", ("debug", "info", "warn", "error")),
    ("params_file", PathJoinSubstitution([SHARE, "config", "bringup.yaml"]), "parameters of the nodes", None),
    ("use_sim_time", "false", "take the time from /clock", BOOLEAN),
)
ARG = {name: LaunchConfiguration(name) for name, *_ in ARGUMENTS}
IS_REAL = OrSubstitution(NotEqualsSubstitution(ARG["robot_ip"], ""), ARG["use_fake_hardware"])
CONTRACT = {
    "contract": PathJoinSubstitution([SHARE, "config", "robots", "franka.yaml"]),
    "robot": ARG["robot"],
    "target": IfElseSubstitution(IS_REAL, "real", "sim"),
}


def yaml(folder, name):
    """Return the path of a file of ``config/``."""
    return ParameterValue([PathJoinSubstitution([SHARE, "config", folder, name]), ".yaml"], value_type=str)


def part(package, name, condition=None, **parameters):
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


def finish(event, context):
    """End the launch with the task; an exception is what makes a launch fail."""
    if not IfCondition(ARG["exit_when_done"]).evaluate(context):
        return []
    if event.returncode:
        raise RuntimeError(f"the task was not done (exit code {event.returncode})")
    return [Shutdown(reason="the task is done")]


def generate_launch_description():
    hardware = IncludeLaunchDescription(
        PythonLaunchDescriptionSource([PathJoinSubstitution([SHARE, "launch", "franka_hardware.launch.py"])]),
        launch_arguments=[(key, ARG[key]) for key in ("robot", "robot_ip", "use_fake_hardware", "namespace")],
        condition=IfCondition(IS_REAL),
    )
    instruct = Node(
        package="vla_ros",
        executable="instruct",
        name="instruct",
        arguments=[ARG["instruction"], "--output", ARG["output"]],
        output="screen",
        condition=IfCondition(NotEqualsSubstitution(ARG["instruction"], "")),
    )
    simulation = {"scene": yaml("scenes", ARG["scene"]), "seed": ARG["seed"], "arm": ARG["robot"]}
    commanded = {"controller": ARG["controller"]}
    nodes = [
        part("vla_sim", "sim", condition=UnlessCondition(IS_REAL), **simulation, **commanded),
        part("vla_ros", "ingestion", autostart=False, **CONTRACT),
        part("vla_safety", "safety", autostart=False, config=yaml("safety", ARG["robot"]), **commanded),
        part("vla_ros", "policy", autostart=False, policy=ARG["policy"], **CONTRACT),
        part("vla_ros", "planner", autostart=False, planner=ARG["planner"], **CONTRACT),
        part("vla_ros", "executor", autostart=False, **CONTRACT),
        part("vla_ros", "supervisor", hint=HINT, **CONTRACT),
        part("vla_ros", "console", condition=IfCondition(ARG["console"]), **CONTRACT),
        instruct,
        RegisterEventHandler(OnProcessExit(target_action=instruct, on_exit=finish)),
    ]
    declared = [
        DeclareLaunchArgument(name, default_value=default, description=text, choices=choices)
        for name, default, text, choices in ARGUMENTS
    ]
    common = [PushRosNamespace(ARG["namespace"]), SetParameter("use_sim_time", ARG["use_sim_time"])]
    return LaunchDescription([*declared, hardware, GroupAction([*common, *nodes])])
