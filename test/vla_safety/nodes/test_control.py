# SPDX-License-Identifier: Apache-2.0
"""What the loop sends after a reflex was recovered: nothing, before the controller has said where it rests."""

import numpy as np
import pytest

from vla_safety import Grade, Reference, ReferenceKind, RobotState, SafetyFilter
from vla_safety.arbiter import SourceArbiter
from vla_safety.controller_watch import ControllerReport, ControllerWatch
from vla_safety.gripper import GripperGate
from vla_safety.nodes.control import Control, LoopCore, LoopPorts

LEAD_NS = 40_000_000
REPORT_TICKS = 5  # 50 Hz
RECOVERED_RAD = 0.012  # between where the arm's own stop ended and where it is


class Arm:
    """A controller that plays what it is sent, exactly, and an arm that does what the controller wants."""

    repeats = False

    def __init__(self, safety):
        self.sent, self.steps = [], []
        self.position = np.array(safety.config.tool.posture_rad)
        config = safety.config
        core = LoopCore(safety, SourceArbiter(config.sources), GripperGate(config.gripper), ControllerWatch())
        self.control = Control(core, LoopPorts(self, lambda _: None, self.steps.append, pytest.fail))
        self.now_ns = 1_000_000_000
        self.ticks = 0
        self.measure()
        self.control.anchor(self.now_ns, self.control.state)

    def send(self, now_ns, trajectory, held):
        self.sent.append(trajectory)

    def forget(self):
        """Nothing is kept."""

    def measure(self):
        self.control.state = RobotState(self.now_ns, self.position.copy(), np.zeros(7))

    def reports(self, position=None):
        """Have the controller say where it rests."""
        place = self.position if position is None else position
        self.control.judge(ControllerReport(self.now_ns, place.copy(), np.zeros(7)), self.now_ns)

    def run(self, ticks):
        for _ in range(ticks):
            self.measure()
            if self.ticks % REPORT_TICKS == 0:
                self.reports()
            self.control.tick(self.now_ns, self.now_ns + LEAD_NS)
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
    arm.reports(stale)
    arm.position = stale + RECOVERED_RAD  # the robot's error recovery rests where the arm is
    arm.measure()
    assert arm.control.reset(arm.now_ns) == ""
    arm.sent.clear()
    arm.ask(1)
    arm.run(3)
    assert arm.sent == []
    assert arm.steps[-1].output.report.refused.startswith("controller:")
    arm.run(40)
    assert arm.steps[-1].output.report.grade is not Grade.ESTOPPED
    assert arm.sent
    assert np.abs(arm.sent[0].positions[0] - arm.position).max() < 1e-9


def test_latched_arm_that_moved_is_not_sent_a_hold_when_it_is_released(arm):
    arm.ask(1)
    arm.run(40)
    assert arm.sent
    arm.control.latch("controller: reflex")
    arm.run(100)
    held = arm.control._core.filter.held
    arm.position = held.command(arm.now_ns)[0] + RECOVERED_RAD
    arm.measure()
    arm.sent.clear()
    assert arm.control.reset(arm.now_ns) == ""
    arm.run(100)
    assert arm.sent == []
    assert arm.control._core.watch.is_settled
