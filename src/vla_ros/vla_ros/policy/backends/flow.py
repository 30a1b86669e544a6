# SPDX-License-Identifier: Apache-2.0
"""The default policy on PyTorch, CPU or CUDA. Weights are read strictly: nothing runs that was not trained.

The only back end that can guide a chunk through the network's Jacobian (real-time chunking).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import torch
from safetensors.torch import load_file
from torch import Tensor

from vla_ros.errors import ConfigError, PolicyError, unknown_name
from vla_ros.policy.backends.options import options_of
from vla_ros.policy.checkpoint import Checkpoint, require_tensors
from vla_ros.policy.flow.assets import WEIGHTS_FILE, read_assets
from vla_ros.policy.flow.inputs import NetworkInputs
from vla_ros.policy.flow.model import Context, FlowPolicyNetwork, Inputs
from vla_ros.policy.flow.policy import FlowPolicy, specification_of
from vla_ros.policy.flow.steered import guided, inpainted
from vla_ros.policy.flow.steering import Steering
from vla_ros.policy.interface import PolicyResources
from vla_ros.policy.specification import Conditioning

__all__ = ["TorchOptions", "TorchRuntime", "load"]

Float32 = npt.NDArray[np.float32]

PRECISIONS = {"float32": torch.float32, "bfloat16": torch.bfloat16}


@dataclass(frozen=True, slots=True)
class TorchOptions:
    """How the network is run.

    Attributes:
        precision: ``float32`` or ``bfloat16`` (autocast; slower than ``float32`` on a CPU without matrix units).
        compiled: Whether ``torch.compile`` makes kernels of it while warming up (minutes; needs a C++ compiler).
    """

    precision: str = "float32"
    compiled: bool = False

    def __post_init__(self) -> None:
        if self.precision not in PRECISIONS:
            raise ConfigError(unknown_name("precision", str(self.precision), PRECISIONS))
        if not isinstance(self.compiled, bool):
            raise ConfigError(f"compiled must be true or false, got {self.compiled!r}")


class TorchRuntime:
    """The network; see :class:`vla_ros.policy.flow.policy.Runtime`."""

    conditionings = frozenset({Conditioning.NONE, Conditioning.INPAINT, Conditioning.GUIDED})

    def __init__(self, network: FlowPolicyNetwork, device: str, options: TorchOptions | None = None) -> None:
        """Move ``network`` to ``device`` and freeze it."""
        self._options = options or TorchOptions()
        self._device = device
        self._network = network.to(device).eval().requires_grad_(requires_grad=False)
        self._plain = torch.compile(self._network) if self._options.compiled else self._network
        self._encoded: tuple[NetworkInputs, Context] | None = None  # the newest observation

    def run(self, inputs: NetworkInputs, noise: Float32, steering: Steering | None = None) -> tuple[Float32, Float32]:
        """See :class:`vla_ros.policy.flow.policy.Runtime`."""
        precision = PRECISIONS[self._options.precision]
        with torch.autocast(self._device, precision, enabled=precision is not torch.float32), torch.no_grad():
            if steering is None and len(noise) == 1 and (self._encoded is None or self._encoded[0] is not inputs):
                chunk, context = self._plain(self._batch(inputs), self._tensor(noise))
                self._encoded = inputs, context
            else:
                context = self._context(inputs)
                chunk = self._integrated(context, self._tensor(noise), steering)
        return chunk.float().cpu().numpy(), context.auxiliary[0].float().cpu().numpy()

    def _context(self, inputs: NetworkInputs) -> Context:
        """Return the encoded observation, from the last call where it was the same one."""
        if self._encoded is None or self._encoded[0] is not inputs:
            self._encoded = inputs, self._network.encode(self._batch(inputs))
        return self._encoded[1]

    def _integrated(self, context: Context, noise: Tensor, steering: Steering | None) -> Tensor:
        """Return chunks of several samples, or steered: all from one encoding of the observation."""
        cached = self._network.head.cache(context.tokens.expand(len(noise), -1, -1))
        if steering is None:
            zero = torch.zeros_like(noise)
            return inpainted(self._network, cached, noise, zero, zero)
        prefix, weights = (self._tensor(value).expand_as(noise) for value in (steering.prefix, steering.weights))
        steered = guided if steering.kind is Conditioning.GUIDED else inpainted
        return steered(self._network, cached, noise, prefix, weights)

    def _batch(self, inputs: NetworkInputs) -> Inputs:
        index = torch.zeros(1, dtype=torch.long, device=self._device)
        return Inputs(
            self._tensor(inputs.images), index, self._tensor(inputs.words), self._tensor(inputs.proprioception)
        )

    def _tensor(self, array: npt.NDArray[np.generic]) -> Tensor:
        return torch.from_numpy(array).to(self._device)


def load(checkpoint: Checkpoint | None, resources: PolicyResources) -> FlowPolicy:
    """Return the policy of ``checkpoint`` on the device of ``resources``.

    Raises:
        PolicyError: the checkpoint is incomplete or does not fit the network, or the device is not there.
        ContractError: it was trained for another robot.
        ConfigError: an option is unknown or wrong.
    """
    if checkpoint is None:
        raise PolicyError("the policy 'flow' needs a checkpoint folder")
    options = options_of(TorchOptions, resources.options)
    checkpoint.require_robot(resources.contract)
    assets = read_assets(checkpoint)
    network = FlowPolicyNetwork(assets.config)
    expected = {name: tuple(tensor.shape) for name, tensor in network.state_dict().items()}
    require_tensors(WEIGHTS_FILE, expected, checkpoint.tensor_shapes(WEIGHTS_FILE))
    network.load_state_dict(load_file(checkpoint.file(WEIGHTS_FILE)))
    specification = specification_of(assets, resources.contract, "flow")
    return FlowPolicy(
        assets,
        replace(specification, conditionings=TorchRuntime.conditionings),
        TorchRuntime(network, _device(resources.device), options),
        seed=resources.seed,
        checkpoint_hash=checkpoint.hash,
    )


def _device(name: str) -> str:
    if name == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    if name == "cuda" and not torch.cuda.is_available():
        raise PolicyError("device 'cuda' was asked for, but PyTorch finds none")
    return name
