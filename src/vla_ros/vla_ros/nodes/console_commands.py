# SPDX-License-Identifier: Apache-2.0
"""Carries out what a person at the console asks for. Calls come from the web server's threads. Wiring only."""

from __future__ import annotations

from collections.abc import Callable

from std_msgs.msg import String
from std_srvs.srv import SetBool, Trigger
from vla_msgs.srv import AnswerQuestion

from rclpy.node import Node
from vla_ros.interfaces import interface
from vla_ros.nodes.qos import interface_qos
from vla_ros.nodes.teleop import Teleop

__all__ = ["ConsoleCommands"]


class ConsoleCommands:
    """Implements ``vla_ros.console.commands.Commands`` on the graph."""

    def __init__(self, node: Node, teleop: Teleop, begin_teleop: Callable[[], bool], open_m: float) -> None:
        self._node = node
        self._teleop, self._begin_teleop, self._open_m = teleop, begin_teleop, open_m
        row = interface("instruction")
        self._instruction = node.create_publisher(String, row.name, interface_qos(row.key))
        self._estop = node.create_client(SetBool, interface("estop").name)
        self._release = node.create_client(Trigger, interface("safety_reset").name)
        self._record = node.create_client(SetBool, "recorder/record")
        self._answer = node.create_client(AnswerQuestion, interface("answer_question").name)

    def stop(self) -> None:
        """Latch the stop at the safety node itself, then tell the executor: neither waits for the other."""
        self._estop.call_async(SetBool.Request(data=True))
        self._instruction.publish(String(data="stop"))

    def reset(self) -> None:
        """Release the stop, by the executor where it latched it, and at the safety node."""
        self._instruction.publish(String(data="resume"))
        self._release.call_async(Trigger.Request())

    def instruct(self, instruction: str) -> None:
        """Publish an instruction."""
        self._instruction.publish(String(data=instruction))

    def answer(self, question_id: str, answer: str) -> None:
        """Answer a question."""
        self._answer.call_async(AnswerQuestion.Request(question_id=question_id, answer=answer))

    def record(self, *, active: bool) -> None:
        """Begin or end a bag."""
        self._record.call_async(SetBool.Request(data=active))

    def take_over(self, *, active: bool) -> bool:
        """Take the arm, or hand it back; return whether it is taken now."""
        if active:
            return self._begin_teleop()
        self._teleop.end()
        return False

    def jog(self, translation_m: tuple[float, float, float], yaw_rad: float) -> None:
        """Shift the tool's target."""
        self._teleop.move(translation_m, yaw_rad)

    def grip(self, *, closed: bool) -> None:
        """Close or open the gripper."""
        self._teleop.grip(0.0 if closed else self._open_m)
