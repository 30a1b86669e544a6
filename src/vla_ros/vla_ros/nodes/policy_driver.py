# SPDX-License-Identifier: Apache-2.0
"""Drives a session: its clock, its inference thread, its action server and its publishers meet here. Wiring only.

Everything runs in the node's default callback group, one callback at a time; the inference thread only infers.
"""

from __future__ import annotations

from dataclasses import replace

from vla_msgs.action import RunPolicy

from rclpy.node import Node
from vla_ros.nodes.inference_thread import InferenceThread
from vla_ros.nodes.policy_loading import LoadedPolicy
from vla_ros.nodes.policy_output import PolicyOutput
from vla_ros.nodes.run_policy_server import RunPolicyServer
from vla_ros.policy.run import Verdict
from vla_ros.policy.run_values import EndCode, InferenceJob, Outcome, Phase, RunEnd, RunRequest, SessionStatus
from vla_ros.policy.session import PolicySession
from vla_ros.types import Observation

__all__ = ["PolicyDriver"]


class PolicyDriver:
    """The session of one loaded policy in its node; goals are refused until ``start``."""

    def __init__(self, node: Node, loaded: LoadedPolicy) -> None:
        self.session = PolicySession(loaded.policy.specification, loaded.config)
        self.complaint = ""  # why observations are refused; published with the state
        self._last_failure = ""  # why the policy ended the last run; until the next one begins
        self._node = node
        self._policy = loaded.policy
        self._output = PolicyOutput(node, loaded)
        self._server = RunPolicyServer(node, self._begin, self._cancel)
        self._thread: InferenceThread
        self._safety_epoch = 0
        self._output.state(self.status(Phase.INACTIVE))

    def start(self) -> None:
        """Warm the model up and take goals."""
        self._policy.warm_up()
        self._thread = InferenceThread(self._node, self._policy, self._on_outcome)
        self._server.accepting = True

    def stop(self) -> None:
        """Take no more goals, end the run, stop inferring."""
        self._server.accepting = False
        self.end(Verdict(EndCode.POLICY_UNAVAILABLE, "the policy is going down"))
        self._thread.stop()
        self._output.state(self.status(Phase.INACTIVE))

    def destroy(self) -> None:
        """Release what the constructor made."""
        self._server.destroy()
        self._output.state(self.status(Phase.UNCONFIGURED))
        self._output.destroy()

    def observe(self, observation: Observation) -> None:
        """Take an observation, and infer from it if it is time to."""
        self.session.observe(observation)
        self.advance()

    def advance(self) -> None:
        """End a run that is over, start an inference that is due."""
        now_ns = self._now_ns()
        self._finish(self.session.check(now_ns))
        job = self.session.next_job(now_ns)
        if job is not None:
            self._thread.submit(job)

    def end(self, verdict: Verdict) -> None:
        """End the run that is going on, if any."""
        self._finish(self.session.end(self._now_ns(), verdict))

    def follow_safety(self, epoch: int, *, estopped: bool, away: bool = False) -> None:
        """Take what safety says: an emergency stop or a newer epoch ends the run.

        Where the arm rests ``away`` from what is planned, the plan begins anew from there.
        """
        self._safety_epoch = epoch
        if estopped or epoch > self.session.epoch:
            self.end(Verdict(EndCode.STOPPED, "safety ended the epoch"))
        elif away:
            self.session.plan_anew(self._now_ns())

    def report(self) -> None:
        """Publish the state, and feedback while a run is going on."""
        status = self.status()
        self._output.state(status)
        if self.session.running:
            feedback = RunPolicy.Feedback(elapsed_s=status.elapsed_ns / 1e9, progress=float(status.progress))
            feedback.state = self._output.message(status)
            self._server.feedback(feedback)

    def status(self, phase: Phase | None = None) -> SessionStatus:
        """Return the figures of now; ``phase`` stands for the session's own while the node is not active."""
        status = self.session.status(self._now_ns())
        if phase is not None:
            return replace(status, phase=phase, detail="")
        detail = self.complaint or status.detail
        if not detail and not self.session.running:
            detail = self._last_failure
        elif not detail and not self._output.heard:
            detail = "nobody listens to the reference: safety is not running"
        return replace(status, detail=detail)

    def _begin(self, request: RunRequest) -> None:
        self.end(Verdict(EndCode.PREEMPTED, "a newer run took over"))
        self.session.begin(self._now_ns(), request, max(self.session.epoch, self._safety_epoch) + 1)
        self._last_failure = ""

    def _cancel(self) -> None:
        self._output.reference(self.session.cancel(self._now_ns()))

    def _finish(self, end: RunEnd | None) -> None:
        if end is not None:
            self._output.reference(end.reference)
            self._server.finish(end)
            if end.code is EndCode.POLICY_UNAVAILABLE:
                self._last_failure = f"the last run ended: {end.message}"

    def _on_outcome(self, job: InferenceJob, outcome: Outcome) -> None:
        publication = self.session.complete(self._now_ns(), job, outcome)
        self._output.reference(publication.reference)
        self._output.raw(publication.raw)
        if outcome.error:
            self._node.get_logger().error(f"an inference failed: {outcome.error}", throttle_duration_sec=1.0)
        self.advance()

    def _now_ns(self) -> int:
        return int(self._node.get_clock().now().nanoseconds)
