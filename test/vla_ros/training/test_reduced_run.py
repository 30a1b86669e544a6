# SPDX-License-Identifier: Apache-2.0
"""A reduced run of the training command, from demonstrations to a checkpoint that acts.

Bar, for opening, closing and going home: 150 frames and 250 iterations bring the error of the chunk on held-out frames
below two thirds of that of the best constant answer (the mean chunk), and the gripper is right in 85 % of the rows.
"""

import json

import numpy as np
import pytest

pytest.importorskip("torch")

from vla_ros.training.__main__ import main
from vla_ros.training.dataset import label_shard
from vla_ros.training.evaluate import EvaluationConfig, clopper_pearson, evaluate, report
from vla_ros.training.shards import list_shards, read_shard
from vla_sim.tasks.task import Skill

pytestmark = pytest.mark.timeout(600)  # for machines that do other work beside

SKILLS = ["--skills", "open", "close", "home"]
CONTRACT = "config/robots/franka.yaml"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Run generate, train and export, each with few frames."""
    path = tmp_path_factory.mktemp("training")
    common = ["--folder", str(path)]
    assert main([*common, "generate", "--frames", "150", "--shard-frames", "50", "--workers", "1", *SKILLS]) == 0
    training = ["--iterations", "250", "--images", "8", "--device", "cpu", "--learning-rate", "2e-3", *SKILLS]
    assert main([*common, "train", *training]) == 0
    assert main([*common, "export", "--checkpoint", str(path / "checkpoint"), "--contract", CONTRACT]) == 0
    return path


def log_of(folder):
    lines = (folder / "training" / "base" / "log.jsonl").read_text().splitlines()
    return [json.loads(line) for line in lines]


@pytest.mark.slow
def test_a_reduced_run_reaches_its_bar(folder):
    last = log_of(folder)[-1]
    weights = {Skill.OPEN: 1.0, Skill.CLOSE: 1.0, Skill.HOME: 1.0}
    held_out = label_shard(read_shard(list_shards(folder / "demonstrations")[0]), weights)
    actions = held_out.labels.actions.reshape(-1, *held_out.labels.actions.shape[2:])[..., :3]
    of_the_mean_mm = 1e3 * np.linalg.norm(actions - actions.mean(axis=0), axis=-1).mean()
    assert last["chunk_mm"] < of_the_mean_mm * 2 / 3
    assert last["gripper_accuracy"] >= 0.85


@pytest.mark.slow
def test_a_finished_run_goes_on_without_starting_anew(folder):
    iterations = log_of(folder)[-1]["iteration"]
    training = ["--iterations", str(iterations + 5), "--images", "8", "--device", "cpu", *SKILLS]
    assert main(["--folder", str(folder), "train", *training]) == 0
    assert log_of(folder)[-1]["iteration"] == iterations + 5
    assert (folder / "training" / "base" / "curves.png").stat().st_size > 10_000


@pytest.mark.slow
def test_the_checkpoint_of_a_reduced_run_acts(folder):
    config = EvaluationConfig(folder / "checkpoint", CONTRACT, skills=("close",), seeds=3)
    attempts = evaluate(config, workers=1)
    assert len(attempts) == 3
    assert "| nominal | close |" in report(attempts)


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    [(94, 100, 0.874, 0.978), (100, 100, 0.964, 1.0), (200, 200, 0.982, 1.0), (0, 10, 0.0, 0.308)],
)
def test_intervals_are_those_of_the_tables(successes, trials, low, high):
    assert clopper_pearson(successes, trials) == pytest.approx((low, high), abs=6e-4)


def test_training_without_demonstrations_says_what_to_do(tmp_path, capsys):
    assert main(["--folder", str(tmp_path), "train"]) == 1
    assert "run `generate` first" in capsys.readouterr().err
