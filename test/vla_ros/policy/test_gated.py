# SPDX-License-Identifier: Apache-2.0
"""Two policies behind a gate: who is in charge, what a hand-over resets, and what cannot share a timeline."""

from dataclasses import replace

import numpy as np
import pytest

from vla_ros.errors import ConfigError, PolicyError
from vla_ros.policy.configuration import load_policy_config
from vla_ros.policy.gated import GateConfig, GatedPolicy, combined_specification
from vla_ros.policy.prediction import InferenceContext, Instruction, Prediction
from vla_ros.policy.specification import Conditioning, PolicySpecification
from vla_ros.types import ActionChunk, ActionSpace, Observation, Provenance

P = 100_000_000
BASE = PolicySpecification("vla", 16, P, ActionSpace.JOINT_POSITION, ("j0",), ("image.scene",), ("j0.position",))


class Toy:
    def __init__(self, name, **changes):
        self.specification = replace(BASE, policy_id=name, **changes)
        self.progress, self.confidence, self.resets, self.warm, self.past = -1.0, -1.0, 0, 0, ()

    def infer(self, observation, instruction, context, deadline_ns):
        self.past = context.past
        origin = Provenance(observation.stamp_ns, self.specification.policy_id, confidence=self.confidence)
        chunk = ActionChunk(
            observation.stamp_ns, P, ActionSpace.JOINT_POSITION, ("j0",), np.zeros((4, 1)), provenance=origin
        )
        return Prediction(chunk, progress=self.progress)

    def reset(self):
        self.resets += 1

    def warm_up(self):
        self.warm += 1


def observation(at_s, width=0.08):
    return Observation(round(at_s * 1e9), {}, {}, ("j0.position", "gripper.width"), np.array([0.0, width]))


def gated(signal="progress", first=None, second=None, **changes):
    config = {"policy": "fine", "signal": signal, "enter": 0.6, "leave": 0.4, "min_dwell_s": 0.0, **changes}
    first, second = first or Toy("vla"), second or Toy("diffusion")
    return GatedPolicy(first, second, GateConfig(**config)), first, second


def charged(policy, *args, **kwargs):
    context = kwargs.pop("context", InferenceContext())
    prediction = policy.infer(observation(*args, **kwargs), Instruction("go"), context, 0)
    return prediction.chunk.provenance.policy_id


def test_a_channel_of_the_policy_in_charge_hands_over_with_hysteresis():
    policy, first, second = gated()
    first.progress = 0.5
    assert [charged(policy, t) for t in (1, 2)] == ["vla", "vla"]
    first.progress = 0.7
    assert charged(policy, 3) == "vla", "the signal is of the newest prediction"
    second.progress = 0.5
    assert [charged(policy, t) for t in (4, 5)] == ["diffusion", "diffusion"], "between off and on nothing changes"
    second.progress = 0.3
    assert [charged(policy, t) for t in (6, 7)] == ["diffusion", "vla"]
    assert (first.resets, second.resets) == (1, 1), "who takes over forgets what was before the other one"


def test_an_observed_value_is_a_signal_and_a_dwell_holds():
    policy, _, _ = gated("state:gripper.width", enter=0.05, leave=0.02, min_dwell_s=2.0)
    assert policy.specification.state_names == ("j0.position", "gripper.width")
    assert [charged(policy, t, width=w) for t, w in ((1, 0.01), (2, 0.06))] == ["vla", "diffusion"]
    assert [charged(policy, t, width=0.0) for t in (3, 3.9, 4)] == ["diffusion", "diffusion", "vla"]


def test_a_channel_that_is_not_given_changes_nothing():
    policy, _, _ = gated("confidence", enter=0.5, leave=-2.0)
    assert {charged(policy, t) for t in (1, 2, 3)} == {"vla"}


def test_a_reset_puts_the_first_in_charge_and_warming_up_reaches_both():
    policy, first, second = gated(enter=0.2, leave=0.1)
    first.progress = 0.9
    assert [charged(policy, t) for t in (1, 2)] == ["vla", "diffusion"]
    policy.reset()
    policy.warm_up()
    assert charged(policy, 3) == "vla"
    assert (first.warm, second.warm) == (1, 1)
    assert first.resets == 1 and second.resets == 2


def test_each_gets_as_much_history_as_it_looks_at():
    policy, first, second = gated(second=Toy("diffusion", history=3))
    assert policy.specification.history == 3
    past = tuple(observation(t) for t in (1, 2))
    charged(policy, 3, context=InferenceContext(past=past))
    assert first.past == ()
    first.progress = second.progress = 0.9
    for at_s in (4, 5):
        charged(policy, at_s, context=InferenceContext(past=past))
    assert second.past == past


def test_needs_are_joined_and_abilities_are_shared():
    left = replace(BASE, conditionings=frozenset({Conditioning.NONE, Conditioning.INPAINT}), largest_samples=16)
    right = replace(BASE, policy_id="fine", image_keys=("image.wrist",), rows=8, latent="z", text=False)
    both = combined_specification(left, right)
    assert both.image_keys == ("image.scene", "image.wrist")
    assert (both.rows, both.largest_samples, both.latent, both.text) == (8, 1, "z", True)
    assert both.conditionings == {Conditioning.NONE}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"period_ns": 2 * P}, "period_ns is 100000000 and 200000000"),
        ({"names": ("j1",)}, "names"),
        ({"first_row_ns": P}, "first_row_ns"),
        ({"space": ActionSpace.JOINT_VELOCITY}, "space"),
        ({"gripper": False}, "gripper"),
    ],
)
def test_policies_of_other_rows_are_refused_by_the_field(change, field):
    with pytest.raises(PolicyError, match=field):
        gated(second=Toy("diffusion", **change))


def test_two_latents_are_one_too_many():
    with pytest.raises(PolicyError, match="different latents, 'a' and 'b'"):
        combined_specification(replace(BASE, latent="a"), replace(BASE, latent="b"))


def test_a_gate_is_configured_in_the_policys_file(tmp_path):
    path = tmp_path / "both.yaml"
    path.write_text("backend: flow\ngate: {policy: fine, signal: 'state:gripper.width', enter: 0.05, leave: 0.02}")
    assert load_policy_config(path).gate == GateConfig("fine", "state:gripper.width", 0.05, 0.02, 1.0)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "{policy: a, signal: progres, enter: 1, leave: 0}",
            "unknown signal of the gate 'progres'. Did you mean 'progress'?",
        ),
        ("{policy: a, signal: done, enter: 0, leave: 1}", "a gate needs leave < enter, got leave 1, enter 0"),
        ("{policy: a, signal: done, enter: 1, leaf: 0}", "unknown key in gate 'leaf'. Did you mean 'leave'?"),
        (
            "{policy: a, signal: done, enter: 1, leave: 0, min_dwell_s: -1}",
            "min_dwell_s of a gate must be >= 0, got -1",
        ),
        ("{policy: a, signal: done, enter: 1}", "gate has a value of the wrong type"),
        ("3", "gate must be a mapping"),
    ],
)
def test_a_wrong_gate_is_one_sentence(tmp_path, text, sentence):
    path = tmp_path / "both.yaml"
    path.write_text(f"backend: flow\ngate: {text}")
    with pytest.raises(ConfigError) as caught:
        load_policy_config(path)
    assert sentence in str(caught.value)
