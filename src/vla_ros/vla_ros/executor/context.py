# SPDX-License-Identifier: Apache-2.0
"""What the behaviours of one task share: time, signals, ports, plan and the error so far. Owned by the executor."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum

import numpy as np

from vla_ros.executor.config import ExecutorConfig
from vla_ros.executor.evidence import judge_signals
from vla_ros.executor.memory import Attempt, TaskMemory
from vla_ros.executor.motion import ReferenceCounter, TravelledPath
from vla_ros.executor.ports import Ports
from vla_ros.executor.signals import GraspMonitor, Signals
from vla_ros.tasks import CheckResult, ErrorCode, Plan, Subtask

__all__ = ["Phase", "RobotView", "Task", "TaskContext"]

# Trying again cannot help with these: the person, the operator or the budget has decided.
FINAL = frozenset({
    ErrorCode.STOPPED, ErrorCode.CANCELED, ErrorCode.PREEMPTED, ErrorCode.NOT_UNDERSTOOD, ErrorCode.REFUSED,
    ErrorCode.TIMEOUT, ErrorCode.INTERNAL,
})  # fmt: skip

# What is lost comes back or it does not: moving about meanwhile, blind or without a policy, helps neither.
LOST = frozenset({ErrorCode.OBSERVATION_LOST, ErrorCode.POLICY_UNAVAILABLE})


class Phase(IntEnum):
    """What the executor does; values of ``vla_msgs/TaskState``."""

    IDLE = 0  # waiting for an instruction
    PLANNING = 1  # waiting for the planner
    RUNNING = 2  # a subtask is being carried out
    CHECKING = 3  # asking whether the subtask is done
    RECOVERING = 4  # stopping, retreating, opening, homing or clearing a robot error
    ASKING = 5  # waiting for a person's answer
    SUCCEEDED = 6  # last task done
    FAILED = 7  # last task given up, at rest
    STOPPED = 8  # last task ended by a stop


@dataclass
class Task:
    """One instruction on its way through the tree.

    Attributes:
        task_id: Unique.
        instruction: The person's words.
        began_ns: When it was accepted.
        plan: The current plan.
        index: Subtask of the plan that is next.
        attempt: 1 for the first try of this subtask.
        plan_reason: Why the next plan is asked for.
        feedback: What people and checks said, for the planner.
        code: How it stands.
        message: One sentence with the cause.
        skill_began_ns: When the current attempt began.
        ended_by: What ended the skill of the current attempt: policy_done, signals, planner, timeout.
        exhausted: Trying again by itself cannot help any more; a person's answer can.
        exchanged: Subtasks of the plan that another skill does instead.
    """

    task_id: str = ""
    instruction: str = ""
    began_ns: int = 0
    plan: Plan | None = None
    index: int = 0
    attempt: int = 1
    plan_reason: str = "new"
    feedback: list[str] = field(default_factory=list)
    code: ErrorCode = ErrorCode.SUCCESS
    message: str = ""
    skill_began_ns: int = 0
    ended_by: str = ""
    exhausted: bool = False
    exchanged: set[int] = field(default_factory=set)

    @property
    def subtask(self) -> Subtask | None:
        """The subtask that is next; None without a plan or after its last one."""
        if self.plan is None or self.index >= len(self.plan.subtasks):
            return None
        return self.plan.subtasks[self.index]


@dataclass
class RobotView:
    """The robot over time: the newest signals, the path travelled, what the fingers did."""

    signals: Signals
    grasp: GraspMonitor
    path: TravelledPath
    counter: ReferenceCounter
    stopped_by_us: bool = False  # the latched stop came from a stop word here
    faulty_ns: int = 0  # when a fault or a latched stop was last seen; 0: never

    def update(self, now_ns: int, signals: Signals) -> None:
        """Take the newest signals."""
        if self.signals.latched and not signals.latched:
            self.stopped_by_us = False
        if signals.latched or signals.reflex:
            self.faulty_ns = now_ns
        self.signals = signals
        self.path.add(signals.position)
        self.grasp.update(now_ns, signals.width_m, signals.commanded_width_m)


class TaskContext:
    """Passed to every behaviour; ``now_ns`` and ``robot.signals`` are those of the tick that runs."""

    def __init__(self, config: ExecutorConfig, ports: Ports) -> None:
        self.config = config
        self.ports = ports
        self.memory = TaskMemory()
        self.task = Task()
        self.phase = Phase.IDLE
        self.detail = ""
        self.now_ns = 0
        self.open_question = ""  # its id
        self.given_answer = ""
        self.robot = RobotView(
            Signals(), GraspMonitor(config.signals), TravelledPath(), ReferenceCounter(config.recovery.period_s)
        )

    @property
    def signals(self) -> Signals:
        """The newest signals."""
        return self.robot.signals

    def enter(self, phase: Phase, detail: str = "") -> None:
        """Say what is being done now."""
        self.phase, self.detail = phase, detail

    def fail(self, code: ErrorCode, message: str) -> None:
        """Note why something failed."""
        self.task.code, self.task.message, self.detail = code, message, message

    def clear_error(self) -> None:
        """Forget the last failure: something succeeded since."""
        self.task.code, self.task.message = ErrorCode.SUCCESS, ""

    def may_reset(self) -> bool:
        """Whether the latched stop is one that the executor may release."""
        reason = self.signals.latch_reason
        return self.robot.stopped_by_us or reason.startswith(self.config.recovery.resettable)

    def is_clear(self) -> bool:
        """Whether no stop is latched and no fault reported, and has not been for a moment."""
        signals, faulty_ns = self.signals, self.robot.faulty_ns
        gone = not faulty_ns or self.now_ns - faulty_ns >= self.config.signals.clear_s * 1e9
        return gone and not signals.latched and not signals.reflex

    def felt(self) -> CheckResult:
        """Return what the signals say about the current subtask."""
        subtask = self.task.subtask
        expected = self.config.expectations.get(subtask.skill, "") if subtask else ""
        home = np.asarray(self.config.recovery.home_rad)
        return judge_signals(expected, self.robot.grasp.grasp, self.signals, self.config.signals, home)

    def remember(self, code: ErrorCode, reason: str, began_ns: int) -> None:
        """Write the attempt that ended into the task memory."""
        task = self.task
        text = task.subtask.text if task.subtask else ""
        self.memory.add(Attempt(task.task_id, text, task.attempt, code, reason, began_ns, self.now_ns))
