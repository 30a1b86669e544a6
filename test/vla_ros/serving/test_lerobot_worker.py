# SPDX-License-Identifier: Apache-2.0
"""The worker around a LeRobot checkpoint, with a stand-in for the library: what it refuses, what it serves."""

import json
import time

import numpy as np
import pytest

from vla_ros.errors import PolicyError
from vla_ros.policy.remote import Link, PolicyClient, RemoteError, endpoint_of
from vla_ros.policy.remote.protocols import PROTOCOLS
from vla_ros.serving import ServingConfig, serving
from vla_ros.serving.lerobot_worker import CheckpointPolicy, main


class StandIn:
    """One weight; the actions are the state times it."""

    def __init__(self, weight=2.0, *, reads=True):
        self.weight, self.reads, self.resets = weight, reads, 0

    def load(self, folder, device):
        if self.reads:  # else: goes on with what it was made with, as some loaders do
            data = (folder / "model.safetensors").read_bytes()
            self.weight = float(np.frombuffer(data[-4:], np.float32)[0])

    def tensors(self):
        return {"gain": (1,)}

    def equal(self, name, file):
        return bool(np.float32(self.weight) == np.frombuffer(file.read_bytes()[-4:], np.float32)[0])

    def chunk(self, observation):
        return np.tile(observation["observation.state"] * self.weight, (4, 1)).astype(np.float32)

    def reset(self):
        self.resets += 1


@pytest.fixture
def folder(tmp_path):
    config = {"type": "act", "input_features": {"observation.state": {}}, "output_features": {"action": {}}}
    (tmp_path / "config.json").write_text(json.dumps(config))
    for name in ("policy_preprocessor.json", "policy_postprocessor.json"):
        (tmp_path / name).write_text("{}")
    header = json.dumps({"gain": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}).encode()
    data = np.array([3.0], np.float32).tobytes()
    (tmp_path / "model.safetensors").write_bytes(len(header).to_bytes(8, "little") + header + data)
    return tmp_path


def test_checkpoint_is_served_to_the_suites_client(folder, capsys):
    library = StandIn()
    policy = CheckpointPolicy(library, folder, "cpu")
    wire = PROTOCOLS["vllm_omni"].make()
    with serving(policy, ServingConfig(port=0, specification=policy.specification)) as port:
        client = PolicyClient(wire, Link(endpoint_of(f"ws://127.0.0.1:{port}", wire.schemes)))
        deadline_ns = time.monotonic_ns() + 30_000_000_000
        assert client.connect(deadline_ns)["type"] == "act"
        client.reset(deadline_ns)
        reply = client.infer({"observation.state": np.arange(3.0)}, deadline_ns)
        np.testing.assert_array_equal(reply.arrays["actions"], np.tile([0.0, 3.0, 6.0], (4, 1)))
        with pytest.raises(RemoteError, match=r"lacks 'observation\.state'"):
            client.infer({"observation.stat": np.arange(3.0)}, deadline_ns)
        client.close()
    assert library.resets >= 1
    capsys.readouterr()


def test_policy_with_random_weights_is_refused(folder):
    with pytest.raises(PolicyError, match="not loaded from"):
        CheckpointPolicy(StandIn(0.123, reads=False), folder, "cpu")


def test_weight_that_the_policy_does_not_have_is_refused(folder):
    library = StandIn()
    library.tensors = lambda: {"other": (1,)}
    with pytest.raises(PolicyError, match="'gain'"):
        CheckpointPolicy(library, folder, "cpu")


@pytest.mark.parametrize("name", ["config.json", "model.safetensors", "policy_preprocessor.json"])
def test_incomplete_folder_is_refused_by_the_name_of_what_is_missing(folder, name, capsys):
    (folder / name).unlink()
    assert main([str(folder)]) == 2
    assert name in capsys.readouterr().err
