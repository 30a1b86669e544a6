# SPDX-License-Identifier: Apache-2.0
"""The control loop: a thread that owns the filter. Everything else reaches it through mailboxes of immutable values.

Each motion takes effect ``lead_ns`` after it is computed and sent, on a grid of control periods. A tick that comes late
is made up for while there is time; after that it is an overrun: the arm has executed its stop for so long.
"""

from __future__ import annotations

import contextlib
import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from typing import TypeVar

import numpy as np

from vla_safety.arbiter import SourceArbiter
from vla_safety.controller_watch import Agreement, ControllerReport, ControllerWatch
from vla_safety.errors import SafetyError
from vla_safety.filter import SafetyFilter
from vla_safety.gripper import GripperGate, GripperGoal, width_at
from vla_safety.nodes.outputs import ControllerOutput
from vla_safety.types import Grade, Reference, RobotState, SafetyOutput

__all__ = ["LoopTiming", "SafetyLoop", "Step"]

Result = TypeVar("Result")
POLL_S = 0.001  # of a clock that is not this machine's
REPEAT_NS = 20_000_000  # while the arm holds, its command is repeated so often: 50 Hz
AT_REST_RAD_S = 1e-9
CLOCK_STEP_NS = 50_000_000  # of the system's clock against the steady one, between two looks
NEAR_RAD = 0.05  # between a controller's reference and the arm: a soft controller, not another place
MOVING = (Grade.UNCHANGED, Grade.SLOWED, Grade.PROJECTED, Grade.RECOVERING)


@dataclass(frozen=True, slots=True)
class LoopTiming:
    """When motions take effect and whose clock it is."""

    period_ns: int
    lead_ns: int
    now_ns: Callable[[], int]  # monotonic
    simulated: bool  # the clock is not this machine's: poll it


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


@dataclass(slots=True)
class _Memory:
    """What the loop remembers between two ticks."""

    next_ns: int = 0
    sent_ns: int = 0
    was_moving: bool = False
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


@dataclass(slots=True)
class LoopCore:
    """The parts of the core, owned by the loop's thread."""

    filter: SafetyFilter
    arbiter: SourceArbiter
    gate: GripperGate
    watch: ControllerWatch
    memory: _Memory = field(default_factory=_Memory)


