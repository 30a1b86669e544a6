# SPDX-License-Identifier: Apache-2.0
"""What the control loop does with the core, when it is told: tick, latch, reset, take references. No thread.

Each result leaves through a port. Everything here belongs to the loop's thread.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from vla_safety.arbiter import SourceArbiter
from vla_safety.controller_watch import Agreement, ControllerReport, ControllerWatch
from vla_safety.decision_record import save_filter
from vla_safety.errors import SafetyError
from vla_safety.filter import SafetyFilter
from vla_safety.gripper import GripperGate, GripperGoal, width_at
from vla_safety.nodes.outputs import ControllerOutput
from vla_safety.types import Grade, Reference, RobotState, SafetyOutput

__all__ = ["Control", "LoopCore", "LoopPorts", "Step"]

REPEAT_NS = 20_000_000  # while the arm holds, its command is repeated so often: 50 Hz
AT_REST_RAD_S = 1e-9
UNSETTLED = "controller: it has not said yet that it rests where the arm is to begin"
DOUBTED = "controller: it is not where it was sent"
LATE_STEP = "late_step: ready only after it was to take effect; the stop that was sent before goes on"
NEAR_RAD = 0.05  # between a controller's reference and the arm: a soft controller, not another place


@dataclass(frozen=True, slots=True)
class Step:
    """What happened in one step, for reports."""

    now_ns: int
    effective_ns: int
    state: RobotState
    output: SafetyOutput
    reference: Reference | None
    command: np.ndarray  # (3, J) at ``effective_ns``
    step_us: float
    overruns: int
    gripper_width_m: float | None
    epoch: int
    state_before: bytes = b""  # of the filter; kept where steps are recorded


@dataclass(slots=True)
class Memory:
    """What the loop remembers between two ticks."""

    next_ns: int = 0
    sent_ns: int = 0
    was_moving: bool = False
    unheard: bool = False  # the controller does something else: what it gets now it may obey from another place, later
    overruns: int = 0
    epoch: int = 0  # lowest that is accepted
    seen_epoch: int = 0
    refused: str = ""


@dataclass(slots=True)
class LoopPorts:
    """Where results go. Called in the loop's thread."""

    output: ControllerOutput
    grip: Callable[[GripperGoal], None]
    report: Callable[[Step], None]
    failed: Callable[[str], None]
    is_recorded: Callable[[], bool] = lambda: False  # somebody keeps the record of every step


@dataclass(slots=True)
class LoopCore:
    """The parts of the core, owned by the loop's thread."""

    filter: SafetyFilter
    arbiter: SourceArbiter
    gate: GripperGate
    watch: ControllerWatch


