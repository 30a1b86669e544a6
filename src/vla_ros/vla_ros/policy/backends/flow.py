# SPDX-License-Identifier: Apache-2.0
"""The default policy on PyTorch, CPU or CUDA. Weights are read strictly: nothing runs that was not trained."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
from safetensors.torch import load_file

from vla_ros.errors import PolicyError
from vla_ros.policy.checkpoint import Checkpoint, require_tensors
from vla_ros.policy.flow.assets import WEIGHTS_FILE, read_assets
from vla_ros.policy.flow.model import FlowPolicyNetwork, Inputs
from vla_ros.policy.flow.policy import FlowPolicy, NetworkInputs, specification_of
from vla_ros.policy.interface import PolicyResources

__all__ = ["TorchRuntime", "load"]

Float32 = npt.NDArray[np.float32]


class TorchRuntime:
    """The network in eager mode."""

    def __init__(self, network: FlowPolicyNetwork, device: str) -> None:
        """Move ``network`` to ``device`` and freeze it."""
        self._device = device
        self._network = network.to(device).eval().requires_grad_(requires_grad=False)

    def run(self, inputs: NetworkInputs, noise: Float32) -> tuple[Float32, Float32]:
        """See :class:`vla_ros.policy.flow.policy.Runtime`."""
        count = len(noise)
        words = np.repeat(inputs.words, count, axis=0)
        state = np.repeat(inputs.proprioception, count, axis=0)
        batch = Inputs(
            self._tensor(inputs.images),
            torch.zeros(count, dtype=torch.long, device=self._device),
            self._tensor(words),
            self._tensor(state),
        )
        with torch.inference_mode():
            chunk, context = self._network(batch, self._tensor(noise))
        return chunk.cpu().numpy(), context.auxiliary[0].cpu().numpy()

    def _tensor(self, array: npt.NDArray[np.generic]) -> torch.Tensor:
        return torch.from_numpy(array).to(self._device)


def load(checkpoint: Checkpoint | None, resources: PolicyResources) -> FlowPolicy:
    """Return the policy of ``checkpoint`` on the device of ``resources``.

    Raises:
        PolicyError: the checkpoint is incomplete or does not fit the network, or the device is not there.
        ContractError: it was trained for another robot.
    """
    if checkpoint is None:
        raise PolicyError("the policy 'flow' needs a checkpoint folder")
    checkpoint.require_robot(resources.contract)
    assets = read_assets(checkpoint)
    network = FlowPolicyNetwork(assets.config)
    expected = {name: tuple(tensor.shape) for name, tensor in network.state_dict().items()}
    require_tensors(WEIGHTS_FILE, expected, checkpoint.tensor_shapes(WEIGHTS_FILE))
    network.load_state_dict(load_file(checkpoint.file(WEIGHTS_FILE)))
    return FlowPolicy(
        assets,
        specification_of(assets, resources.contract, "flow"),
        TorchRuntime(network, _device(resources.device)),
        seed=resources.seed,
        checkpoint_hash=checkpoint.hash,
    )


def _device(name: str) -> str:
    if name == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    if name == "cuda" and not torch.cuda.is_available():
        raise PolicyError("device 'cuda' was asked for, but PyTorch finds none")
    return name
