# SPDX-License-Identifier: Apache-2.0
"""The default policy on ONNX Runtime, one thread: the fastest on a CPU, and it needs no PyTorch."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import onnxruntime

from vla_ros.errors import PolicyError
from vla_ros.policy.checkpoint import Checkpoint
from vla_ros.policy.flow.assets import ONNX_FILE, read_assets
from vla_ros.policy.flow.policy import FlowPolicy, NetworkInputs, specification_of
from vla_ros.policy.interface import PolicyResources

__all__ = ["OnnxRuntime", "load"]

Float32 = npt.NDArray[np.float32]


class OnnxRuntime:
    """A session over the exported graph: images, words, proprioception, noise to chunk and auxiliary."""

    def __init__(self, path: str, threads: int = 1) -> None:
        """Open the graph at ``path``.

        Raises:
            PolicyError: it cannot be read.
        """
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
        options.log_severity_level = 3
        try:
            self._session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        except Exception as error:  # ONNX Runtime raises its own, undocumented types
            raise PolicyError(f"{path} cannot be read by ONNX Runtime: {error}") from error

    def run(self, inputs: NetworkInputs, noise: Float32) -> tuple[Float32, Float32]:
        """See :class:`vla_ros.policy.flow.policy.Runtime`."""
        count = len(noise)
        feeds = {
            "images": inputs.images,
            "image_index": np.zeros(count, np.int64),
            "words": np.repeat(inputs.words, count, axis=0),
            "proprioception": np.repeat(inputs.proprioception, count, axis=0),
            "noise": noise,
        }
        chunk, auxiliary = self._session.run(["chunk", "auxiliary"], feeds)
        return chunk, auxiliary[0]


def load(checkpoint: Checkpoint | None, resources: PolicyResources) -> FlowPolicy:
    """Return the policy of ``checkpoint`` on one CPU thread.

    Raises:
        PolicyError: the checkpoint is incomplete, or another device than the CPU is asked for.
        ContractError: it was trained for another robot.
    """
    if checkpoint is None:
        raise PolicyError("the policy 'flow_onnx' needs a checkpoint folder")
    if resources.device == "cuda":
        raise PolicyError("the policy 'flow_onnx' runs on the CPU; take 'flow' for CUDA")
    checkpoint.require_robot(resources.contract)
    assets = read_assets(checkpoint)
    return FlowPolicy(
        assets,
        specification_of(assets, resources.contract, "flow_onnx"),
        OnnxRuntime(str(checkpoint.file(ONNX_FILE))),
        seed=resources.seed,
        checkpoint_hash=checkpoint.hash,
    )
