# SPDX-License-Identifier: Apache-2.0
"""The default policy's back ends: equal to each other, repeatable, and strict about what they load."""

import json
import shutil
import time
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

torch = pytest.importorskip("torch")

from vla_ros.contract import load_contract  # noqa: E402 (only where torch is installed)
from vla_ros.errors import ConfigError, ContractError, PolicyError  # noqa: E402
from vla_ros.policy.backends import flow, flow_onnx  # noqa: E402
from vla_ros.policy.checkpoint import open_checkpoint  # noqa: E402
from vla_ros.policy.flow.model import FlowPolicyNetwork  # noqa: E402
from vla_ros.policy.interface import PolicyResources  # noqa: E402
from vla_ros.policy.prediction import InferenceContext, Instruction  # noqa: E402
from vla_ros.policy.specification import Conditioning  # noqa: E402
from vla_ros.training.export import export_checkpoint  # noqa: E402
from vla_ros.training.records import NETWORK  # noqa: E402
from vla_ros.types import Observation  # noqa: E402

CONTRACT = Path(__file__).parents[4] / "config" / "robots" / "franka.yaml"
LATER = time.monotonic_ns() + 10**15


@pytest.fixture(scope="module")
def checkpoint_folder(tmp_path_factory):
    """Return a checkpoint of random weights, written by the training's own export."""
    folder = tmp_path_factory.mktemp("flow")
    torch.manual_seed(0)
    weights = FlowPolicyNetwork(NETWORK).state_dict()
    scaling = {
        "action_offset": torch.zeros(NETWORK.rows, NETWORK.action, dtype=torch.float64),
        "action_scale": torch.full((NETWORK.rows, NETWORK.action), 0.05, dtype=torch.float64),
        "proprioception_offset": torch.zeros(NETWORK.proprioception, dtype=torch.float64),
        "proprioception_scale": torch.ones(NETWORK.proprioception, dtype=torch.float64),
    }
    state = {"average": weights, "scaling": scaling, "iteration": 0, "elapsed_s": 0.0}
    torch.save(state, folder / "state.pt")
    return export_checkpoint(folder / "state.pt", folder / "checkpoint", load_contract(CONTRACT), seed=0)


@pytest.fixture
def damaged(checkpoint_folder, tmp_path):
    return Path(shutil.copytree(checkpoint_folder, tmp_path / "copy"))


def resources(**changes):
    return PolicyResources(load_contract(CONTRACT), time.monotonic_ns, **{"device": "cpu", **changes})


def observation(seed=0, stamp_ns=7_000):
    rng = np.random.default_rng(seed)
    images = {key: rng.integers(0, 256, (224, 224, 3), dtype=np.uint8) for key in NETWORK.image_keys}
    names = (*(f"fr3_joint{i}.position" for i in range(1, 8)), "gripper.width")
    state = np.array([0.0, -0.35, 0.0, -2.6, 0.0, 2.3, 0.78, 0.08])
    return Observation(stamp_ns, images, {}, names, state)


def infer(policy, text="put the red cube in the left bin", **context):
    return policy.infer(observation(), Instruction(text), InferenceContext(**context), LATER)


def test_both_back_ends_give_the_same_chunk(checkpoint_folder):
    checkpoint = open_checkpoint(checkpoint_folder)
    left, right = flow.load(checkpoint, resources()), flow_onnx.load(checkpoint, resources())
    first, second = infer(left, samples=3), infer(right, samples=3)
    np.testing.assert_allclose(first.samples, second.samples, atol=2e-5)
    np.testing.assert_array_equal(first.chunk.rows, first.samples[0])
    assert first.done == pytest.approx(second.done, abs=1e-4)


def running(kind):
    """Return what a scheduler says of a timeline that stands still 5 cm from where the tool is."""
    pose = np.array([0.3, 0.05, 0.55, 1.0, 0.0, 0.0, 0.0])
    return {
        "conditioning": kind,
        "prefix": np.tile(pose, (9, 1)),
        "prefix_gripper_m": np.full(9, 0.08),
        "frozen_rows": 4,
        "soft_end_row": 8,
    }


def distance(chunk, rows=4):
    return np.abs(chunk.rows[:rows, :3] - [0.3, 0.05, 0.55]).max()


