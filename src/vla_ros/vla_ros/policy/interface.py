# SPDX-License-Identifier: Apache-2.0
"""The interface of every policy, and what its loader is given. No model here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Protocol

from vla_ros.contract import Contract
from vla_ros.policy.prediction import InferenceContext, Instruction, Prediction
from vla_ros.policy.specification import PolicySpecification
from vla_ros.types import Observation

__all__ = ["Policy", "PolicyResources"]


class Policy(Protocol):
    """A model between two lists of transforms. Called by one thread at a time."""

    @property
    def specification(self) -> PolicySpecification:
        """What it needs and gives."""

    def infer(
        self, observation: Observation, instruction: Instruction, context: InferenceContext, deadline_ns: int
    ) -> Prediction:
        """Return a prediction for ``observation``.

        Args:
            observation: Newest observation; everything that the specification names is in it.
            instruction: What to do.
            context: What is already being executed, and the epoch that the chunk carries.
            deadline_ns: An answer after this counts as a failure and is used only as far as its rows are still due; on
                the clock of ``PolicyResources.now_ns``. A decoder that can stop at any time stops here.

        Raises:
            PolicyError: there is no answer; the sentence says why.
        """

    def reset(self) -> None:
        """Forget everything of the running task: caches, hidden state, history."""

    def warm_up(self) -> None:
        """Run the model on blank input, so that the first real inference is as fast as the others.

        Raises:
            PolicyError: the model does not run on this machine.
        """


@dataclass(frozen=True, slots=True)
class PolicyResources:
    """What a loader may use.

    Attributes:
        contract: The robot; a checkpoint that was trained for another is refused.
        now_ns: The clock of deadlines.
        device: ``cpu``, ``cuda`` or ``auto``.
        seed: Seeds every random draw.
        options: Settings of the backend out of the policy's configuration.
        feeds: Sources that the backend asked for in the registry, by name: functions that return a value or None.
    """

    contract: Contract
    now_ns: Callable[[], int]
    device: str = "auto"
    seed: int = 0
    options: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    feeds: Mapping[str, Callable[..., Any]] = field(default_factory=lambda: MappingProxyType({}))
