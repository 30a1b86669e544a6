# SPDX-License-Identifier: Apache-2.0
"""What is wrong with a checkpoint, a configuration or a backend is one sentence at configure."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from vla_ros.contract import load_contract
from vla_ros.errors import ConfigError, ContractError, PolicyError
from vla_ros.policy.checkpoint import open_checkpoint, require_keys, require_tensors
from vla_ros.policy.configuration import find_policy, load_policy_config
from vla_ros.policy.interface import PolicyResources
from vla_ros.policy.registry import BACKENDS, Backend, backend, load_policy
from vla_ros.policy.session import require_observed
from vla_ros.policy.specification import PolicySpecification
from vla_ros.types import ActionSpace

ROOT = Path(__file__).parents[3]
FRANKA = ROOT / "config" / "robots" / "franka.yaml"
CONTRACT = load_contract(FRANKA)
RESOURCES = PolicyResources(CONTRACT, now_ns=lambda: 0)


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "small_policy"
    path.mkdir()
    (path / "config.json").write_text(json.dumps({"type": "toy"}))
    save_file(
        {"layer.weight": np.zeros((3, 4), np.float32), "layer.bias": np.ones(4, np.float32)}, path / "model.safetensors"
    )
    shutil.copy(FRANKA, path / "contract.yaml")
    (path / "README.md").write_text("a card")
    return path


def test_checkpoint_is_read_and_its_hash_covers_every_file_but_the_card(folder):
    checkpoint = open_checkpoint(folder)
    assert checkpoint.backend == "toy"
    assert checkpoint.tensor_shapes("model.safetensors") == {"layer.weight": (3, 4), "layer.bias": (4,)}
    checkpoint.require_robot(CONTRACT)
    (folder / "README.md").write_text("another card")
    assert open_checkpoint(folder).hash == checkpoint.hash
    for name in ("config.json", "model.safetensors", "contract.yaml"):
        original = (folder / name).read_bytes()
        (folder / name).write_bytes(original + b" ")
        assert open_checkpoint(folder).hash != checkpoint.hash
        (folder / name).write_bytes(original)
    assert open_checkpoint(folder).hash == checkpoint.hash


def test_missing_folder_file_or_type_is_named(folder):
    with pytest.raises(PolicyError, match="Did you mean 'small_policy'"):
        open_checkpoint(folder.with_name("smal_policy"))
    with pytest.raises(PolicyError, match=r"Did you mean 'model\.safetensors'"):
        open_checkpoint(folder).file("model.safetensor")
    (folder / "config.json").write_text('{"kind": "toy"}')
    with pytest.raises(PolicyError, match="needs the key 'type'"):
        open_checkpoint(folder)
    (folder / "config.json").write_text("{")
    with pytest.raises(PolicyError, match=r"no usable config\.json"):
        open_checkpoint(folder)


def test_damaged_weights_are_named(folder):
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:20])
    with pytest.raises(PolicyError, match="is not a safetensors file"):
        open_checkpoint(folder).tensor_shapes("model.safetensors")


@pytest.mark.parametrize(
    ("found", "sentence"),
    [
        ({"layer.weight": (3, 4)}, "lacks the tensor 'layer.bias'"),
        ({"layer.weight": (3, 4), "layer.bais": (4,)}, "lacks the tensor 'layer.bias'. Did you mean 'layer.bais'?"),
        ({"layer.weight": (4, 3), "layer.bias": (4,)}, "has shape (4, 3), the model (3, 4)"),
        ({"layer.weight": (3, 4), "layer.bias": (4,), "extra": ()}, "has the tensor 'extra', which the model does not"),
    ],
)
def test_weights_that_are_not_the_models_are_refused(found, sentence):
    expected = {"layer.weight": (3, 4), "layer.bias": (4,)}
    require_tensors("the checkpoint", expected, expected)
    with pytest.raises(PolicyError) as caught:
        require_tensors("the checkpoint", expected, found)
    assert sentence in str(caught.value)


def test_unknown_and_missing_keys_name_the_nearest():
    require_keys("a file", {"rows": 1, "note": ""}, ["rows"], ["note"])
    with pytest.raises(PolicyError, match=r"a file lacks the key 'rows'\. Did you mean 'row'"):
        require_keys("a file", {"row": 1}, ["rows"])
    with pytest.raises(PolicyError, match="Did you mean 'note'"):
        require_keys("a file", {"rows": 1, "notes": ""}, ["rows"], ["note"])


def test_contract_of_another_robot_is_refused(folder):
    text = FRANKA.read_text().replace("width: 224, height: 224", "width: 96, height: 96")
    (folder / "contract.yaml").write_text(text)
    with pytest.raises(ContractError, match=r"images\.image\.scene\.width: checkpoint 96, robot 224"):
        open_checkpoint(folder).require_robot(CONTRACT)


def test_policy_that_looks_at_what_is_not_observed_is_refused():
    specification = PolicySpecification(
        "toy", 4, 1, ActionSpace.JOINT_POSITION, ("a",), image_keys=("image.scne",), state_names=("gripper.width",)
    )
    with pytest.raises(ContractError, match=r"unknown image 'image\.scne'\. Did you mean 'image\.scene'"):
        require_observed(specification, CONTRACT)


def test_unknown_backend_names_the_nearest_and_one_without_its_needs_is_refused():
    with pytest.raises(PolicyError, match="Did you mean 'scripted'"):
        backend("scriptd")
    with pytest.raises(PolicyError, match="'flow' needs a checkpoint folder"):
        load_policy(backend("flow"), None, RESOURCES)
    with pytest.raises(PolicyError, match="'scripted' needs the feed 'ground_truth'"):
        load_policy(backend("scripted"), None, RESOURCES)
    missing = Backend("toy", "vla_ros.policy.backends.no_such_module", "", checkpoint=False)
    with pytest.raises(PolicyError, match="'toy' cannot be imported"):
        load_policy(missing, None, RESOURCES)


def test_every_backend_of_the_registry_has_a_summary():
    assert all(row.summary.endswith(".") and row.name == name for name, row in BACKENDS.items())


def test_shipped_configurations_are_valid():
    for path in sorted((ROOT / "config" / "policies").glob("*.yaml")):
        config = load_policy_config(path)
        assert config.backend in BACKENDS or config.checkpoint


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("backend: scripted\nstrategi: act", "unknown key in the file 'strategi'. Did you mean 'strategy'?"),
        ("backend: scripted\nstrategy: rct", "Did you mean 'rtc'?"),
        ("backend: scripted\nscheduler: {history: 0}", "history must be >= 1, got 0"),
        ("backend: scripted\nscheduler: {seam: {jerk: -1}}", "jerk of the seam bounds must be > 0, got -1"),
        ("backend: scripted\nscheduler: {seam: {jerks: 1}}", "unknown key in scheduler.seam 'jerks'"),
        ("backend: scripted\nsession: {deadline_s: soon}", "session has a value of the wrong type"),
        ("backend: scripted\nsession: [1]", "session must be a mapping"),
        ("backend: scripted\ndevice: gpu", "device must be cpu, cuda or auto, got 'gpu'"),
        ("strategy: act", "a policy needs a backend or a checkpoint"),
        ("- 1", "the file must be a mapping"),
        ("a: [", "is not YAML"),
    ],
)
def test_wrong_configuration_is_one_sentence(tmp_path, text, sentence):
    path = tmp_path / "policy.yaml"
    path.write_text(text)
    with pytest.raises(ConfigError) as caught:
        load_policy_config(path)
    assert sentence in str(caught.value)
    assert str(path) in str(caught.value)


def test_policy_is_found_by_name_file_or_folder(tmp_path, folder):
    named = tmp_path / "named"
    named.mkdir()
    (named / "gentle.yaml").write_text("checkpoint: ../small_policy\nscheduler: {execute_rows: 8}")
    assert find_policy("gentle", named).scheduler.execute_rows == 8
    assert Path(find_policy("gentle", named).checkpoint).resolve() == folder.resolve()
    assert find_policy(str(named / "gentle.yaml"), tmp_path).scheduler.execute_rows == 8
    assert find_policy(str(folder), named).checkpoint == str(folder)
    with pytest.raises(ConfigError, match="Did you mean 'gentle'"):
        find_policy("gentl", named)
    with pytest.raises(ConfigError, match="cannot be read: No such file"):
        find_policy("no.yaml", named)
