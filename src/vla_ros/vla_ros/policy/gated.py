# SPDX-License-Identifier: Apache-2.0
"""Two policies behind one gate: the second takes over while a signal says so. Pure composition.

A vision-language-action policy brings the hand to the object, a small fast one does the contact. Both write into one
timeline, so the seam of a hand-over is faded like any other; the gate has hysteresis and a shortest dwell.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from vla_ros.errors import ConfigError, PolicyError, unknown_name
from vla_ros.policy.interface import Policy
from vla_ros.policy.prediction import InferenceContext, Instruction, Prediction
from vla_ros.policy.schedule.gate import PolicyGate
from vla_ros.policy.specification import PolicySpecification
from vla_ros.types import Observation

__all__ = ["GateConfig", "GatedPolicy", "combined_specification"]

STATE = "state:"  # prefix of a signal that is an entry of the observed state
CHANNELS = ("progress", "done", "confidence")  # of the newest prediction; -1 there means that there is none
EQUAL = ("period_ns", "first_row_ns", "space", "names", "frame", "gripper")  # else their rows are not of one timeline


@dataclass(frozen=True, slots=True)
class GateConfig:
    """When another policy takes over.

    Attributes:
        policy: The other one: a name in the folder of policies, a YAML file, or a checkpoint folder.
        signal: ``progress``, ``done`` or ``confidence`` of the policy in charge, or ``state:NAME``, an observed value.
        enter: At or above it the other policy takes over.
        leave: At or below it the first one is in charge again.
        min_dwell_s: Shortest time between two switches.
    """

    policy: str
    signal: str
    enter: float  # not `on` and `off`, which YAML reads as true and false
    leave: float
    min_dwell_s: float = 1.0

    def __post_init__(self) -> None:
        if not self.signal.startswith(STATE) and self.signal not in CHANNELS:
            raise ConfigError(unknown_name("signal of the gate", self.signal, (*CHANNELS, f"{STATE}NAME")))
        if not self.leave < self.enter:
            raise ConfigError(f"a gate needs leave < enter, got leave {self.leave}, enter {self.enter}")
        if self.min_dwell_s < 0.0:
            raise ConfigError(f"min_dwell_s of a gate must be >= 0, got {self.min_dwell_s}")

    def gate(self) -> PolicyGate:
        """Return the gate at its beginning."""
        return PolicyGate(self.enter, self.leave, round(self.min_dwell_s * 1e9))


def combined_specification(first: PolicySpecification, second: PolicySpecification) -> PolicySpecification:
    """Return what two policies need and give together.

    Raises:
        PolicyError: their rows do not fit one timeline; the sentence names the field.
    """
    for name in EQUAL:
        left, right = getattr(first, name), getattr(second, name)
        if left != right:
            raise PolicyError(
                f"the policies '{first.policy_id}' and '{second.policy_id}' cannot share a timeline: {name} is {left} "
                f"and {right}"
            )
    if first.latent and second.latent and first.latent != second.latent:
        raise PolicyError(f"two policies behind a gate need different latents, '{first.latent}' and '{second.latent}'")
    return replace(
        first,
        policy_id=f"{first.policy_id}|{second.policy_id}",
        rows=min(first.rows, second.rows),
        image_keys=tuple(dict.fromkeys(first.image_keys + second.image_keys)),
        state_names=tuple(dict.fromkeys(first.state_names + second.state_names)),
        history=max(first.history, second.history),
        text=first.text or second.text,
        latent=first.latent or second.latent,
        conditionings=first.conditionings & second.conditionings,
        largest_samples=min(first.largest_samples, second.largest_samples),
    )


class GatedPolicy:
    """See :class:`vla_ros.policy.interface.Policy`; every chunk says in its provenance which of the two made it."""

    def __init__(self, first: Policy, second: Policy, config: GateConfig) -> None:
        """Put the first policy in charge.

        Raises:
            PolicyError: the two do not fit one timeline.
        """
        self.specification = combined_specification(first.specification, second.specification)
        if config.signal.startswith(STATE):
            name = config.signal.removeprefix(STATE)
            names = (*self.specification.state_names, name)
            self.specification = replace(self.specification, state_names=tuple(dict.fromkeys(names)))
        self._policies, self._config, self._gate = (first, second), config, config.gate()
        self._newest: Prediction | None = None

    def infer(
        self, observation: Observation, instruction: Instruction, context: InferenceContext, deadline_ns: int
    ) -> Prediction:
        """Return the prediction of the policy that is in charge now."""
        before = self._gate
        self._gate = before.update(observation.stamp_ns, self._signal(observation))
        policy = self._policies[self._gate.second]
        if self._gate.second != before.second:  # what it remembers is from before the other one moved the arm
            policy.reset()
        past = context.past[len(context.past) - policy.specification.history + 1 :]
        self._newest = policy.infer(observation, instruction, replace(context, past=past), deadline_ns)
        return self._newest

    def reset(self) -> None:
        """Put the first policy in charge; both forget the running task."""
        self._gate, self._newest = self._config.gate(), None
        for policy in self._policies:
            policy.reset()

    def warm_up(self) -> None:
        """Warm both up."""
        for policy in self._policies:
            policy.warm_up()

    def _signal(self, observation: Observation) -> float:
        if self._config.signal.startswith(STATE):
            return float(observation.values((self._config.signal.removeprefix(STATE),))[0])
        if self._newest is None:
            return math.nan
        if self._config.signal == "confidence":
            value = self._newest.chunk.provenance.confidence
        else:
            value = float(getattr(self._newest, self._config.signal))
        return value if value >= 0.0 else math.nan