class SafetyLoop:
    """Runs the filter at its rate in a thread of its own, from `start` to `stop`."""

    def __init__(self, core: LoopCore, ports: LoopPorts, timing: LoopTiming, prepare: Callable[[], None]) -> None:
        self._core, self._ports, self._timing = core, ports, timing
        self._prepare = prepare  # called first in the thread: real-time options
        self._jobs: queue.SimpleQueue[Callable[[int], None]] = queue.SimpleQueue()
        self._state: RobotState | None = None  # one slot: the newest wins
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="safety", daemon=True)
        self.failure = ""  # why the thread ended by itself

    def start(self, state: RobotState) -> None:
        """Begin at rest where the controller rests, which is the measured state where it does not say."""
        self._state = state
        self._anchor(self._timing.now_ns(), state)
        self._thread.start()

    def stop(self) -> None:
        """End. The controller plays the stop that it was sent."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def offer_state(self, state: RobotState) -> None:
        """Put the newest measurement in the mailbox."""
        self._state = state

    def offer_reference(self, reference: Reference) -> None:
        """Hand a reference in."""
        self._jobs.put(lambda now_ns: self._take(reference, now_ns))

    def offer_report(self, report: ControllerReport) -> None:
        """Hand in what the controller says of itself."""
        self._jobs.put(lambda now_ns: self._judge(report, now_ns))

    def refuse(self, reason: str) -> None:
        """Report that a reference could not even be read."""
        self._jobs.put(lambda _: self._note(reason))

    def latch(self, reason: str) -> None:
        """Stop the arm and keep it stopped until `reset`."""
        self._call(lambda _: self._latch(reason))

    def reset(self) -> str:
        """Clear the latch; return why not, or an empty string."""
        return self._call(self._reset)

    def _call(self, job: Callable[[int], Result], timeout_s: float = 2.0) -> Result:
        answer: Future[Result] = Future()
        self._jobs.put(lambda now_ns: _answer(answer, job, now_ns))
        return answer.result(timeout_s)

    def _take(self, reference: Reference, now_ns: int) -> None:
        core, memory = self._core, self._core.memory
        memory.seen_epoch = max(memory.seen_epoch, reference.epoch)
        if reference.epoch < memory.epoch:
            self._note(f"old_epoch: {reference.epoch}, {memory.epoch} is the lowest that is accepted")
            return
        self._note(core.arbiter.offer(reference, now_ns))

    def _judge(self, report: ControllerReport, now_ns: int) -> None:
        core = self._core
        agreement, sentence = core.watch.judge(report)
        if agreement is Agreement.DEVIATES:
            self._latch(f"controller: {sentence}; it refused, reflexed, or obeys another")
        elif agreement is Agreement.RESTS_ELSEWHERE and not core.filter.latch.is_latched:
            with contextlib.suppress(SafetyError):  # not at rest yet: the next report comes in 20 ms
                self._anchor(now_ns, self._state)

    def _anchor(self, now_ns: int, state: RobotState) -> None:
        """Rest where the controller rests, if it says so and the arm is there, else where the arm is."""
        core, report = self._core, self._core.watch.latest
        tracking = core.filter.config.tracking
        known = report is not None and report.rests and (now_ns - report.stamp_ns) * 1e-9 < tracking.max_state_age_s
        if known and np.abs(report.position - state.q).max() < NEAR_RAD:
            state = RobotState(state.stamp_ns, report.position, state.v)
        core.filter.reset(now_ns, state)
        core.watch.forget()
        self._ports.output.forget()

    def _note(self, reason: str) -> None:
        self._core.memory.refused = reason

    def _latch(self, reason: str) -> None:
        core = self._core
        core.filter.latch.set(reason)
        self._new_epoch()

    def _new_epoch(self) -> None:
        """What was asked before is void."""
        self._core.arbiter.clear()
        self._core.memory.epoch = self._core.memory.seen_epoch + 1

    def _reset(self, now_ns: int) -> str:
        core, state = self._core, self._state
        if state is None:
            return "no joint state has arrived"
        held = core.filter.held
        if now_ns >= held.stamp_ns and np.abs(held.command(now_ns)[1:]).max() > AT_REST_RAD_S:
            return "the arm is still coming to rest"
        refused = core.filter.latch.clear(core.filter.config.tracking, now_ns, state)
        if not refused:
            self._anchor(now_ns, state)
            self._new_epoch()
        return refused

    def _run(self) -> None:
        try:
            self._prepare()
            self._control()
        except Exception as error:
            # Nothing more is sent: the controller comes to rest by the stop that it has. Who watches is told.
            self.failure = f"{type(error).__name__}: {error}"
            self._ports.failed(self.failure)

    def _control(self) -> None:
        memory, timing = self._core.memory, self._timing
        memory.next_ns = timing.now_ns() + timing.lead_ns
        steady_ns, before_ns = time.monotonic_ns(), timing.now_ns()
        while not self._stop.is_set():
            now_ns, last_ns = timing.now_ns(), steady_ns
            steady_ns = time.monotonic_ns()
            self._watch_clock(now_ns, now_ns - before_ns - (steady_ns - last_ns))
            before_ns = now_ns
            self._work(now_ns)  # even if no tick is due: a simulated clock may wait for the answer
            wait_s = (memory.next_ns - timing.lead_ns - now_ns) * 1e-9
            if wait_s > 0.0:
                time.sleep(min(wait_s, POLL_S if timing.simulated else timing.period_ns * 1e-9))
                continue
            late_ns = now_ns + timing.lead_ns // 2 - memory.next_ns
            if late_ns > 0:
                missed = late_ns // timing.period_ns + 1
                memory.overruns += missed
                memory.next_ns += missed * timing.period_ns
            self._tick(now_ns, memory.next_ns)
            memory.next_ns += timing.period_ns

    def _watch_clock(self, now_ns: int, stepped_ns: int) -> None:
        """Latch where somebody set the clock: what was sent is now for another time."""
        if self._timing.simulated or abs(stepped_ns) < CLOCK_STEP_NS:
            return
        self._latch(f"clock: it was set by {stepped_ns * 1e-9:.3f} s")
        self._core.memory.next_ns = now_ns + self._timing.lead_ns

    def _work(self, now_ns: int) -> None:
        while not self._jobs.empty():
            self._jobs.get()(now_ns)

    def _tick(self, now_ns: int, effective_ns: int) -> None:
        core, state = self._core, self._state
        reference = core.arbiter.current(now_ns)
        began = time.perf_counter()
        output = core.filter.step(effective_ns, state, reference)
        step_us = (time.perf_counter() - began) * 1e6
        command = core.filter.held.command(effective_ns)
        core.watch.record(effective_ns, command)
        self._send(now_ns, output, command)
        self._grip(now_ns, output, reference)
        memory = core.memory
        self._ports.report(
            Step(
                now_ns,
                effective_ns,
                state,
                _with_refusal(output, memory.refused),
                reference,
                command,
                step_us,
                memory.overruns,
                core.gate.width_m,
                memory.epoch,
            )
        )

    def _send(self, now_ns: int, output: SafetyOutput, command: np.ndarray) -> None:
        """Send what moves, and once that it rests: a hold repeated to an arm that others recovered would make it jump.

        Controllers that want a stream are told again and again, except while latched.
        """
        core, memory = self._core, self._core.memory
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


def _answer(answer: Future[Result], job: Callable[[int], Result], now_ns: int) -> None:
    try:
        answer.set_result(job(now_ns))
    except Exception as error:  # belongs to who asked
        answer.set_exception(error)


def _with_refusal(output: SafetyOutput, refused: str) -> SafetyOutput:
    """Return ``output`` with the loop's own refusal of a reference, where the filter has none."""
    if not refused or output.report.refused:
        return output
    return replace(output, report=replace(output.report, refused=refused))
