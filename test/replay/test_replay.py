# SPDX-License-Identifier: Apache-2.0
"""Lock-step replay: equal bytes twice, equal to live ingestion, modes, variants, workers, thresholds, comparison."""

import json
from pathlib import Path

import numpy as np
import pytest

from vla_ros.contract import load_contract
from vla_ros.ingest import bag_observations
from vla_ros.recording import BagReader
from vla_ros.recording.facts import read_facts
from vla_ros.replay.evaluate_bag import main
from vla_ros.replay.observer import Observer
from vla_ros.replay.plan import Mode, ReplayPlan, VariantPlan
from vla_ros.replay.replayer import observations, replay_bag
from vla_ros.replay.variants import VariantFactory
from vla_ros.types import Observation

ROOT = Path(__file__).resolve().parents[2]
URDF = str(ROOT / "src" / "vla_sim" / "description" / "panda_description" / "urdf" / "panda.urdf")
SAFETY = str(ROOT / "config" / "safety" / "fr3.yaml")


def replay(bag, contract_file, *variants, mode=Mode.OPEN_LOOP, **changes):
    plan = ReplayPlan(contract_file, variants or (VariantPlan("recorded"),), mode=mode, **changes)
    contract = load_contract(contract_file)
    return replay_bag(bag, contract, VariantFactory(plan, contract), ("", ""))


def report(tmp_path, words, name="report"):
    target = tmp_path / f"{name}.json"
    assert main([*words, "--json", str(target)]) == 0
    return json.loads(target.read_text())


def test_same_bag_twice_gives_equal_bytes(bag, contract_file, tmp_path):
    texts = []
    for number in range(2):
        target, page = tmp_path / f"{number}.json", tmp_path / f"{number}.html"
        words = ["--mode", "shadow", "--json", str(target), "--html", str(page)]
        assert main([str(bag), "--contract", contract_file, *words]) == 0
        texts.append((target.read_bytes(), page.read_bytes()))
    assert texts[0] == texts[1]


def test_observations_are_those_of_live_ingestion(bag, contract_file):
    contract = load_contract(contract_file)
    live = [item for item in bag_observations(bag, contract) if isinstance(item, Observation)]
    with BagReader(bag) as reader:
        replayed = [item for _, item in observations(reader, contract, "", Observer(*reader.span_ns)) if item]
    assert len(live) == len(replayed) > 150
    for one, two in zip(live, replayed, strict=True):
        assert one.stamp_ns == two.stamp_ns
        assert np.array_equal(one.state, two.state)
        assert all(np.array_equal(one.images[key], two.images[key]) for key in one.images)


def test_recorded_policy_repeats_the_recorded_chunks(bag, contract_file):
    result = replay(bag, contract_file, mode=Mode.SHADOW).variants[0]
    with BagReader(bag) as reader:
        facts = read_facts(reader, load_contract(contract_file))
    recorded = {chunk.provenance.observation_stamp_ns: chunk.rows for _, chunk in facts.chunks}
    assert len(result.predictions) >= 10
    for prediction in result.predictions:
        assert np.array_equal(prediction.chunk.rows, recorded[prediction.chunk.provenance.observation_stamp_ns])


def test_shadow_waits_as_long_as_the_recording(bag, contract_file, robot):
    delays = replay(bag, contract_file, mode=Mode.SHADOW).variants[0].delays_ns
    assert min(delays) >= robot.INFERENCE_NS + robot.LATENCY_NS - 1000  # recorded as a float32
    open_loop = replay(bag, contract_file).variants[0].delays_ns
    assert max(open_loop) < robot.INFERENCE_NS


def test_shadow_asks_at_the_observations_of_the_recording(bag, contract_file):
    plan = VariantPlan("demonstration", "demonstration")  # it would be asked elsewhere by its own schedule
    result = replay(bag, contract_file, plan, mode=Mode.SHADOW).variants[0]
    with BagReader(bag) as reader:
        asked = read_facts(reader, load_contract(contract_file)).observations_asked()
    assert 0.9 * len(asked) <= len(result.predictions) <= len(asked)


def test_longer_delay_leaves_less_of_a_chunk(bag, contract_file):
    figures = {}
    for delay_s in (0.0, 0.4):
        plan = VariantPlan("demonstration", "demonstration")
        result = replay(bag, contract_file, plan, mode=Mode.FIXED, delay_s=delay_s).variants[0]
        figures[delay_s] = np.median(result.delays_ns)
    assert figures[0.4] - figures[0.0] == pytest.approx(0.4e9, abs=0.05e9)


