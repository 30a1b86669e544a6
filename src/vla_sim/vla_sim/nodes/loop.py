# SPDX-License-Identifier: Apache-2.0
"""The thread that owns the simulation: it steps, calls observers at their rates, and runs what others ask of it.

Nobody else touches the simulation. ROS time of a state is ``origin_ns`` plus the simulation's own time; in real time
the origin is chosen once, and again whenever the thread fell so far behind that it gives up the missed time. What
others ask is done at the simulated time at which they asked: a physics thread that is late and catches up is noticed by
the age of its states only, never by the motion.
"""

from __future__ import annotations

import gc
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, TypeVar

from vla_sim.nodes.jobs import Jobs
from vla_sim.nodes.pacing import Pace, Pacer
from vla_sim.simulation import Simulation

__all__ = ["Moment", "Pace", "SimulationLoop"]

Result = TypeVar("Result")
FIRST_NS = 1_000_000_000  # of a clock that is the simulation's own; 0 means "no time yet" in ROS
SWITCH_INTERVAL_S = 0.0005  # the physics waits for the interpreter about so long when other threads run
GIVE_UP_S = 2.0  # behind by more, the missed time is dropped instead of hurried after


@dataclass(frozen=True, slots=True)
class Moment:
    """What an observer is given: the simulation, to read only, and the ROS time of its state."""

    simulation: Simulation
    stamp_ns: int
    time_ns: int  # since the reset


@dataclass(slots=True)
class _Observer:
    period_ns: int
    notice: Callable[[Moment], None]
    due_ns: int = 0

    def see(self, moment: Moment) -> None:
        """Tell it of ``moment`` if it is due."""
        if moment.time_ns >= self.due_ns:
            self.due_ns = max(self.due_ns + self.period_ns, moment.time_ns - self.period_ns)
            self.notice(moment)


class SimulationLoop:
    """Runs one simulation in a thread of its own."""

    def __init__(self, simulation: Simulation, pace: Pace, ros_now_ns: Callable[[], int]) -> None:
        self._simulation = simulation
        self._pace = pace
        self._ros_now_ns = ros_now_ns
        self._origin_ns = FIRST_NS
        self._observers: list[_Observer] = []
        self._jobs = Jobs((lambda: 0) if pace.own_clock else ros_now_ns)
        self._pacer = Pacer(pace)
        self.timing = self._pacer.timing
        self._slice_ns = round(pace.slice_steps * simulation.config.timestep_s * 1e9)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="simulation", daemon=True)

    def observe(self, rate_hz: float, notice: Callable[[Moment], None]) -> None:
        """Call ``notice`` in this thread ``rate_hz`` times per simulated second. Before `start` only."""
        self._observers.append(_Observer(round(1e9 / rate_hz), notice))

    def start(self) -> None:
        """Begin. What exists now is left out of later garbage collections, which would cost tens of milliseconds."""
        sys.setswitchinterval(SWITCH_INTERVAL_S)
        gc.collect()
        gc.freeze()
        self._thread.start()

    def stop(self) -> None:
        """End the thread and wait for it."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def post(self, job: Callable[[Moment], Any]) -> None:
        """Run ``job`` in the thread soon; nobody waits for it."""
        self._jobs.put(lambda: job(self.moment()))

    def call(self, job: Callable[[Moment], Result], timeout_s: float = 10.0) -> Result:
        """Run ``job`` in the thread and return its result; what it raises is raised here."""
        answer: Future[Result] = Future()
        self._jobs.put(lambda: _answer(answer, job, self.moment()))
        return answer.result(timeout_s)

    def advance(self, duration_ns: int) -> int:
        """Lock step: let ``duration_ns`` pass, observers included; return the ROS time then."""
        return self.call(lambda _: self._advance_by(duration_ns), timeout_s=600.0)

    def restart_time(self) -> None:
        """Follow a reset of the simulation, whose time is 0 again; ROS time goes on. In the thread only."""
        self._origin_ns = self._last_stamp_ns
        for observer in self._observers:
            observer.due_ns = 0
        self._anchor()

    def moment(self) -> Moment:
        """Return the present one. In the thread only."""
        time_ns = self._simulation.time_ns
        return Moment(self._simulation, self._origin_ns + time_ns, time_ns)

    def _run(self) -> None:
        self._last_stamp_ns = FIRST_NS
        self._anchor()
        while not self._stop.is_set():
            if self._pace.lockstep:
                self._work(wait_s=0.05)
            else:
                self._work()
                self._keep_up()

    def _work(self, wait_s: float = 0.0) -> None:
        """Do what was asked up to the present simulated time; wait for the first job up to ``wait_s``."""
        while run := self._jobs.take(self._origin_ns + self._simulation.time_ns + self._slice_ns, wait_s):
            run()
            wait_s = 0.0

    def _anchor(self) -> None:
        """Let the present state be that of now."""
        self._pacer.anchor(self._simulation.time_ns)
        if not self._pace.own_clock:
            self._origin_ns = self._ros_now_ns() - self._simulation.time_ns

    def _keep_up(self) -> None:
        """Run one slice if it is due, else sleep until it is."""
        wait_s = self._pacer.wait_s(self._simulation.time_ns + self._slice_ns)
        if wait_s > 0:
            time.sleep(wait_s)
            return
        self._pacer.note_late(-wait_s, self._slice_ns)
        if -wait_s > GIVE_UP_S:
            self._pacer.note_dropped(-wait_s)
            self._anchor()
        self._slice(self._pace.slice_steps)

    def _advance_by(self, duration_ns: int) -> int:
        step_ns = round(self._simulation.config.timestep_s * 1e9)
        end_ns = self._simulation.time_ns + duration_ns
        while (left := (end_ns - self._simulation.time_ns) // step_ns) > 0:
            self._slice(min(self._pace.slice_steps, left))
        return self.moment().stamp_ns

    def _slice(self, steps: int) -> None:
        self._simulation.advance(steps)
        self.timing.steps += steps
        moment = self.moment()
        self._last_stamp_ns = moment.stamp_ns
        for observer in self._observers:
            observer.see(moment)


def _answer(answer: Future[Result], job: Callable[[Moment], Result], moment: Moment) -> None:
    try:
        answer.set_result(job(moment))
    except BaseException as error:
        answer.set_exception(error)
