# SPDX-License-Identifier: Apache-2.0
"""Bags on a local Ray cluster of two workers give the bytes that one process gives. Needs `./run --extra cluster`."""

import json

import pytest

from vla_ros.replay.evaluate_bag import main

pytest.importorskip("ray", reason="the extra `cluster` is not installed")
pytestmark = [
    pytest.mark.timeout(600),  # two processes that import everything
    pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning", "ignore::FutureWarning"),
]


def test_cluster_of_two_workers_gives_the_bytes_of_one_process(make_bag, contract_file, tmp_path):
    bags = [str(make_bag(f"bag_{seed}", seed=seed, seconds=2.0)) for seed in range(2)]
    bags.insert(1, str(tmp_path / "no bag"))
    texts = []
    for name, words in (("alone", []), ("cluster", ["--workers", "2", "--ray"])):
        target = tmp_path / f"{name}.json"
        assert main([*bags, "--contract", contract_file, *words, "--json", str(target)]) == 0
        texts.append(target.read_bytes())
    assert texts[0] == texts[1]
    report = json.loads(texts[0])
    assert (report["replayed"], len(report["refused"])) == (2, 1)


def test_plan_that_cannot_be_carried_out_is_one_sentence(make_bag, contract_file, capsys):
    bag = str(make_bag("one", seconds=2.0))
    assert main([bag, "--contract", contract_file, "--policy", "nowhere.yaml", "--ray", "--workers", "2"]) == 2
    assert "nowhere.yaml" in capsys.readouterr().err.splitlines()[-1]
