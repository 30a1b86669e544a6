# SPDX-License-Identifier: Apache-2.0
"""What the loop sends to a controller that reflexed or was recovered: nothing that it could jump to."""

import numpy as np
import pytest

from vla_safety import Grade, Reference, ReferenceKind, RobotState, SafetyFilter
from vla_safety.arbiter import SourceArbiter
from vla_safety.controller_watch import REPORTS, ControllerReport, ControllerWatch
from vla_safety.gripper import GripperGate
from vla_safety.nodes.control import Control, LoopCore, LoopPorts

LEAD_NS = 40_000_000
REPORT_TICKS = 5  # 50 Hz
RECOVERED_RAD = 0.012  # between where the arm's own stop ended and where it is


class Arm:
    """A controller that plays what it is sent and says where it is; once it reflexed, it rests and plays nothing."""

    repeats = False

    def __init__(self, safety):
        self.sent, self.steps = [], []  # `sent` ends with what is played
        self.position = np.array(safety.config.tool.posture_rad)
        config = safety.config
        core = LoopCore(safety, SourceArbiter(config.sources), GripperGate(config.gripper), ControllerWatch())
        self.control = Control(core, LoopPorts(self, lambda _: None, self.steps.append, pytest.fail))
        self.now_ns = 1_000_000_000
        self.ticks = 0
        self.reflexed = False
        self.step_takes_ns = 0
        self.measure()
        self.control.anchor(self.now_ns, self.control.state)

    def send(self, now_ns, trajectory, held):
        self.sent.append(trajectory)

    def forget(self):
        """Nothing is kept."""

    def measure(self):
        if self.sent and not self.reflexed:
            times_ns = self.sent[-1].stamp_ns + self.sent[-1].times_ns
            self.position = np.array([np.interp(self.now_ns, times_ns, q) for q in self.sent[-1].positions.T])
        self.control.state = RobotState(self.now_ns, self.position.copy(), np.zeros(7))

    def report(self, position=None):
        """Have the controller say where it is."""
        place = self.position if position is None else position
        self.control.judge(ControllerReport(self.now_ns, place.copy(), np.zeros(7)), self.now_ns)

    def clock(self):
        """Say the time; each look takes ``step_takes_ns``."""
        time_ns = self.now_ns + self._looked * self.step_takes_ns
        self._looked += 1
        return time_ns

    def run(self, ticks):
        for _ in range(ticks):
            self.measure()
            if self.ticks % REPORT_TICKS == 0:
                self.report()
            self._looked = 0
            self.control.tick(self.clock, self.now_ns + LEAD_NS)
            self.ticks += 1
            self.now_ns += self.control._core.filter.config.period_ns

    def ask(self, number):
        """Ask for half a second of motion."""
        rows = self.position + np.linspace(0.0, 0.05, 10)[:, None]
        stamp_ns = self.now_ns + 2 * LEAD_NS
        reference = Reference(
            ReferenceKind.JOINT_POSITION, stamp_ns, 50_000_000, rows, epoch=number, chunk_id=number, source="policy"
        )
        self.control.take(reference, self.now_ns)


@pytest.fixture
def arm(panda, urdf):
    made = Arm(SafetyFilter.from_config(panda, urdf))
    made.run(20)
    return made


def test_motion_after_a_recovery_begins_where_the_controller_was_put(arm):
    arm.control.latch("controller: reflex")
    arm.run(5)
    stale = arm.position.copy()
    arm.report(stale)
    arm.reflexed, arm.position = True, stale + RECOVERED_RAD  # the robot's error recovery rests where the arm is
    arm.measure()
    assert arm.control.reset(arm.now_ns) == ""
    arm.ask(1)
    arm.run(3)
    assert arm.sent == []
    assert arm.steps[-1].output.report.refused.startswith("controller:")
    recovered = arm.position.copy()
    arm.reflexed = False
    arm.run(40)
    assert arm.steps[-1].output.report.grade is not Grade.ESTOPPED
    assert np.abs(arm.sent[0].positions[0] - recovered).max() < 1e-9


def moved(arm):
    """Have the arm move; return how much it was sent."""
    arm.ask(1)
    arm.run(12 * REPORT_TICKS + 1)  # the next report of its own is as far away as it can be
    assert np.abs(arm.steps[-1].command[1]).max() > 0.01
    return len(arm.sent)


def test_released_arm_is_not_sent_a_hold(arm):
    moved(arm)
    arm.reflexed = True
    arm.control.latch("operator: asked for")
    arm.run(100)
    sent = len(arm.sent)
    arm.measure()
    assert arm.control.reset(arm.now_ns) == ""
    arm.run(100)
    assert len(arm.sent) == sent
    assert arm.control._core.watch.is_settled


def test_rest_of_the_motion_is_not_sent_to_a_controller_that_does_something_else(arm):
    sent = moved(arm)
    arm.reflexed = True
    for _ in range(REPORTS):
        arm.report(arm.position - 0.1)
    arm.run(1)
    assert arm.steps[-1].output.report.grade is Grade.ESTOPPED
    assert np.abs(arm.steps[-1].command[1]).max() > 0.01  # its own stop is not over
    arm.run(100)
    assert len(arm.sent) == sent


def test_step_that_took_too_long_is_not_sent_and_the_stop_goes_on(arm):
    sent = moved(arm)
    before = arm.control._core.filter.held
    arm.step_takes_ns = LEAD_NS + 1
    arm.run(1)
    assert len(arm.sent) == sent
    assert arm.control._core.filter.held is before
    assert arm.steps[-1].overruns == 1
    assert arm.steps[-1].output.report.refused.startswith("late_step")
    arm.step_takes_ns = 0
    arm.run(1)
    assert len(arm.sent) == sent + 1
    assert np.abs(arm.steps[-1].command[1]).max() > 0.01  # on its way again


def test_one_report_that_deviates_holds_everything_back_until_one_agrees(arm):
    sent = moved(arm)
    held = arm.control._core.filter.held
    arm.report(arm.position - 0.1)
    arm.run(REPORT_TICKS - 1)
    assert len(arm.sent) == sent
    assert arm.steps[-1].output.report.grade is Grade.BRAKING
    assert arm.control._core.filter.held is held  # what was sent is what is executed
    arm.report()
    arm.ask(2)
    arm.run(5)
    assert len(arm.sent) > sent
    first = arm.sent[sent]
    assert np.abs(first.positions[0] - held.command(first.stamp_ns)[0]).max() < 1e-9


def test_stop_that_nobody_executed_does_not_delay_the_reset(arm):
    moved(arm)
    arm.reflexed = True
    for _ in range(REPORTS):
        arm.report(arm.position - 0.1)
    arm.run(1)
    arm.measure()
    assert np.abs(arm.steps[-1].command[1]).max() > 0.01
    assert arm.control.reset(arm.now_ns) == ""
