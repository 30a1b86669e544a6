# SPDX-License-Identifier: Apache-2.0
"""Holds the facts of a live graph against the contract. Pure: preflight and the policy's activation use it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from vla_ros.contract.model import ArmSpec, Contract, ControllerKind
from vla_ros.contract.streams import StreamSpec
from vla_ros.errors import VlaError, nearest_hint
from vla_ros.preflight.facts import Endpoint, GraphFacts
from vla_ros.preflight.plausibility import joint_complaint
from vla_ros.types import StreamCondition

__all__ = ["Check", "NotReadyError", "Verdict", "require_ready", "run_checks"]

_SLOW, _TOO_SLOW = 0.8, 0.5  # of the nominal rate: one lost message in five is worth a look, every second one is not
_GRIPPER_PROBE = "_action/send_goal"  # the service that every action server offers


class NotReadyError(VlaError):
    """Motion must not start; the text names every failed check."""


class Verdict(Enum):
    """Outcome of a check."""

    OK = "ok"  # as the contract says
    WARN = "warn"  # worth a look; motion may start
    FAIL = "fail"  # motion must not start


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the report: what was looked at, the verdict, what was seen, and what to do."""

    subject: str
    name: str
    verdict: Verdict
    seen: str
    remedy: str = ""


def run_checks(contract: Contract, facts: GraphFacts) -> tuple[Check, ...]:
    """Return every check of the contract against the graph, in the order of the contract."""
    checks = [check for stream in contract.streams for check in _stream(stream, contract, facts)]
    return (*checks, *_controller(contract, facts), *_gripper(contract.arm, facts))


def require_ready(checks: tuple[Check, ...]) -> None:
    """Refuse to start where a check failed.

    Raises:
        NotReadyError: naming each failed check and what to do.
    """
    failed = [check for check in checks if check.verdict is Verdict.FAIL]
    if failed:
        sentences = [f"{check.subject} {check.name}: {check.seen} ({check.remedy})" for check in failed]
        raise NotReadyError("motion must not start: " + "; ".join(sentences))


def _stream(stream: StreamSpec, contract: Contract, facts: GraphFacts) -> Iterator[Check]:
    bad = Verdict.FAIL if stream.required else Verdict.WARN
    topic = facts.absolute(stream.topic)
    publishers = facts.publishers.get(topic, ())
    if not publishers:
        same = [name for name, ends in facts.publishers.items() if any(e.type_name == stream.type_name for e in ends)]
        others = f"remap one of {', '.join(sorted(same))}" if same else "start its driver"
        hint = nearest_hint(topic, same)
        yield Check(stream.key, "present", bad, f"nobody publishes '{topic}'", others + hint)
        return
    yield Check(stream.key, "present", Verdict.OK, f"'{topic}' from {', '.join(end.node for end in publishers)}")
    yield _type(stream, publishers, bad)
    yield _arrival(stream, publishers, facts, bad)
    if not facts.streams[stream.key].messages:
        return
    yield _rate(stream, facts, bad)
    yield _quality(stream, facts, bad)
    complaint, remedy = joint_complaint(stream, contract.joints, facts.streams[stream.key].values)
    if stream.state_names and facts.streams[stream.key].values:
        verdict = bad if complaint else Verdict.OK
        yield Check(stream.key, "values", verdict, complaint or "plausible", remedy)


def _type(stream: StreamSpec, publishers: tuple[Endpoint, ...], bad: Verdict) -> Check:
    wrong = sorted({end.type_name for end in publishers} - {stream.type_name})
    if wrong:
        remedy = f"change the contract's type or the topic; expected {stream.type_name}"
        return Check(stream.key, "type", bad, ", ".join(wrong), remedy)
    return Check(stream.key, "type", Verdict.OK, stream.type_name)


def _arrival(stream: StreamSpec, publishers: tuple[Endpoint, ...], facts: GraphFacts, bad: Verdict) -> Check:
    """Everything is subscribed best effort and volatile, which every publisher's quality of service fits."""
    messages = facts.streams[stream.key].messages
    if messages:
        kinds = sorted({"reliable" if end.reliable else "best effort" for end in publishers})
        return Check(stream.key, "QoS", Verdict.OK, f"{', '.join(kinds)}; {messages} messages")
    seen = f"no message in {facts.duration_s:g} s"
    return Check(stream.key, "QoS", bad, seen, "see whether the driver is paused, or the network drops large messages")


