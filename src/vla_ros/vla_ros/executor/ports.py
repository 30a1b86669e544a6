# SPDX-License-Identifier: Apache-2.0
"""What the executor asks of the world, as protocols. The node implements them over ROS, tests over a fake world."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from vla_ros.tasks import CheckResult, ErrorCode, Plan, Subtask
from vla_ros.types import ActionChunk

__all__ = ["Answer", "Operation", "PersonPort", "PlanQuestion", "PlannerPort", "Ports", "Question", "RobotPort"]

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Answer(Generic[Value]):
    """How an operation ended: its value where ``code`` is SUCCESS, else a sentence."""

    code: ErrorCode
    message: str = ""
    value: Value | None = None


class Operation(Protocol[Value]):
    """Something that was begun and ends later, or never: whoever waits has a deadline."""

    def answer(self) -> Answer[Value] | None:
        """Return how it ended, None while it runs."""

    def cancel(self) -> None:
        """Ask it to end; harmless when it has ended."""


@dataclass(frozen=True, slots=True)
class PlanQuestion:
    """What a plan is asked for; see ``vla_msgs/srv/PlanTask``."""

    instruction: str
    task_id: str
    history: tuple[str, ...]
    feedback: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Question:
    """A question to a person; see ``vla_msgs/msg/Question``."""

    question_id: str
    text: str
    choices: tuple[str, ...]
    timeout_s: float


class PlannerPort(Protocol):
    """System 2."""

    def plan(self, question: PlanQuestion, timeout_s: float) -> Operation[Plan]:
        """Ask for a plan."""

    def check(self, subtask: Subtask, timeout_s: float) -> Operation[CheckResult]:
        """Ask whether a subtask is done."""


class RobotPort(Protocol):
    """Policy, safety and robot."""

    def run_policy(self, subtask: Subtask, timeout_s: float) -> Operation[str]:
        """Run the policy; the answer's value names what stopped it."""

    def follow(self, chunk: ActionChunk) -> None:
        """Publish a recovery reference."""

    def hold(self) -> None:
        """Latch the safety stop, now."""

    def reset(self) -> Operation[None]:
        """Release the safety stop."""

    def recover(self) -> Operation[None]:
        """Clear a fault of the robot itself."""


class PersonPort(Protocol):
    """People."""

    def ask(self, question: Question) -> None:
        """Show a question."""

    def withdraw(self) -> None:
        """Show that no question is open."""


@dataclass(frozen=True, slots=True)
class Ports:
    """The three together."""

    planner: PlannerPort
    robot: RobotPort
    person: PersonPort
