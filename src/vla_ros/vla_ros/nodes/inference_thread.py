# SPDX-License-Identifier: Apache-2.0
"""Runs inferences in a thread of their own and hands the outcomes to the dispatcher. Decides nothing."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

from rclpy.node import Node
from vla_ros.errors import VlaError
from vla_ros.nodes.latest_worker import LatestWorker
from vla_ros.policy.interface import Policy
from vla_ros.policy.run_values import InferenceJob, Outcome

__all__ = ["InferenceThread"]

Finished = Callable[[InferenceJob, Outcome], None]


class InferenceThread:
    """One job at a time; ``finished`` is called by the node's executor, never by the thread."""

    def __init__(self, node: Node, policy: Policy, finished: Finished) -> None:
        self._node = node
        self._policy = policy
        self._finished = finished
        self._outcomes: deque[tuple[InferenceJob, Outcome]] = deque()
        self._guard = node.create_guard_condition(self._deliver)
        self._worker: LatestWorker[InferenceJob] = LatestWorker("inference", self._infer)

    def submit(self, job: InferenceJob) -> None:
        """Start an inference."""
        self._worker.offer(job)

    def stop(self) -> None:
        """End the thread after the inference that it works on."""
        self._worker.stop()
        self._node.destroy_guard_condition(self._guard)

    def _infer(self, job: InferenceJob) -> None:
        begun_ns = time.perf_counter_ns()
        prediction, error = None, ""
        try:
            if job.first:
                self._policy.reset()
            prediction = self._policy.infer(job.observation, job.instruction, job.context, job.deadline_ns)
        except VlaError as refusal:
            error = str(refusal)
        except Exception as defect:  # a back end's defect must not end the thread: it is a failure with a name
            error = f"the policy raised {type(defect).__name__}: {defect}"
        self._outcomes.append((job, Outcome(prediction, time.perf_counter_ns() - begun_ns, error)))
        self._guard.trigger()

    def _deliver(self) -> None:
        while self._outcomes:
            self._finished(*self._outcomes.popleft())
