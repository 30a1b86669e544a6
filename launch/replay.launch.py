# SPDX-License-Identifier: Apache-2.0
"""Replays a bag: in lock step through the cores (a report), or with ``real_time:=true`` through the live nodes."""

from launch import LaunchDescription
from launch.actions import DeclareLaunchArgument, GroupAction, RegisterEventHandler, Shutdown
from launch.conditions import IfCondition, UnlessCondition
from launch.event_handlers import OnProcessExit
from launch.substitutions import LaunchConfiguration, PathJoinSubstitution
from launch_ros.actions import Node, PushRosNamespace, SetParameter
from launch_ros.substitutions import FindPackageShare

BOOLEAN = ("true", "false")
CONTRACT = PathJoinSubstitution([FindPackageShare("vla_bringup"), "config", "robots", "franka.yaml"])
ARGUMENTS = (
    ("bag", None, "folder of the recording", None),
    ("contract", CONTRACT, "contract of the robot", None),
    ("robot", "fr3", "which robot of the contract", None),
    ("target", "sim", "which target of the contract", None),
    ("policy", "recorded", "recorded, demonstration, a policy's YAML file or a checkpoint", None),
    ("mode", "shadow", "how much time an inference takes", ("open-loop", "shadow", "fixed")),
    ("html", "replay.html", "where the report goes", None),
    ("json", "replay.json", "where its figures go", None),
    ("real_time", "false", "play the bag to ingestion and policy nodes instead; policy must be one that runs", BOOLEAN),
    ("output", "runs/replay", "real_time: where a bag of what the nodes said goes", None),
    ("namespace", "", "namespace of the recorded topics", None),
)
ARG = {name: LaunchConfiguration(name) for name, *_ in ARGUMENTS}
ROBOT = {name: ARG[name] for name in ("contract", "robot", "target")}


def finish(event, context) -> list[Shutdown]:
    """End the launch with the replay; an exception is what makes a launch fail."""
    if event.returncode:
        raise RuntimeError(f"the replay failed (exit code {event.returncode})")
    return [Shutdown(reason="the bag is replayed")]


def generate_launch_description() -> LaunchDescription:
    words = [
        word for name in (*ROBOT, "policy", "mode", "html", "json", "namespace") for word in (f"--{name}", ARG[name])
    ]
    lock_step = Node(
        package="vla_ros",
        executable="evaluate_bag",
        arguments=[ARG["bag"], *words],
        output="screen",
        condition=UnlessCondition(ARG["real_time"]),
    )
    told = ROBOT | {name: ARG[name] for name in ("bag", "output", "html", "json")}
    player = Node(
        package="vla_ros",
        executable="replay_live_node",
        name="replay_live",
        parameters=[told, {"use_sim_time": False}],
        output="screen",
    )
    live = [
        Node(package="vla_ros", executable="ingestion_node", name="ingestion", parameters=[ROBOT], output="screen"),
        Node(
            package="vla_ros",
            executable="policy_node",
            name="policy",
            parameters=[ROBOT | {"policy": ARG["policy"]}],
            output="screen",
        ),
        Node(
            package="vla_ros",
            executable="recorder_node",
            name="recorder",
            parameters=[ROBOT | {"folder": ARG["output"]}],
            output="screen",
        ),
        player,
        RegisterEventHandler(OnProcessExit(target_action=player, on_exit=finish)),
    ]
    declared = [
        DeclareLaunchArgument(name, default_value=default, description=text, choices=choices)
        for name, default, text, choices in ARGUMENTS
    ]
    common = [PushRosNamespace(ARG["namespace"]), SetParameter(name="use_sim_time", value=True)]
    group = GroupAction([*common, *live], condition=IfCondition(ARG["real_time"]))
    return LaunchDescription([*declared, lock_step, group])
