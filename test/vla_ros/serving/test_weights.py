# SPDX-License-Identifier: Apache-2.0
"""A loaded model has exactly the weights of its files, or it is refused by the name of one that differs."""

import json

import pytest

from vla_ros.errors import PolicyError
from vla_ros.serving.weights import require_weights, weight_files

torch = pytest.importorskip("torch")
save_file = pytest.importorskip("safetensors.torch").save_file


@pytest.fixture
def network():
    torch.manual_seed(0)
    return torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.BatchNorm1d(2))


@pytest.fixture
def stored(network):
    return {name: tensor.clone() for name, tensor in network.state_dict().items()}


@pytest.fixture
def check(network, tmp_path):
    """Return a function that saves weights and compares the network with them."""

    def compare(weights):
        save_file(weights, tmp_path / "model.safetensors")
        require_weights(network.state_dict(), weight_files(tmp_path))

    return compare


def test_equal_weights_are_accepted(check, stored):
    check(stored)


def test_weights_of_another_precision_are_equal_if_loading_them_gives_the_same(network, check):
    network.half()
    check({name: tensor.float() for name, tensor in network.state_dict().items()})


def test_names_may_have_the_prefix_that_loaders_add(check, stored):
    check({f"model.{name}": tensor for name, tensor in stored.items()})


def test_weight_that_the_file_lacks_is_missing(check, stored):
    del stored["1.running_mean"]
    with pytest.raises(PolicyError, match=r"'1\.running_mean' of the policy is missing"):
        check(stored)


def test_tied_weight_is_stored_once(tmp_path):
    weight = torch.rand(3, 3)
    save_file({"embedding": weight}, tmp_path / "model.safetensors")
    require_weights({"embedding": weight, "head": weight}, weight_files(tmp_path))


def test_weight_that_the_policy_lacks_is_unexpected(check, stored):
    with pytest.raises(PolicyError, match=r"'extra' .* unexpected"):
        check(stored | {"extra": torch.zeros(1)})


def test_weight_of_another_shape_is_refused(check, stored):
    with pytest.raises(PolicyError, match=r"\(4, 3\) in the file, \(2, 3\) in the policy"):
        check(stored | {"0.weight": torch.zeros(4, 3)})


def test_weight_that_was_not_loaded_is_refused(check, stored):
    stored["0.bias"][1] += 1e-3
    with pytest.raises(PolicyError, match=r"'0\.bias' was not loaded"):
        check(stored)


def test_several_files_are_found_by_their_index(network, stored, tmp_path):
    for name, tensor in stored.items():
        save_file({name: tensor}, tmp_path / f"{name}.safetensors")
    index = {"weight_map": {name: f"{name}.safetensors" for name in stored}}
    (tmp_path / "model.safetensors.index.json").write_text(json.dumps(index))
    require_weights(network.state_dict(), weight_files(tmp_path))
    (tmp_path / "0.bias.safetensors").unlink()
    with pytest.raises(PolicyError, match=r"no 0\.bias\.safetensors"):
        weight_files(tmp_path)


@pytest.mark.parametrize("text", ["", "[]", '{"weight_map": 3}', "{}"])
def test_damaged_index_is_refused(tmp_path, text):
    (tmp_path / "model.safetensors.index.json").write_text(text)
    with pytest.raises(PolicyError, match="damaged"):
        weight_files(tmp_path)


def test_damaged_file_is_refused(network, tmp_path):
    (tmp_path / "model.safetensors").write_bytes(b"\x10" + bytes(40))
    with pytest.raises(PolicyError, match="damaged"):
        require_weights(network.state_dict(), weight_files(tmp_path))


def test_folder_without_weights_is_no_checkpoint(tmp_path):
    with pytest.raises(PolicyError, match=r"no model\.safetensors"):
        weight_files(tmp_path)
