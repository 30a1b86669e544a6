# SPDX-License-Identifier: Apache-2.0
"""Records of steps as the node publishes them are made again, bit for bit, by the replay of incidents."""

import itertools
from types import SimpleNamespace

import numpy as np
import pytest
from builtin_interfaces.msg import Duration, Time
from vla_msgs.msg import ActionChunk, SafetyDecision

from rclpy.serialization import serialize_message
from vla_ros.recording.definitions import MessageTypes
from vla_ros.replay.incident import input_hash, replay_decision
from vla_safety import RobotState, SafetyFilter
from vla_safety.arbiter import SourceArbiter
from vla_safety.controller_watch import ControllerWatch
from vla_safety.gripper import GripperGate
from vla_safety.nodes.control import Control, LoopCore, LoopPorts
from vla_safety.nodes.conversions import reference_from_message
from vla_safety.nodes.step_reports import StepReports

LEAD_NS = 40_000_000
CHUNK_TICKS = 25


class Bag:
    """A node whose publishers keep what they are told; somebody listens, or nobody does."""

    def __init__(self, *, listeners: int):
        self.listeners = listeners
        self.records = []

    def create_publisher(self, kind, *_):
        keep = self.records.append if kind is SafetyDecision else lambda _: None
        return SimpleNamespace(publish=keep, get_subscription_count=lambda: self.listeners)


class Silent:
    """A controller that is told and says nothing."""

    repeats = False

    def send(self, *_):
        """Forget it."""

    forget = send


def chunk(names, number, now_ns, home):
    """Rows of a swing around ``home``, later ones with a jump."""
    stamp_ns = now_ns + 2 * LEAD_NS
    times = stamp_ns * 1e-9 + 0.05 * np.arange(20)
    rows = home + 0.3 * (1.0 - np.cos(2.0 * times))[:, None] * np.linspace(1.0, 0.3, 7) + 0.05 * (number % 3)
    message = ActionChunk(
        period=Duration(sec=0, nanosec=50_000_000),
        action_space=ActionChunk.JOINT_POSITION,
        names=list(names),
        rows=len(rows),
        data=rows.ravel().tolist(),
        source="policy",
        chunk_id=number // 2,  # repeated: a record names the message, not its number
        decode_ok=True,
    )
    message.header.stamp = Time(sec=stamp_ns // 10**9, nanosec=stamp_ns % 10**9)
    return message


def moved(safety, bag, ticks=200):
    """Run the loop's core; return the published records."""
    config = safety.config
    names, home = config.joints.names, np.array(config.tool.posture_rad)
    reports = StepReports(bag, names, decisions=True)
    reports.begin("hash")
    core = LoopCore(safety, SourceArbiter(config.sources), GripperGate(config.gripper), ControllerWatch())
    control = Control(core, LoopPorts(Silent(), lambda _: None, reports.on_step, pytest.fail, reports.is_recorded))
    now_ns = 5_000_000_000
    control.anchor(now_ns, RobotState(now_ns, home, np.zeros(7)))
    for tick in range(ticks):
        command = safety.held.command(now_ns)
        control.state = RobotState(now_ns, command[0], command[1])
        if tick % CHUNK_TICKS == 0:
            message = chunk(names, tick // CHUNK_TICKS, now_ns, home)
            reference = reference_from_message(message, names, "panda_link0")
            reports.on_reference(reference, message)
            control.take(reference, now_ns)
        if tick == ticks - 20:
            control.latch("operator: asked for")
        control.tick(itertools.repeat(now_ns).__next__, now_ns + LEAD_NS)
        now_ns += config.period_ns
    return bag.records


@pytest.fixture(scope="module")
def store():
    types = MessageTypes()
    types.require("vla_msgs/msg/ActionChunk")
    types.require("vla_msgs/msg/SafetyDecision")
    return types.store


def test_every_published_record_is_made_again_bit_for_bit(panda, urdf, store):
    records = moved(SafetyFilter.from_config(panda, urdf), Bag(listeners=1))
    again = SafetyFilter.from_config(panda, urdf)
    assert [record.sequence for record in records] == list(range(1, 201))
    assert len({record.grade for record in records}) >= 3
    assert sum(len(record.reference) > 0 for record in records) > 150
    for record in records:
        raw = bytes(serialize_message(record))
        result = replay_decision(store.deserialize_cdr(raw, "vla_msgs/msg/SafetyDecision"), again, store)
        assert result["equal"], result
        assert result["inputs_intact"]
        assert result["recorded"] == result["replayed"]
        assert record.config_hash == "hash"


def test_changed_record_is_noticed(panda, urdf, store):
    record = moved(SafetyFilter.from_config(panda, urdf), Bag(listeners=1), ticks=40)[30]
    record.position[2] += 1e-3
    assert input_hash(record) != record.input_hash


def test_nothing_is_recorded_while_nobody_listens(panda, urdf):
    assert moved(SafetyFilter.from_config(panda, urdf), Bag(listeners=0), ticks=40) == []
