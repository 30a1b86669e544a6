# SPDX-License-Identifier: Apache-2.0
"""One behaviour on the bench: its context, ports that a test answers by hand, signals and a clock turned by hand."""

from dataclasses import dataclass, field, replace

import numpy as np
from py_trees.behaviour import Behaviour
from py_trees.common import Status

from vla_ros.executor import Answer, ExecutorConfig, Ports, Signals
from vla_ros.executor.config import Alternative, RecoveryConfig
from vla_ros.executor.context import Task, TaskContext
from vla_ros.executor.tree import build_tree
from vla_ros.tasks import ErrorCode, Plan, Subtask

JOINTS = 7
HOME = np.array([0.0, -0.6, 0.0, -2.4, 0.0, 1.8, 0.785])
SECOND = 1_000_000_000
EXPECTATIONS = {"pick": "holding", "place_on_zone": "released", "home": "home"}


@dataclass
class Operation:
    """Something that a test lets end."""

    value: Answer | None = None
    canceled: bool = False

    def answer(self):
        return self.value

    def cancel(self):
        self.canceled = True


@dataclass
class Calls:
    """All three ports; every call is kept with its arguments and its operation."""

    made: list = field(default_factory=list)

    def _begin(self, name, *arguments):
        operation = Operation()
        self.made.append((name, arguments, operation))
        return operation

    def names(self):
        return [name for name, *_ in self.made]

    def last(self, name):
        return next(operation for made, _, operation in reversed(self.made) if made == name)

    def arguments(self, name):
        return next(arguments for made, arguments, _ in reversed(self.made) if made == name)

    def plan(self, question, timeout_s):
        return self._begin("plan", question, timeout_s)

    def check(self, subtask, timeout_s):
        return self._begin("check", subtask, timeout_s)

    def run_policy(self, subtask, timeout_s):
        return self._begin("run_policy", subtask, timeout_s)

    def follow(self, chunk):
        self._begin("follow", chunk)

    def hold(self):
        self._begin("hold")

    def reset(self):
        return self._begin("reset")

    def recover(self):
        return self._begin("recover")

    def ask(self, question):
        self._begin("ask", question)

    def withdraw(self):
        self._begin("withdraw")


def subtask(skill="pick", text="pick up the red cube", objects=("red cube",)):
    """Return a subtask."""
    return Subtask("1", text, skill, objects, "Is it done?", 10 * SECOND)


class Leaf(Behaviour):
    """A child whose status a test sets; it counts its beginnings and its ends."""

    def __init__(self, status=Status.RUNNING):
        super().__init__("leaf")
        self.next, self.begun, self.ended = status, 0, 0

    def initialise(self):
        self.begun += 1

    def update(self):
        return self.next

    def terminate(self, new_status):
        self.ended += 1


class Bench:
    """The context of one behaviour or decorator, and ``tick``."""

    def __init__(self, *subtasks):
        other = {"place_on_zone": Alternative("push_to_zone", "push the {0} to the {1}")}
        config = ExecutorConfig(RecoveryConfig(tuple(HOME)), expectations=EXPECTATIONS, alternatives=other)
        self.calls = Calls()
        self.context = TaskContext(config, Ports(self.calls, self.calls, self.calls))
        self.now_ns = 100 * SECOND
        plan = Plan("plan-1", "do it", tuple(subtasks) or (subtask(),), "bench")
        self.context.task = Task("task-1", "do it", self.now_ns, plan)
        self.signals = Signals(
            tuple(f"joint{index}" for index in range(JOINTS)), HOME.copy(), np.zeros(JOINTS),
            width_m=0.08, commanded_width_m=0.08,
        )  # fmt: skip
        self.silent: set[str] = set()
        self.advance(0.0)

    def make(self, kind, **arguments):
        """Return a node of a tree file."""
        return build_tree({kind: arguments}, self.context)

    def decorate(self, decorator, child, **arguments):
        """Return a decorator around a leaf that a test drives."""
        return decorator("decorator", self.context, child, **arguments)

    def show(self, **signals):
        """Change the signals; those that are named in ``silent`` grow old."""
        self.signals = replace(self.signals, **signals)
        self.advance(0.0)

    def advance(self, seconds):
        """Let time pass."""
        self.now_ns += round(seconds * SECOND)
        stamps = {
            name: self.now_ns
            for name in ("joints_ns", "observation_ns", "safety_ns", "policy_ns")
            if name not in self.silent
        }
        self.signals = replace(self.signals, **stamps)
        self.context.now_ns = self.now_ns
        self.context.robot.update(self.now_ns, self.signals)

    def tick(self, node, seconds=0.05):
        """Let time pass and tick ``node`` once."""
        self.advance(seconds)
        node.tick_once()
        return node.status

    def run(self, node, seconds, period_s=0.05):
        """Tick until the node ends or ``seconds`` are over; return its status."""
        for _ in range(round(seconds / period_s)):
            if self.tick(node, period_s) is not Status.RUNNING:
                break
        return node.status

    @property
    def error(self):
        """The code and the message of the task."""
        return self.context.task.code, self.context.task.message

    def answered(self, name, value=None, code=ErrorCode.SUCCESS, message=""):
        """Let the newest operation ``name`` end."""
        self.calls.last(name).value = Answer(code, message, value)


__all__ = ["HOME", "SECOND", "Answer", "Bench", "Leaf", "subtask"]