def test_both_back_ends_paint_the_running_rows_in(checkpoint_folder):
    checkpoint = open_checkpoint(checkpoint_folder)
    left, right = flow.load(checkpoint, resources()), flow_onnx.load(checkpoint, resources())
    told = running(Conditioning.INPAINT)
    first, second = infer(left, **told), infer(right, **told)
    np.testing.assert_allclose(first.chunk.rows, second.chunk.rows, atol=2e-5)
    assert distance(first.chunk) < 1e-5 < distance(infer(left).chunk)
    np.testing.assert_array_equal(first.chunk.gripper_m[:4], 0.08)
    several = infer(left, samples=3, **told).samples
    np.testing.assert_allclose(several, infer(right, samples=3, **told).samples, atol=2e-5)


def test_guidance_changes_a_chunk_and_leaves_the_next_one_alone(checkpoint_folder):
    policy = flow.load(open_checkpoint(checkpoint_folder), resources())
    free, held = infer(policy).chunk, infer(policy, **running(Conditioning.GUIDED)).chunk
    assert np.abs(held.rows - free.rows).max() > 1e-3
    np.testing.assert_array_equal(infer(policy).chunk.rows, free.rows)


def test_back_ends_declare_what_they_can_be_told(checkpoint_folder):
    checkpoint = open_checkpoint(checkpoint_folder)
    kinds = flow_onnx.load(checkpoint, resources()).specification.conditionings
    assert kinds == {Conditioning.NONE, Conditioning.INPAINT}
    assert flow.load(checkpoint, resources()).specification.conditionings == kinds | {Conditioning.GUIDED}


@pytest.mark.parametrize(
    ("backend", "options", "sentence"),
    [
        (flow, {"precison": "float32"}, "unknown key in options 'precison'. Did you mean 'precision'?"),
        (flow, {"precision": "bfloat61"}, "unknown precision 'bfloat61'. Did you mean 'bfloat16'?"),
        (flow, {"compiled": "yes"}, "compiled must be true or false, got 'yes'"),
        (flow_onnx, {"thread": 1}, "Did you mean 'threads'?"),
        (flow_onnx, {"threads": 0}, "threads must be >= 1, got 0"),
        (flow_onnx, {"threads": "two"}, "options: "),
    ],
)
def test_a_wrong_option_is_one_sentence(checkpoint_folder, backend, options, sentence):
    with pytest.raises(ConfigError) as caught:
        backend.load(open_checkpoint(checkpoint_folder), resources(options=options))
    assert sentence in str(caught.value)


def test_bfloat16_is_close_to_float32(checkpoint_folder):
    checkpoint = open_checkpoint(checkpoint_folder)
    rows = [
        infer(flow.load(checkpoint, resources(options={"precision": name}))).chunk.rows
        for name in ("float32", "bfloat16")
    ]
    assert 0.0 < np.abs(rows[0] - rows[1])[:, :3].max() < 0.005


def test_a_chunk_is_absolute_stamped_and_carries_the_checkpoint(checkpoint_folder):
    checkpoint = open_checkpoint(checkpoint_folder)
    policy = flow_onnx.load(checkpoint, resources())
    chunk = infer(policy, epoch=4).chunk
    assert chunk.stamp_ns == 7_000 + policy.specification.period_ns
    assert chunk.frame == "fr3_link0"
    assert chunk.provenance.checkpoint_hash == checkpoint.hash
    assert chunk.provenance.epoch == 4
    assert chunk.rows.shape == (NETWORK.rows, 7)
    np.testing.assert_allclose(np.linalg.norm(chunk.rows[:, 3:], axis=1), 1.0)
    assert set(chunk.gripper_m) <= {0.0, 0.08}


def test_noise_depends_on_seed_and_stamp_and_on_nothing_before(checkpoint_folder):
    policy = flow_onnx.load(open_checkpoint(checkpoint_folder), resources(seed=3))
    other_seed = flow_onnx.load(open_checkpoint(checkpoint_folder), resources(seed=4))
    words, context = Instruction("put the red cube in the left bin"), InferenceContext()
    first, later, again = (
        policy.infer(observation(stamp_ns=stamp), words, context, LATER).chunk.rows for stamp in (7_000, 8_000, 7_000)
    )
    np.testing.assert_array_equal(again, first)
    assert np.abs(later - first).max() > 0.0
    assert np.abs(infer(other_seed).chunk.rows - first).max() > 0.0


