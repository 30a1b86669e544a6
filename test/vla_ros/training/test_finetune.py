# SPDX-License-Identifier: Apache-2.0
"""The loop closes: bags, exported as a dataset, teach a checkpoint by one command; what it learned is measured."""

import json
import shutil

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from benchmarks.replay_support import synthetic_bag  # noqa: E402 (only where torch is installed)
from benchmarks.replay_support.synthetic_bag import SyntheticBag  # noqa: E402
from vla_ros.contract import load_contract  # noqa: E402
from vla_ros.dataset import DatasetReader, ExportConfig, export_bags  # noqa: E402
from vla_ros.policy.backends import flow_onnx  # noqa: E402
from vla_ros.policy.checkpoint import open_checkpoint  # noqa: E402
from vla_ros.policy.flow.assets import FlowAssets  # noqa: E402
from vla_ros.policy.flow.config import FlowConfig  # noqa: E402
from vla_ros.policy.flow.model import FlowPolicyNetwork  # noqa: E402
from vla_ros.policy.flow.processing import Scaling, ToolState, relative_rows, tool_rows  # noqa: E402
from vla_ros.policy.flow.vocabulary import Vocabulary  # noqa: E402
from vla_ros.policy.interface import PolicyResources  # noqa: E402
from vla_ros.recording import MessageTypes  # noqa: E402
from vla_ros.training.__main__ import main  # noqa: E402
from vla_ros.training.export import write_checkpoint  # noqa: E402
from vla_ros.training.recorded import read_recorded, vocabulary_with  # noqa: E402

pytestmark = pytest.mark.timeout(400)  # it trains

SIZE = 48
NETWORK = FlowConfig(  # as small as it gets: what is tested is the way there and back
    image_size=32, width=32, heads=2, fusion_blocks=1, head_blocks=1, euler_steps=2
)


@pytest.fixture(scope="module")
def contract_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("contract") / "franka.yaml"
    path.write_text(synthetic_bag.contract_text(SIZE))
    return path


@pytest.fixture(scope="module")
def assets():
    scale = np.broadcast_to([0.1, 0.1, 0.1, 0.3, 1.0], (NETWORK.rows, NETWORK.action))
    zeros = np.zeros(NETWORK.proprioception)
    scaling = Scaling(np.zeros_like(scale), scale.copy(), zeros, np.ones_like(zeros))
    return FlowAssets(NETWORK, scaling, Vocabulary.of(["put the red cube in the bin"], NETWORK.words))


@pytest.fixture(scope="module")
def checkpoint(assets, contract_file, tmp_path_factory):
    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("old") / "checkpoint"
    return write_checkpoint(folder, (FlowPolicyNetwork(NETWORK), assets), load_contract(contract_file), {"seed": 0})


@pytest.fixture(scope="module")
def dataset(contract_file, tmp_path_factory):
    folder, types = tmp_path_factory.mktemp("bags"), MessageTypes()
    plans = [SyntheticBag(seconds=3.0, size=SIZE, seed=0) for _ in range(3)]  # one motion: there is something to learn
    bags = [synthetic_bag.write_bag(folder / f"bag_{number}", plan, types) for number, plan in enumerate(plans)]
    export_bags(bags, folder / "set", load_contract(contract_file), ExportConfig())
    return folder / "set"


def test_one_command_teaches_a_checkpoint_what_was_recorded(dataset, checkpoint, contract_file, tmp_path, capsys):
    output = tmp_path / "new"
    words = ["--dataset", str(dataset), "--checkpoint", str(checkpoint), "--output", str(output)]
    words += ["--contract", str(contract_file), "--iterations", "60", "--images", "6", "--learning-rate", "5e-3"]
    assert main(["finetune", *words]) == 0
    made = json.loads((output / "config.json").read_text())["provenance"]
    assert made["finetuned_from"] == open_checkpoint(checkpoint).hash
    assert made["after"]["chunk_mm"] < 0.85 * made["before"]["chunk_mm"]
    contract = load_contract(contract_file)
    policy = flow_onnx.load(open_checkpoint(output), PolicyResources(contract, lambda: 0, device="cpu"))
    assert policy.specification.rows == NETWORK.rows
    assert [path.name for path in tmp_path.iterdir()] == ["new"], "the pictures on disk are gone"
    assert main(["finetune", *words]) == 1
    assert "exists already" in capsys.readouterr().err


def test_labels_lead_where_the_arm_was_commanded(dataset, assets, contract_file, tmp_path):
    reader = DatasetReader(dataset)
    grown = FlowAssets(NETWORK, assets.scaling, vocabulary_with(assets, reader.episode(0).tasks))
    frames = read_recorded(reader, load_contract(contract_file), grown, tmp_path)
    length = len(reader.episode(0).tasks)
    tool = ToolState(frames.proprioception[3, 8:11].astype(float), float(np.arctan2(*frames.proprioception[3, 11:13])))
    poses, widths = tool_rows(frames.actions[3].astype(float), tool)
    later = frames.proprioception[4:length, 8:11]  # row k of frame 3 is due at frame 4 + k: both at 10 Hz
    assert np.abs(poses[: len(later), :3] - later[: NETWORK.rows]).max() < 5e-3
    assert set(widths) <= {0.0, 0.08}
    commanded = reader.episode(0).columns["action"][3 : 3 + NETWORK.rows, 7]
    assert ((widths[: len(commanded)] > 0.04) == (commanded > 0.04)).all()
    assert frames.done[:length].tolist() == [0.0] * (length - 5) + [1.0] * 5
    assert frames.images.shape == (3 * length, 2, NETWORK.image_size, NETWORK.image_size, 3)
    assert (frames.words > 0).sum(axis=1).min() == 8, "every word of the sentence has a place"


def test_relative_rows_undo_tool_rows():
    rng = np.random.default_rng(0)
    actions = np.column_stack([rng.normal(0.0, 0.1, (16, 3)), rng.uniform(-3.0, 3.0, 16), rng.choice([-1.0, 1.0], 16)])
    tool = ToolState(np.array([0.4, 0.1, 0.3]), 0.7)
    poses, widths = tool_rows(actions, tool)
    yaw = tool.yaw_rad + actions[:, 3]
    np.testing.assert_allclose(relative_rows(poses[:, :3], yaw + 2.0 * np.pi, widths, tool), actions, atol=1e-12)


def test_words_beyond_the_network_are_refused(assets):
    known = vocabulary_with(assets, ["stow the mauve cube"])
    assert known.words[: len(assets.vocabulary.words)] == assets.vocabulary.words
    assert known.words[len(assets.vocabulary.words) :] == ("stow", "mauve")
    with pytest.raises(Exception, match="the network takes 254"):
        vocabulary_with(assets, [" ".join(f"word{chr(97 + i // 26)}{chr(97 + i % 26)}" for i in range(300))])


def test_one_episode_is_not_enough(dataset, checkpoint, contract_file, tmp_path, capsys):
    small = tmp_path / "small"
    shutil.copytree(dataset, small)
    info = json.loads((small / "meta" / "info.json").read_text())
    (small / "meta" / "info.json").write_text(json.dumps(info | {"codebase_version": "v9"}))
    words = ["--checkpoint", str(checkpoint), "--output", str(tmp_path / "x"), "--contract", str(contract_file)]
    assert main(["finetune", "--dataset", str(small), *words]) == 1
    assert "v3.0 and v2.1 are read" in capsys.readouterr().err