class Control:
    """The core, what it knows of the arm, and where its results go."""

    def __init__(self, core: LoopCore, ports: LoopPorts) -> None:
        self._core, self._ports = core, ports
        self.state: RobotState | None = None  # one slot, written by any thread: the newest wins
        self.memory = Memory()

    def take(self, reference: Reference, now_ns: int) -> None:
        """Offer a reference to the arbiter, unless it is of an epoch that is over."""
        core, memory = self._core, self.memory
        memory.seen_epoch = max(memory.seen_epoch, reference.epoch)
        if reference.epoch < memory.epoch:
            self.note(f"old_epoch: {reference.epoch}, {memory.epoch} is the lowest that is accepted")
            return
        self.note(core.arbiter.offer(reference, now_ns))

    def judge(self, report: ControllerReport, now_ns: int) -> None:
        """Compare what the controller does with what it was sent: latch, or begin anew from where it rests."""
        core = self._core
        agreement, sentence = core.watch.judge(report)
        if agreement is Agreement.DEVIATES:
            self.memory.unheard = True
            self.latch(f"controller: {sentence}; it refused, reflexed, or obeys another")
        elif agreement is Agreement.RESTS_ELSEWHERE and not core.filter.latch.is_latched:
            with contextlib.suppress(SafetyError):  # not at rest yet: the next report comes in 20 ms
                self.anchor(now_ns, self.state)

    def anchor(self, now_ns: int, state: RobotState) -> None:
        """Rest where the controller rests, if it says so and the arm is there, else where the arm is."""
        core, report = self._core, self._core.watch.latest
        tracking = core.filter.config.tracking
        known = report is not None and report.rests and (now_ns - report.stamp_ns) * 1e-9 < tracking.max_state_age_s
        if known and np.abs(report.position - state.q).max() < NEAR_RAD:
            state = RobotState(state.stamp_ns, report.position, state.v)
        core.filter.reset(now_ns, state)
        core.watch.forget()
        self._ports.output.forget()
        # A hold would be sent after motion, and a controller that rests elsewhere would jump to it.
        self.memory.unheard = self.memory.was_moving = False

    def note(self, reason: str) -> None:
        """Remember why the newest reference was refused; empty: it was not."""
        self.memory.refused = reason

    def latch(self, reason: str) -> None:
        """Stop the arm and keep it stopped; what was asked before is void."""
        self._core.filter.latch.set(reason)
        self._new_epoch()

    def _new_epoch(self) -> None:
        """What was asked before is void."""
        self._core.arbiter.clear()
        self.memory.epoch = self.memory.seen_epoch + 1

    def reset(self, now_ns: int) -> str:
        """Clear the latch and begin anew at rest; return why not, or an empty string."""
        core, state = self._core, self.state
        if state is None:
            return "no joint state has arrived"
        held = core.filter.held
        moving = now_ns >= held.stamp_ns and np.abs(held.command(now_ns)[1:]).max() > AT_REST_RAD_S
        if moving and not self.memory.unheard:
            return "the arm is still coming to rest"
        refused = core.filter.latch.clear(core.filter.config.tracking, now_ns, state)
        if not refused:
            self.anchor(now_ns, state)
            self._new_epoch()
        return refused

    def tick(self, clock: Callable[[], int], effective_ns: int) -> None:
        """Make the motion that takes effect at ``effective_ns``, send it, and report.

        What ``clock`` finds too late is not sent: the controller goes on by the stop that it has, and the filter too.
        """
        now_ns = clock()
        core, state = self._core, self.state
        refused = self._hindrance()
        reference = None if refused else core.arbiter.current(now_ns)
        before = save_filter(core.filter) if self._ports.is_recorded() else b""
        began = time.perf_counter()
        output = core.filter.step(effective_ns, state, reference)
        step_us = (time.perf_counter() - began) * 1e6
        memory, late = self.memory, clock() > effective_ns
        if late:
            core.filter.discard()
            memory.overruns += 1
        command = core.filter.held.command(effective_ns)
        core.watch.record(effective_ns, command)
        if not late:
            self._send(now_ns, output, command)
            self._grip(now_ns, output, reference)
        self._ports.report(
            Step(
                now_ns,
                effective_ns,
                state,
                _with_refusal(output, LATE_STEP if late else refused or memory.refused),
                reference,
                command,
                step_us,
                memory.overruns,
                core.gate.width_m,
                memory.epoch,
                before,
            )
        )

    def _hindrance(self) -> str:
        """Return why no reference may be followed now, or an empty string."""
        watch = self._core.watch
        if not watch.is_settled:
            return UNSETTLED
        return DOUBTED if watch.is_in_doubt else ""

    def _send(self, now_ns: int, output: SafetyOutput, command: np.ndarray) -> None:
        """Send what moves, and once that it rests: a hold repeated to an arm that others recovered would make it jump.

        Controllers that want a stream are told again and again, except while latched. A controller that does something
        else is told nothing: it has a stop, and the rest of ours would meet an arm that was recovered meanwhile.
        """
        core, memory = self._core, self.memory
        if memory.unheard:
            self._ports.output.forget()
        if memory.unheard or core.watch.is_in_doubt:
            return
        resting = output.report.grade in (Grade.HOLDING, Grade.ESTOPPED) and np.abs(command[1:]).max() <= AT_REST_RAD_S
        if resting and output.report.grade is Grade.ESTOPPED:
            self._ports.output.forget()
            return
        repeats = self._ports.output.repeats and now_ns - memory.sent_ns >= REPEAT_NS
        if not resting or repeats or memory.was_moving:
            self._ports.output.send(now_ns, output.trajectory, core.filter.held)
            memory.sent_ns = now_ns
        memory.was_moving = not resting

    def _grip(self, now_ns: int, output: SafetyOutput, reference: Reference | None) -> None:
        report, core = output.report, self._core
        followed = reference is not None and report.source == reference.source and report.chunk_id >= 0
        wanted_m = width_at(reference, now_ns - report.lag_ns) if followed else None
        goal = core.gate.step(now_ns, wanted_m, held=report.grade is Grade.ESTOPPED)
        if goal is not None:
            self._ports.grip(goal)


def _with_refusal(output: SafetyOutput, refused: str) -> SafetyOutput:
    """Return ``output`` with the loop's own refusal of a reference, where the filter has none."""
    if not refused or output.report.refused:
        return output
    return replace(output, report=replace(output.report, refused=refused))
