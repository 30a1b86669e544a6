# SPDX-License-Identifier: Apache-2.0
"""Runs the diagnostic tasks of a node and publishes their statuses."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus

from diagnostic_updater.status_wrapper import DiagnosticStatusWrapper, level_number
from diagnostic_updater.tasks import DiagnosticTask, FunctionDiagnosticTask


class Updater:
    """Publishes the status of all tasks on ``/diagnostics``.

    Args:
        node: Owns the timer and the publisher; its parameter ``diagnostic_updater.period`` [s] sets the rate.
        period: Time between updates [s].
    """

    def __init__(self, node: Any, period: float = 1.0) -> None:
        self.node = node
        self.hwid = ""
        self.verbose = False
        self._tasks: list[DiagnosticTask] = []
        self._lock = threading.Lock()
        self.publisher = node.create_publisher(DiagnosticArray, "/diagnostics", 1)
        self.period = _declared(node, "diagnostic_updater.period", float(period))
        self._use_fqn = _declared(node, "diagnostic_updater.use_fqn", False)
        self.timer = node.create_timer(self.period, self.update)

    def setHardwareID(self, hwid: str) -> None:
        """Set what the statuses are about."""
        self.hwid = hwid

    def add(self, *args: DiagnosticTask | str | Callable) -> None:
        """Add a task: ``add(task)``, ``add(name, function)`` or ``add(name, task)``."""
        task = _as_task(args)
        with self._lock:
            self._tasks.append(task)
        self._publish([self._status(task.getName(), DiagnosticStatus.OK, "Node starting up")])

    def removeByName(self, name: str) -> bool:
        """Remove the tasks of a name; return whether there was any."""
        with self._lock:
            before = len(self._tasks)
            self._tasks = [task for task in self._tasks if task.getName() != name]
            return len(self._tasks) < before

    def update(self) -> None:
        """Run all tasks and publish; the timer calls this."""
        with self._lock:
            tasks = list(self._tasks)
        statuses = [self._run(task) for task in tasks]
        if statuses:
            self._publish(statuses)

    def force_update(self) -> None:
        """Run all tasks and publish now."""
        self.update()

    def broadcast(self, lvl: bytes | int, msg: str) -> None:
        """Publish one level and message for all tasks, e.g. before a shutdown."""
        with self._lock:
            tasks = list(self._tasks)
        self._publish([self._status(task.getName(), lvl, msg) for task in tasks])

    def _run(self, task: DiagnosticTask) -> DiagnosticStatusWrapper:
        status = self._status(task.getName(), DiagnosticStatus.ERROR, "No message was set")
        answer = task.run(status)
        if not isinstance(answer, DiagnosticStatusWrapper):
            status.summary(DiagnosticStatus.ERROR, f"the task returned {type(answer).__name__}, not its status")
            answer = status
        if self.verbose and level_number(answer.level):
            self.node.get_logger().warning(
                f"Non-zero diagnostic status. Name: '{answer.name}', status {level_number(answer.level)}: "
                f"'{answer.message}'"
            )
        return answer

    def _status(self, name: str, level: bytes | int, message: str) -> DiagnosticStatusWrapper:
        status = DiagnosticStatusWrapper(name, self.hwid or "none")
        status.summary(level, message)
        return status

    def _publish(self, statuses: list[DiagnosticStatusWrapper]) -> None:
        prefix = self.node.get_fully_qualified_name() if self._use_fqn else self.node.get_name()
        array = DiagnosticArray(status=[status.to_msg() for status in statuses])
        array.header.stamp = self.node.get_clock().now().to_msg()
        for status in array.status:
            status.name = f"{prefix}: {status.name}"
        self.publisher.publish(array)


def _declared(node: Any, name: str, default: Any) -> Any:
    if node.has_parameter(name):
        return node.get_parameter(name).value
    return node.declare_parameter(name, default).value


def _as_task(args: tuple) -> DiagnosticTask:
    if len(args) == 1 and isinstance(args[0], DiagnosticTask):
        return args[0]
    if len(args) == 2 and isinstance(args[0], str):
        name, task = args
        function = task.run if isinstance(task, DiagnosticTask) else task
        if callable(function):
            return FunctionDiagnosticTask(name, function)
    raise TypeError(f"add() takes a task, or a name and a function or task; got {args!r}")