def test_counterfactual_runs_variants_over_the_same_observations(bag, contract_file, tmp_path):
    words = [str(bag), "--contract", contract_file, "--policy", "one=recorded", "--policy", "two=demonstration"]
    done = report(tmp_path, [*words, "--strategy", "replace", "--strategy", "blend"])
    variants = done["episodes"][0]["variants"]
    assert (variants["one"]["strategy"], variants["two"]["strategy"]) == ("replace", "blend")
    assert variants["one"]["policy"] == "recorded synthetic"
    page = tmp_path / "page.html"
    assert main([*words, "--html", str(page)]) == 0
    text = page.read_text()
    assert "95 % interval" in text and "data:image/jpeg;base64" in text and "<svg" in text
    assert 'src="http' not in text and "url(http" not in text  # nothing is loaded


def test_two_workers_give_the_bytes_of_one(make_bag, contract_file, tmp_path):
    bags = [str(make_bag(f"bag_{seed}", seed=seed, seconds=3.0)) for seed in range(3)]
    texts = []
    for workers in ("1", "2"):
        target = tmp_path / f"{workers}.json"
        words = ["--contract", contract_file, "--workers", workers, "--json", str(target)]
        assert main([*bags, *words]) == 0
        texts.append(target.read_bytes())
    assert texts[0] == texts[1]


def test_safety_follows_a_good_reference(bag, contract_file):
    plan = VariantPlan("recorded", safety=SAFETY, urdf=URDF)
    tally = replay(bag, contract_file, plan, mode=Mode.SHADOW).variants[0].safety
    assert tally.steps > 1000
    assert tally.grades["unchanged"] > 0.8 * tally.steps
    assert sum(tally.interventions.values()) <= 1, "at a seam rows of 100 ms leave the curve between them open"


def test_safety_slows_a_reference_that_is_too_fast(make_bag, contract_file):
    def faster(topic, at_ns, message):
        if topic == "/vla/action_chunk":
            rows = message.data.reshape(-1, 7)
            rows[:] = rows[0] + (rows - rows[0]) * 12.0
        return at_ns, message

    plan = VariantPlan("recorded", safety=SAFETY, urdf=URDF)
    tally = replay(make_bag("fast", alter=faster), contract_file, plan, mode=Mode.SHADOW).variants[0].safety
    assert tally.interventions or tally.refused
    assert tally.grades["unchanged"] < 0.8 * tally.steps


def test_threshold_that_is_not_kept_gives_exit_code_1(bag, contract_file, tmp_path, capsys):
    limits = tmp_path / "limits.yaml"
    limits.write_text("variants.*.mae_mean: {max: 0.01}\nfindings: 0\n")
    words = [str(bag), "--contract", contract_file, "--thresholds", str(limits)]
    assert main(words) == 0
    limits.write_text("variants.*.inferences: {min: 1000}\n")
    assert main(words) == 1
    assert "at least 1000 is needed" in capsys.readouterr().err


def test_threshold_on_nothing_is_an_error(bag, contract_file, tmp_path, capsys):
    limits = tmp_path / "limits.yaml"
    limits.write_text("variants.recorded.mae_men: 1\n")
    assert main([str(bag), "--contract", contract_file, "--thresholds", str(limits)]) == 2
    assert "variants.recorded.mae_mean" in capsys.readouterr().err


def test_earlier_report_is_compared_bag_by_bag(make_bag, contract_file, tmp_path):
    bags = [str(make_bag(f"pair_{seed}", seed=seed, seconds=3.0)) for seed in range(3)]
    words = [*bags, "--contract", contract_file, "--policy", "now=demonstration", "--mode", "fixed"]
    assert main([*words, "--delay", "0.0", "--json", str(tmp_path / "first.json")]) == 0
    page = tmp_path / "page.html"
    compare = ["--compare", str(tmp_path / "first.json"), "--html", str(page)]
    assert main([*words, "--delay", "0.3", *compare]) == 0
    assert "variants.now.observation_to_reference_p50_ms" in page.read_text()
    assert "differs" in page.read_text()


def test_bag_of_other_people_without_commands_is_measured_against_its_motion(make_bag, contract_file, tmp_path):
    bag = make_bag("foreign", chunks=False)
    done = report(tmp_path, [str(bag), "--contract", contract_file])
    episode = done["episodes"][0]
    assert episode["actions_from"] == "measured"
    assert episode["variants"]["recorded"]["mae_mean"] < 0.02


def test_unknown_policy_is_one_sentence(bag, contract_file, capsys):
    assert main([str(bag), "--contract", contract_file, "--policy", "nowhere.yaml"]) == 2
    assert capsys.readouterr().err.strip().startswith("error: the policy configuration nowhere.yaml cannot be read")
