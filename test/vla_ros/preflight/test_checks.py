# SPDX-License-Identifier: Apache-2.0
"""Preflight lets motion start only where the graph is what the contract says, and says what to do where it is not."""

import dataclasses
import json
from pathlib import Path

import pytest

from vla_ros.contract import load_contract
from vla_ros.preflight import (
    ControllerFacts,
    Endpoint,
    GraphFacts,
    NotReadyError,
    StreamFacts,
    Verdict,
    json_report,
    require_ready,
    run_checks,
    table,
)
from vla_ros.types import StreamCondition, StreamReport

FRANKA = Path(__file__).parents[3] / "config" / "robots" / "franka.yaml"
CONTRACT = load_contract(FRANKA)
HOME = (0.0, -0.785, 0.0, -2.356, 0.0, 1.571, 0.785)
JTC = "trajectory_msgs/msg/JointTrajectory"
COMMANDS = "/fr3_arm_controller/joint_trajectory"


def healthy():
    """A graph that is exactly what the contract says."""
    joints = CONTRACT.joints.names
    values = {f"{name}.position": q for name, q in zip(joints, HOME, strict=True)}
    values |= {f"{name}.velocity": 0.0 for name in joints}
    streams = {
        stream.key: StreamFacts(
            messages=round(3 * stream.rate_hz),
            report=StreamReport(stream.key, StreamCondition.OK, 5_000_000, stream.rate_hz),
            values={"joints": values, "gripper": {"gripper.width": 0.04}}.get(stream.key, {}),
        )
        for stream in CONTRACT.streams
    }
    return GraphFacts(
        duration_s=3.0,
        namespace="/",
        publishers={f"/{s.topic}": (Endpoint("driver", s.type_name),) for s in CONTRACT.streams},
        subscribers={COMMANDS: (Endpoint("controller", JTC),)},
        services={"/franka_gripper/gripper_action/_action/send_goal": ("control_msgs/action/GripperCommand_SendGoal",)},
        streams=streams,
        controller=ControllerFacts(300, 2.99, joints),
    )


def change(facts, part, key, value):
    """Replace one entry of a mapping; None removes it."""
    entries = {name: entry for name, entry in getattr(facts, part).items() if name != key}
    return dataclasses.replace(facts, **{part: entries if value is None else entries | {key: value}})


def stream(key, **changes):
    facts = healthy()
    return change(facts, "streams", key, dataclasses.replace(facts.streams[key], **changes))


def values(**changes):
    facts = healthy()
    merged = dict(facts.streams["joints"].values) | {k.replace("__", "."): v for k, v in changes.items()}
    return stream("joints", values=merged)


def report(key, condition, detail):
    return stream(key, report=StreamReport(key, condition, -1, 0.0, detail))


def findings(facts, contract=CONTRACT):
    return [(c.subject, c.name, c.seen, c.remedy) for c in run_checks(contract, facts) if c.verdict is not Verdict.OK]


def test_healthy_graph_is_ready():
    checks = run_checks(CONTRACT, healthy())
    assert findings(healthy()) == []
    assert len(checks) == 4 * 5 + 2 + 3  # five per stream, the values of two, controller twice and gripper
    require_ready(checks)


