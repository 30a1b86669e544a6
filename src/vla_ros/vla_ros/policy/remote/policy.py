# SPDX-License-Identifier: Apache-2.0
"""A policy on a server, behind the interface of every other. Joins client and adapter; no wire format here."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from vla_ros.contract import Contract
from vla_ros.policy.prediction import InferenceContext, Instruction, Prediction
from vla_ros.policy.remote.adapter.answer import AnswerAdapter
from vla_ros.policy.remote.adapter.config import AdapterConfig
from vla_ros.policy.remote.adapter.request import RequestAdapter
from vla_ros.policy.remote.client import PolicyClient
from vla_ros.policy.remote.options import RemoteOptions
from vla_ros.policy.specification import PolicySpecification
from vla_ros.types import ActionChunk, ActionSpace, Observation, Provenance

__all__ = ["RemotePolicy", "remote_policy"]

NS_PER_S = 1_000_000_000
SENTENCE = "do nothing"  # of the warm-up


@dataclass(frozen=True, slots=True)
class Adapters:
    """Both directions of one adapter."""

    request: RequestAdapter
    answer: AnswerAdapter


class RemotePolicy:
    """See :class:`vla_ros.policy.interface.Policy`. A deadline holds for connecting, sending and receiving together."""

    def __init__(
        self,
        specification: PolicySpecification,
        client: PolicyClient,
        adapters: Adapters,
        options: RemoteOptions,
        now_ns: Callable[[], int],
    ) -> None:
        """Serve ``specification``; ``now_ns`` is the clock of ``infer``'s deadlines."""
        self.specification = specification
        self.client = client
        self.adapters = adapters
        self._options = options
        self._now_ns = now_ns

    def infer(
        self, observation: Observation, instruction: Instruction, context: InferenceContext, deadline_ns: int
    ) -> Prediction:
        """See :class:`vla_ros.policy.interface.Policy`."""
        begun_ns = time.perf_counter_ns()
        left_ns = deadline_ns - self._now_ns()
        payload, state = self.adapters.request(observation, instruction)
        reply = self.client.infer(payload, time.monotonic_ns() + left_ns)
        rows, widths = self.adapters.answer(self.adapters.answer.raw(reply), state.origin)
        specification = self.specification
        chunk = ActionChunk(
            stamp_ns=observation.stamp_ns + specification.first_row_ns,
            period_ns=specification.period_ns,
            space=specification.space,
            names=specification.names,
            rows=rows,
            gripper_m=widths,
            frame=specification.frame,
            provenance=Provenance(
                observation_stamp_ns=observation.stamp_ns,
                policy_id=specification.policy_id,
                epoch=context.epoch,
                inference_ns=time.perf_counter_ns() - begun_ns,
            ),
        )
        return Prediction(chunk)

    def reset(self) -> None:
        """Tell the server that a new run begins.

        Raises:
            RemoteError: it does not confirm in time.
        """
        self.client.reset(time.monotonic_ns() + round(self._options.reset_timeout_s * NS_PER_S))

    def warm_up(self) -> None:
        """Connect, and let the server compile on a blank observation.

        Raises:
            RemoteError: it does not answer, or not as the adapter says.
        """
        self.client.connect(time.monotonic_ns() + round(self._options.connect_timeout_s * NS_PER_S))
        if not self._options.warm_up or self.specification.latent:  # a blank latent would be a made-up one
            return
        payload, _ = self.adapters.request(blank_observation(self.specification), Instruction(SENTENCE))
        deadline_ns = time.monotonic_ns() + round(self._options.warm_up_timeout_s * NS_PER_S)
        self.adapters.answer.raw(self.client.infer(payload, deadline_ns))


def remote_policy(
    options: RemoteOptions, contract: Contract, now_ns: Callable[[], int], seed: int = -1
) -> RemotePolicy:
    """Return the policy of ``options`` on the robot of ``contract``; it does not connect yet.

    Raises:
        ConfigError: the robot lacks what the adapter needs, or the address is not a safe one.
        PolicyError: the token's variable is not set.
    """
    answer = AnswerAdapter(options.adapter.action, contract)
    request = RequestAdapter(options.adapter, contract, frozenset({"tool_position"} if answer.needs_tool else ()))
    protocol = options.wire_protocol()
    client = PolicyClient(protocol, options.link(protocol), seed=seed)
    return RemotePolicy(
        _specification(options, contract, request, answer), client, Adapters(request, answer), options, now_ns
    )


def blank_observation(specification: PolicySpecification) -> Observation:
    """Return an observation of grey images and a state in which the tool's rotation is a rotation."""
    images = {key: np.full((224, 224, 3), 128, np.uint8) for key in specification.image_keys}
    state = np.array([float(name.endswith(".qw")) for name in specification.state_names])
    return Observation(0, images, dict.fromkeys(images, 0), specification.state_names, state)


def _specification(
    options: RemoteOptions, contract: Contract, request: RequestAdapter, answer: AnswerAdapter
) -> PolicySpecification:
    adapter: AdapterConfig = options.adapter
    action = adapter.action
    first_s = action.first_row_s
    if first_s < 0.0:
        first_s = 0.0 if answer.space is ActionSpace.JOINT_VELOCITY else action.period_s
    return PolicySpecification(
        policy_id=f"remote/{options.protocol}",
        rows=action.rows,
        period_ns=round(action.period_s * NS_PER_S),
        first_row_ns=round(first_s * NS_PER_S),
        space=answer.space,
        names=answer.names,
        frame=contract.frames.base if answer.needs_tool else "",
        gripper=action.gripper is not None,
        image_keys=tuple(dict.fromkeys(image.source for image in adapter.images)),
        state_names=request.state_names,
        text=adapter.text is not None,
        latent=adapter.latent.space if adapter.latent is not None else "",
    )
