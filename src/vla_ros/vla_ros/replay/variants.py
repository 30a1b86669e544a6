# SPDX-License-Identifier: Apache-2.0
"""From a plan to what can be run: loads policies and safety filters once, prepares them for each bag."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from vla_ros.contract import Contract
from vla_ros.errors import PolicyError
from vla_ros.policy.checkpoint import CONFIG_FILE, open_checkpoint
from vla_ros.policy.configuration import PolicyConfig, load_policy_config
from vla_ros.policy.interface import Policy, PolicyResources
from vla_ros.policy.registry import backend, load_policy
from vla_ros.recording.actions import ActionTrack
from vla_ros.recording.facts import BagFacts
from vla_ros.replay.delays import Delay, fixed_delay, recorded_delay
from vla_ros.replay.lockstep import Variant
from vla_ros.replay.plan import Mode, ReplayPlan, VariantPlan
from vla_ros.replay.recorded_policy import RecordedPolicy, chunks_of_track
from vla_ros.replay.safety_loop import SafetyLoop
from vla_safety import SafetyConfig, SafetyFilter

__all__ = ["VariantFactory"]

STUBS = ("recorded", "demonstration")


class VariantFactory:
    """Loads what a plan names, once; ``make`` gives the variants of one bag."""

    def __init__(self, plan: ReplayPlan, contract: Contract) -> None:
        """Load policies and safety configurations.

        Raises:
            VlaError: a policy cannot be loaded, or does not fit the robot.
            vla_safety.ConfigError: a safety configuration is wrong.
        """
        self._plan = plan
        self._contract = contract
        self._configs = {variant.name: _config(variant) for variant in plan.variants}
        self._policies = {v.name: self._load(v) for v in plan.variants if v.policy not in STUBS}

    def make(self, facts: BagFacts, actions: ActionTrack) -> list[Variant]:
        """Return the variants for one bag.

        Raises:
            PolicyError: the bag holds nothing that a stub could answer with.
        """
        return [self._variant(variant, facts, actions) for variant in self._plan.variants]

    def _variant(self, plan: VariantPlan, facts: BagFacts, actions: ActionTrack) -> Variant:
        if plan.policy == "recorded" and facts.chunks:
            policy: Policy = RecordedPolicy([chunk for _, chunk in facts.chunks])
        elif plan.policy in STUBS:
            policy = RecordedPolicy(chunks_of_track(actions, self._contract) if len(actions.times_ns) else [])
        else:
            policy = self._policies[plan.name]
        config, delay = self._configs[plan.name], self._delay(facts)
        # As live it is asked where it was asked then: when a node's timer fired is no property of the policy.
        asked = facts.observations_asked() if self._plan.mode is Mode.SHADOW else frozenset()
        return Variant(plan.name, policy, config, delay, _safety(plan), self._plan.samples, asked)

    def _delay(self, facts: BagFacts) -> Delay:
        default_ns = round(self._plan.delay_s * 1e9)
        if self._plan.mode is Mode.OPEN_LOOP:
            return fixed_delay(0)
        return recorded_delay(facts.chunks, default_ns) if self._plan.mode is Mode.SHADOW else fixed_delay(default_ns)

    def _load(self, plan: VariantPlan) -> Policy:
        config = self._configs[plan.name]
        checkpoint = open_checkpoint(config.checkpoint) if config.checkpoint else None
        if checkpoint is not None:
            checkpoint.require_robot(self._contract)
        chosen = backend(config.backend or (checkpoint.backend if checkpoint is not None else ""))
        if chosen.feeds:
            raise PolicyError(f"the policy backend '{chosen.name}' needs {chosen.feeds[0]}, which is in no bag")
        resources = PolicyResources(
            contract=self._contract,
            now_ns=lambda: 0,  # deadlines mean nothing in a replay
            device=self._plan.device,
            seed=config.seed if self._plan.seed < 0 else self._plan.seed,
            options=config.options,
        )
        return load_policy(chosen, checkpoint, resources)


def _config(plan: VariantPlan) -> PolicyConfig:
    path = Path(plan.policy)
    if plan.policy in STUBS:
        config = PolicyConfig(backend=plan.policy)
    elif (path / CONFIG_FILE).is_file():
        config = PolicyConfig(checkpoint=plan.policy)
    else:
        config = load_policy_config(path)
    # A replay is not ended by what ends a task: the bag is.
    session = replace(config.session, max_failures=1_000_000, blind_timeout_s=3600.0)
    return replace(config, session=session, strategy=plan.strategy or config.strategy)


def _safety(plan: VariantPlan) -> SafetyLoop | None:
    if not plan.safety:
        return None
    config = SafetyConfig.from_yaml(plan.safety)
    return SafetyLoop(SafetyFilter.from_config(config, Path(plan.urdf).read_text(encoding="utf-8")))