def _rate(stream: StreamSpec, facts: GraphFacts, bad: Verdict) -> Check:
    rate_hz = facts.streams[stream.key].messages / facts.duration_s
    seen = f"{rate_hz:.1f} Hz" + (f" of {stream.rate_hz:g} Hz" if stream.rate_hz else "")
    if rate_hz >= _SLOW * stream.rate_hz:
        return Check(stream.key, "rate", Verdict.OK, seen)
    verdict = bad if rate_hz < _TOO_SLOW * stream.rate_hz else Verdict.WARN
    return Check(stream.key, "rate", verdict, seen, "see the driver's rate, the CPU load and the network")


_REMEDIES = {
    StreamCondition.MISSING: "see that the messages hold what the contract names: joints, frames",
    StreamCondition.STALE: "see whether the driver's clock is that of this machine (NTP), and its delay",
    StreamCondition.MALFORMED: "change the driver's setting or the contract",
    StreamCondition.SKEWED: "see the driver's delay, or raise max_skew_s",
    StreamCondition.BAD_CLOCK: "synchronise the clocks (NTP), set use_sim_time, or use clock: receive",
}


def _quality(stream: StreamSpec, facts: GraphFacts, bad: Verdict) -> Check:
    report = facts.streams[stream.key].report
    if report.condition is StreamCondition.OK:
        return Check(stream.key, "content", Verdict.OK, f"age {report.age_ns / 1e6:.1f} ms")
    seen = f"{report.condition.name.lower()}: {report.detail}"
    return Check(stream.key, "content", bad, seen, _REMEDIES[report.condition])


def _controller(contract: Contract, facts: GraphFacts) -> Iterator[Check]:
    arm = contract.arm
    topic = facts.absolute(arm.command_topic)
    expected = arm.controller.command_type
    listeners = facts.subscribers.get(topic, ())
    if not listeners:
        remedy = f"activate the {arm.controller.value} controller, e.g. ros2 control list_controllers"
        near = nearest_hint(topic, facts.subscribers)
        yield Check("controller", "present", Verdict.FAIL, f"nobody listens to '{topic}'", remedy + near)
    elif any(end.type_name != expected for end in listeners):
        wrong = ", ".join(sorted({end.type_name for end in listeners}))
        yield Check("controller", "present", Verdict.FAIL, f"'{topic}' is {wrong}", f"the contract says {expected}")
    elif any(end.latched for end in listeners):
        seen = f"'{topic}' is subscribed transient local"
        yield Check(
            "controller", "present", Verdict.FAIL, seen, "commands are volatile: an old one must not be replayed"
        )
    else:
        yield Check("controller", "present", Verdict.OK, f"'{topic}' by {', '.join(end.node for end in listeners)}")
    if arm.state_topic:
        yield from _controller_state(contract, facts)


def _controller_state(contract: Contract, facts: GraphFacts) -> Iterator[Check]:
    topic, state = facts.absolute(contract.arm.state_topic), facts.controller
    if not state.messages:
        yield Check("controller", "state", Verdict.FAIL, f"nothing on '{topic}'", "activate the controller")
        return
    if state.advanced_s < _TOO_SLOW * facts.duration_s:
        seen = f"its stamps advanced {state.advanced_s:.2f} s in {facts.duration_s:g} s"
        yield Check(
            "controller", "state", Verdict.FAIL, seen, "the control loop stands: see the robot and error recovery"
        )
    else:
        yield Check("controller", "state", Verdict.OK, f"{state.messages} messages, stamps advance")
    if contract.arm.controller is ControllerKind.JTC and set(state.joints) != set(contract.joints.names):
        seen, expected = ", ".join(state.joints), ", ".join(contract.joints.names)
        yield Check("controller", "joints", Verdict.FAIL, f"it moves {seen}", f"the contract names {expected}")


def _gripper(arm: ArmSpec, facts: GraphFacts) -> Iterator[Check]:
    if arm.gripper is None:
        return
    name = facts.absolute(arm.gripper.action)
    types = facts.services.get(f"{name}/{_GRIPPER_PROBE}", ())
    expected = f"{arm.gripper.type_name}_SendGoal"
    if not types:
        yield Check("gripper", "action", Verdict.FAIL, f"no server of '{name}'", "start the gripper's node")
    elif expected not in types:
        seen = f"'{name}' is {', '.join(types).removesuffix('_SendGoal')}"
        yield Check("gripper", "action", Verdict.FAIL, seen, f"the contract says {arm.gripper.type_name}")
    else:
        yield Check("gripper", "action", Verdict.OK, f"'{name}' {arm.gripper.type_name}")
