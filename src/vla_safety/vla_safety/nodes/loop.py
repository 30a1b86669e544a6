# SPDX-License-Identifier: Apache-2.0
"""The control loop: a thread that owns the filter. Everything else reaches it through mailboxes of immutable values.

Each motion takes effect ``lead_ns`` after it is computed and sent, on a grid of control periods. A tick that comes late
is made up for while there is time; after that it is an overrun: the arm has executed its stop for so long.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from vla_safety.controller_watch import ControllerReport
from vla_safety.nodes.control import Control, LoopCore, LoopPorts
from vla_safety.nodes.mailbox import Mailbox
from vla_safety.types import Reference, RobotState

__all__ = ["LoopTiming", "SafetyLoop"]

POLL_S = 0.001  # of a clock that is not this machine's
CLOCK_STEP_NS = 50_000_000  # of the system's clock against the steady one, between two looks


@dataclass(frozen=True, slots=True)
class LoopTiming:
    """When motions take effect and whose clock it is."""

    period_ns: int
    lead_ns: int
    now_ns: Callable[[], int]  # monotonic
    simulated: bool  # the clock is not this machine's: poll it


class SafetyLoop:
    """Runs the filter at its rate in a thread of its own, from `start` to `stop`."""

    def __init__(self, core: LoopCore, ports: LoopPorts, timing: LoopTiming, prepare: Callable[[], None]) -> None:
        self._control, self._ports, self._timing = Control(core, ports), ports, timing
        self._prepare = prepare  # called first in the thread: real-time options
        self._mailbox = Mailbox()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="safety", daemon=True)
        self.failure = ""  # why the thread ended by itself

    def start(self, state: RobotState) -> None:
        """Begin at rest where the controller rests, which is the measured state where it does not say."""
        self._control.state = state
        self._control.anchor(self._timing.now_ns(), state)
        self._thread.start()

    def stop(self) -> None:
        """End. The controller plays the stop that it was sent."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def offer_state(self, state: RobotState) -> None:
        """Put the newest measurement in the mailbox."""
        self._control.state = state

    def offer_reference(self, reference: Reference) -> None:
        """Hand a reference in."""
        self._mailbox.put(lambda now_ns: self._control.take(reference, now_ns))

    def offer_report(self, report: ControllerReport) -> None:
        """Hand in what the controller says of itself."""
        self._mailbox.put(lambda now_ns: self._control.judge(report, now_ns))

    def refuse(self, reason: str) -> None:
        """Report that a reference could not even be read."""
        self._mailbox.put(lambda _: self._control.note(reason))

    def latch(self, reason: str) -> None:
        """Stop the arm and keep it stopped until `reset`."""
        self._mailbox.call(lambda _: self._control.latch(reason))

    def reset(self) -> str:
        """Clear the latch; return why not, or an empty string."""
        return self._mailbox.call(self._control.reset)

    def _run(self) -> None:
        try:
            self._prepare()
            self._keep_time()
        except Exception as error:
            # Nothing more is sent: the controller comes to rest by the stop that it has. Who watches is told.
            self.failure = f"{type(error).__name__}: {error}"
            self._ports.failed(self.failure)

    def _keep_time(self) -> None:
        """Tick on the grid until told to stop."""
        memory, timing = self._control.memory, self._timing
        memory.next_ns = timing.now_ns() + timing.lead_ns
        steady_ns, before_ns = time.monotonic_ns(), timing.now_ns()
        while not self._stop.is_set():
            now_ns, last_ns = timing.now_ns(), steady_ns
            steady_ns = time.monotonic_ns()
            self._watch_clock(now_ns, now_ns - before_ns - (steady_ns - last_ns))
            before_ns = now_ns
            self._mailbox.work(now_ns)  # even if no tick is due: a simulated clock may wait for the answer
            wait_s = (memory.next_ns - timing.lead_ns - now_ns) * 1e-9
            if wait_s > 0.0:
                time.sleep(min(wait_s, POLL_S if timing.simulated else timing.period_ns * 1e-9))
                continue
            late_ns = now_ns + timing.lead_ns // 2 - memory.next_ns
            if late_ns > 0:
                missed = late_ns // timing.period_ns + 1
                memory.overruns += missed
                memory.next_ns += missed * timing.period_ns
            self._control.tick(timing.now_ns, memory.next_ns)
            memory.next_ns += timing.period_ns

    def _watch_clock(self, now_ns: int, stepped_ns: int) -> None:
        """Latch where somebody set the clock: what was sent is now for another time."""
        if self._timing.simulated or abs(stepped_ns) < CLOCK_STEP_NS:
            return
        self._control.latch(f"clock: it was set by {stepped_ns * 1e-9:.3f} s")
        self._control.memory.next_ns = now_ns + self._timing.lead_ns
