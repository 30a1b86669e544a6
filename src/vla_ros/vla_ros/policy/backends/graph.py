# SPDX-License-Identifier: Apache-2.0
"""What the back ends that run the exported graph have in common: options, inputs by name, loading. No engine is here.

The graph holds all integration steps; one that has a prefix among its inputs is steered by in-painting.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from vla_ros.errors import ConfigError, PolicyError
from vla_ros.policy.backends.options import options_of
from vla_ros.policy.checkpoint import Checkpoint
from vla_ros.policy.flow.assets import ONNX_FILE, read_assets
from vla_ros.policy.flow.inputs import NetworkInputs
from vla_ros.policy.flow.policy import FlowPolicy, specification_of
from vla_ros.policy.flow.steering import Steering
from vla_ros.policy.interface import PolicyResources
from vla_ros.policy.specification import Conditioning

__all__ = ["Float32", "GraphOptions", "GraphRuntime", "conditionings_of", "feeds_of", "load_graph"]

Float32 = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class GraphOptions:
    """How the graph is run.

    Attributes:
        threads: Of one inference. One is the fastest where the other cores have work of their own.
    """

    threads: int = 1

    def __post_init__(self) -> None:
        if self.threads < 1:
            raise ConfigError(f"threads must be >= 1, got {self.threads}")


class GraphRuntime(Protocol):
    """An engine with the graph opened; see :class:`vla_ros.policy.flow.policy.Runtime`."""

    @property
    def conditionings(self) -> frozenset[Conditioning]:
        """What the graph can be told about running actions."""

    def run(self, inputs: NetworkInputs, noise: Float32, steering: Steering | None = None) -> tuple[Float32, Float32]:
        """Return chunks and auxiliary outputs."""


def conditionings_of(names: Collection[str]) -> frozenset[Conditioning]:
    """Return what a graph with inputs of these names can be told about running actions."""
    return frozenset({Conditioning.NONE, *({Conditioning.INPAINT} if "prefix" in names else ())})


def feeds_of(
    names: Collection[str], inputs: NetworkInputs, noise: Float32, steering: Steering | None
) -> dict[str, npt.NDArray[Any]]:
    """Return the inputs of a graph by their ``names``, for as many samples as there is noise."""
    count = len(noise)
    feeds: dict[str, npt.NDArray[Any]] = {
        "images": inputs.images,
        "image_index": np.zeros(count, np.int64),
        "words": np.repeat(inputs.words, count, axis=0),
        "proprioception": np.repeat(inputs.proprioception, count, axis=0),
        "noise": noise,
    }
    if "prefix" in names:
        for name in ("prefix", "weights"):
            value = np.zeros_like(noise[0]) if steering is None else getattr(steering, name)
            feeds[name] = np.repeat(value[None], count, axis=0)
    return feeds


def load_graph(
    name: str,
    checkpoint: Checkpoint | None,
    resources: PolicyResources,
    run: Callable[[str, GraphOptions], GraphRuntime],
) -> FlowPolicy:
    """Return the policy of ``checkpoint`` on the engine that ``run`` opens its graph with.

    Raises:
        PolicyError: the checkpoint is incomplete, or another device than the CPU is asked for.
        ContractError: it was trained for another robot.
        ConfigError: an option is unknown or wrong.
    """
    if checkpoint is None:
        raise PolicyError(f"the policy '{name}' needs a checkpoint folder")
    if resources.device == "cuda":
        raise PolicyError(f"the policy '{name}' runs on the CPU; take 'flow' for CUDA")
    options = options_of(GraphOptions, resources.options)
    checkpoint.require_robot(resources.contract)
    assets = read_assets(checkpoint)
    runtime = run(str(checkpoint.file(ONNX_FILE)), options)
    specification = specification_of(assets, resources.contract, name)
    return FlowPolicy(
        assets,
        replace(specification, conditionings=runtime.conditionings),
        runtime,
        seed=resources.seed,
        checkpoint_hash=checkpoint.hash,
    )
