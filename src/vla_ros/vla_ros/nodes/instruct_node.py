# SPDX-License-Identifier: Apache-2.0
"""``ros2 run vla_ros instruct "put the red cube in the left bin"``: has a task done and tells how it goes.

Prints plan, progress and result, leaves pictures, and exits with the result: 0 done, else the ``vla_msgs/ErrorCode``.
Wiring only.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from std_msgs.msg import Bool
from vla_msgs.action import ExecuteTask
from vla_msgs.msg import ErrorCode, Plan, Question, TaskState
from vla_msgs.srv import AnswerQuestion

from rclpy.action import ActionClient
from rclpy.node import Node
from rclpy.utilities import remove_ros_args
from vla_ros.console.transcript import PlannedStep, TaskStatus, Transcript
from vla_ros.interfaces import interface
from vla_ros.nodes.camera_film import CameraFilm
from vla_ros.nodes.qos import interface_qos
from vla_ros.nodes.running import run_node

__all__ = ["InstructNode", "main"]

_ERRORS = {value: name for name in dir(ErrorCode) if isinstance(value := getattr(ErrorCode, name), int)}


def _parse(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="instruct", description="Have the robot do a task and tell how it goes.")
    parser.add_argument("instruction", help='what to do, e.g. "put the red cube in the left bin"')
    parser.add_argument("--timeout", type=float, default=0.0, metavar="S", help="budget of the task (default: its own)")
    parser.add_argument("--wait", type=float, default=60.0, metavar="S", help="for the robot to be ready (default: 60)")
    parser.add_argument("--output", type=Path, metavar="DIR", help="leave pictures in a new folder below this one")
    parser.add_argument("--camera", default="scene/image_raw", help="their topic (default: scene/image_raw)")
    unattended = "true: nobody is there, the robot's questions are given up (default: false)"
    parser.add_argument("--unattended", default="false", choices=("true", "false"), help=unattended)
    parser.add_argument("--debug", action="store_true", help="show the traceback of an error")
    return parser.parse_args(words)


class InstructNode:
    """The program: waits for the robot, sends one goal, follows it to its end."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.node = Node("instruct")
        self.exit_code: int | None = None
        self._options = options
        self._transcript = Transcript()
        self._film = CameraFilm(self.node, options.camera) if options.output else None
        self._client = ActionClient(self.node, ExecuteTask, interface("execute_task").name)
        self._answers = self.node.create_client(AnswerQuestion, interface("answer_question").name)
        self._goal: Any = None
        self._asked = False

    def start(self) -> None:
        """Wait for readiness."""
        for key, kind, callback in (
            ("ready", Bool, self._on_ready),
            ("plan", Plan, self._on_plan),
            ("question", Question, self._on_question),
        ):
            self.node.create_subscription(kind, interface(key).name, callback, interface_qos(key))
        self._deadline = self.node.create_timer(self._options.wait, self._on_late)

    def stop(self) -> None:
        """Cancel what is under way."""
        if self.exit_code is None:
            self.exit_code = ErrorCode.CANCELED
            if self._goal is not None:
                self._goal.cancel_goal_async()

    def _on_late(self) -> None:
        self.node.destroy_timer(self._deadline)
        if not self._asked:
            self._end(ErrorCode.INTERNAL, f"the robot was not ready within {self._options.wait:g} s")

    def _on_ready(self, message: Bool) -> None:
        if message.data and not self._asked:
            self._asked = True
            self._say(f'instruction: "{self._options.instruction}"')
            self._client.wait_for_server(1.0)
            goal = ExecuteTask.Goal(instruction=self._options.instruction, timeout_s=self._options.timeout)
            self._client.send_goal_async(goal, feedback_callback=self._on_feedback).add_done_callback(self._on_goal)

    def _on_goal(self, future: Any) -> None:
        self._goal = future.result()
        if not self._goal.accepted:
            self._end(ErrorCode.REFUSED, "the executor did not accept the instruction")
            return
        self._goal.get_result_async().add_done_callback(self._on_result)

    def _on_plan(self, message: Plan) -> None:
        if self._asked and message.instruction == self._options.instruction:
            steps = [PlannedStep(each.text, each.skill, each.timeout_s) for each in message.subtasks]
            self._say(*self._transcript.plan(message.plan_id, message.planner_id, steps))

    def _on_question(self, message: Question) -> None:
        if self._goal is None or not message.question_id:
            return
        self._say(f"the robot asks: {message.text} ({' / '.join(message.choices)})")
        if self._options.unattended == "true" and message.choices:
            answer = message.choices[-1]
            self._say(f"nobody is there to answer: {answer}")
            self._answers.call_async(AnswerQuestion.Request(question_id=message.question_id, answer=answer))

    def _on_feedback(self, message: Any) -> None:
        state: TaskState = message.feedback.state
        status = TaskStatus(
            state.state, state.subtask_index, state.attempt, state.subtask_text, state.detail, state.elapsed_s
        )
        self._say(*self._transcript.status(status))

    def _on_result(self, future: Any) -> None:
        result = future.result().result
        retries = f", {result.retries} retries" if result.retries else ""
        self._end(result.error.code, result.error.message or f"after {result.elapsed_s:.1f} s{retries}")

    def _end(self, code: int, sentence: str) -> None:
        if self._film is not None:
            self._say(*self._film.write(self._options.output / f"{datetime.now():%Y-%m-%d_%H-%M-%S}"))
        outcome = "done" if code == ErrorCode.SUCCESS else f"not done ({_ERRORS.get(code, code)})"
        self._say(f"{outcome}: {sentence}")
        self.exit_code = code

    def _say(self, *lines: str) -> None:
        for line in lines:
            sys.stdout.write(f"{line}\n")
        sys.stdout.flush()


def main(args: Sequence[str] | None = None) -> int:
    """Run one task and return the exit code."""
    words = list(sys.argv if args is None else args)
    return run_node(partial(InstructNode, _parse(remove_ros_args(words)[1:])), words)


if __name__ == "__main__":
    sys.exit(main())