BROKEN = [
    (change(healthy(), "publishers", "/joint_states", None), "joints", "present", "nobody publishes '/joint_states'",
     "remap one of /franka_gripper/joint_states Did you mean '/franka_gripper/joint_states'?"),
    (change(healthy(), "publishers", "/scene/image_raw", (Endpoint("cam", "sensor_msgs/msg/CompressedImage"),)),
     "image.scene", "type", "sensor_msgs/msg/CompressedImage",
     "change the contract's type or the topic; expected sensor_msgs/msg/Image"),
    (stream("image.wrist", messages=0), "image.wrist", "QoS", "no message in 3 s",
     "see whether the driver is paused, or the network drops large messages"),
    (stream("image.wrist", messages=21), "image.wrist", "rate", "7.0 Hz of 30 Hz",
     "see the driver's rate, the CPU load and the network"),
    (report("image.scene", StreamCondition.BAD_CLOCK, "its stamp is zero"), "image.scene", "content",
     "bad_clock: its stamp is zero", "synchronise the clocks (NTP), set use_sim_time, or use clock: receive"),
    (report("joints", StreamCondition.MALFORMED, "position of fr3_joint1 is nan"), "joints", "content",
     "malformed: position of fr3_joint1 is nan", "change the driver's setting or the contract"),
    (values(fr3_joint4__position=-135.0), "joints", "values",
     "fr3_joint4 is at -135 rad, limits -3.0421 .. -0.1518", "the driver sends degrees, or joints in another order"),
    (values(fr3_joint6__position=0.3), "joints", "values", "fr3_joint6 is at 0.3 rad, limits 0.5445 .. 4.5169",
     "see the joint order and zero of the driver, or that the contract is of this robot"),
    (values(fr3_joint1__velocity=-30.0), "joints", "values", "fr3_joint1 moves at -30 rad/s, limit 2.62",
     "see the driver's unit (degrees?)"),
    (stream("gripper", values={"gripper.width": 40.0}), "gripper", "values", "the gripper is 40 m open",
     "the driver's unit is not metres"),
    (change(healthy(), "subscribers", COMMANDS, None), "controller", "present", f"nobody listens to '{COMMANDS}'",
     "activate the jtc controller, e.g. ros2 control list_controllers"),
    (change(healthy(), "subscribers", COMMANDS, (Endpoint("c", "std_msgs/msg/Float64MultiArray"),)), "controller",
     "present", f"'{COMMANDS}' is std_msgs/msg/Float64MultiArray", f"the contract says {JTC}"),
    (change(healthy(), "subscribers", COMMANDS, (Endpoint("c", JTC, latched=True),)), "controller", "present",
     f"'{COMMANDS}' is subscribed transient local", "commands are volatile: an old one must not be replayed"),
    (dataclasses.replace(healthy(), controller=ControllerFacts()), "controller", "state",
     "nothing on '/fr3_arm_controller/controller_state'", "activate the controller"),
    (dataclasses.replace(healthy(), controller=ControllerFacts(300, 0.0, CONTRACT.joints.names)), "controller", "state",
     "its stamps advanced 0.00 s in 3 s", "the control loop stands: see the robot and error recovery"),
    (dataclasses.replace(healthy(), controller=ControllerFacts(300, 3.0, ("a",))), "controller", "joints",
     "it moves a", f"the contract names {', '.join(CONTRACT.joints.names)}"),
    (change(healthy(), "services", "/franka_gripper/gripper_action/_action/send_goal", None), "gripper", "action",
     "no server of '/franka_gripper/gripper_action'", "start the gripper's node"),
    (change(healthy(), "services", "/franka_gripper/gripper_action/_action/send_goal", ("x/action/Y_SendGoal",)),
     "gripper", "action", "'/franka_gripper/gripper_action' is x/action/Y",
     "the contract says control_msgs/action/GripperCommand"),
]  # fmt: skip


@pytest.mark.parametrize(("facts", "subject", "name", "seen", "remedy"), BROKEN)
def test_single_fault_forbids_motion_and_says_what_to_do(facts, subject, name, seen, remedy):
    assert findings(facts) == [(subject, name, seen, remedy)]
    with pytest.raises(NotReadyError, match="motion must not start: ") as caught:
        require_ready(run_checks(CONTRACT, facts))
    assert f"{subject} {name}: {seen} ({remedy})" in str(caught.value)


def test_slow_stream_is_worth_a_look_but_may_start():
    facts = stream("image.wrist", messages=63)
    checks = run_checks(CONTRACT, facts)
    assert [c.verdict for c in checks if c.verdict is not Verdict.OK] == [Verdict.WARN]
    require_ready(checks)


def test_optional_stream_never_forbids_motion():
    streams = tuple(dataclasses.replace(s, required=s.key != "gripper") for s in CONTRACT.streams)
    facts = change(healthy(), "publishers", "/franka_gripper/joint_states", None)
    require_ready(run_checks(dataclasses.replace(CONTRACT, streams=streams), facts))


def test_namespace_of_the_node_is_that_of_the_topics():
    facts = dataclasses.replace(healthy(), namespace="/left")
    assert ("joints", "present", "nobody publishes '/left/joint_states'") in [row[:3] for row in findings(facts)]


def test_table_marks_faults_and_concludes():
    text = table(run_checks(CONTRACT, stream("image.wrist", messages=0)))
    assert "✗ image.wrist  QoS      no message in 3 s" in text
    assert "→ see whether the driver is paused" in text
    assert text.splitlines()[-1] == "Motion must not start: 22 ok, 0 to look at, 1 failed."
    assert table(run_checks(CONTRACT, healthy())).splitlines()[-1] == "Ready: 25 ok, 0 to look at, 0 failed."


def test_json_says_whether_motion_may_start():
    ready = json.loads(json_report(run_checks(CONTRACT, healthy()), CONTRACT.variant, CONTRACT.hash))
    assert ready["ready"] is True
    assert ready["contract"] == {"variant": "fr3/sim", "hash": CONTRACT.hash}
    broken = json.loads(json_report(run_checks(CONTRACT, stream("joints", messages=0)), "", ""))
    assert broken["ready"] is False
    assert {"subject", "name", "verdict", "seen", "remedy"} == set(broken["checks"][0])
