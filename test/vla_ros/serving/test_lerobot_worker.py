# SPDX-License-Identifier: Apache-2.0
"""The worker around a LeRobot checkpoint, with a stand-in for the library: what it refuses, what it serves."""

import importlib.util
import json
import time

import numpy as np
import pytest

from vla_ros.errors import ConfigError, PolicyError
from vla_ros.policy.remote import Link, PolicyClient, RemoteError, endpoint_of
from vla_ros.policy.remote.protocols import PROTOCOLS
from vla_ros.serving import ServingConfig, serving
from vla_ros.serving.lerobot_library import LerobotLibrary
from vla_ros.serving.lerobot_worker import CheckpointPolicy, main

torch = pytest.importorskip("torch")
safetensors = pytest.importorskip("safetensors.torch")

SETTINGS = {
    "type": "act",
    "input_features": {"observation.state": {"shape": [3]}, "observation.images.top": {"shape": [3, 4, 6]}},
    "output_features": {"action": {"shape": [3]}},
}
REQUEST = {"observation.state": np.arange(3.0), "observation.images.top": np.zeros((4, 6, 3), np.uint8), "task": "go"}


class StandIn:
    """One weight; the actions are the sum of the states times it."""

    def __init__(self, weight=2.0, *, reads=True):
        self.weight, self.reads, self.resets, self.seeds = torch.tensor([weight]), reads, 0, []

    def load(self, folder, settings, steps):
        if self.reads:  # else: goes on with what it was made with, as some loaders do
            self.weight = safetensors.load_file(folder / "model.safetensors")["gain"]

    def weights(self):
        return {"gain": self.weight}

    def rows(self, observations, seed):
        self.seeds.append(seed)
        state = sum(observation["observation.state"] for observation in observations)
        return np.tile(state * float(self.weight[0]), (4, 1)).astype(np.float32)

    def reset(self):
        self.resets += 1


@pytest.fixture
def folder(tmp_path):
    write(tmp_path, "config.json", SETTINGS)
    for name in ("policy_preprocessor.json", "policy_postprocessor.json"):
        write(tmp_path, name, {"steps": []})
    safetensors.save_file({"gain": torch.tensor([3.0])}, tmp_path / "model.safetensors")
    return tmp_path


def write(folder, name, document):
    (folder / name).write_text(json.dumps(document))


def test_checkpoint_is_served_to_the_suites_client(folder, capsys):
    library = StandIn()
    policy = CheckpointPolicy(library, folder)
    wire = PROTOCOLS["vllm_omni"].make()
    with serving(policy, ServingConfig(port=0, specification=policy.specification)) as port:
        client = PolicyClient(wire, Link(endpoint_of(f"ws://127.0.0.1:{port}", wire.schemes)), seed=7)
        deadline_ns = time.monotonic_ns() + 30_000_000_000
        assert client.connect(deadline_ns)["type"] == "act"
        client.reset(deadline_ns)
        reply = client.infer(REQUEST, deadline_ns)
        np.testing.assert_array_equal(reply.arrays["actions"], np.tile([0.0, 3.0, 6.0], (4, 1)))
        with pytest.raises(RemoteError, match=r"lacks 'observation\.state'"):
            client.infer({"observation.images.top": REQUEST["observation.images.top"]}, deadline_ns)
        client.close()
    assert library.resets >= 1
    assert library.seeds == [7]
    capsys.readouterr()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"observation.state": np.zeros(4)}, r"shape \(4,\), the checkpoint wants \(3,\)"),
        ({"observation.images.top": np.zeros((3, 4, 6), np.uint8)}, r"the checkpoint wants \(4, 6, 3\)"),
        ({"observation.image.top": 1}, r"Did you mean 'observation\.images\.top'"),
    ],
)
def test_request_that_is_not_what_the_checkpoint_wants_is_refused(folder, changes, sentence):
    with pytest.raises(PolicyError, match=sentence):
        CheckpointPolicy(StandIn(), folder)({**REQUEST, **changes})


def test_camera_that_the_checkpoint_calls_empty_need_not_be_sent(folder):
    features = {**SETTINGS["input_features"], "observation.images.empty_camera_0": {"shape": [3, 4, 6]}}
    write(folder, "config.json", {**SETTINGS, "input_features": features})
    assert CheckpointPolicy(StandIn(), folder)(dict(REQUEST))["actions"].shape == (4, 3)


def test_policy_with_a_memory_sees_observations_as_far_apart_as_in_its_data(folder):
    write(folder, "config.json", {**SETTINGS, "n_obs_steps": 2})
    times_s = iter([0.0, 0.1, 5.0])
    policy = CheckpointPolicy(StandIn(1.0, reads=True), folder, 0.1, lambda: next(times_s))
    states = [{**REQUEST, "observation.state": np.full(3, value)} for value in (1.0, 10.0, 100.0)]
    assert [policy(state)["actions"][0, 0] for state in states] == [3.0 * 2, 3.0 * 11, 3.0 * 200]


def test_policy_with_a_memory_needs_the_period_of_its_data(folder):
    write(folder, "config.json", {**SETTINGS, "n_obs_steps": 2})
    with pytest.raises(ConfigError, match="2 observations"):
        CheckpointPolicy(StandIn(), folder)


def test_policy_with_random_weights_is_refused(folder):
    with pytest.raises(PolicyError, match="not loaded"):
        CheckpointPolicy(StandIn(0.123, reads=False), folder)


def test_tokenizer_that_lies_on_the_hub_is_asked_for(folder):
    step = {"registry_name": "tokenizer_processor", "config": {"tokenizer_name": "somebody/model"}}
    write(folder, "policy_preprocessor.json", {"steps": [step]})
    with pytest.raises(PolicyError, match=r"'somebody/model' .* --language-model"):
        CheckpointPolicy(LerobotLibrary(), folder)


@pytest.mark.parametrize("name", ["config.json", "model.safetensors", "policy_preprocessor.json"])
def test_incomplete_folder_is_refused_by_the_name_of_what_is_missing(folder, name, capsys, monkeypatch):
    monkeypatch.delenv("VLA_LEROBOT_PYTHON", raising=False)
    (folder / name).unlink()
    assert main([str(folder)]) == 2
    assert name in capsys.readouterr().err


def test_environment_without_lerobot_is_named(folder, capsys, monkeypatch):
    monkeypatch.delenv("VLA_LEROBOT_PYTHON", raising=False)
    if importlib.util.find_spec("lerobot") is not None:
        pytest.skip("this environment has LeRobot")
    assert main([str(folder)]) == 2
    assert "LeRobot cannot be used from this environment" in capsys.readouterr().err
