# SPDX-License-Identifier: Apache-2.0
"""A lifecycle node, brought up by a launch in a process of its own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

NODE = "import rclpy; from rclpy.lifecycle import LifecycleNode; rclpy.init(); rclpy.spin(LifecycleNode('unnamed'))"
LAUNCH_FILE = """
import sys
from launch import LaunchDescription
from launch.actions import EmitEvent, LogInfo, RegisterEventHandler, Shutdown
from launch.events import matches_action
from launch_ros.actions import LifecycleNode
from launch_ros.event_handlers import OnStateTransition
from launch_ros.events.lifecycle import ChangeState


def generate_launch_description():
    node = LifecycleNode(executable=sys.executable, arguments=["-c", {code!r}], name="arm", namespace="left",
                         autostart={autostart})

    def change(transition_id):
        return EmitEvent(event=ChangeState(lifecycle_node_matcher=matches_action(node), transition_id=transition_id))

    def when(state, *entities):
        return RegisterEventHandler(
            OnStateTransition(target_lifecycle_node=node, goal_state=state, entities=list(entities)))

    return LaunchDescription([
        node,
        when("inactive", LogInfo(msg="is inactive"), *([] if {autostart} else [change(3)])),
        when("active", LogInfo(msg="is active"), Shutdown()),
        *([] if {autostart} else [change(1)]),
    ])
"""


@pytest.mark.parametrize("autostart", [True, False], ids=["autostart", "events"])
def test_a_lifecycle_node_is_configured_and_activated_in_order(tmp_path: Path, autostart: bool):
    path = tmp_path / "arm.launch.py"
    path.write_text(LAUNCH_FILE.format(code=NODE, autostart=autostart))
    environment = {**os.environ, "ROS_LOG_DIR": str(tmp_path / "log")}
    command = [sys.executable, "-m", "ros2cli", "launch", str(path)]
    result = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    said = [line.rpartition(": ")[2] for line in result.stdout.splitlines() if "[launch.user]" in line]
    assert said == ["is inactive", "is active"], result.stdout + result.stderr
    assert result.returncode == 0
