# SPDX-License-Identifier: Apache-2.0
"""The default policy on ONNX Runtime: the fastest on a CPU, and it needs no PyTorch.

The graph holds all integration steps; one that has a prefix among its inputs is steered by in-painting.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import onnxruntime

from vla_ros.errors import ConfigError, PolicyError
from vla_ros.policy.backends.options import options_of
from vla_ros.policy.checkpoint import Checkpoint
from vla_ros.policy.flow.assets import ONNX_FILE, read_assets
from vla_ros.policy.flow.inputs import NetworkInputs
from vla_ros.policy.flow.policy import FlowPolicy, specification_of
from vla_ros.policy.flow.steering import Steering
from vla_ros.policy.interface import PolicyResources
from vla_ros.policy.specification import Conditioning

__all__ = ["OnnxOptions", "OnnxRuntime", "load"]

Float32 = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class OnnxOptions:
    """How the graph is run.

    Attributes:
        threads: Of one inference. One is the fastest where the other cores have work of their own.
    """

    threads: int = 1

    def __post_init__(self) -> None:
        if self.threads < 1:
            raise ConfigError(f"threads must be >= 1, got {self.threads}")


class OnnxRuntime:
    """A session over the exported graph; see :class:`vla_ros.policy.flow.policy.Runtime`."""

    def __init__(self, path: str, options: OnnxOptions | None = None) -> None:
        """Open the graph at ``path``.

        Raises:
            PolicyError: it cannot be read.
        """
        options = options or OnnxOptions()
        self._any, self._single = _session(path, options), _session(path, options, samples=1)
        self._steerable = "prefix" in {item.name for item in self._any.get_inputs()}

    @property
    def conditionings(self) -> frozenset[Conditioning]:
        """What the graph can be told about running actions."""
        return frozenset({Conditioning.NONE, *({Conditioning.INPAINT} if self._steerable else ())})

    def run(self, inputs: NetworkInputs, noise: Float32, steering: Steering | None = None) -> tuple[Float32, Float32]:
        """See :class:`vla_ros.policy.flow.policy.Runtime`."""
        count = len(noise)
        feeds = {
            "images": inputs.images,
            "image_index": np.zeros(count, np.int64),
            "words": np.repeat(inputs.words, count, axis=0),
            "proprioception": np.repeat(inputs.proprioception, count, axis=0),
            "noise": noise,
        }
        if self._steerable:
            for name in ("prefix", "weights"):
                value = np.zeros_like(noise[0]) if steering is None else getattr(steering, name)
                feeds[name] = np.repeat(value[None], count, axis=0)
        session = self._single if count == 1 else self._any
        chunk, auxiliary = session.run(["chunk", "auxiliary"], feeds)
        return chunk, auxiliary[0]


def _session(path: str, options: OnnxOptions, samples: int = 0) -> onnxruntime.InferenceSession:
    """Return a session for any number of samples or, with every shape known beforehand and a fifth faster, for one."""
    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads, settings.inter_op_num_threads = options.threads, 1
    settings.log_severity_level = 3
    if samples:
        settings.add_free_dimension_override_by_name("samples", samples)
    try:
        return onnxruntime.InferenceSession(path, settings, providers=["CPUExecutionProvider"])
    except Exception as error:  # ONNX Runtime raises its own, undocumented types
        raise PolicyError(f"{path} cannot be read by ONNX Runtime: {error}") from error


def load(checkpoint: Checkpoint | None, resources: PolicyResources) -> FlowPolicy:
    """Return the policy of ``checkpoint`` on the CPU.

    Raises:
        PolicyError: the checkpoint is incomplete, or another device than the CPU is asked for.
        ContractError: it was trained for another robot.
        ConfigError: an option is unknown or wrong.
    """
    if checkpoint is None:
        raise PolicyError("the policy 'flow_onnx' needs a checkpoint folder")
    if resources.device == "cuda":
        raise PolicyError("the policy 'flow_onnx' runs on the CPU; take 'flow' for CUDA")
    options = options_of(OnnxOptions, resources.options)
    checkpoint.require_robot(resources.contract)
    assets = read_assets(checkpoint)
    runtime = OnnxRuntime(str(checkpoint.file(ONNX_FILE)), options)
    specification = specification_of(assets, resources.contract, "flow_onnx")
    return FlowPolicy(
        assets,
        replace(specification, conditionings=runtime.conditionings),
        runtime,
        seed=resources.seed,
        checkpoint_hash=checkpoint.hash,
    )
