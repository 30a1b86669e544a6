# SPDX-License-Identifier: Apache-2.0
"""The check-list before a roll-out passes what is no worse, names what is, and fails where it cannot know."""

import json

import numpy as np
import pytest

from vla_ros.errors import ConfigError
from vla_ros.replay.check_rollout import main
from vla_ros.replay.report.rollout import DEFAULT_LIMITS, RolloutLimit, check_list, load_limits


@pytest.fixture(scope="module")
def bags(make_bag):
    return [str(make_bag(f"held_out_{seed}", seed=seed, seconds=3.0)) for seed in range(2)]


def report(new, count=6, noise=0.02):
    """A report of bags whose old error is 1 and whose new one is ``new``, with noise that both share in part."""
    rng = np.random.default_rng(0)
    episodes = []
    for number in range(count):
        common = 1.0 + 0.3 * rng.normal()
        figures = {
            name: {"mae_mean": value * common * (1.0 + noise * rng.normal()), "errors": {}}
            for name, value in (("old", 1.0), ("new", new))
        }
        episodes.append({"bag": f"bag_{number}", "variants": figures})
    return {"refused": [], "findings": [], "replayed": count, "episodes": episodes}


def item(found, name):
    return next(entry for entry in check_list(found, DEFAULT_LIMITS) if entry.name == name)


@pytest.mark.parametrize(("new", "kept"), [(0.8, True), (1.0, True), (1.05, True), (1.3, False)])
def test_error_is_judged_by_the_worse_end_of_the_interval(new, kept):
    assert item(report(new), "mae_mean").kept is kept


def test_few_noisy_bags_do_not_show_that_it_is_no_worse():
    assert item(report(1.0, count=3, noise=0.01), "mae_mean").kept
    assert not item(report(1.0, count=3, noise=0.5), "mae_mean").kept
    assert "one bag has no interval" in item(report(1.0, count=1), "mae_mean").sentence


def test_missing_figure_refused_bag_defect_and_failure_are_each_told():
    found = report(1.0)
    found["refused"] = [{"bag": "bag_9", "reason": "it is torn"}]
    found["findings"] = [{"sentence": "the camera is frozen"}]
    found["episodes"][0]["variants"]["new"]["errors"] = {"unknown words": 3}
    assert item(found, "every bag is replayed").sentence == "bag_9: it is torn"
    assert item(found, "no defects").sentence == "the camera is frozen"
    assert item(found, "the new checkpoint answers").sentence == "3 × unknown words"
    for episode in found["episodes"]:
        episode["variants"]["new"].pop("mae_mean")
    assert not item(found, "mae_mean").kept


def test_more_is_better_where_the_limit_says_so():
    found = report(0.8)
    assert not check_list(found, {"mae_mean": RolloutLimit(better="more")})[-1].kept


def test_limits_file_names_the_nearest_key(tmp_path):
    path = tmp_path / "limits.yaml"
    path.write_text("mae_mean: {worse_by: 0.2, slack: 0.01}\n")
    assert load_limits(path) == {"mae_mean": RolloutLimit(0.2, 0.01)}
    path.write_text("mae_mean: {worseby: 0.2}\n")
    with pytest.raises(ConfigError, match="worse_by"):
        load_limits(path)


def test_command_compares_two_policies_on_bags(bags, contract_file, tmp_path, capsys):
    target, page = tmp_path / "list.json", tmp_path / "page.html"
    words = [*bags, "--contract", contract_file, "--mode", "open-loop", "--json", str(target), "--html", str(page)]
    assert main([*words, "--old", "demonstration", "--new", "recorded"]) == 0
    told = capsys.readouterr().out
    assert "✓ mae_mean: old" in told and "may be rolled out" in told
    assert all(entry["kept"] for entry in json.loads(target.read_text())["items"])
    assert "95 % interval" in page.read_text()


def test_command_fails_for_a_worse_policy(make_bag, contract_file, capsys):
    def wrong(topic, at_ns, message):
        if topic == "/vla/action_chunk":
            message.data = message.data + 0.1
        return at_ns, message

    worse = [str(make_bag(f"worse_{seed}", seed=seed, seconds=3.0, alter=wrong)) for seed in range(2)]
    words = [*worse, "--contract", contract_file, "--mode", "open-loop"]
    assert main([*words, "--old", "demonstration", "--new", "recorded"]) == 1
    told = capsys.readouterr().out
    assert "✗ mae_mean" in told and "do not roll" in told
    assert main([*words, "--old", "nowhere.yaml", "--new", "recorded"]) == 2
