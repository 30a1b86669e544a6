# SPDX-License-Identifier: Apache-2.0
"""The bridge to LeRobot's policy server, with a stand-in for the server: what is sent, and which pickles are read."""

import collections
import os
import pickle

import numpy as np
import pytest

from vla_ros.errors import PolicyError
from vla_ros.serving.lerobot_bridge import BridgedPolicy, main, robot_observation
from vla_ros.serving.lerobot_grpc import permitted_load

REQUEST = {"observation.state": np.arange(2.0), "observation.images.top": np.zeros((4, 6, 3), np.uint8), "task": "go"}


class StandIn:
    """Notes what it is asked."""

    def __init__(self):
        self.calls = []

    def set_up(self, features):
        self.calls.append(("set up", sorted(features)))

    def forget(self):
        self.calls.append(("forget",))

    def ask(self, step, observation):
        self.calls.append(("ask", step))
        return np.full((2, 3), observation["state_1"], np.float32)


def test_observation_is_described_as_a_robot_of_lerobot_would():
    features, values = robot_observation(REQUEST)
    names = ["height", "width", "channels"]
    assert features["observation.images.top"] == {"dtype": "image", "shape": (4, 6, 3), "names": names}
    assert features["observation.state"] == {"dtype": "float32", "shape": (2,), "names": ["state_0", "state_1"]}
    assert {key: values[key] for key in ("state_0", "state_1", "task")} == {
        "state_0": 0.0,
        "state_1": 1.0,
        "task": "go",
    }
    assert values["top"].shape == (4, 6, 3)


def test_checkpoint_is_loaded_once_and_every_question_has_its_own_number():
    server = StandIn()
    policy = BridgedPolicy(server)
    policy.reset()
    answers = [policy(dict(REQUEST)), policy(dict(REQUEST))]
    policy.reset()
    expected = ["observation.images.top", "observation.state"]
    assert server.calls == [("set up", expected), ("ask", 1), ("ask", 2), ("forget",)]
    assert answers[0]["actions"].shape == (2, 3)


def test_set_up_that_failed_is_tried_again():
    server = StandIn()
    server.set_up = lambda features: (_ for _ in ()).throw(PolicyError("not yet"))
    policy = BridgedPolicy(server)
    with pytest.raises(PolicyError, match="not yet"):
        policy(dict(REQUEST))
    del server.set_up
    policy(dict(REQUEST))
    assert server.calls[0][0] == "set up"


@pytest.mark.parametrize(
    ("request_", "sentence"),
    [({"task": "go"}, "lacks 'observation"), ({**REQUEST, "depth": 1}, "no place for 'depth'")],
)
def test_request_that_the_server_has_no_place_for_is_refused(request_, sentence):
    with pytest.raises(PolicyError, match=sentence):
        robot_observation(request_)


def test_features_that_change_are_refused():
    policy = BridgedPolicy(StandIn())
    policy(dict(REQUEST))
    with pytest.raises(PolicyError, match="the first one had"):
        policy({"observation.state": np.zeros(2)})


class Evil:
    def __reduce__(self):
        return os.system, ("exit 0",)


@pytest.mark.parametrize("value", [Evil(), [np.float64(1.0)], os.system], ids=["call", "numpy", "function"])
def test_pickle_that_asks_for_more_than_an_answer_needs_is_not_read(value):
    with pytest.raises(PolicyError, match="not permitted"):
        permitted_load(pickle.dumps(value))


@pytest.mark.parametrize("data", [b"", b"\x80\x04", b"garbage", pickle.dumps([1, 2])[:-1]])
def test_damaged_pickle_is_refused(data):
    with pytest.raises(PolicyError, match="damaged"):
        permitted_load(data)


def test_tensors_are_read_without_torchs_own_unpickling():
    torch = pytest.importorskip("torch")
    tensor = torch.arange(6.0).reshape(2, 3)
    read = permitted_load(pickle.dumps([collections.OrderedDict(a=tensor)]))
    assert torch.equal(read[0]["a"], tensor)


def test_server_off_this_machine_needs_a_tunnel(capsys, monkeypatch):
    monkeypatch.delenv("VLA_LEROBOT_PYTHON", raising=False)
    assert main(["act", "folder", "--server", "10.0.0.5:8080"]) == 2
    assert "tunnel" in capsys.readouterr().err
