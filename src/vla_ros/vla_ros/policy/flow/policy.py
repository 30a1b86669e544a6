# SPDX-License-Identifier: Apache-2.0
"""The default policy around any runtime of its network: inputs, noise, absolute poses, refusal of unknown words.

Numpy only. The network comes in as a :class:`Runtime`, so that PyTorch and ONNX Runtime share everything else.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
import numpy.typing as npt

from vla_ros.contract import Contract
from vla_ros.errors import PolicyError
from vla_ros.policy.flow.arm import ARM_JOINTS
from vla_ros.policy.flow.assets import FlowAssets
from vla_ros.policy.flow.inputs import InputMaker, NetworkInputs
from vla_ros.policy.flow.processing import tool_rows
from vla_ros.policy.flow.steering import Steering, steering_of
from vla_ros.policy.prediction import InferenceContext, Instruction, Prediction
from vla_ros.policy.specification import Conditioning, PolicySpecification
from vla_ros.types import ActionChunk, ActionSpace, Observation, Provenance

__all__ = ["FlowPolicy", "Runtime", "specification_of"]

Array = npt.NDArray[np.float64]
Float32 = npt.NDArray[np.float32]

DONE = 9  # column of the auxiliary head
LARGEST_SAMPLES = 16
COLUMNS = ("x", "y", "z", "qx", "qy", "qz", "qw")


class Runtime(Protocol):
    """Runs the network."""

    def run(self, inputs: NetworkInputs, noise: Float32, steering: Steering | None = None) -> tuple[Float32, Float32]:
        """Return normalised chunks ``(N, T, A)`` integrated from ``noise (N, T, A)``, and auxiliary ``(X,)``."""


def specification_of(assets: FlowAssets, contract: Contract, policy_id: str) -> PolicySpecification:
    """Return what the policy declares on the robot of ``contract``.

    Raises:
        PolicyError: the arm is no Franka, or the gripper's width is not observed.
    """
    joints = contract.joints.names
    if len(joints) != ARM_JOINTS:
        raise PolicyError(f"the policy drives a Franka arm of {ARM_JOINTS} joints, '{contract.name}' has {len(joints)}")
    widths = [name for name in contract.state_names if name.endswith(".width")]
    if not widths:
        raise PolicyError(f"the policy needs the gripper's width, which '{contract.name}' does not observe")
    return PolicySpecification(
        policy_id=policy_id,
        rows=assets.config.rows,
        period_ns=assets.period_ns,
        first_row_ns=assets.period_ns,
        space=ActionSpace.TOOL_POSE,
        names=COLUMNS,
        frame=contract.frames.base,
        image_keys=assets.config.image_keys,
        state_names=(*(f"{joint}.position" for joint in joints), widths[0]),
        conditionings=frozenset({Conditioning.NONE}),
        largest_samples=LARGEST_SAMPLES,
    )


class FlowPolicy:
    """The default policy; see :class:`vla_ros.policy.interface.Policy`."""

    def __init__(
        self,
        assets: FlowAssets,
        specification: PolicySpecification,
        runtime: Runtime,
        *,
        seed: int = 0,
        checkpoint_hash: str = "",
    ) -> None:
        """Serve ``specification`` with the network that ``runtime`` runs; ``seed`` chooses the noise."""
        self.specification = specification
        self.auxiliary: Float32 = np.zeros(assets.config.auxiliary, np.float32)  # of the newest inference
        self._assets, self._runtime, self._hash = assets, runtime, checkpoint_hash
        self._inputs = InputMaker(assets, specification.state_names)
        self._seed = seed

    def infer(
        self, observation: Observation, instruction: Instruction, context: InferenceContext, deadline_ns: int
    ) -> Prediction:
        """Return a chunk of tool poses in the base; row 0 is due one period after the observation.

        The noise is drawn from seed and stamp alone: the same observation gives the same chunk, live and in a replay,
        whatever was inferred before.

        Raises:
            PolicyError: the sentence has words that the policy was never trained on, or the output is not finite.
        """
        inputs, tool = self._inputs.make(observation, instruction.text)
        count = min(context.samples, LARGEST_SAMPLES)
        random = np.random.default_rng([self._seed, observation.stamp_ns])
        noise = random.standard_normal((count, self._assets.config.rows, self._assets.config.action), np.float32)
        steering = steering_of(context, tool, self._assets.scaling)
        normalised, self.auxiliary = self._runtime.run(inputs, noise * np.float32(self._assets.temperature), steering)
        if not (np.isfinite(normalised).all() and np.isfinite(self.auxiliary).all()):
            raise PolicyError("the network's output is not finite")
        actions = self._assets.scaling.physical_actions(normalised.astype(np.float64))
        rows, widths = zip(*(tool_rows(sample, tool) for sample in actions), strict=True)
        chunk = self._chunk(observation, context, rows[0], widths[0])
        done = float(np.clip(self.auxiliary[DONE], 0.0, 1.0))
        return Prediction(chunk, samples=np.stack(rows) if count > 1 else None, done=done)

    def reset(self) -> None:
        """Nothing of a task is remembered between observations."""

    def warm_up(self) -> None:
        """Run the network on blank input."""
        config = self._assets.config
        images = np.zeros((1, len(config.image_keys), 3, config.image_size, config.image_size), np.float32)
        words, state = np.full((1, config.words), 1, np.int64), np.zeros((1, config.proprioception), np.float32)
        for _ in range(3):
            self._runtime.run(
                NetworkInputs(images, words, state), np.zeros((1, config.rows, config.action), np.float32)
            )

    def _chunk(self, observation: Observation, context: InferenceContext, rows: Array, widths: Array) -> ActionChunk:
        specification = self.specification
        return ActionChunk(
            stamp_ns=observation.stamp_ns + specification.first_row_ns,
            period_ns=specification.period_ns,
            space=specification.space,
            names=specification.names,
            rows=rows,
            gripper_m=np.append(widths[1:], widths[-1]),  # an action's width is commanded from the row before on
            frame=specification.frame,
            provenance=Provenance(
                observation_stamp_ns=observation.stamp_ns,
                policy_id=specification.policy_id,
                checkpoint_hash=self._hash,
                epoch=context.epoch,
            ),
        )
