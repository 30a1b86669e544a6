# SPDX-License-Identifier: Apache-2.0
"""A fake world for the executor: a kinematic arm, scripted skills, planner, person, a clock turned by hand."""

from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from vla_ros.executor import Answer, Ports, Signals, TaskExecutor, load_tree_file
from vla_ros.planner import CheckRequest, Planner, PlanRequest, load_skills
from vla_ros.planner.grammar import GrammarBackend
from vla_ros.tasks import CheckResult, ErrorCode, Refusal, Verdict

CONFIG = Path(__file__).parents[3] / "config"
TICK_NS = 50_000_000
NAMES = tuple(f"joint{index}" for index in range(1, 8))
HOME = np.array([0.0, -0.35694, 0.0, -2.63707, 0.0, 2.28013, 0.785398])
OBJECT_M = 0.042


@dataclass
class Pending:
    """An operation that a test answers by hand or that answers itself."""

    value: Answer | None = None
    canceled: bool = False

    def answer(self):
        return self.value

    def cancel(self):
        self.canceled = True


@dataclass
class Skill:
    """One run of the policy: how it goes, and how far it is."""

    kind: str
    subtask: object
    timeout_ns: int
    began_ns: int
    operation: Pending = field(default_factory=Pending)


@dataclass
class World:
    """Everything beside the executor; plays planner, robot and person. ``outcomes`` are the kinds of the next runs."""

    outcomes: list[str] = field(default_factory=list)
    verdicts: list[CheckResult] = field(default_factory=list)
    now_ns: int = 1_000_000_000
    skill: Skill | None = None
    runs: list = field(default_factory=list)
    plans: list = field(default_factory=list)
    questions: list = field(default_factory=list)
    chunks: list = field(default_factory=list)
    calls: list = field(default_factory=list)
    silent: set = field(default_factory=set)

    def __post_init__(self):
        self.position, self.velocity = HOME.copy(), np.zeros(7)
        self.width, self.commanded = 0.08, 0.08
        self.latched, self.reason, self.reflex, self.stuck = False, "", False, False
        self.object_in_hand = False
        self.planner = Planner(GrammarBackend(self.library), self.library)
        tree, config = load_tree_file(CONFIG / "trees/default.yaml")
        self.executor = TaskExecutor(tree, config, Ports(self, self, self))

    @property
    def library(self):
        return load_skills(CONFIG / "planners/skills.yaml")

    # what the executor asks for

    def plan(self, question, timeout_s):
        self.plans.append(question)
        if "planner" in self.silent:
            return Pending()
        try:
            return Pending(Answer(ErrorCode.SUCCESS, "", self.planner.plan(PlanRequest(question.instruction), 1)))
        except Refusal as refusal:
            return Pending(Answer(refusal.code, str(refusal)))

    def check(self, subtask, timeout_s):
        if "planner" in self.silent:
            return Pending()
        seen = self.verdicts.pop(0) if self.verdicts else self.planner.check(CheckRequest(subtask))
        return Pending(Answer(ErrorCode.SUCCESS, "", seen))

    def run_policy(self, subtask, timeout_s):
        kind = self.outcomes.pop(0) if self.outcomes else "good"
        self.skill = Skill(kind, subtask, round(timeout_s * 1e9), self.now_ns)
        self.runs.append(self.skill)
        return self.skill.operation

    def follow(self, chunk):
        self.chunks.append(chunk)

    def hold(self):
        self.calls.append("hold")
        if "safety" not in self.silent:
            self.latched, self.reason = True, self.reason or "operator"

    def reset(self):
        self.calls.append("reset")
        self.latched, self.reason = False, ""
        return Pending(Answer(ErrorCode.SUCCESS))

    def recover(self):
        self.calls.append("recover")
        self.reflex = False
        return Pending(Answer(ErrorCode.SUCCESS))

    def ask(self, question):
        self.questions.append(question)

    @staticmethod
    def pending():
        return Pending()

    def withdraw(self):
        self.questions.append(None)

    # time

    def signals(self):
        def seen(name):
            return 0 if name in self.silent else self.now_ns

        return Signals(
            joint_names=NAMES, position=self.position.copy(), velocity=self.velocity.copy(), joints_ns=seen("joints"),
            width_m=self.width, commanded_width_m=self.commanded, observation_ns=seen("camera"),
            safety_ns=seen("safety"), latched=self.latched, latch_reason=self.reason, policy_ns=seen("policy"),
            reflex=self.reflex,
        )  # fmt: skip

    def step(self):
        self.now_ns += TICK_NS
        before = self.position.copy()
        self._move()
        self._fingers()
        self.velocity = (self.position - before) / (TICK_NS * 1e-9)
        return self.executor.tick(self.now_ns, self.signals())

    def run(self, seconds=400.0, until=lambda report: report.is_over):
        end_ns = self.now_ns + round(seconds * 1e9)
        while self.now_ns < end_ns:
            report = self.step()
            if until(report):
                return report
        raise AssertionError(f"never came; {self.executor.report(self.now_ns)}\n{self.executor.snapshot()['text']}")

    @property
    def skill_runs(self):
        return self.skill is not None and not self.skill.operation.canceled and self.skill.operation.value is None

    def _move(self):
        if self.latched or self.stuck or self.reflex:
            return
        chunk = self.chunks[-1] if self.chunks else None
        if chunk is not None and self.now_ns <= chunk.end_ns and not self.skill_runs:
            index = int(np.searchsorted(chunk.times_ns, self.now_ns))
            self.position = chunk.rows[min(index, len(chunk.rows) - 1)].copy()
            if chunk.gripper_m.size:
                self.commanded = float(chunk.gripper_m[-1])
        elif self.skill_runs:
            self._play(self.skill)

    def _play(self, skill):
        """Play a run: reach, close at 2 s, open at 4 s, done at 5 s, with one thing that goes wrong."""
        elapsed_s = (self.now_ns - skill.began_ns) * 1e-9
        if skill.kind == "dead":
            self.silent.add("policy")
            return
        if skill.kind != "frozen":
            self.position = self.position + 0.01 * np.sin(elapsed_s * np.arange(1, 8))
        if 2.0 <= elapsed_s < 4.0:
            self.object_in_hand = skill.kind not in ("missed",) and not (skill.kind == "dropped" and elapsed_s > 3.0)
            self.commanded = 0.0
        if elapsed_s >= 4.0 and skill.kind == "good" and skill.subtask.skill != "pick":
            self.commanded = 0.08
        if skill.kind == "claims" and elapsed_s > 3.0:
            skill.operation.value = Answer(ErrorCode.SUCCESS, "", "policy_done")
        if self.now_ns - skill.began_ns >= skill.timeout_ns:
            skill.operation.value = Answer(ErrorCode.TIMEOUT, "time is over", "timeout")

    def _fingers(self):
        if self.commanded > 0.05:
            self.object_in_hand = False
        limit = OBJECT_M if self.object_in_hand else 0.0
        goal = max(self.commanded, limit)
        self.width += float(np.clip(goal - self.width, -0.01, 0.01))


def sure(verdict, reason="seen"):
    return CheckResult(verdict, 0.95, reason)


__all__ = ["HOME", "Pending", "Verdict", "World", "replace", "sure"]