def test_an_observation_is_encoded_once_for_every_chunk_of_it(checkpoint_folder, monkeypatch):
    policy, seen = flow.load(open_checkpoint(checkpoint_folder), resources()), observation()
    network, calls = policy._runtime._network, []
    encode = network.encode
    monkeypatch.setattr(network, "encode", lambda inputs: calls.append(inputs) or encode(inputs))

    def chunk(text, what=seen):
        return policy.infer(what, Instruction(text), InferenceContext(), LATER).chunk.rows

    first = chunk("open the gripper")
    np.testing.assert_allclose(chunk("open the gripper"), first, atol=1e-6)
    assert len(calls) == 1, "the same observation and sentence"
    chunk("close the gripper")
    chunk("close the gripper", observation(1))
    assert len(calls) == 3, "another sentence, another observation"
    assert np.abs(chunk("close the gripper", observation(2)) - chunk("close the gripper", observation(1))).max() > 0.0


@pytest.mark.parametrize("text", ["put the mauve cube in the left bin", "", "make me a sandwich"])
def test_a_sentence_that_was_not_trained_is_refused(checkpoint_folder, text):
    policy = flow_onnx.load(open_checkpoint(checkpoint_folder), resources())
    with pytest.raises(PolicyError, match="not trained on this sentence"):
        infer(policy, text)


@pytest.mark.parametrize("name", ["model.safetensors", "normalisation.json", "vocabulary.json"])
def test_a_missing_file_is_named(damaged, name):
    (damaged / name).unlink()
    with pytest.raises(PolicyError, match=name):
        flow.load(open_checkpoint(damaged), resources())


def test_a_missing_tensor_is_named(damaged):
    tensors = load_file(damaged / "model.safetensors")
    del tensors["image_key.weight"]
    save_file(tensors, damaged / "model.safetensors")
    with pytest.raises(PolicyError, match=r"lacks the tensor 'image_key\.weight'"):
        flow.load(open_checkpoint(damaged), resources())


def test_a_tensor_of_another_shape_is_named(damaged):
    tensors = load_file(damaged / "model.safetensors")
    tensors["image_key.weight"] = tensors["image_key.weight"][:, :-1].copy()
    save_file(tensors, damaged / "model.safetensors")
    with pytest.raises(PolicyError, match=r"'image_key\.weight' has shape"):
        flow.load(open_checkpoint(damaged), resources())


@pytest.mark.parametrize("backend", [flow, flow_onnx])
def test_normalisation_of_another_shape_is_refused(damaged, backend):
    scaling = json.loads((damaged / "normalisation.json").read_text())
    scaling["action_scale"], scaling["action_offset"] = scaling["action_scale"][:8], scaling["action_offset"][:8]
    (damaged / "normalisation.json").write_text(json.dumps(scaling))
    with pytest.raises(PolicyError, match=r"normalisation\.json"):
        backend.load(open_checkpoint(damaged), resources())


def test_an_unknown_key_of_the_network_names_the_nearest(damaged):
    config = json.loads((damaged / "config.json").read_text())
    config["network"]["widht"] = config["network"].pop("width")
    (damaged / "config.json").write_text(json.dumps(config))
    with pytest.raises(PolicyError, match="width"):
        flow.load(open_checkpoint(damaged), resources())


def test_a_graph_that_is_damaged_is_refused(damaged):
    (damaged / "policy.onnx").write_bytes(b"no graph")
    with pytest.raises(PolicyError, match="ONNX Runtime"):
        flow_onnx.load(open_checkpoint(damaged), resources())


@pytest.mark.parametrize("backend", [flow, flow_onnx])
def test_another_robot_is_refused(checkpoint_folder, backend):
    panda = PolicyResources(load_contract(CONTRACT, robot="panda"), time.monotonic_ns, device="cpu")
    with pytest.raises(ContractError, match="panda_joint1"):
        backend.load(open_checkpoint(checkpoint_folder), panda)


def test_a_device_that_is_not_there_is_refused(checkpoint_folder):
    with pytest.raises(PolicyError, match="flow_onnx"):
        flow_onnx.load(open_checkpoint(checkpoint_folder), resources(device="cuda"))
