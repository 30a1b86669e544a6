# SPDX-License-Identifier: Apache-2.0
"""Policy backends by name. A backend is one module with a function ``load``; it is imported only when it is asked for.

Adding a backend is one module, its test, and one row here.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from vla_ros.errors import PolicyError, unknown_name
from vla_ros.policy.checkpoint import Checkpoint
from vla_ros.policy.interface import Policy, PolicyResources

__all__ = ["BACKENDS", "Backend", "backend", "load_policy"]

Loader = Callable[[Checkpoint | None, PolicyResources], Policy]


@dataclass(frozen=True, slots=True)
class Backend:
    """How a kind of policy is loaded.

    Attributes:
        name: Registry name; the ``type`` in a checkpoint's ``config.json``.
        module: Module with ``load(checkpoint, resources) -> Policy``.
        summary: One sentence.
        checkpoint: Whether it needs a checkpoint folder.
        feeds: Sources besides the observation that it needs, by name.
    """

    name: str
    module: str
    summary: str
    checkpoint: bool = True
    feeds: tuple[str, ...] = ()


_ROWS = (
    Backend(
        "flow",
        "vla_ros.policy.backends.flow",
        "The default policy: flow matching over two cameras, proprioception and a sentence.",
    ),
    Backend(
        "flow_onnx",
        "vla_ros.policy.backends.flow_onnx",
        "The default policy on ONNX Runtime: the fastest on a CPU, without PyTorch.",
    ),
    Backend(
        "remote",
        "vla_ros.policy.backends.remote",
        "A policy on a server: openpi, RoboArena, vLLM-Omni, GR00T, OpenVLA, OpenVLA-OFT, CogACT, or your own.",
        checkpoint=False,
    ),
    Backend(
        "scripted",
        "vla_ros.policy.backends.scripted",
        "The simulation's expert on its ground truth; not learned, for trying out the graph.",
        checkpoint=False,
        feeds=("ground_truth",),
    ),
)

BACKENDS: dict[str, Backend] = {row.name: row for row in _ROWS}


def backend(name: str) -> Backend:
    """Return the backend called ``name``.

    Raises:
        PolicyError: there is none of that name.
    """
    if name not in BACKENDS:
        raise PolicyError(unknown_name("policy backend", name, BACKENDS))
    return BACKENDS[name]


def load_policy(chosen: Backend, checkpoint: Checkpoint | None, resources: PolicyResources) -> Policy:
    """Import the backend and load its policy.

    Raises:
        PolicyError: the backend needs a library that is not installed, a checkpoint that is not given, or refuses it.
        ContractError: the checkpoint was trained for another robot.
    """
    if chosen.checkpoint and checkpoint is None:
        raise PolicyError(f"the policy backend '{chosen.name}' needs a checkpoint folder")
    missing = [name for name in chosen.feeds if name not in resources.feeds]
    if missing:
        raise PolicyError(f"the policy backend '{chosen.name}' needs the feed '{missing[0]}'")
    try:
        module = importlib.import_module(chosen.module)
    except ImportError as error:
        raise PolicyError(f"the policy backend '{chosen.name}' cannot be imported: {error}") from error
    return cast(Loader, module.load)(checkpoint, resources)
