# SPDX-License-Identifier: Apache-2.0
"""Between the messages of the policy node and the values of its core."""

from __future__ import annotations

import numpy as np
from vla_msgs.action import RunPolicy
from vla_msgs.msg import ErrorCode, PolicyState, Subtask
from vla_msgs.msg import GroundTruth as GroundTruthMessage
from vla_msgs.msg import Latent as LatentMessage

from vla_ros.errors import VlaError
from vla_ros.nodes.conversions import stamp_ns, time_message
from vla_ros.nodes.diagnostics import Health, Level
from vla_ros.policy.prediction import GroundedPoint, Instruction, Latent
from vla_ros.policy.run_values import Phase, RunEnd, RunRequest, SessionStatus

__all__ = [
    "health_of",
    "latent_from_message",
    "request_from_goal",
    "result_of",
    "scene_from_message",
    "state_message",
]

_NS_PER_S = 1_000_000_000
_BAD_PHASES = {Phase.STARVED: Level.WARN, Phase.BLIND: Level.ERROR, Phase.FAULT: Level.ERROR}


def request_from_goal(goal: RunPolicy.Goal) -> RunRequest:
    """Return the request of a goal."""
    return RunRequest(_instruction(goal.subtask), round(goal.timeout_s * _NS_PER_S), tuple(goal.stop_when))


def _instruction(subtask: Subtask) -> Instruction:
    points = tuple(
        GroundedPoint(grounding.label, grounding.image_key, float(grounding.point[0]), float(grounding.point[1]))
        for grounding in subtask.groundings
        if len(grounding.point) == 2
    )
    return Instruction(subtask.text, subtask.skill, tuple(subtask.objects), points)


def latent_from_message(message: LatentMessage) -> Latent:
    """Return the latent of a message.

    Raises:
        VlaError: the shape does not fit the data, or a value is not finite.
    """
    values, shape = np.array(message.data, np.float32), tuple(int(size) for size in message.shape)
    if values.size != int(np.prod(shape, dtype=np.int64)) or not np.isfinite(values).all():
        detail = f"{values.size} values for shape {shape}, or one is not finite"
        raise VlaError(f"the latent '{message.latent_id}' is unusable: {detail}")
    return Latent(
        message.latent_id, stamp_ns(message.header.stamp), stamp_ns(message.time_to_live), values.reshape(shape)
    )


def result_of(end: RunEnd) -> RunPolicy.Result:
    """Return the result of a run."""
    return RunPolicy.Result(
        error=ErrorCode(code=int(end.code), message=end.message),
        elapsed_s=end.elapsed_ns / _NS_PER_S,
        chunks=end.chunks,
        stopped_by=end.stopped_by,
    )


def state_message(status: SessionStatus, now_ns: int, identity: tuple[str, str, str], threshold: float) -> PolicyState:
    """Return the state for ``vla/policy_state``; ``identity`` is policy id, checkpoint hash and strategy."""
    message = PolicyState(
        state=int(status.phase),
        policy_id=identity[0],
        checkpoint_hash=identity[1],
        strategy=identity[2],
        epoch=status.epoch,
        chunks=status.chunks,
        decode_failures=status.decode_failures,
        late_chunks=status.late_chunks,
        starvations=status.starvations,
        inference_p50_s=status.inference_p50_ns / _NS_PER_S,
        inference_p99_s=status.inference_p99_ns / _NS_PER_S,
        delay_s=status.delay_ns / _NS_PER_S,
        observation_age_s=max(status.observation_age_ns, 0) / _NS_PER_S,
        disagreement=float(status.disagreement),
        disagreement_threshold=float(threshold),
        detail=status.detail,
    )
    message.header.stamp = time_message(now_ns)
    return message


def health_of(status: SessionStatus) -> list[Health]:
    """Return the diagnostics of the node."""
    figures = {
        "observation_age_s": f"{status.observation_age_ns / _NS_PER_S:.4f}",
        "delay_s": f"{status.delay_ns / _NS_PER_S:.4f}",
        "inference_p50_s": f"{status.inference_p50_ns / _NS_PER_S:.4f}",
        "inference_p99_s": f"{status.inference_p99_ns / _NS_PER_S:.4f}",
        "chunks": str(status.chunks),
        "decode_failures": str(status.decode_failures),
        "late_chunks": str(status.late_chunks),
        "starvations": str(status.starvations),
        "disagreement": f"{status.disagreement:.3f}",
    }
    level = _BAD_PHASES.get(status.phase, Level.OK)
    if level is Level.OK and status.detail:
        level = Level.WARN
    text = status.phase.name.lower() + (f": {status.detail}" if status.detail else "")
    return [Health("policy", level, text, figures)]


def scene_from_message(message: GroundTruthMessage) -> tuple[int, list[dict[str, object]]]:
    """Return stamp and things of the simulation's ground truth, as keyword arguments of ``SceneObject.seen``."""
    things = [
        {
            "name": item.name,
            "shape": item.shape,
            "half_size_m": np.array(item.size, np.float64),
            "position_m": np.array([item.pose.position.x, item.pose.position.y, item.pose.position.z]),
            "quaternion_wxyz": np.array([getattr(item.pose.orientation, axis) for axis in "wxyz"]),
        }
        for item in message.objects
    ]
    return stamp_ns(message.header.stamp), things
