# SPDX-License-Identifier: Apache-2.0
"""What an updater runs: tasks that fill a status."""

from __future__ import annotations

from collections.abc import Callable

from diagnostic_msgs.msg import DiagnosticStatus

from diagnostic_updater.status_wrapper import DiagnosticStatusWrapper


class DiagnosticTask:
    """Fills a status; subclasses override :meth:`run`.

    Args:
        name: Name of the task.
    """

    def __init__(self, name: str) -> None:
        self.name = name

    def getName(self) -> str:
        """Return the name."""
        return self.name

    def run(self, stat: DiagnosticStatusWrapper) -> DiagnosticStatusWrapper:
        """Fill and return the status."""
        raise NotImplementedError(f"{type(self).__name__} does not implement run()")


class FunctionDiagnosticTask(DiagnosticTask):
    """A function as a task.

    Args:
        name: Name of the task.
        fn: Takes a status, fills and returns it.
    """

    def __init__(self, name: str, fn: Callable[[DiagnosticStatusWrapper], DiagnosticStatusWrapper]) -> None:
        super().__init__(name)
        self.fn = fn

    def run(self, stat: DiagnosticStatusWrapper) -> DiagnosticStatusWrapper:
        """Call the function."""
        return self.fn(stat)


class CompositeDiagnosticTask(DiagnosticTask):
    """Several tasks in one status; their summaries are merged.

    Args:
        name: Name of the task.
    """

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.tasks: list[DiagnosticTask] = []

    def addTask(self, task: DiagnosticTask) -> None:
        """Add a task."""
        self.tasks.append(task)

    def run(self, stat: DiagnosticStatusWrapper) -> DiagnosticStatusWrapper:
        """Run all tasks."""
        combined = DiagnosticStatusWrapper()
        combined.summary(stat)
        for task in self.tasks:
            stat.clearSummary()
            stat = task.run(stat)
            combined.mergeSummary(stat)
        stat.summary(combined)
        return stat


class Heartbeat(DiagnosticTask):
    """Says that the node lives."""

    def __init__(self) -> None:
        super().__init__("Heartbeat")

    def run(self, stat: DiagnosticStatusWrapper) -> DiagnosticStatusWrapper:
        """Fill the status."""
        stat.summary(DiagnosticStatus.OK, "Alive")
        return stat
