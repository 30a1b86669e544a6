# SPDX-License-Identifier: Apache-2.0
"""The one table of the suite's ROS interfaces: topics, services and actions with type, direction, rate and QoS.

Nodes, launch files, tests and the README's table read it; nothing repeats it. No ROS import: types are names, QoS is
data that ``vla_ros.nodes.qos`` turns into profiles. Names are relative; launch files place them in a namespace.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from vla_ros.errors import VlaError, unknown_name

__all__ = ["INTERFACES", "Interface", "InterfaceKind", "QosKind", "interface", "markdown_table"]


class InterfaceKind(Enum):
    """How an interface is used."""

    TOPIC = "topic"
    SERVICE = "service"
    ACTION = "action"


class QosKind(Enum):
    """Quality of service of a topic, as data."""

    EVENT = "reliable 10"  # reliable, volatile, keep last 10
    COMMAND = "reliable 1"  # reliable, volatile, keep last 1: newest wins
    SENSOR = "sensor data"  # best effort, volatile, keep last 1
    LATCHED = "transient local 1"  # reliable, transient local, keep last 1
    RELATION = "service"  # the middleware's default for services and actions


@dataclass(frozen=True, slots=True)
class Interface:
    """One row of the table.

    Attributes:
        key: Name in code.
        name: Relative ROS name.
        type_name: ROS type, ``package/msg/Type``.
        kind: Topic, service or action.
        source: Who publishes or calls.
        sink: Who subscribes or serves.
        rate: Nominal rate in words.
        qos: Quality of service.
    """

    key: str
    name: str
    type_name: str
    kind: InterfaceKind
    source: str
    sink: str
    rate: str
    qos: QosKind


def _topic(key: str, name: str, type_name: str, parties: str, rate: str, qos: QosKind) -> Interface:
    source, sink = parties.split(" → ")
    return Interface(key, name, type_name, InterfaceKind.TOPIC, source, sink, rate, qos)


def _service(key: str, name: str, type_name: str, parties: str) -> Interface:
    source, sink = parties.split(" → ")
    return Interface(key, name, type_name, InterfaceKind.SERVICE, source, sink, "event", QosKind.RELATION)


def _action(key: str, name: str, type_name: str, parties: str) -> Interface:
    source, sink = parties.split(" → ")
    return Interface(key, name, type_name, InterfaceKind.ACTION, source, sink, "event", QosKind.RELATION)


_ROWS = (
    _topic("instruction", "vla/instruction", "std_msgs/msg/String", "anyone → executor", "event", QosKind.EVENT),
    _action("execute_task", "vla/execute_task", "vla_msgs/action/ExecuteTask", "anyone → executor"),
    _topic(
        "observation",
        "vla/observation",
        "vla_msgs/msg/Observation",
        "ingestion → policy, planner",
        "contract (30 Hz)",
        QosKind.SENSOR,
    ),
    _topic("plan", "vla/plan", "vla_msgs/msg/Plan", "planner → all", "event", QosKind.LATCHED),
    _topic("latent", "vla/latent", "vla_msgs/msg/Latent", "planner → policy", "planner rate", QosKind.COMMAND),
    _topic(
        "language_motion",
        "vla/language_motion",
        "std_msgs/msg/String",
        "planner, anyone → policy",
        "event",
        QosKind.LATCHED,
    ),
    _service("plan_task", "vla/plan_task", "vla_msgs/srv/PlanTask", "executor → planner"),
    _service("check_subtask", "vla/check_subtask", "vla_msgs/srv/CheckSubtask", "executor → planner"),
    _service("set_language_motion", "vla/set_language_motion", "vla_msgs/srv/SetLanguageMotion", "anyone → planner"),
    _action("run_policy", "vla/run_policy", "vla_msgs/action/RunPolicy", "executor → policy"),
    _topic(
        "action_chunk",
        "vla/action_chunk",
        "vla_msgs/msg/ActionChunk",
        "policy → recorder, console",
        "per inference",
        QosKind.COMMAND,
    ),
    _topic(
        "reference",
        "vla/reference",
        "vla_msgs/msg/ActionChunk",
        "policy, recovery, teleop → safety",
        "per merge",
        QosKind.COMMAND,
    ),
    _topic(
        "policy_state",
        "vla/policy_state",
        "vla_msgs/msg/PolicyState",
        "policy → all",
        "5 Hz and on change",
        QosKind.LATCHED,
    ),
    _topic(
        "safety_state",
        "vla/safety/state",
        "vla_msgs/msg/SafetyState",
        "safety → all",
        "50 Hz and on change",
        QosKind.LATCHED,
    ),
    _topic(
        "safety_decision",
        "vla/safety/decision",
        "vla_msgs/msg/SafetyDecision",
        "safety → recorder",
        "per step, on demand",
        QosKind.EVENT,
    ),
    _topic(
        "safety_markers",
        "vla/safety/markers",
        "visualization_msgs/msg/MarkerArray",
        "safety → RViz, console",
        "10 Hz",
        QosKind.COMMAND,
    ),
    _service("estop", "vla/safety/estop", "std_srvs/srv/SetBool", "anyone → safety"),
    _service("safety_reset", "vla/safety/reset", "std_srvs/srv/Trigger", "anyone → safety"),
    _topic("task_state", "vla/task_state", "vla_msgs/msg/TaskState", "executor → all", "on change", QosKind.LATCHED),
    _topic(
        "tree_snapshot",
        "vla/tree_snapshot",
        "std_msgs/msg/String",
        "executor → console, recorder",
        "on change",
        QosKind.LATCHED,
    ),
    _topic("ready", "vla/ready", "std_msgs/msg/Bool", "supervisor → all", "on change", QosKind.LATCHED),
    _topic("question", "vla/question", "vla_msgs/msg/Question", "executor → anyone", "event", QosKind.LATCHED),
    _service("answer_question", "vla/answer_question", "vla_msgs/srv/AnswerQuestion", "anyone → executor"),
    _topic(
        "joint_trajectory",
        "joint_trajectory",
        "trajectory_msgs/msg/JointTrajectory",
        "safety → arm controller",
        "≥ 50 Hz",
        QosKind.COMMAND,
    ),
    _action("gripper_action", "gripper_action", "control_msgs/action/GripperCommand", "safety → gripper"),
    _topic(
        "joint_states",
        "joint_states",
        "sensor_msgs/msg/JointState",
        "robot → ingestion, safety",
        "100–1000 Hz",
        QosKind.SENSOR,
    ),
    _topic(
        "diagnostics",
        "/diagnostics",
        "diagnostic_msgs/msg/DiagnosticArray",
        "every node → all",
        "1 Hz and on change",
        QosKind.EVENT,
    ),
)

INTERFACES: dict[str, Interface] = {row.key: row for row in _ROWS}


def interface(key: str) -> Interface:
    """Return the row named ``key``.

    Raises:
        VlaError: there is no such row.
    """
    if key not in INTERFACES:
        raise VlaError(unknown_name("interface", key, INTERFACES))
    return INTERFACES[key]


def markdown_table() -> str:
    """Return the table as GitHub Markdown, as printed in the README."""
    lines = ["| name | kind | type | from → to | rate | QoS |", "|---|---|---|---|---|---|"]
    lines += [
        f"| `{row.name}` | {row.kind.value} | `{row.type_name}` "
        f"| {row.source} → {row.sink} | {row.rate} | {row.qos.value} |"
        for row in _ROWS
    ]
    return "\n".join(lines) + "\n"
