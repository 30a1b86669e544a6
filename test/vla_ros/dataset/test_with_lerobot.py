# SPDX-License-Identifier: Apache-2.0
"""Exported datasets, judged by the lerobot package: VLA_LEROBOT_PYTHON names a Python that has it."""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks.replay_support import synthetic_bag
from benchmarks.replay_support.synthetic_bag import SyntheticBag
from vla_ros.dataset import DatasetReader, ExportConfig, export_bags
from vla_ros.ingest import bag_observations
from vla_ros.recording import BagReader, MessageTypes
from vla_ros.recording.facts import read_facts
from vla_ros.types import Observation

JUDGE = Path(__file__).resolve().parents[3] / "tools" / "lerobot_judge.py"
CAMERAS = {"observation.images.scene": "image.scene", "observation.images.wrist": "image.wrist"}
pytestmark = pytest.mark.timeout(1200)  # lerobot imports half a dozen frameworks


@pytest.fixture(scope="module")
def lerobot_python():
    named = os.environ.get("VLA_LEROBOT_PYTHON", "")
    if named:
        return named
    if importlib.util.find_spec("lerobot") is None:
        pytest.skip("lerobot is not installed, and VLA_LEROBOT_PYTHON names no Python that has it")
    return sys.executable


@pytest.fixture(scope="module")
def bags(tmp_path_factory):
    folder, types = tmp_path_factory.mktemp("bags"), MessageTypes()
    plans = [SyntheticBag(seconds=3.0, size=64, seed=1), SyntheticBag(seconds=2.0, size=64, seed=2)]
    return [synthetic_bag.write_bag(folder / f"bag_{number}", plan, types) for number, plan in enumerate(plans)]


def judged(python, *words):
    environment = os.environ | {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1"}
    environment.pop("PYTHONPATH", None)
    done = subprocess.run(
        [python, str(JUDGE), *map(str, words)], capture_output=True, text=True, env=environment, check=False
    )
    assert done.stdout, done.stderr[-4000:]
    return json.loads(done.stdout.splitlines()[-1])


def reference_of(bags, root, contract, path):
    """Write what each frame has to hold, from the bags by live ingestion; the dataset gives its grid of time alone."""
    columns = {key: [] for key in ("observation.state", "action", "task", *CAMERAS)}
    reader = DatasetReader(root)
    for index, bag in enumerate(bags):
        made = {o.stamp_ns: o for o in bag_observations(bag, contract) if isinstance(o, Observation)}
        known = np.array(sorted(made))
        stamps = reader.episode(index).columns["exact.stamp_ns"]
        with BagReader(bag) as opened:
            rows, gripper, _ = read_facts(opened, contract).actions(contract).at(stamps)
        columns["action"] += list(np.column_stack([rows, gripper]).astype(np.float32))
        for stamp_ns in stamps:
            seen = made[int(known[np.searchsorted(known, stamp_ns + 9_000_000) - 1])]
            columns["observation.state"].append(seen.state.astype(np.float32))
            columns["task"].append("put the red cube in the left bin")
            for key, stream in CAMERAS.items():
                columns[key].append(seen.images[stream])
    np.savez(path, **{key: np.stack(values) for key, values in columns.items()})
    return path


@pytest.mark.parametrize(("version", "codec"), [("v3.0", "h264"), ("v2.1", "h264"), ("v3.0", "av1")])
def test_every_frame_is_that_of_the_bag(version, codec, lerobot_python, bags, tmp_path):
    contract = synthetic_bag.contract(64)
    export_bags(bags, tmp_path / "set", contract, ExportConfig(version=version, codec=codec))
    reference = reference_of(bags, tmp_path / "set", contract, tmp_path / "reference.npz")
    found = judged(lerobot_python, tmp_path / "set", "--reference", reference)
    assert found["problems"] == []
    assert (found["episodes"], found["frames"]) == (2, 50)
    assert found["checks"] > 8 * found["frames"]


def test_the_judge_finds_a_wrong_number_a_wrong_picture_and_a_wrong_mean(lerobot_python, bags, tmp_path):
    contract = synthetic_bag.contract(64)
    export_bags(bags, tmp_path / "set", contract, ExportConfig())
    path = reference_of(bags, tmp_path / "set", contract, tmp_path / "reference.npz")
    changed = {key: value.copy() for key, value in np.load(path).items()}
    changed["action"][5, 2] += 1e-3
    changed["observation.images.wrist"][7] = 255 - changed["observation.images.wrist"][7]
    np.savez(path, **changed)
    statistics = tmp_path / "set" / "meta" / "stats.json"
    told = json.loads(statistics.read_text())
    told["action"]["mean"][0] += 1e-3
    statistics.write_text(json.dumps(told))
    problems = "\n".join(judged(lerobot_python, tmp_path / "set", "--reference", path)["problems"])
    assert "action of frame 5" in problems
    assert "observation.images.wrist of frame 7" in problems
    assert "mean of action" in problems
